"""The objects of the scene as a tree: concepts with what is part of them, then the rest."""

from typing import Any

from PySide6.QtCore import QAbstractItemModel, QModelIndex, Qt, Signal
from PySide6.QtGui import QColor

from sd3studio.core.scene.values import Scene, SceneObject
from sd3studio.ui import theme
from sd3studio.ui.icons import icon

NAME, EYE, LOCK = 0, 1, 2
Index = QModelIndex


class SceneTree(QAbstractItemModel):
    """Three columns: name, visible, locked. Editing a name and clicking an eye or a lock only emit wishes."""

    rename_requested = Signal(str, str)
    hide_requested = Signal(str, bool)
    lock_requested = Signal(str, bool)

    def __init__(self) -> None:
        super().__init__()
        self._scene = Scene()
        self._children: dict[str | None, list[str]] = {None: []}
        self._keys: list[str] = []
        self._place: dict[str, tuple[int, int]] = {}

    def show(self, scene: Scene) -> bool:
        """Show this scene; only rows that look different are refreshed. Returns whether all rows are new."""
        old, self._scene = self._scene, scene
        shape = [(thing.id, thing.parent) for thing in scene.objects.values()]
        if shape != [(thing.id, thing.parent) for thing in old.objects.values()]:
            self.beginResetModel()
            self._build(shape)
            self.endResetModel()
            return True
        for key, thing in scene.objects.items():
            if old.objects[key] is not thing and _looks(old.objects[key]) != _looks(thing):
                self.dataChanged.emit(self.index_of(key), self.index_of(key, LOCK))
        return False

    def _build(self, shape: list[tuple[str, str | None]]) -> None:
        self._children = {None: []}
        for key, parent in shape:
            self._children.setdefault(parent, []).append(key)
        self._keys = [key for key, _ in shape]
        number = {key: i for i, key in enumerate(self._keys)}
        places = ((row, key) for siblings in self._children.values() for row, key in enumerate(siblings))
        self._place = {key: (row, number[key]) for row, key in places}

    def _key(self, index: Index) -> str | None:
        return self._keys[index.internalId()] if index.isValid() else None

    def thing(self, index: Index) -> SceneObject | None:
        """The object of a row."""
        key = self._key(index)
        return self._scene.objects.get(key) if key is not None else None

    def index_of(self, key: str, column: int = NAME) -> Index:
        """The row of an object."""
        if key not in self._place:
            return Index()
        row, number = self._place[key]
        return self.createIndex(row, column, number)

    def index(self, row: int, column: int, parent: Index = Index()) -> Index:  # noqa: B008 (Qt's signature)
        siblings = self._children.get(self._key(parent), [])
        return self.index_of(siblings[row], column) if 0 <= row < len(siblings) else Index()

    def parent(self, index: Index) -> Index:  # type: ignore[override]
        thing = self.thing(index)
        return self.index_of(thing.parent) if thing and thing.parent else Index()

    def rowCount(self, parent: Index = Index()) -> int:  # noqa: B008
        if parent.isValid() and parent.column() != NAME:
            return 0
        return len(self._children.get(self._key(parent), []))

    def columnCount(self, parent: Index = Index()) -> int:  # noqa: B008
        return 3

    def flags(self, index: Index) -> Qt.ItemFlag:
        flags = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        return flags | Qt.ItemFlag.ItemIsEditable if index.column() == NAME else flags

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        thing = self.thing(index)
        if thing is None:
            return None
        match role, index.column():
            case Qt.ItemDataRole.DisplayRole, 0:
                return _words(thing)
            case Qt.ItemDataRole.EditRole, 0:
                return thing.label
            case Qt.ItemDataRole.ForegroundRole, 0 if _is_added(thing):
                return QColor(theme.current().accent)
            case Qt.ItemDataRole.DecorationRole, 0 if _is_added(thing):
                return icon("generate", theme.current().accent)
            case Qt.ItemDataRole.DecorationRole, 0:
                return icon({"object": "cube", "stuff": "stuff", "concept": "concept"}[thing.kind])
            case Qt.ItemDataRole.DecorationRole, 1:
                return icon("eye-off" if thing.hidden else "eye")
            case Qt.ItemDataRole.DecorationRole, 2:
                return icon("lock") if thing.locked else icon("unlock")
            case Qt.ItemDataRole.ToolTipRole, 0:
                return about(thing)
            case Qt.ItemDataRole.ToolTipRole, 1:
                return "Hidden. Click to show" if thing.hidden else "Shown. Click to hide"
            case Qt.ItemDataRole.ToolTipRole, 2:
                return "Locked. Click to unlock" if thing.locked else "Free to move. Click to lock"
        return None

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:
        thing = self.thing(index)
        if thing and role == Qt.ItemDataRole.EditRole and str(value).strip():
            self.rename_requested.emit(thing.id, str(value))
        return False

    def clicked(self, index: Index) -> None:
        """A click on the eye or the lock of a row."""
        thing = self.thing(index)
        if thing and index.column() == EYE:
            self.hide_requested.emit(thing.id, not thing.hidden)
        elif thing and index.column() == LOCK:
            self.lock_requested.emit(thing.id, not thing.locked)


def _is_added(thing: SceneObject) -> bool:
    return thing.provenance.source == "model"


def _words(thing: SceneObject) -> str:
    """Attributes and label; how sure the parser was; whether a model added it."""
    words = " ".join((*thing.attributes[:2], thing.label))
    guess = thing.provenance.score
    sure = f" {guess:.0%}" if guess is not None else ""
    return f"{words}   added{sure}" if _is_added(thing) else f"{words}  {sure}" if sure else words


def _looks(thing: SceneObject) -> tuple[object, ...]:
    """What a row shows of an object; a dragged object looks the same."""
    return thing.label, thing.attributes, thing.kind, thing.hidden, thing.locked, thing.provenance


def about(thing: SceneObject) -> str:
    """Where an object came from and which of its numbers are guesses, as plain text."""
    came = {
        "user": "Placed by hand",
        "photo": "Read from the photo",
        "text": "Read from the sentence",
        "model": "Added by SD3 mini: delete it if you don't want it, or keep it (Make menu)",
        "sample": "From a sample",
    }[thing.provenance.source]
    lines = [f"{thing.label} ({thing.id})", came]
    if thing.provenance.score is not None:
        lines[-1] += f", score {thing.provenance.score:.2f}"
    if thing.provenance.detail:
        lines.append(thing.provenance.detail)
    lines += [f"{field} is a guess: {why}" for field, why in thing.provenance.priors.items()]
    return "\n".join(lines)
