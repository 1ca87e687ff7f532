"""The Annotate workspace: the photo to the left of the 3D view, tools above it, strips and photos below."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QInputDialog, QToolButton, QVBoxLayout, QWidget

from sd3studio.core.scene.picture_boxes import picture_size
from sd3studio.core.scene.value import BoxPx
from sd3studio.core.scene.values import Relation
from sd3studio.core.size_priors import catalogue_or_none, size_priors
from sd3studio.ui.canvas.tools.base import SnapSteps
from sd3studio.ui.controllers.annotating import AnnotatingController
from sd3studio.ui.icons import set_icon
from sd3studio.ui.panels.review import ReviewItem
from sd3studio.ui.photo.class_picker import ClassPicker
from sd3studio.ui.photo.filmstrip import Filmstrip
from sd3studio.ui.photo.lens_bar import LensBar
from sd3studio.ui.photo.predicates import PhotoPredicateMenu
from sd3studio.ui.photo.strips import Strips
from sd3studio.ui.photo.view import PhotoView

if TYPE_CHECKING:
    from sd3studio.ui.main_window import MainWindow

REVIEW_MS = 60
"""What is to be looked at follows a drag this much later."""

TOOLS: tuple[tuple[str, str, str], ...] = (
    ("select", "select", "Select and drag (Esc)"),
    ("box", "box-draw", "Draw a box around a new thing (B)"),
    ("relate", "relation", "Relate two things (G)"),
    ("brush", "brush", "Paint the mask (Y)"),
    ("eraser", "eraser", "Erase from the mask (Shift+Y)"),
    ("polygon", "polygon", "Add a polygon to the mask (Alt+Y)"),
    ("camera", "camera", "Correct the camera: horizon and directions (I)"),
)


class AnnotateSide(QWidget):
    """Made when Annotate is first shown; connects photo, panels and controllers with the window."""

    def __init__(self, window: "MainWindow") -> None:
        super().__init__()
        self.w = window
        self.annotating = AnnotatingController(window.session, window.bridge, self._models)
        self.review = window.library_review
        self.photo = PhotoView(window.session, self._snap)
        self.predicates = PhotoPredicateMenu(self.photo)
        self.strips = Strips(window.session, self._snap())
        self.film = Filmstrip()
        self.lens = LensBar()
        self._picker: ClassPicker | None = None
        self._arranged = False
        self._soon = QTimer(self, singleShot=True, interval=REVIEW_MS)
        self._soon.timeout.connect(self._refresh_review)
        self._lay_out()
        self._connect()
        self._share_keys()

    def _models(self):
        return self.w.app.settings.models

    def _snap(self) -> SnapSteps:
        return SnapSteps.of(self.w.app.settings.snapping)

    def _lay_out(self) -> None:
        bar = QHBoxLayout()
        bar.setContentsMargins(4, 3, 4, 3)
        bar.setSpacing(2)
        self.buttons: dict[str, QToolButton] = {}
        group = QButtonGroup(self)
        for name, icon, tip in TOOLS:
            self.buttons[name] = _tool_button(icon, tip, checkable=True)
            self.buttons[name].setProperty("tool", name)
            group.addButton(self.buttons[name])
            bar.addWidget(self.buttons[name])
        group.buttonClicked.connect(self._on_tool)
        bar.addSpacing(8)
        self.cut_out = _tool_button("cut-out", "Find the mask again, with the strokes painted (Ctrl+Shift+G)")
        self.masks = _tool_button("layers", "Masks on or off (Shift+P)", checkable=True)
        self.everything = _tool_button("eye", "All things, or only the selected one (Shift+H)", checkable=True)
        self.whole = _tool_button("frame", "The whole photo (Z)")
        for button in (self.cut_out, self.masks, self.everything, self.whole):
            bar.addWidget(button)
        bar.addStretch(1)
        self.buttons["select"].setChecked(True)
        for button in (self.masks, self.everything):
            button.setChecked(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(3)
        column.addLayout(bar)
        column.addWidget(self.lens)
        column.addWidget(self.photo, 1)
        column.addWidget(self.strips)
        column.addWidget(self.film)
        self.lens.hide()
        self.setMinimumWidth(320)

    def _connect(self) -> None:
        w, photo, annotating, review = self.w, self.photo, self.annotating, self.review
        annotating.said.connect(w.notices.say)
        photo.box_requested.connect(self._on_box)
        photo.mask_requested.connect(annotating.paint_mask)
        photo.camera_requested.connect(annotating.drag_camera)
        photo.pair_requested.connect(self.ask_predicate)
        self.predicates.chosen.connect(self._on_predicate)
        self.predicates.words_wanted.connect(self.ask_words)
        photo.tool_changed.connect(self._on_tool_changed)
        self.cut_out.clicked.connect(annotating.cut_out)
        self.masks.toggled.connect(self._on_show)
        self.everything.toggled.connect(self._on_show)
        self.whole.clicked.connect(photo.fit)
        annotating.named.connect(self._on_named)
        self.lens.focal_entered.connect(annotating.set_focal)
        self.lens.length_entered.connect(annotating.calibrate)
        self.lens.keep_changed.connect(self._on_keep)
        self.film.photo_requested.connect(review.open)
        review.changed.connect(self._refresh_photo)
        panel = w.review_panel
        panel.item_marked.connect(self._on_item)
        panel.accept_requested.connect(self._on_accept)
        panel.reject_requested.connect(self._on_reject)
        panel.state_requested.connect(review.set_state)
        panel.next_requested.connect(review.go_unchecked)
        panel.step_requested.connect(review.go)
        panel.add_folder_requested.connect(review.add_folder)
        panel.comment_requested.connect(annotating.comment)
        panel.remove_comment_requested.connect(annotating.remove_comment)
        panel.select_requested.connect(w.session.document.select)
        compare = w.compare_panel
        compare.take_requested.connect(annotating.take_from)
        compare.select_requested.connect(w.session.document.select)
        compare.version_requested.connect(self._on_version)
        compare.file_requested.connect(self._on_compare_file)
        compare.score_requested.connect(self._on_score)
        w.session.document.changed.connect(self._on_changed)
        w.session.document.selection_changed.connect(self._on_selection)
        w.session.document.history_changed.connect(photo.show_lines)

    def _share_keys(self) -> None:
        """Single letters act on the photo as they do in the 3D view; zooming keys are its own."""
        for command in self.w.commands.table:
            if command.scope == "view" and not command.id.startswith(("view.", "camera.")):
                self.photo.addAction(self.w.commands.actions[command.id])

    # -- the workspace comes and goes ----------------------------------------------------------------------------

    def entered(self) -> None:
        """Annotate is on the screen."""
        self.annotating.begin(self.review.author)
        self.photo.set_photo(self.w.view.photo)
        self.review.look()
        self._on_changed()
        self._arrange()
        self.photo.setFocus()

    def _arrange(self) -> None:
        """The first time: more room for the photo than for the 3D view, and for what is to be looked at."""
        if self._arranged:
            return
        self._arranged = True
        docks = [self.w.docks["object"], self.w.docks["review"]]
        self.w.resizeDocks(docks, [300, 560], Qt.Orientation.Vertical)
        split = self.w.workspaces.split
        split.setSizes([round(0.56 * split.width()), round(0.44 * split.width())])

    def left(self) -> None:
        """Another workspace is shown: what was corrected is stored."""
        self.annotating.end()
        self.review.keep()
        self._show_views()

    def _on_changed(self, old=None, new=None) -> None:
        if old is not None and new is not None and old.photo != new.photo:
            QTimer.singleShot(0, self._take_photo)
        scene = self.w.session.scene
        self.lens.show_scene(scene, self.w.session.document.selection)
        if not self._soon.isActive():
            self._soon.start()

    def _on_selection(self) -> None:
        if self._is_on():
            self.w.session.document.author = self.review.author  # the name may have been changed meanwhile
        self.lens.show_scene(self.w.session.scene, self.w.session.document.selection)

    def _take_photo(self) -> None:
        self.photo.set_photo(self.w.view.photo)
        if self._is_on():
            self.review.look()

    def _is_on(self) -> bool:
        """Whether Annotate is on the screen, if only by its 3D view."""
        return self.w.workspaces.current == "annotate"

    def _refresh_review(self) -> None:
        if not self._is_on():
            return
        session = self.w.session
        self.lens.show_scene(session.scene, session.document.selection)
        if self.w.docks["review"].isVisible():
            self.w.review_panel.show_scene(session.scene, session.facts)
        if self.w.docks["compare"].isVisible() and self.w.compare_panel.other is not None:
            self.w.compare_panel.show_scene(session.scene)

    def _refresh_photo(self) -> None:
        scene = self.w.session.scene
        name = scene.photo.path.replace("\\", "/").rsplit("/", 1)[-1] if scene.photo else ""
        review = self.review
        self.w.review_panel.show_photo(name, review.state(), review.counts(), review.in_sample())
        self.film.show_photos(review.photos(), review.photo_id)
        self.w.compare_panel.show_versions(review.versions())
        self.w.commands.refresh()

    # -- wishes --------------------------------------------------------------------------------------------------

    def _on_tool(self, button: QToolButton) -> None:
        self.photo.take_tool(button.property("tool"))
        self.photo.setFocus()

    def _on_tool_changed(self, name: str) -> None:
        self.buttons[name].setChecked(True)
        self.lens.setVisible(name == "camera")

    def _on_show(self) -> None:
        self.photo.show_masks, self.photo.show_all = self.masks.isChecked(), self.everything.isChecked()
        self.photo.update()

    def _on_keep(self, keep: str) -> None:
        self.annotating.keep = "photo" if keep == "photo" else "3d"

    def _on_box(self, box: BoxPx) -> None:
        if self.annotating.add_box(box) is not None:
            self.photo.take_tool("select")
            self.ask_class()

    def add_box_by_key(self) -> None:
        """A new thing in the middle of the photo, for who has no mouse."""
        width, height = picture_size(self.w.session.scene)
        self._on_box((0.35 * width, 0.45 * height, 0.65 * width, 0.8 * height))

    def ask_class(self) -> None:
        """Let the user choose the class of what is selected, by typing."""
        document = self.w.session.document
        if not document.selection:
            return
        ids = document.selection
        labels = [t.label for t in document.scene.solid_objects() if t.id not in ids]
        counted = sorted(dict.fromkeys(labels), key=labels.count, reverse=True)
        catalogue = catalogue_or_none()
        known = [*counted, *size_priors(), *(catalogue.categories if catalogue else ())]
        self._picker = ClassPicker(self, [name for name in known if name])
        self._picker.suggest([(name, "in this photo") for name in counted[:3]])
        self._picker.chosen.connect(lambda name: self.annotating.classify(ids, name))
        self._picker.destroyed.connect(self._forget_picker)
        self._picker.left.connect(self.photo.setFocus)
        self._picker.chosen.connect(self._on_class_chosen)
        self._picker.show_at(self._place_of(ids[0]))

    def _on_class_chosen(self, name: str) -> None:
        self.photo.setFocus()

    def _forget_picker(self) -> None:
        self._picker = None

    def _place_of(self, key: str) -> QPoint:
        from sd3studio.core.annotation.outline import outline_of
        from sd3studio.core.scene.picture_boxes import picture_camera

        scene = self.w.session.scene
        frame = outline_of(picture_camera(scene), scene.objects[key]).frame or (0.0, 0.0, 0.0, 0.0)
        x, y = self.photo.point_of((frame[2], frame[1]))
        inside = QPoint(
            round(min(max(x + 8, 0), self.photo.width() - 40)), round(min(max(y, 0), self.photo.height() - 60))
        )
        return self.photo.mapToGlobal(inside)

    def _on_named(self, key: str, names: tuple[tuple[str, float], ...]) -> None:
        if self._picker is not None and self.w.session.document.selection[:1] == (key,):
            self._picker.suggest([(name, f"detector {score:.0%}") for name, score in names])

    def ask_predicate(self, subject: str, object: str) -> None:
        """Ask for the relation of two things by a digit, a click or words."""
        objects = self.w.session.scene.objects
        names = objects[subject].label, objects[object].label
        place, concept = self._place_of(object), objects[object].kind == "concept"
        self.predicates.ask((subject, object), names, self.w.session.field.grade, place, concept)

    def _on_predicate(self, relation: Relation, how: str) -> None:
        self.annotating.accept(relation)

    def ask_words(self, subject: str, object: str) -> None:
        """Ask how the annotator would say the relation."""
        objects = self.w.session.scene.objects
        title = f"{objects[subject].label} … {objects[object].label}"
        text, good = QInputDialog.getText(self, "In your own words", title)
        if good and text.strip():
            self.annotating.relate_in_words(subject, text, object)

    def relate(self) -> None:
        """Relate two things: the selected ones, or those that are clicked next."""
        self.photo.take_tool("relate")
        self.photo.setFocus()

    def _on_item(self, item: ReviewItem | None) -> None:
        self.photo.marked = item.suggestion.relation if item and item.suggestion else None
        if item is not None:
            self.w.session.document.select(item.ids)
        self.photo.update()

    def _on_accept(self, item: ReviewItem) -> None:
        from sd3studio.core.edits import SetFlags

        if item.suggestion is not None:
            self.annotating.accept(item.suggestion.relation)
        else:
            self.annotating.apply(SetFlags(item.ids, checked=True))
        self._refresh_review()

    def _on_reject(self, item: ReviewItem) -> None:
        from sd3studio.core.edits import RemoveObjects

        if item.suggestion is not None:
            self.annotating.reject(item.suggestion.relation)
        else:
            self.annotating.apply(RemoveObjects(item.ids))
        self._refresh_review()

    def check_selected(self) -> None:
        """The selected things are right; the next one to look at is marked."""
        self.annotating.toggle("checked")
        self._refresh_review()

    def _on_version(self, number: int) -> None:
        scene = self.review.scene_version(number)
        if scene is not None:
            author = dict(self.review.versions()).get(number, "")
            self.w.compare_panel.show_other(scene, f"version {number} by {author}")
            self.w.compare_panel.show_scene(self.w.session.scene)

    def _on_score(self) -> None:
        from sd3studio.core.errors import StudioError

        try:
            self.review.keep()
            self.w.compare_panel.show_scores(self.review.scores(), self.w.app.settings.annotating.expert)
        except StudioError as error:
            self.w.notices.say("danger", str(error))

    def cycle_layout(self) -> None:
        """Photo and 3D view side by side, the photo alone, or the 3D view alone with the photo under it."""
        others = [self.w.workspaces.split.widget(k) for k in range(self.w.workspaces.split.count())]
        views = [widget for widget in others if widget is not self]
        if self.isVisible() and any(view.isVisible() for view in views):
            for view in views:
                view.hide()
            self.photo.setFocus()
        elif self.isVisible():
            for view in views:
                view.show()
            self.hide()
            self.w.view.look_through_camera(True)
            self.w.view.setFocus()
        else:
            self.show()
            self.photo.setFocus()

    def _show_views(self) -> None:
        split = self.w.workspaces.split
        for number in range(split.count()):
            if split.widget(number) is not self:
                split.widget(number).show()

    def _on_compare_file(self) -> None:
        from pathlib import Path

        from PySide6.QtWidgets import QFileDialog

        from sd3studio.core.errors import StudioError
        from sd3studio.services.scene_files import read_scene_file

        name, _ = QFileDialog.getOpenFileName(self, "Scene of another annotator", "", "Scenes (*.json *.png *.sd3s)")
        if not name:
            return
        try:
            scene = read_scene_file(Path(name))
        except StudioError as error:
            self.w.notices.say("danger", str(error))
            return
        self.w.compare_panel.show_other(scene, Path(name).name)
        self.w.compare_panel.show_scene(self.w.session.scene)


def _tool_button(icon: str, tip: str, checkable: bool = False) -> QToolButton:
    button = QToolButton(checkable=checkable)
    button.setToolTip(tip)
    button.setAccessibleName(tip)
    set_icon(button, icon)
    return button
