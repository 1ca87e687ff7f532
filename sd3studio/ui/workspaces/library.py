"""The Library workspace: narrow down at the left, search above, photos in the middle, the marked one at the right."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QSize, Qt, QTimer
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QComboBox,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QMenu,
    QSplitter,
    QStackedLayout,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from sd3studio.core.errors import StudioError
from sd3studio.core.searching import SceneQuery
from sd3studio.services.library import State, library_folder
from sd3studio.services.library.filters import Filters, said_filters
from sd3studio.ui.controllers.batching import BatchController
from sd3studio.ui.controllers.librarian import DUPLICATES, LibrarianController, Listing, Wish
from sd3studio.ui.icons import icon_button, set_icon
from sd3studio.ui.itemmodels.photo_grid import PhotoGrid, Thumbnails
from sd3studio.ui.panels.fields import muted
from sd3studio.ui.panels.library.batch_bar import BatchBar
from sd3studio.ui.panels.library.details import DetailsPanel
from sd3studio.ui.panels.library.drawn_query import DrawnQuery
from sd3studio.ui.panels.library.facets import FacetsPanel
from sd3studio.ui.panels.library.grid import PhotoGridView
from sd3studio.ui.workspaces.library_captions import LibraryCaptions

if TYPE_CHECKING:
    from sd3studio.ui.main_window import MainWindow

TYPING_MS = 350
ORDERS = (("By folder", "path"), ("By name", "name"), ("Newest photos", "date"), ("Last added", "newest"),
          ("By state", "state"))  # fmt: skip
VIEWS = (("Either", "either"), ("In space", "space"), ("In the picture", "picture"))
HINT = 'dog left of sofa   ·   two chairs facing each other, no person   ·   state:checked   ·   "words of a caption"'


class LibraryPage(QWidget):
    """Made when Library is first shown; connects its panels with the library."""

    def __init__(self, window: "MainWindow") -> None:
        super().__init__()
        self.w = window
        annotating = getattr(window.app.settings, "annotating", None)
        self.librarian = LibrarianController(
            window.bridge, library_folder(window.app.home), getattr(annotating, "annotator", "")
        )
        self.batches = BatchController(self.librarian)
        self.thumbnails = Thumbnails(self.librarian.thumbnail_of, self.librarian.boxes_of)
        self.model = PhotoGrid(self.librarian.rows_of, self.thumbnails)
        self.grid, self.facets, self.details = PhotoGridView(self.model), FacetsPanel(), DetailsPanel()
        self.drawn, self.bar = DrawnQuery(), BatchBar()
        self.captions = LibraryCaptions(self)
        self._like = 0
        self._listed: Listing | None = None
        self._typing = QTimer(self, singleShot=True, interval=TYPING_MS)
        self._typing.timeout.connect(self.show_wish)
        self._lay_out()
        self._connect()
        self._keys()

    # -- building ------------------------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        self.search = QLineEdit(placeholderText=HINT, clearButtonEnabled=True)
        self.search.setAccessibleName("Search the library")
        self.draw = QToolButton(text="Draw", checkable=True)
        self.draw.setToolTip("Draw where things should be, instead of typing")
        self.draw.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        set_icon(self.draw, "select")
        self.views, self.orders = QComboBox(), QComboBox()
        self.views.setToolTip("Relations as they are in space, as they look in the picture, or either")
        self.views.setAccessibleName("How relations are meant")
        self.orders.setAccessibleName("Order")
        for text, key in VIEWS:
            self.views.addItem(text, key)
        for text, key in ORDERS:
            self.orders.addItem(text, key)
        self.said, self.count = muted(), QLabel()
        self.said.setVisible(False)
        self.said.setMinimumWidth(80)
        self.count.setProperty("role", "muted")
        self.reset = icon_button("close", "", "Show all photos again")
        top = QHBoxLayout()
        top.setContentsMargins(8, 8, 8, 4)
        for widget, stretch in ((self.search, 1), (self.draw, 0), (self.views, 0), (self.orders, 0), (self.reset, 0)):
            top.addWidget(widget, stretch)
        told = QHBoxLayout()
        told.setContentsMargins(10, 0, 10, 2)
        told.addWidget(self.said, 1)
        told.addWidget(self.count)
        self.drawn.setMaximumSize(QSize(300, 280))
        self.drawn.setVisible(False)
        middle = QHBoxLayout()
        middle.setContentsMargins(8, 0, 8, 0)
        self.stack = QStackedLayout()
        self.stack.addWidget(self.grid)
        self.empty = _EmptyLibrary()
        self.stack.addWidget(self.empty)
        self.nothing = muted("No photo fits. Try fewer words, or other names for the things.")
        self.nothing.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.stack.addWidget(self.nothing)
        middle.addWidget(self.drawn, 0, Qt.AlignmentFlag.AlignTop)
        middle.addLayout(self.stack, 1)
        centre = QWidget()
        column = QVBoxLayout(centre)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addLayout(top)
        column.addLayout(told)
        column.addLayout(middle, 1)
        column.addWidget(self.bar)
        self.split = QSplitter(Qt.Orientation.Horizontal)
        for widget, stretch in ((self.facets, 0), (centre, 1), (self.details, 0)):
            self.split.addWidget(widget)
            self.split.setStretchFactor(self.split.count() - 1, stretch)
        self.split.setSizes([210, 700, 370])
        self.split.setChildrenCollapsible(False)
        self.facets.setMinimumWidth(190)
        self.details.setMinimumWidth(300)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.split)

    def _connect(self) -> None:
        self.search.textChanged.connect(self._on_typing)
        self.search.returnPressed.connect(self.show_wish)
        self.draw.toggled.connect(self._on_draw)
        self.drawn.query_changed.connect(self._on_drawn)
        self.views.currentIndexChanged.connect(self.show_wish)
        self.orders.currentIndexChanged.connect(self.show_wish)
        self.reset.clicked.connect(self.show_all)
        self.facets.filters_changed.connect(lambda _: self.show_wish())
        self.facets.relation_requested.connect(self._on_relation)
        for signal in (self.facets.add_folder_requested, self.empty.add_requested):
            signal.connect(self.ask_folder)
        self.facets.rescan_requested.connect(lambda: self.batches.scan())
        self.facets.forget_folder_requested.connect(self.librarian.forget_folder)
        self.grid.chosen.connect(self._on_chosen)
        self.grid.open_requested.connect(lambda photo: self.open_photo(photo, "compose"))
        self.grid.menu_requested.connect(self._on_menu)
        self.grid.selection_changed.connect(self._on_selection)
        self.details.open_requested.connect(self.open_photo)
        self.details.similar_requested.connect(self.show_like)
        self.details.state_requested.connect(lambda photo, state: self.librarian.set_states([photo], state))
        self.details.ask_requested.connect(self.librarian.ask)
        librarian = self.librarian
        librarian.listed.connect(self._on_listed)
        librarian.reading.connect(lambda: self._tell("Reading the words…"))
        librarian.counted.connect(self._on_counted)
        librarian.detailed.connect(self._on_detailed)
        librarian.answered.connect(self.details.show_answer)
        librarian.changed.connect(self._on_changed)
        self.bar.start_requested.connect(self.start_batch)
        self.bar.pause_requested.connect(self.batches.pause)
        self.bar.resume_requested.connect(self.batches.resume)
        self.bar.stop_requested.connect(self.batches.stop)
        self.bar.duplicates_requested.connect(lambda: self.show_like(DUPLICATES))
        self.bar.problems_requested.connect(lambda: self._search_for("problem:yes"))
        self.batches.progressed.connect(self.bar.show_progress)
        self.batches.waits.connect(self.bar.show_waiting)
        self.batches.idle.connect(self.bar.show_idle)
        self.batches.results_came.connect(self._on_results)
        for source in (librarian, self.batches):
            source.said.connect(self._say)

    def _keys(self) -> None:
        for keys, call in (
            ("Ctrl+F", self._focus_search),
            ("Alt+F", self.facets.search.setFocus),
            ("Ctrl+L", self.details.ask_focus),
            ("Ctrl+Alt+K", self._toggle_checked),
        ):
            QShortcut(QKeySequence(keys), self, call, context=Qt.ShortcutContext.WidgetWithChildrenShortcut)

    # -- life ----------------------------------------------------------------------------------------------------

    def entered(self) -> None:
        """The workspace is on the screen now."""
        self.show_wish()
        self.librarian.count()
        self.batches.look_for_unfinished()
        self._focus_search()

    def left(self) -> None:
        """Another workspace comes: keep what was typed."""
        self.details.editor.keep()

    def closing(self) -> None:
        """The window closes: keep what was typed, stop the batch, wait for the threads."""
        self.details.editor.keep()
        self.batches.close()
        self.thumbnails.close()
        self.librarian.close()

    # -- what is shown -------------------------------------------------------------------------------------------

    def wish(self) -> Wish:
        """What the controls say."""
        drawn = self.drawn.query() if self.draw.isChecked() else SceneQuery()
        return Wish(
            text=self.search.text().strip(),
            filters=self.facets.filters(),
            view=self.views.currentData(),
            order=self.orders.currentData(),
            drawn=drawn,
            like=self._like,
        )

    def show_wish(self, *_: object) -> None:
        """Show what the controls say."""
        self._typing.stop()
        self.librarian.show(self.wish())

    def show_all(self) -> None:
        """Show all photos."""
        self._like = 0
        self.search.blockSignals(True)
        self.search.clear()
        self.search.blockSignals(False)
        self.draw.setChecked(False)
        self.facets.clear_ticks()
        self.show_wish()

    def show_like(self, photo: int) -> None:
        """Show photos whose scenes are like that of this one; `DUPLICATES`: that are the same picture twice."""
        self._like = photo
        self.show_wish()

    def open_photo(self, photo: int, workspace: str) -> None:
        """Open the scene of a photo in another workspace."""
        library = self.librarian.library
        try:
            scene, row = library.scene_of(photo), library.photo(photo)
        except StudioError as error:
            self._say("danger", str(error))
            return
        if scene is None:
            self._say("info", f"{row.name} has no scene yet. Press Parse first.")
            return
        self.details.editor.keep()
        if not self.w.may_lose_changes():
            return
        self.w.library_review.open(photo)
        self.w.workspaces.go(workspace)
        self.w.live.reload_photo()
        self.w.view.look_through_camera(True)
        self.w.show_title()

    def start_batch(self, kind: str) -> None:
        """Work on the marked photos if several are, else on all that are shown."""
        marked, listing = self.grid.marked(), self.librarian.listing
        everything = listing.query.is_empty and not listing.wish.text and not listing.wish.like
        photos = marked if len(marked) > 1 else None if everything else list(listing.ids)
        style = self.details.editor.style or "sentence"
        self.batches.start(kind, photos, listing.wish.filters, style, self.bar.rate)

    def ask_folder(self) -> None:
        """Ask for a folder of photos and watch it."""
        folder = QFileDialog.getExistingDirectory(self, "Folder of photos")
        if folder:
            self.add_folder(folder)

    def add_folder(self, folder: str) -> None:
        """Watch a folder of photos."""
        self.bar.show_progress(f"Looking through {folder}", 0, 0)
        self.batches.scan([folder])

    # -- what happened -------------------------------------------------------------------------------------------

    def _on_typing(self) -> None:
        self._like = 0
        self._typing.start()

    def _on_draw(self, on: bool) -> None:
        self.drawn.setVisible(on)
        self.search.setEnabled(not on)
        self.show_wish()

    def _on_drawn(self, query: SceneQuery) -> None:
        self._like = 0
        self.show_wish()

    def _on_relation(self, predicate: str) -> None:
        said = self.search.text().strip()
        self._search_for(f"{said} {predicate} " if said else f"person {predicate} person")

    def _search_for(self, text: str) -> None:
        self.draw.setChecked(False)
        self.search.setText(text)
        self.search.setFocus()
        self.show_wish()

    def _on_listed(self, listing: Listing) -> None:
        self.librarian.listing = listing
        current, goes_on = self.grid.current_photo(), self._listed is not None and self._listed.steps is not None
        goes_on = goes_on and self._listed.wish == listing.wish
        if not goes_on or (self._listed.ids, self._listed.grades) != (listing.ids, listing.grades):
            if tuple(self.model.ids) != listing.ids or listing.grades:
                self.model.show_photos(listing.ids, listing.grades)
            else:
                self.model.refresh()
        self._listed = listing
        nothing_at_all = not listing.ids and listing.wish == Wish(order=listing.wish.order, view=listing.wish.view)
        self.stack.setCurrentIndex(1 if nothing_at_all else 0 if listing.ids else 2)
        plus = "" if listing.whole else "+"
        shown = f" (best {len(listing.ids):,})" if len(listing.ids) < listing.total else ""
        self.count.setText(f"{listing.total:,}{plus} photo{'' if listing.total == 1 else 's'}{shown}")
        narrowed = said_filters(listing.wish.filters)
        told = " · ".join(part for part in (listing.said, narrowed, *listing.notes) if part)
        self.nothing.setText(
            "No picture is there twice." if listing.wish.like == DUPLICATES
            else "No photo has all that is ticked at the left." if narrowed and not listing.wish.text
            else "No photo fits. Try fewer words, or other names for the things."
        )  # fmt: skip
        self._tell(told)
        searching = bool(listing.grades)
        self.orders.setEnabled(not searching)
        if listing.ids and (searching or current not in self.model.ids[:1]):
            keep = current and (goes_on or not searching) and self.model.place_of(current) is not None
            self.grid.show_photo(current if keep else listing.ids[0])
        if not listing.ids:
            self.details.show_detail(None)

    def _on_counted(self, facets: object, folders: object, labels: list[str]) -> None:
        self.facets.show_facets(facets, folders)  # type: ignore[arg-type]
        frequent = list(getattr(facets, "labels", {}))
        self.drawn.show_labels(frequent or labels)

    def _on_chosen(self, photo: int) -> None:
        if photo:
            self.librarian.look_at(photo)
        else:
            self.details.show_detail(None)

    def _on_detailed(self, detail) -> None:
        if detail.row.id == self.grid.current_photo():
            self.details.show_detail(detail)

    def _on_changed(self, photo: int) -> None:
        if photo:
            self.model.refresh_photo(photo)
        else:
            self.show_wish()
        if photo == self.details.photo:
            self.librarian.look_at(photo)
        self.librarian.count()

    def _on_results(self) -> None:
        """A batch has done more: refresh what is on the screen."""
        if self.w.workspaces.current != "library":
            return
        self.model.refresh()
        self.show_wish()
        self.librarian.count()
        if self.details.photo and not self.details.editor.text.hasFocus():
            self.librarian.look_at(self.details.photo)

    def _on_selection(self, marked: list[int]) -> None:
        scope = f"the {len(marked):,} marked photos" if len(marked) > 1 else "all photos that are shown"
        for button in self.bar.buttons.values():
            button.setToolTip(f"{button.toolTip().split(':')[0]}: {scope}")

    def _on_menu(self, photos: list[int], place: QPoint) -> None:
        menu = QMenu(self)
        first = photos[0]
        menu.addAction("Open in Compose", lambda: self.open_photo(first, "compose"))
        if "annotate" in self.w.workspaces.workspaces:
            menu.addAction("Open in Annotate", lambda: self.open_photo(first, "annotate"))
        menu.addAction("More like this", lambda: self.show_like(first))
        menu.addSeparator()
        states = menu.addMenu("State")
        for state in State:
            states.addAction(str(state), lambda state=state: self.librarian.set_states(photos, state))
        for kind, title in (("parse", "Parse"), ("caption", "Caption"), ("check", "Check")):
            menu.addAction(
                title, lambda kind=kind: self.batches.start(kind, photos, Filters(), self.details.editor.style)
            )
        menu.exec(place)

    def _start_on(self, kind: str, photos: list[int]) -> None:
        self.batches.start(kind, photos, Filters(), self.details.editor.style, self.bar.rate)

    def _toggle_checked(self) -> None:
        marked = self.grid.marked() or ([self.grid.current_photo()] if self.grid.current_photo() else [])
        if marked:
            now = self.librarian.library.photo(marked[0]).state
            self.librarian.set_states(marked, State.PARSED if now is State.CHECKED else State.CHECKED)

    def _focus_search(self) -> None:
        self.search.setFocus()
        self.search.selectAll()

    def _say(self, level: str, text: str) -> None:
        self.w.notices.say(level, text)
        if self.w.workspaces.current == "library":
            self._tell(text)

    def _tell(self, text: str) -> None:
        """Say something below the search."""
        self.said.setText(text)
        self.said.setVisible(bool(text))


class _EmptyLibrary(QWidget):
    """What is shown while there is no photo."""

    def __init__(self) -> None:
        super().__init__()
        add = icon_button("add", "Add a folder of photos")
        self.add_requested = add.clicked
        text = muted(
            "Photos stay where they are. Parse them, and you can search them by what stands where, ask them, caption "
            "them and export the captions."
        )
        text.setFixedWidth(420)  # a label that wraps asks for too little height when it is as wide as it likes
        text.setAlignment(Qt.AlignmentFlag.AlignCenter)
        column = QVBoxLayout(self)
        column.addStretch(1)
        column.addWidget(text, 0, Qt.AlignmentFlag.AlignCenter)
        column.addWidget(add, 0, Qt.AlignmentFlag.AlignCenter)
        column.addStretch(1)
