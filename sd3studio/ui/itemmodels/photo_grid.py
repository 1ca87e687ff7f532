"""The photos of a library as a list model: ids are all there, rows come by the page, thumbnails by and by."""

from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QRunnable, QSize, Qt, QThreadPool, Signal
from PySide6.QtGui import QImage, QImageReader, QPixmap

from sd3studio.services.library.records import PhotoRow

PHOTO_ROLE = Qt.ItemDataRole.UserRole
GRADE_ROLE, THUMBNAIL_ROLE, BOXES_ROLE = (Qt.ItemDataRole.UserRole + i for i in (1, 2, 3))

PAGE = 64
MOST_PAGES = 64
MOST_THUMBNAILS = 800
MOST_WAITING = 160
"""Thumbnails asked for earlier than so many others were scrolled away."""
THUMBNAIL_PX = 256

Box = tuple[float, float, float, float]
RowsOf = Callable[[Sequence[int]], Sequence[PhotoRow]]


class Thumbnails(QObject):
    """Reads small pictures in threads, the last ones asked for first."""

    ready = Signal(int, QImage, list)
    """Photo, its picture (null if there is none), boxes to outline on it."""

    def __init__(self, path_of: Callable[[PhotoRow], tuple[str, str]], boxes_of: Callable[[int], list[Box]]) -> None:
        super().__init__()
        self._path_of, self._boxes_of = path_of, boxes_of
        self._waiting: OrderedDict[int, PhotoRow] = OrderedDict()
        self._pool = QThreadPool(self)
        self._pool.setMaxThreadCount(2)

    def ask(self, row: PhotoRow) -> None:
        """Read the thumbnail of a photo soon."""
        self._waiting.pop(row.id, None)
        self._waiting[row.id] = row
        while len(self._waiting) > MOST_WAITING:
            self._waiting.popitem(last=False)
        if self._pool.activeThreadCount() < self._pool.maxThreadCount():
            self._pool.start(_Reading(self))

    def forget(self) -> None:
        """Nothing that was asked for is wanted any more."""
        self._waiting.clear()

    def close(self) -> None:
        """Wait for the threads."""
        self.forget()
        self._pool.waitForDone(3_000)

    def take(self) -> PhotoRow | None:
        """The next photo to read; called by the threads."""
        try:
            return self._waiting.popitem()[1]
        except KeyError:
            return None

    def read(self, row: PhotoRow) -> None:
        """Read one and tell it; called by the threads."""
        small, whole = self._path_of(row)
        picture = read_picture(small, THUMBNAIL_PX) if small else QImage()
        if picture.isNull() and whole:
            picture = read_picture(whole, THUMBNAIL_PX)
        self.ready.emit(row.id, picture, self._boxes_of(row.id))


class _Reading(QRunnable):
    def __init__(self, owner: Thumbnails) -> None:
        super().__init__()
        self._owner = owner

    def run(self) -> None:
        while (row := self._owner.take()) is not None:
            self._owner.read(row)


def read_picture(path: str, longer_px: int) -> QImage:
    """A picture in a file, upright, at most so large; null if it can't be read."""
    reader = QImageReader(path)
    reader.setAutoTransform(True)
    size = reader.size()
    if size.isValid() and max(size.width(), size.height()) > longer_px:
        reader.setScaledSize(size.scaled(QSize(longer_px, longer_px), Qt.AspectRatioMode.KeepAspectRatio))
    return reader.read()


