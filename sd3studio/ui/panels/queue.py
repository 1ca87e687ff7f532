"""The queue: pictures that are being made, wait, failed or are done, with what can be done about each."""

from collections.abc import Sequence

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QRect, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPixmap
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QLabel,
    QListView,
    QMenu,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from sd3studio.ui import theme
from sd3studio.ui.icons import set_icon
from sd3studio.ui.itemmodels.queue_list import ROW_ROLE, QueueList, QueueRow, with_headings
from sd3studio.ui.panels.fields import or_text

THUMBNAIL = QSize(64, 46)
EMPTY = "Pictures that you ask for wait here, also over a restart. Ctrl+Enter queues one, Ctrl+Shift+Enter before all."


class QueuePanel(QWidget):
    """Shows rows of the queue; wishes leave as signals with the ids of jobs.

    Signals
    -------
    move_requested : id, new place among those that wait
    front_requested, cancel_requested, retry_requested : ids
    view_requested, recall_requested : id of a job
    pause_requested : whether the queue should be held
    retry_failed_requested, clear_requested : all that failed, all that are over
    """

    move_requested = Signal(str, int)
    front_requested = Signal(list)
    cancel_requested = Signal(list)
    retry_requested = Signal(list)
    view_requested = Signal(str)
    recall_requested = Signal(str)
    pause_requested = Signal(bool)
    retry_failed_requested = Signal()
    clear_requested = Signal()
    batch_requested = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.model = QueueList()
        self.model.move_requested.connect(self.move_requested)
        self.list = QListView(selectionMode=QAbstractItemView.SelectionMode.ExtendedSelection)
        self.list.setModel(self.model)
        self.list.setItemDelegate(QueueRowDelegate(self.list))
        self.list.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        self.list.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.list.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.list.setAccessibleName("Queue")
        self.list.customContextMenuRequested.connect(self._on_menu)
        self.list.activated.connect(self._on_activated)
        self.list.selectionModel().selectionChanged.connect(self._refresh_buttons)
        self.summary = QLabel()
        self.summary.setProperty("role", "muted")
        self.summary.setMinimumWidth(20)  # the buttons are needed more
        self._stack = or_text(self.list, EMPTY)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 4, 6, 4)
        layout.setSpacing(4)
        layout.addLayout(self._make_buttons())
        layout.addLayout(self._stack, 1)
        self._refresh_buttons()

    def _make_buttons(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(2)
        self.pause = self._button(row, "pause", "Hold the queue; what runs goes on")
        self.pause.setCheckable(True)
        self.front = self._button(row, "front", "Make it next (Alt+Home)")
        self.cancel = self._button(row, "stop", "Cancel it (Del)")
        self.retry = self._button(row, "redo", "Try it again")
        row.addWidget(self.summary, 1)
        self.batch = self._button(row, "layers", "Queue a batch: over seeds, a parameter, cameras (Ctrl+Alt+Enter)")
        self.batch.clicked.connect(self.batch_requested)
        self.retry_failed = self._button(row, "redo", "Try all that failed again", "Failed")
        self.retry_failed.hide()
        self.clear = self._button(row, "trash", "Forget what is over; pictures stay on disk")
        self.pause.toggled.connect(self._on_pause)
        self.front.clicked.connect(self.move_front)
        self.cancel.clicked.connect(self.cancel_selected)
        self.retry.clicked.connect(self.retry_selected)
        self.retry_failed.clicked.connect(self.retry_failed_requested)
        self.clear.clicked.connect(self.clear_requested)
        return row

    def _button(self, row: QHBoxLayout, icon: str, tip: str, text: str = "") -> QToolButton:
        button = QToolButton(toolTip=tip, text=text)
        button.setAccessibleName(tip)
        if text:
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        set_icon(button, icon)
        row.addWidget(button)
        return button

    def show_rows(self, rows: Sequence[QueueRow], paused: bool) -> None:
        """Show the queue; what was selected stays so."""
        chosen = set(self.selected())
        if self.model.show_rows(with_headings(rows)):
            self.select(chosen)
        self._stack.setCurrentIndex(1 if rows else 0)
        waiting, failed = (sum(row.state == state for row in rows) for state in ("queued", "failed"))
        self.summary.setText(f"{'Paused, ' if paused else ''}{waiting} waiting" if waiting or paused else "")
        self.retry_failed.setVisible(bool(failed))
        self.clear.setEnabled(any(row.state in ("failed", "done", "cancelled") for row in rows))
        self.pause.blockSignals(True)
        self.pause.setChecked(paused)
        self.pause.blockSignals(False)
        set_icon(self.pause, "play" if paused else "pause")
        self.pause.setToolTip("Let the queue run" if paused else "Hold the queue; what runs goes on")
        self._refresh_buttons()

    def selected(self) -> list[str]:
        """Ids of the selected jobs, from the top."""
        rows = sorted(index.row() for index in self.list.selectionModel().selectedIndexes())
        return [self.model.rows[row].id for row in rows if row < len(self.model.rows)]

    def select(self, ids: set[str]) -> None:
        """Select these jobs."""
        selection = self.list.selectionModel()
        for number, row in enumerate(self.model.rows):
            if row.id in ids:
                selection.select(self.model.index(number), selection.SelectionFlag.Select)
        current = next((n for n, row in enumerate(self.model.rows) if row.id in ids), None)
        if current is not None:
            selection.setCurrentIndex(self.model.index(current), selection.SelectionFlag.NoUpdate)

    def move_selected(self, by: int) -> None:
        """Move the selected waiting jobs by so many places, all of them in step."""
        waiting = self.model.waiting()
        chosen = [key for key in waiting if key in self.selected()]
        if not chosen or (waiting.index(chosen[0] if by < 0 else chosen[-1]) + by) not in range(len(waiting)):
            return
        for key in chosen if by < 0 else reversed(chosen):
            self.move_requested.emit(key, waiting.index(key) + by)

    def move_front(self) -> None:
        """The selected jobs next."""
        chosen = [key for key in self.model.waiting() if key in self.selected()]
        if chosen:
            self.front_requested.emit(chosen)

    def cancel_selected(self) -> None:
        """Stop the selected jobs, or take them out."""
        chosen = self._selected_in("queued", "running")
        if chosen:
            self.cancel_requested.emit(chosen)

    def retry_selected(self) -> None:
        """Queue the selected ended jobs once more."""
        chosen = self._selected_in("failed", "cancelled", "done")
        if chosen:
            self.retry_requested.emit(chosen)

    def _selected_in(self, *states: str) -> list[str]:
        chosen = self.selected()
        return [row.id for row in self.model.rows if row.id in chosen and row.state in states]

    def _refresh_buttons(self) -> None:
        self.front.setEnabled(bool(self._selected_in("queued")))
        self.cancel.setEnabled(bool(self._selected_in("queued", "running")))
        self.retry.setEnabled(bool(self._selected_in("failed", "cancelled", "done")))

    def _on_pause(self, on: bool) -> None:
        self.pause_requested.emit(on)

    def _on_activated(self, index: QModelIndex) -> None:
        row: QueueRow = index.data(ROW_ROLE)
        if row.result:
            self.view_requested.emit(row.id)

    def _on_menu(self, place: QPoint) -> None:
        index = self.list.indexAt(place)
        row = index.data(ROW_ROLE) if index.isValid() else None
        if row is None or not row.id:
            return
        menu = QMenu(self)
        if row.result:
            menu.addAction("View", lambda: self.view_requested.emit(row.id))
        if row.state == "queued":
            menu.addAction("Make it next", self.move_front)
            menu.addAction("Earlier", lambda: self.move_selected(-1))
            menu.addAction("Later", lambda: self.move_selected(1))
        if row.state in ("queued", "running"):
            menu.addAction("Cancel", self.cancel_selected)
        else:
            menu.addAction("Try again", self.retry_selected)
        menu.addAction("Open its scene and settings", lambda: self.recall_requested.emit(row.id))
        menu.exec(self.list.viewport().mapToGlobal(place))


class QueueRowDelegate(QStyledItemDelegate):
    """Draws a thumbnail, two lines and the progress of a job; a heading as one muted line."""

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        row: QueueRow = index.data(ROW_ROLE)
        line = option.fontMetrics.height()
        return QSize(180, max(THUMBNAIL.height(), 2 * line) + 8 if row.id else line + 8)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        row: QueueRow = index.data(ROW_ROLE)
        now, place = theme.current(), QRect(option.rect)
        painter.save()
        if not row.id:
            painter.setPen(QColor(now.muted))
            painter.drawText(place.adjusted(4, 0, -4, 0), Qt.AlignmentFlag.AlignVCenter, row.title)
            painter.restore()
            return
        chosen = bool(option.state & QStyle.StateFlag.State_Selected)
        if chosen or option.state & QStyle.StateFlag.State_MouseOver:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(now.accent if chosen else now.raised))
            painter.drawRoundedRect(place.adjusted(1, 1, -1, -1), 5, 5)
        picture = QRect(place.left() + 4, place.top() + 4, THUMBNAIL.width(), place.height() - 8)
        _draw_picture(painter, picture, index.data(Qt.ItemDataRole.DecorationRole))
        text = place.adjusted(THUMBNAIL.width() + 12, 4, -6, -4)
        _draw_text(painter, text, row, chosen)
        if row.progress is not None:
            bar = QRect(text.left(), place.bottom() - 6, text.width(), 3)
            painter.fillRect(bar, QColor(now.border))
            bar.setWidth(round(bar.width() * row.progress))
            painter.fillRect(bar, QColor(now.accent_text if chosen else now.accent))
        painter.restore()


def _draw_picture(painter: QPainter, place: QRect, picture: QPixmap | None) -> None:
    if picture is None or picture.isNull():
        painter.fillRect(place, QColor(theme.current().field))
        return
    size = picture.size().scaled(place.size(), Qt.AspectRatioMode.KeepAspectRatio)
    at = QRect(QPoint(0, 0), size)
    at.moveCenter(place.center())
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    painter.drawPixmap(at, picture)


def _draw_text(painter: QPainter, place: QRect, row: QueueRow, chosen: bool) -> None:
    now = theme.current()
    quiet = {"failed": now.danger, "done": now.muted, "running": now.text}.get(row.state, now.muted)
    for number, (text, colour) in enumerate(((row.title, now.text), (row.said, quiet))):
        line = QRect(place.left(), place.top() + number * place.height() // 2, place.width(), place.height() // 2)
        shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, line.width())
        painter.setPen(QColor(now.accent_text if chosen else colour))
        painter.drawText(line, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, shown)
