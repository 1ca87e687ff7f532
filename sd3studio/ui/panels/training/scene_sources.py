"""Where the scenes of a data set come from: files and the library, or a recipe by which they are composed."""

from PySide6.QtCore import QSize, Qt, QTimer, Signal
from PySide6.QtGui import QIcon, QPixmap
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListView,
    QListWidget,
    QListWidgetItem,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from sd3studio.core.training.messages import ComposedShown
from sd3studio.core.training.requests import ComposeDataset, FromLibrary, MakeDataset, ShowComposed
from sd3studio.services.library.records import State
from sd3studio.ui.icons import icon_button
from sd3studio.ui.panels.fields import muted, or_text

SHOWN, SHOWN_PX = 4, 150
CALM_MS = 500
"""Samples are drawn when the recipe has not changed for so long."""
PLACES = (("mixed", "Rooms and streets"), ("rooms", "Rooms"), ("streets", "Streets"))
STATES = (("checked", "only checked"), ("in work", "only in work"), ("parsed", "only parsed"), ("", "in any state"))


class OwnScenes(QWidget):
    """Files, folders and photos of the library."""

    def __init__(self, library: str) -> None:
        super().__init__()
        self._library = library
        self.sources = QListWidget(accessibleName="Scenes")
        holder = QWidget(maximumHeight=84)
        self._stack = or_text(self.sources, "Scenes, our pictures, annotations of VSD, Visual Genome or COCO")
        holder.setLayout(self._stack)
        for signal in (self.sources.model().rowsInserted, self.sources.model().rowsRemoved):
            signal.connect(self._on_sources)
        self.sources.model().modelReset.connect(self._on_sources)
        self.sources.setToolTip(
            "Scenes, pictures of ours, annotations of VSD, Visual Genome or COCO, and folders of them. NAME.txt beside "
            "a scene holds its captions."
        )
        add, add_folder = icon_button("plus", "Files…"), icon_button("open", "Folder…")
        clear = icon_button("trash", "Clear")
        add.clicked.connect(self._on_add)
        add_folder.clicked.connect(self._on_add_folder)
        clear.clicked.connect(self.sources.clear)
        self.from_library = QCheckBox("Photos of the library")
        self.query = QLineEdit(placeholderText="all, or as in the Library: dog left of sofa, label:bus, folder:holiday")
        self.query.setAccessibleName("Which photos of the library")
        self.state = QComboBox(accessibleName="State of the photos")
        for state, title in STATES:
            assert not state or state in list(State)
            self.state.addItem(title, state)
        self.photos = QCheckBox("Photos are the pictures, where a scene has one")
        for widget in (self.query, self.state):
            widget.setEnabled(False)
            self.from_library.toggled.connect(widget.setEnabled)
        buttons, row = QHBoxLayout(), QHBoxLayout()
        for widget in (add, add_folder, clear):
            buttons.addWidget(widget)
        buttons.addStretch(1)
        row.addWidget(self.from_library)
        row.addWidget(self.query, 1)
        row.addWidget(self.state)
        layout = QVBoxLayout(self)
        layout.addWidget(holder)
        layout.addLayout(buttons)
        layout.addLayout(row)
        layout.addWidget(muted("Sentences that people wrote about them come first; others are made of the graph."))
        layout.addWidget(self.photos)
        layout.addStretch(1)

    def add_source(self, path: str) -> None:
        """Put a file or folder into the list."""
        if not self.sources.findItems(path, Qt.MatchFlag.MatchExactly):
            self.sources.addItem(path)

    def request(self, output: str, size_px: int, captions: int) -> MakeDataset | None:
        """What is asked for; None if no scenes are chosen."""
        sources = tuple(self.sources.item(k).text() for k in range(self.sources.count()))
        library = None
        if self.from_library.isChecked():
            states = (self.state.currentData(),) if self.state.currentData() else ()
            library = FromLibrary(library=self._library, query=self.query.text().strip(), states=states)
        if not sources and library is None:
            return None
        return MakeDataset(
            sources=sources, library=library, output=output, size_px=size_px, captions=captions,
            photos=self.photos.isChecked(),
        )  # fmt: skip

    def _on_sources(self) -> None:
        self._stack.setCurrentIndex(1 if self.sources.count() else 0)

    def _on_add(self) -> None:
        names, _ = QFileDialog.getOpenFileNames(
            self, "Scenes", "", "Scenes, our pictures, VSD, Visual Genome, COCO (*.json *.png)"
        )
        for name in names:
            self.add_source(name)

    def _on_add_folder(self) -> None:
        name = QFileDialog.getExistingDirectory(self, "Folder of scenes")
        if name:
            self.add_source(name)


