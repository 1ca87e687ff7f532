"""What several weights make of the same scenes: a row a scene, a column for the truth and for each of them."""

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import QHeaderView, QLabel, QTableWidget, QVBoxLayout, QWidget

from sd3studio.core.training.messages import Shown, WeightsShown

PICTURE = QSize(176, 176)
TRUTH = "as it is"


class SideBySide(QTableWidget):
    """Fills its columns as they come."""

    def __init__(self) -> None:
        super().__init__(accessibleName="What the weights make of the same scenes")
        self.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.setSelectionMode(QTableWidget.SelectionMode.NoSelection)
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.verticalHeader().hide()
        self.setVerticalScrollMode(QTableWidget.ScrollMode.ScrollPerPixel)
        self._names: list[str] = []
        self._waiting: set[str] = set()

    def begin(self, names: Sequence[str]) -> None:
        """Wait for what these weights make."""
        self._names, self._waiting = [TRUTH, *names], set(names)
        self.setRowCount(0)
        self.setColumnCount(len(self._names))
        self.setHorizontalHeaderLabels(self._names)

    def show_made(self, name: str, shown: WeightsShown) -> int:
        """Fill the column of a name; returns how many are still to come."""
        if name in self._names:
            self.setRowCount(max(self.rowCount(), len(shown.truth)))
            for row, (truth, made) in enumerate(zip(shown.truth, shown.made, strict=True)):
                self._put(row, 0, truth)
                self._put(row, self._names.index(name), made)
            self.resizeRowsToContents()
        self._waiting.discard(name)
        return len(self._waiting)

    def text(self, row: int, name: str) -> str:
        """The sentence in a cell."""
        cell = self.cellWidget(row, self._names.index(name))
        return cell.findChild(QLabel, "said").text() if cell else ""

    def _put(self, row: int, column: int, one: Shown) -> None:
        cell = QWidget()
        layout = QVBoxLayout(cell)
        layout.setContentsMargins(6, 6, 6, 6)
        if one.png is not None:
            pixmap = QPixmap()
            pixmap.loadFromData(one.png, "PNG")
            picture = QLabel(alignment=Qt.AlignmentFlag.AlignCenter)
            scaled = Qt.TransformationMode.SmoothTransformation
            picture.setPixmap(pixmap.scaled(PICTURE, Qt.AspectRatioMode.KeepAspectRatio, scaled))
            layout.addWidget(picture)
        said = QLabel(one.text or "no sentence", wordWrap=True, alignment=Qt.AlignmentFlag.AlignCenter)
        said.setObjectName("said")
        if not one.text:
            said.setProperty("role", "muted")
        layout.addWidget(said)
        self.setCellWidget(row, column, cell)
