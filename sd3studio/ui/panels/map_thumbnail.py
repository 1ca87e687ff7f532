"""One control map as a thumbnail: a click enlarges it, a drag takes it out as a file, a button exports it."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QMimeData, QPointF, QSize, Qt, QUrl, Signal
from PySide6.QtGui import QDrag, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPixmap, QResizeEvent
from PySide6.QtWidgets import QApplication, QHBoxLayout, QLabel, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from sd3studio.ui import theme
from sd3studio.ui.icons import set_icon
from sd3studio.ui.panels.fields import muted
from sd3studio.ui.pixels import image_of

ICON_PX = 13
FileOf = Callable[[str], Path | None]
"""Writes the export of a map to a file of its own and gives its path, None if it can't."""


class MapPicture(QLabel):
    """A picture scaled to the room there is. It can be clicked, dragged out, and opened with Return."""

    clicked = Signal()
    drag_started = Signal()

    def __init__(self, title: str) -> None:
        super().__init__()
        self.image = QImage()
        self._pressed: QPointF | None = None
        self.setToolTip(f"{title}: click to enlarge, drag out as a file")
        self.setAccessibleName(title)
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setMinimumSize(60, 40)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Ignored)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)

    def show_image(self, image: QImage) -> None:
        """Show this picture."""
        self.image = image
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        if not self.image.isNull():
            ratio = self.devicePixelRatioF()
            keep, smooth = Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
            picture = QPixmap.fromImage(self.image.scaled(self.size() * ratio, keep, smooth))
            picture.setDevicePixelRatio(ratio)
            self.setPixmap(picture)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self.hasFocus():
            painter = QPainter(self)
            painter.setPen(theme.current().accent)
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._pressed = event.position()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._pressed is None:
            return
        if (event.position() - self._pressed).manhattanLength() >= QApplication.startDragDistance():
            self._pressed = None
            self.drag_started.emit()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._pressed is not None and self.rect().contains(event.position().toPoint()):
            self.clicked.emit()
        self._pressed = None

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.clicked.emit()
        else:
            super().keyPressEvent(event)


class MapThumbnail(QWidget):
    """A map with its title and its export button."""

    enlarge_requested = Signal(str)
    export_requested = Signal(str)

    def __init__(self, name: str, title: str, kind: str) -> None:
        super().__init__()
        self.name = name
        self.file_of: FileOf = lambda name: None
        """Set by whoever can write the map: a drag asks for the file."""
        self.picture = MapPicture(title)
        self.export = QToolButton(toolTip=f"Export {title.lower()} as {kind}…", autoRaise=True)
        self.export.setAccessibleName(f"Export {title.lower()}")
        self.export.setStyleSheet("QToolButton { padding: 0px; }")
        self.export.setIconSize(QSize(ICON_PX, ICON_PX))
        self.export.setFixedWidth(ICON_PX + 2)  # no wider: the name beside it needs the room
        set_icon(self.export, "export")
        self.picture.clicked.connect(self._on_clicked)
        self.picture.drag_started.connect(self._on_drag)
        self.export.clicked.connect(self._on_export)
        name_label = muted(title)
        name_label.setAlignment(Qt.AlignmentFlag.AlignCenter)
        name_label.setWordWrap(False)
        name_label.setMinimumWidth(34)  # cut off rather than widening the window
        below = QHBoxLayout()
        below.setSpacing(0)
        below.addStretch(1)
        below.addWidget(name_label)
        below.addSpacing(2)
        below.addWidget(self.export)
        below.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(self.picture, 1)
        column.addLayout(below)

    def show_pixels(self, pixels: NDArray[np.uint8]) -> None:
        """Show (H, W, 3) uint8 pixels."""
        self.picture.show_image(image_of(pixels))

    def dragged_data(self) -> QMimeData | None:
        """What leaves with a drag: the map's file, and the picture for programs that take pictures."""
        path = self.file_of(self.name)
        if path is None:
            return None
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(str(path))])
        if path.suffix == ".png":
            data.setImageData(self.picture.image)
        return data

    def _on_drag(self) -> None:
        data = self.dragged_data()
        if data is None:
            return
        drag = QDrag(self)
        drag.setMimeData(data)
        drag.setPixmap(QPixmap.fromImage(self.picture.image).scaledToHeight(64))
        drag.exec(Qt.DropAction.CopyAction)

    def _on_clicked(self) -> None:
        self.enlarge_requested.emit(self.name)

    def _on_export(self) -> None:
        self.export_requested.emit(self.name)
