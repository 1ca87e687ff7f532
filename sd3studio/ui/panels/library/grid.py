"""The grid of photos: thumbnails with their states, outlines of what was searched for, how well each fits."""

from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QKeyEvent, QPainter, QPen, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from sd3studio.services.library.records import PhotoRow, State
from sd3studio.ui import theme
from sd3studio.ui.icons import icon
from sd3studio.ui.itemmodels.photo_grid import BOXES_ROLE, GRADE_ROLE, PHOTO_ROLE, THUMBNAIL_ROLE, PhotoGrid

SIZES_PX = (96, 132, 176, 232)
"""Widths of a cell that the zoom steps through."""
MARGIN_PX, LINE_PX = 6, 20


def state_colour(state: State) -> str:
    """Colour of the dot of a state."""
    now = theme.current()
    colours = {
        State.PARSED: now.accent,
        State.IN_WORK: now.warning,
        State.CHECKED: now.good,
        State.REJECTED: now.danger,
    }
    return colours.get(state, now.muted)


class PhotoDelegate(QStyledItemDelegate):
    """Draws one cell."""

    def __init__(self, width_px: int) -> None:
        super().__init__()
        self.width_px = self.fitted_px = width_px

    def cell(self) -> QSize:
        """Size of a cell."""
        return QSize(self.fitted_px, round(self.width_px * 0.8) + LINE_PX)

    def fit(self, room_px: int) -> bool:
        """Widen the cells so that they fill a row of so many pixels; returns whether that changed them."""
        before = self.fitted_px
        self.fitted_px = room_px // max(room_px // self.width_px, 1) if room_px > self.width_px else self.width_px
        return self.fitted_px != before

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return self.cell()

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        now, row = theme.current(), index.data(PHOTO_ROLE)
        cell = option.rect.adjusted(3, 3, -3, -3)  # type: ignore[attr-defined]
        state = option.state  # type: ignore[attr-defined]
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        marked = bool(state & QStyle.StateFlag.State_Selected)
        hovered = bool(state & QStyle.StateFlag.State_MouseOver)
        if marked or hovered:
            ground = QColor(now.accent)
            ground.setAlphaF(0.25 if marked else 0.10)
            painter.setBrush(ground)
            painter.setPen(QPen(QColor(now.accent), 1.5) if marked else Qt.PenStyle.NoPen)
            painter.drawRoundedRect(QRectF(cell).adjusted(0.5, 0.5, -0.5, -0.5), 6, 6)
        frame = cell.adjusted(MARGIN_PX, MARGIN_PX, -MARGIN_PX, -LINE_PX)
        self._paint_picture(painter, frame, index, row)
        if row is not None:
            self._paint_line(
                painter, QRect(cell.left() + MARGIN_PX, frame.bottom() + 2, frame.width(), LINE_PX - 2), row
            )
        grade = index.data(GRADE_ROLE)
        if grade is not None and grade < 1.0:
            _paint_badge(painter, frame, f"{grade:.0%}")
        painter.restore()

    def _paint_picture(
        self, painter: QPainter, frame: QRect, index: QModelIndex | QPersistentModelIndex, row: PhotoRow | None
    ) -> None:
        now, picture = theme.current(), index.data(THUMBNAIL_ROLE)
        if picture is None or picture.isNull():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(now.raised))
            painter.drawRoundedRect(frame, 5, 5)
            broken = row is not None and (row.problem or row.missing)
            name, colour = ("warning", now.warning) if broken else ("photo", now.muted)
            side = min(28, frame.height() // 2)
            icon(name, colour).paint(painter, QRect(frame.center() - QPoint(side // 2, side // 2), QSize(side, side)))
            return
        size = picture.size().scaled(frame.size(), Qt.AspectRatioMode.KeepAspectRatio)
        place = QRect(QPoint(0, 0), size)
        place.moveCenter(frame.center())
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawPixmap(place, picture)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(now.selection), 2))
        for x0, y0, x1, y1 in index.data(BOXES_ROLE) or ():
            painter.drawRect(
                QRectF(
                    place.left() + x0 * size.width(),
                    place.top() + y0 * size.height(),
                    (x1 - x0) * size.width(),
                    (y1 - y0) * size.height(),
                )
            )

    def _paint_line(self, painter: QPainter, place: QRect, row: PhotoRow) -> None:
        """State and name below the picture."""
        now = theme.current()
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(now.danger if row.problem else state_colour(row.state)))
        painter.drawEllipse(QRectF(place.left(), place.center().y() - 3, 7, 7))
        words = place.adjusted(12, 0, 0, 0)
        painter.setPen(QColor(now.muted))
        name = QFontMetrics(painter.font()).elidedText(row.name, Qt.TextElideMode.ElideMiddle, words.width())
        painter.drawText(words, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, name)


def _paint_badge(painter: QPainter, frame: QRect, text: str) -> None:
    now = theme.current()
    width = QFontMetrics(painter.font()).horizontalAdvance(text) + 10
    place = QRect(frame.right() - width - 3, frame.top() + 4, width, 18)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(now.accent))
    painter.drawRoundedRect(place, 9, 9)
    painter.setPen(QColor(now.accent_text))
    painter.drawText(place, Qt.AlignmentFlag.AlignCenter, text)


