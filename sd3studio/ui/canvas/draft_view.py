"""The draft in the corner of the 3D view: a small quick picture of what is being laid out."""

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QMouseEvent, QPixmap
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from sd3studio.core.messages import DraftResult
from sd3studio.ui.icons import set_icon
from sd3studio.ui.panels.fields import muted

SMALL_PX, LARGE_PX = 240, 480
MARGIN_PX = 12


class DraftView(QFrame):
    """Floats over its parent's lower right corner; a click changes its size."""

    closed = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._pixmap = QPixmap()
        self._side_px = SMALL_PX
        self.setProperty("role", "card")
        self.setToolTip("A draft by SD3 mini. Click to change its size")
        self.picture = QLabel()
        self.picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.caption = muted("Draft")
        self.caption.setWordWrap(False)
        self.caption.setTextInteractionFlags(Qt.TextInteractionFlag.NoTextInteraction)
        self.close_button = QToolButton(toolTip="No drafts any more", autoRaise=True)
        set_icon(self.close_button, "close")
        self.close_button.clicked.connect(self.closed)
        row = QHBoxLayout()
        row.addWidget(self.caption, 1)
        row.addWidget(self.close_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 4)
        column.setSpacing(2)
        column.addWidget(self.picture)
        column.addLayout(row)
        self.hide()

    def show_waiting(self) -> None:
        """Show that a draft is on its way."""
        if self._pixmap.isNull():
            self.picture.setText("The first draft is on its way…")
            self.picture.setMinimumSize(self._side_px, self._side_px * 3 // 4)
        self.show()
        self.place()

    def show_draft(self, draft: DraftResult, rate: float) -> None:
        """Show a draft, and how many come a second."""
        self._pixmap.loadFromData(draft.picture)
        self._fit()
        self.caption.setText(f"Draft, {rate:.1f} a second" if rate else "Draft")
        self.show()
        self.place()

    def place(self) -> None:
        """Go to the lower right corner of the parent."""
        parent = self.parentWidget()
        self.adjustSize()
        self.move(parent.width() - self.width() - MARGIN_PX, parent.height() - self.height() - MARGIN_PX)
        self.raise_()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._side_px = LARGE_PX if self._side_px == SMALL_PX else SMALL_PX
        self._fit()
        self.place()

    def _fit(self) -> None:
        if self._pixmap.isNull():
            return
        ratio = self.devicePixelRatioF()
        room = QSize(self._side_px, self._side_px)
        keep, smooth = Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
        shown = self._pixmap.scaled(room * ratio, keep, smooth)
        shown.setDevicePixelRatio(ratio)
        self.picture.setMinimumSize(shown.deviceIndependentSize().toSize())
        self.picture.setPixmap(shown)
