"""The list of training runs: how each stands, how far it is; those that are ticked are compared in the curves."""

import time
from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QStackedLayout,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from sd3studio.core.training.run import RunState, RunStatus
from sd3studio.services.runs.watching import RunRow
from sd3studio.ui import theme
from sd3studio.ui.icons import icon_button
from sd3studio.ui.panels.fields import heading

ROW_ROLE = Qt.ItemDataRole.UserRole


def colour_of(state: RunState) -> str:
    """The theme's colour of a state."""
    now = theme.current()
    return {
        RunState.RUNNING: now.accent,
        RunState.FINISHED: now.good,
        RunState.FAILED: now.danger,
        RunState.PAUSED: now.warning,
        RunState.STOPPED: now.warning,
    }.get(state, now.muted)


class RunList(QWidget):
    """All runs, newest first. What is wanted leaves as signals."""

    selected = Signal(str)
    compared_changed = Signal()
    new_requested = Signal()
    data_requested = Signal()
    compare_requested = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._asked = ""
        self.list = QListWidget(accessibleName="Training runs")
        self.list.setItemDelegate(_RunDelegate(self.list))
        self.list.currentItemChanged.connect(self._on_current)
        self.list.itemChanged.connect(self._on_ticked)
        self.new, self.data = icon_button("plus", "New run…"), icon_button("layers", "Data set…")
        self.compare = icon_button("view", "Compare…", "Settings, losses and scores of the ticked runs")
        self.compare.clicked.connect(self.compare_requested)
        self.new.setProperty("primary", "true")
        self.new.clicked.connect(self.new_requested)
        self.data.clicked.connect(self.data_requested)
        empty = QLabel(
            "No training yet.\n\nMake a data set of your corrected scenes, then start a run: it goes on in the "
            "background, even when the window is closed."
        )
        empty.setWordWrap(True)
        empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        empty.setProperty("role", "muted")
        holder = QWidget()
        self._stack = QStackedLayout(holder)
        self._stack.addWidget(empty)
        self._stack.addWidget(self.list)
        buttons = QHBoxLayout()
        buttons.addWidget(self.new, 1)
        buttons.addWidget(self.data, 1)
        layout = QVBoxLayout(self)
        layout.addWidget(heading("Training runs"))
        layout.addLayout(buttons)
        layout.addWidget(holder, 1)
        layout.addWidget(self.compare)

    def show_rows(self, rows: Sequence[RunRow]) -> None:
        """Show these runs; selection and ticks stay."""
        with QSignalBlocker(self.list):
            known = {self.list.item(k).data(ROW_ROLE).id: k for k in range(self.list.count())}
            if list(known) != [row.id for row in rows]:
                ticked, asked, ids = self.ticked(), self._asked, [row.id for row in rows]
                current = next((name for name in (asked, self.current(), *ids) if name in ids), "")
                self.list.clear()
                for row in rows:
                    self._append(row, row.id in ticked)
                self.select(current)
                self._asked = asked if asked not in ids else ""
            else:
                for row in rows:
                    item = self.list.item(known[row.id])
                    if item.data(ROW_ROLE) != row:
                        item.setData(ROW_ROLE, row)
                        item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{row.title}, {row.line}")
        self._stack.setCurrentIndex(1 if rows else 0)
        self.list.viewport().update()

    def select(self, name: str) -> None:
        """Make a run the current one; one that is not in the list yet, as soon as it is."""
        self._asked = name
        for k in range(self.list.count()):
            if self.list.item(k).data(ROW_ROLE).id == name:
                self._asked = ""
                self.list.setCurrentRow(k)

    def current(self) -> str:
        """Id of the current run; empty if there is none."""
        item = self.list.currentItem()
        return item.data(ROW_ROLE).id if item else ""

    def ticked(self) -> list[str]:
        """Ids of the runs that are to be compared."""
        items = (self.list.item(k) for k in range(self.list.count()))
        return [item.data(ROW_ROLE).id for item in items if item.checkState() == Qt.CheckState.Checked]

    def _append(self, row: RunRow, ticked: bool) -> None:
        item = QListWidgetItem()
        item.setData(ROW_ROLE, row)
        item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{row.title}, {row.line}")
        item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
        item.setCheckState(Qt.CheckState.Checked if ticked else Qt.CheckState.Unchecked)
        item.setToolTip("Tick runs to see their curves together")
        self.list.addItem(item)

    def _on_current(self, item: QListWidgetItem | None) -> None:
        if item is not None:
            self.selected.emit(item.data(ROW_ROLE).id)

    def _on_ticked(self, item: QListWidgetItem) -> None:
        self.compared_changed.emit()


class _RunDelegate(QStyledItemDelegate):
    """Two lines and a bar: title, state and step, how much is done."""

    def sizeHint(self, option: QStyleOptionViewItem, index) -> QSize:  # type: ignore[no-untyped-def]
        return QSize(200, option.fontMetrics.height() * 2 + 26)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index) -> None:  # type: ignore[no-untyped-def]
        super().paint(painter, option, index)
        row: RunRow = index.data(ROW_ROLE)
        now, chosen = theme.current(), bool(option.state & QStyle.StateFlag.State_Selected)
        box = option.rect.adjusted(30, 6, -8, -6)
        painter.save()
        font = painter.font()
        font.setBold(True)
        painter.setFont(font)
        painter.setPen(QColor(now.accent_text if chosen else now.text))
        high = option.fontMetrics.height()
        flags = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        title = option.fontMetrics.elidedText(row.title, Qt.TextElideMode.ElideRight, box.width() - 10)
        painter.drawText(box.adjusted(0, 0, 0, high - box.height()), flags, title)
        font.setBold(False)
        painter.setFont(font)
        painter.setPen(QColor(now.accent_text if chosen else colour_of(row.status.state)))
        line = option.fontMetrics.elidedText(row.line, Qt.TextElideMode.ElideRight, box.width())
        painter.drawText(box.adjusted(0, high + 2, 0, 2 * high + 2 - box.height()), flags, line)
        bar = box.adjusted(0, box.height() - 4, 0, 0)
        painter.fillRect(bar, QColor(now.border))
        if row.status.total:
            done = min(row.status.step / row.status.total, 1.0)
            bar.setWidth(round(bar.width() * done))
            painter.fillRect(bar, QColor(now.accent_text if chosen else colour_of(row.status.state)))
        painter.restore()


def time_left(status: RunStatus, per_step_s: float) -> str:
    """Time until the stage is done, in words; empty if it can't be told."""
    left = (status.total - status.step) * per_step_s
    if status.state is not RunState.RUNNING or not left > 0:
        return ""
    if left < 90:
        return f"{left:.0f} s left"
    return f"{left / 60:.0f} min left" if left < 5400 else f"{left / 3600:.1f} h left"


def ago(seconds: float) -> str:
    """How long ago a moment (seconds since 1970) was, in words."""
    past = time.time() - seconds
    if past < 60:
        return "just now"
    return f"{past / 60:.0f} min ago" if past < 5400 else f"{past / 3600:.1f} h ago"