class ComposedScenes(QWidget):
    """A recipe, and the first few of its scenes, drawn anew when it changes."""

    samples_requested = Signal(object)
    """`ShowComposed`."""

    def __init__(self) -> None:
        super().__init__()
        self.places = QComboBox(accessibleName="Places")
        for key, title in PLACES:
            self.places.addItem(title, key)
        self.count = QSpinBox(minimum=1, maximum=1_000_000, value=200, singleStep=50, accessibleName="Number of scenes")
        self.seed = QSpinBox(minimum=0, maximum=2**31 - 1, accessibleName="Seed")
        self.pictures = QListWidget(viewMode=QListView.ViewMode.IconMode, accessibleName="The first scenes")
        self.pictures.setIconSize(QSize(SHOWN_PX, SHOWN_PX))
        self.pictures.setMovement(QListView.Movement.Static)
        self.pictures.setWordWrap(True)
        self.pictures.setGridSize(QSize(SHOWN_PX + 24, SHOWN_PX + 62))
        self.pictures.setMinimumHeight(SHOWN_PX + 76)
        self.told = muted()
        self._calm = QTimer(self, singleShot=True, interval=CALM_MS)
        self._calm.timeout.connect(self.ask_samples)
        self.places.currentIndexChanged.connect(self._calm.start)
        self.seed.valueChanged.connect(self._calm.start)
        row = QHBoxLayout()
        for label, widget in (("Places", self.places), ("Scenes", self.count), ("First seed", self.seed)):
            row.addWidget(QLabel(label))
            row.addWidget(widget, 1)
        layout = QVBoxLayout(self)
        layout.addLayout(row)
        layout.addWidget(self.pictures, 1)
        layout.addWidget(self.told)

    def request(self, output: str, size_px: int, captions: int) -> ComposeDataset:
        """What is asked for."""
        return ComposeDataset(
            places=self.places.currentData(), count=self.count.value(), seed=self.seed.value(), output=output,
            size_px=size_px, captions=captions,
        )  # fmt: skip

    def ask_samples(self) -> None:
        """Ask for the first pictures of the recipe as it is now."""
        self.told.setText("Drawing the first few…")
        wanted = ShowComposed(places=self.places.currentData(), seed=self.seed.value(), count=SHOWN, size_px=SHOWN_PX)
        self.samples_requested.emit(wanted)

    def show_samples(self, shown: ComposedShown) -> None:
        """Show pictures, if they are still of this recipe."""
        if (shown.places, shown.seed) != (self.places.currentData(), self.seed.value()):
            return
        self.pictures.clear()
        for png, caption in shown.pictures:
            pixmap = QPixmap()
            pixmap.loadFromData(png, "PNG")
            item = QListWidgetItem(QIcon(pixmap), caption)
            item.setToolTip(caption)
            self.pictures.addItem(item)
        self.told.setText("The first scenes of this recipe: the same seed gives the same ones.")

    def showEvent(self, event) -> None:  # type: ignore[no-untyped-def]
        super().showEvent(event)
        if not self.pictures.count():
            self._calm.start()


def sizes_form(size: QSpinBox, captions: QSpinBox, output: QLineEdit) -> QFormLayout:
    """The rows that both kinds of data sets have."""
    form = QFormLayout()
    form.addRow("Folder", output)
    row = QHBoxLayout()
    row.addWidget(size, 1)
    row.addWidget(QLabel("Captions a scene"))
    row.addWidget(captions, 1)
    form.addRow("Size, px", row)
    return form
