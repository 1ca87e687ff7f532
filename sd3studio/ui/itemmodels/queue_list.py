"""The queue as a list: headings of what runs, waits, failed and is done, and a row for each job."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import QAbstractListModel, QByteArray, QMimeData, QModelIndex, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QPixmap

JOB_MIME = "application/x-sd3studio-job"
ROW_ROLE = Qt.ItemDataRole.UserRole
PICTURE_ROLE = Qt.ItemDataRole.DecorationRole

Index = QModelIndex | QPersistentModelIndex
GROUPS: Mapping[str, str] = {
    "running": "Running",
    "queued": "Waiting",
    "failed": "Failed",
    "cancelled": "Cancelled",
    "done": "Done",
}
"""State -> heading, in the order of the list."""


@dataclass(frozen=True, slots=True)
class QueueRow:
    """One line of the list.

    Parameters
    ----------
    id : of the job; empty for a heading
    title, said : two lines of text
    state : as `JobState`
    progress : 0 to 1 of what runs; None where there is nothing to show
    result : file of the picture once it is done
    tip : what is shown while the mouse rests on it
    """

    id: str
    title: str
    said: str = ""
    state: str = ""
    progress: float | None = None
    result: str = ""
    tip: str = ""


def with_headings(rows: Sequence[QueueRow]) -> list[QueueRow]:
    """The rows by state, each group under a heading with its number."""
    listed = []
    for state, title in GROUPS.items():
        group = [row for row in rows if row.state == state]
        if group:
            listed += [QueueRow("", f"{title}  {len(group)}", state=state), *group]
    return listed


class QueueList(QAbstractListModel):
    """Rows of the queue. A job that waits can be dragged to another place among those that wait."""

    move_requested = Signal(str, int)
    """Id of a waiting job, and its new place among those that wait, 0 is next."""
    picture_wanted = Signal(str)
    """Id of a job whose picture is not there yet; it comes by `show_picture`."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[QueueRow] = []
        self._pictures: dict[str, QPixmap] = {}
        self._asked: set[str] = set()

    def show_rows(self, rows: Sequence[QueueRow]) -> bool:
        """Show these rows. Returns whether others are there now, so that a selection has to be made anew."""
        if [row.id or row.state for row in rows] == [row.id or row.state for row in self.rows]:
            self.rows = list(rows)
            if rows:
                self.dataChanged.emit(self.index(0), self.index(len(rows) - 1))
            return False
        self.beginResetModel()
        self.rows = list(rows)
        known = {row.id for row in rows}
        self._pictures = {key: picture for key, picture in self._pictures.items() if key in known}
        self._asked &= known
        self.endResetModel()
        return True

    def show_row(self, row: QueueRow) -> None:
        """Show what changed of one job."""
        place = self.place_of(row.id)
        if place is not None:
            self.rows[place] = row
            self.dataChanged.emit(self.index(place), self.index(place))

    def show_picture(self, job_id: str, picture: QPixmap) -> None:
        """Show the picture of a job."""
        place = self.place_of(job_id)
        self._pictures[job_id] = picture
        if place is not None:
            self.dataChanged.emit(self.index(place), self.index(place), [PICTURE_ROLE])

    def forget_picture(self, job_id: str) -> None:
        """The picture of a job is another one now; it is asked for when it is next drawn."""
        self._pictures.pop(job_id, None)
        self._asked.discard(job_id)

    def place_of(self, job_id: str) -> int | None:
        """Number of a job's row."""
        return next((number for number, row in enumerate(self.rows) if job_id and row.id == job_id), None)

    def waiting(self) -> list[str]:
        """Ids of the jobs that wait, next first."""
        return [row.id for row in self.rows if row.id and row.state == "queued"]

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 (Qt's own signature)
        return 0 if parent.isValid() else len(self.rows)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        row = self.rows[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole | Qt.ItemDataRole.AccessibleTextRole:
                return f"{row.title}  {row.said}".strip()
            case Qt.ItemDataRole.ToolTipRole:
                return row.tip
            case Qt.ItemDataRole.UserRole:
                return row
            case Qt.ItemDataRole.DecorationRole:
                return self._picture(row.id)
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        if not index.isValid():
            return Qt.ItemFlag.ItemIsDropEnabled
        row = self.rows[index.row()]
        if not row.id:
            return Qt.ItemFlag.ItemIsEnabled
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        return flags | Qt.ItemFlag.ItemIsDragEnabled if row.state == "queued" else flags

    def supportedDropActions(self) -> Qt.DropAction:
        return Qt.DropAction.MoveAction

    def mimeTypes(self) -> list[str]:
        return [JOB_MIME]

    def mimeData(self, indexes: Sequence[QModelIndex]) -> QMimeData:
        data = QMimeData()
        data.setData(JOB_MIME, QByteArray("\n".join(self.rows[i.row()].id for i in indexes).encode()))
        return data

    def dropMimeData(self, data: QMimeData, action: Qt.DropAction, row: int, column: int, parent: Index) -> bool:
        """Ask for the move; the rows themselves follow when the queue says so."""
        if not data.hasFormat(JOB_MIME):
            return False
        at = row if row >= 0 else (parent.row() if parent.isValid() else len(self.rows))
        moved = bytes(data.data(JOB_MIME).data()).decode().split("\n")
        before = [r.id for r in self.rows[:at] if r.id and r.state == "queued" and r.id not in moved]
        for number, job_id in enumerate(moved):
            self.move_requested.emit(job_id, len(before) + number)
        return False

    def _picture(self, job_id: str) -> QPixmap | None:
        if job_id and job_id not in self._pictures and job_id not in self._asked:
            self._asked.add(job_id)
            self.picture_wanted.emit(job_id)
        return self._pictures.get(job_id)