class PhotoGrid(QAbstractListModel):
    """Photos in the order of their ids as they were found.

    Parameters
    ----------
    rows_of : reads the rows of some ids
    thumbnails : reads small pictures
    """

    def __init__(self, rows_of: RowsOf, thumbnails: Thumbnails) -> None:
        super().__init__()
        self._rows_of, self._thumbnails = rows_of, thumbnails
        self._ids: Sequence[int] = ()
        self._grades: Mapping[int, float] = {}
        self._pages: OrderedDict[int, dict[int, PhotoRow]] = OrderedDict()
        self._pictures: OrderedDict[int, tuple[QPixmap, list[Box]]] = OrderedDict()
        self._places: dict[int, int] = {}
        thumbnails.ready.connect(self._on_ready)

    def show_photos(self, ids: Sequence[int], grades: Mapping[int, float] | None = None) -> None:
        """Show these photos; `grades` say how well each fits what was searched for."""
        self._thumbnails.forget()
        self.beginResetModel()
        searching = bool(grades) or bool(self._grades)
        self._ids, self._grades = ids, grades or {}
        self._pages.clear()
        self._places.clear()
        if searching:
            self._pictures.clear()  # other boxes are outlined
        self.endResetModel()

    def refresh(self) -> None:
        """Read the rows anew, as states or thumbnails may have changed."""
        self._pages.clear()
        if self._ids:
            self.dataChanged.emit(self.index(0), self.index(len(self._ids) - 1))

    def refresh_photo(self, photo: int) -> None:
        """Read the picture of a photo anew."""
        self._pictures.pop(photo, None)
        self._pages.clear()
        place = self.place_of(photo)
        if place is not None:
            self.dataChanged.emit(self.index(place), self.index(place))

    @property
    def ids(self) -> Sequence[int]:
        """The photos that are shown."""
        return self._ids

    def place_of(self, photo: int) -> int | None:
        """At which place a photo is, if it is shown."""
        if not self._places and self._ids:
            self._places = {number: place for place, number in enumerate(self._ids)}
        return self._places.get(photo)

    def rowCount(self, parent: QModelIndex = QModelIndex()) -> int:  # noqa: B008 (Qt's signature)
        return 0 if parent.isValid() else len(self._ids)

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        place = index.row()
        if not 0 <= place < len(self._ids):
            return None
        if role == GRADE_ROLE:
            return self._grades.get(self._ids[place])
        if role in (THUMBNAIL_ROLE, BOXES_ROLE):
            found = self._picture(place)
            return None if found is None else found[role == BOXES_ROLE]
        if role in (Qt.ItemDataRole.DisplayRole, PHOTO_ROLE, Qt.ItemDataRole.ToolTipRole):
            row = self._row(place)
            if row is None or role == PHOTO_ROLE:
                return row
            return row.name if role == Qt.ItemDataRole.DisplayRole else _tip(row)
        return None

    def _row(self, place: int) -> PhotoRow | None:
        page = place // PAGE
        if page not in self._pages:
            part = self._ids[page * PAGE : (page + 1) * PAGE]
            self._pages[page] = {row.id: row for row in self._rows_of(part)}
            while len(self._pages) > MOST_PAGES:
                self._pages.popitem(last=False)
        self._pages.move_to_end(page)
        return self._pages[page].get(self._ids[place])

    def _picture(self, place: int) -> tuple[QPixmap, list[Box]] | None:
        photo = self._ids[place]
        found = self._pictures.get(photo)
        if found is None:
            row = self._row(place)
            if row is not None:
                self._thumbnails.ask(row)
            return None
        self._pictures.move_to_end(photo)
        return found

    def _on_ready(self, photo: int, picture: QImage, boxes: list[Box]) -> None:
        self._pictures[photo] = (QPixmap.fromImage(picture), boxes)
        while len(self._pictures) > MOST_THUMBNAILS:
            self._pictures.popitem(last=False)
        place = self.place_of(photo)
        if place is not None:
            index = self.index(place)
            self.dataChanged.emit(index, index, [THUMBNAIL_ROLE])


def _tip(row: PhotoRow) -> str:
    lines = [row.path, f"{row.state}" + (f", checked: {row.check_score:.0%}" if row.check_score is not None else "")]
    if row.width:
        lines.append(f"{row.width} × {row.height} px")
    lines += [text for text in (row.taken.replace("T", " "), row.camera, row.problem) if text]
    return "\n".join(lines)