class PhotoGridView(QListView):
    """Shows the grid; what is wanted leaves as signals with ids."""

    chosen = Signal(int)
    """The photo that is now looked at; 0 for none."""
    open_requested = Signal(int)
    menu_requested = Signal(list, QPoint)
    selection_changed = Signal(list)
    """All marked photos."""

    def __init__(self, model: PhotoGrid) -> None:
        super().__init__()
        self.photos = model
        self.delegate = PhotoDelegate(SIZES_PX[2])
        self.setModel(model)
        self.setItemDelegate(self.delegate)
        self.setFlow(QListView.Flow.LeftToRight)
        self.setWrapping(True)
        self.setUniformItemSizes(True)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setLayoutMode(QListView.LayoutMode.SinglePass)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setMouseTracking(True)
        self.setAccessibleName("Photos")
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.customContextMenuRequested.connect(self._on_menu)
        self.doubleClicked.connect(self._on_opened)
        self.selectionModel().currentChanged.connect(self._on_current)
        self.selectionModel().selectionChanged.connect(self._on_selection)
        self.verticalScrollBar().setSingleStep(40)

    def marked(self) -> list[int]:
        """Ids of the marked photos, in their order."""
        places = sorted(index.row() for index in self.selectionModel().selectedIndexes())
        return [self.photos.ids[place] for place in places]

    def current_photo(self) -> int:
        """The photo that is looked at; 0 for none."""
        place = self.currentIndex().row()
        return self.photos.ids[place] if 0 <= place < len(self.photos.ids) else 0

    def show_photo(self, photo: int) -> None:
        """Look at a photo, if it is shown."""
        place = self.photos.place_of(photo)
        if place is not None:
            self.setCurrentIndex(self.photos.index(place))

    def zoom(self, step: int) -> None:
        """Larger (1) or smaller (-1) cells."""
        place = min(max(SIZES_PX.index(self.delegate.width_px) + step, 0), len(SIZES_PX) - 1)
        self.delegate.width_px = SIZES_PX[place]
        self._fit()
        self.scheduleDelayedItemsLayout()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._fit()
        super().resizeEvent(event)

    def _fit(self) -> None:
        bar = self.verticalScrollBar().sizeHint().width()
        if self.delegate.fit(self.width() - bar - 4):
            self.scheduleDelayedItemsLayout()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.current_photo():
            self.open_requested.emit(self.current_photo())
            return
        super().keyPressEvent(event)

    def wheelEvent(self, event) -> None:
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self.zoom(1 if event.angleDelta().y() > 0 else -1)
            event.accept()
            return
        super().wheelEvent(event)

    def _on_current(self, index: QModelIndex, before: QModelIndex) -> None:
        self.chosen.emit(self.current_photo())

    def _on_selection(self, *_: object) -> None:
        self.selection_changed.emit(self.marked())

    def _on_opened(self, index: QModelIndex) -> None:
        self.open_requested.emit(self.photos.ids[index.row()])

    def _on_menu(self, place: QPoint) -> None:
        marked: Sequence[int] = self.marked()
        if marked:
            self.menu_requested.emit(list(marked), self.viewport().mapToGlobal(place))
