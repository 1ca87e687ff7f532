"""What an empty view shows: the three ways to begin."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QVBoxLayout, QWidget

from sd3studio.ui.icons import icon_button


class Welcome(QFrame):
    """A card in the middle of an empty view."""

    open_photo_requested = Signal()
    sample_photo_requested = Signal()
    sample_scene_requested = Signal()
    sentence_requested = Signal()
    catalogue_requested = Signal()
    tour_requested = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setProperty("role", "card")
        title = QLabel("Start with a photo, a sentence or a layout")
        title.setStyleSheet("font-size: 17px; font-weight: 600;")
        title.setAlignment(Qt.AlignmentFlag.AlignCenter)
        hint = QLabel("Drop a photo here, type a sentence above, or place things by hand. Each becomes the other two.")
        hint.setProperty("role", "muted")
        hint.setWordWrap(True)
        hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        grid = QGridLayout()
        grid.setSpacing(8)
        rows = (
            ("photo", "Open a photo…", self.open_photo_requested),
            ("photo", "Sample photo", self.sample_photo_requested),
            ("text", "Type a sentence", self.sentence_requested),
            ("cube", "Sample scene", self.sample_scene_requested),
            ("catalogue", "Add from the catalogue", self.catalogue_requested),
            ("tour", "Take the tour", self.tour_requested),
        )
        for number, (name, text, signal) in enumerate(rows):
            button = icon_button(name, text)
            button.setMinimumHeight(34)
            button.clicked.connect(signal)
            grid.addWidget(button, number // 2, number % 2)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(26, 22, 26, 24)
        layout.setSpacing(14)
        layout.addWidget(title)
        layout.addWidget(hint)
        layout.addLayout(grid)
        self.setFixedWidth(500)

    def place(self) -> None:
        """Go to the middle of the parent."""
        self.adjustSize()
        parent = self.parentWidget()
        self.move((parent.width() - self.width()) // 2, max(8, (parent.height() - self.height()) // 2))
