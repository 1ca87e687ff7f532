"""The open scene: current value, undo, redo, preview, selection. Nobody else assigns the scene.

`changed` emits ``(old, new)``; listeners compare objects by identity and refresh only what differs. Undo restores the
earlier value, without limit; unchanged objects are shared between all of them.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from psygnal import Signal

from sd3studio.core.edits.base import Edit
from sd3studio.core.scene.values import Scene


@dataclass(frozen=True, slots=True)
class Step:
    """One entry of the history: what was done, the scene after it, and who did it when (ISO 8601, UTC)."""

    label: str
    scene: Scene
    author: str = ""
    when: str = ""


class Document:
    """One open scene with its history. `author` is who makes the edits from now on; it is noted with each step.

    `follow` completes every edit with what goes with it: it gets the committed scene and the edited one.
    """

    changed = Signal(object, object)
    """(old scene, new scene), previews included."""
    selection_changed = Signal(tuple)
    """The selected ids."""
    history_changed = Signal()
    """The history or the place in it changed; nothing is previewed then."""

    def __init__(self, scene: Scene | None = None) -> None:
        self.author = ""
        self.follow: Callable[[Scene, Scene], Scene] | None = None
        self._steps = [Step("Open", scene or Scene())]
        self._position = 0
        self._preview: Scene | None = None
        self._selection: tuple[str, ...] = ()

    @property
    def scene(self) -> Scene:
        """What is to be seen: the preview while there is one, else the committed scene."""
        return self._preview if self._preview is not None else self.committed

    @property
    def committed(self) -> Scene:
        """The scene without the preview."""
        return self._steps[self._position].scene

    @property
    def steps(self) -> tuple[Step, ...]:
        """All steps, those that were undone too."""
        return tuple(self._steps)

    @property
    def position(self) -> int:
        """Index of the current step."""
        return self._position

    @property
    def selection(self) -> tuple[str, ...]:
        """Ids of the selected objects, in the order in which they were selected."""
        return self._selection

    def open(self, scene: Scene) -> None:
        """Show another scene, with an empty history and nothing selected."""
        self.select(())
        self.restore([Step("Open", scene)], 0)

    def restore(self, steps: list[Step], position: int) -> None:
        """Take over a whole history, as read from a journal."""
        old = self.scene
        self._steps, self._position, self._preview = list(steps), position, None
        self._emit(old)

    def apply(self, edit: Edit, *, merge: bool = False) -> None:
        """Make an edit for good: one undo step. With `merge` it takes the place of the newest step.

        Raises what the edit raises; the document is then as before.
        """
        old = self.scene
        new = self._edited(edit)
        if new is self.committed or new == self.committed:
            self.end_preview()
            return
        keep = self._position if merge and self._position > 0 else self._position + 1
        label = getattr(edit, "what", "") or edit.label
        self._steps[keep:] = [Step(label, new, self.author, now())]
        self._position, self._preview = keep, None
        self._emit(old)

    def preview(self, edit: Edit) -> None:
        """Show what an edit of the committed scene would do, without a step in the history."""
        old = self.scene
        self._preview = self._edited(edit)
        self.changed.emit(old, self._preview)

    def _edited(self, edit: Edit) -> Scene:
        new = edit.apply(self.committed)
        return self.follow(self.committed, new) if self.follow else new

    def end_preview(self) -> None:
        """Go back to the committed scene."""
        if self._preview is not None:
            old, self._preview = self._preview, None
            self.changed.emit(old, self.committed)

    @property
    def can_undo(self) -> bool:
        return self._position > 0

    @property
    def can_redo(self) -> bool:
        return self._position < len(self._steps) - 1

    @property
    def undo_label(self) -> str:
        """What undo would take back, or an empty text."""
        return self._steps[self._position].label if self.can_undo else ""

    @property
    def redo_label(self) -> str:
        """What redo would bring back, or an empty text."""
        return self._steps[self._position + 1].label if self.can_redo else ""

    def undo(self) -> None:
        """Go one step back, if there is one."""
        self.go_to(self._position - 1)

    def redo(self) -> None:
        """Go one step forward, if there is one."""
        self.go_to(self._position + 1)

    def go_to(self, position: int) -> None:
        """Go to any step of the history; positions outside of it change nothing."""
        if 0 <= position < len(self._steps) and position != self._position:
            old = self.scene
            self._position, self._preview = position, None
            self._emit(old)

    def select(self, ids: Iterable[str]) -> None:
        """Select these objects; ids that are not in the scene are left out."""
        chosen = tuple(dict.fromkeys(key for key in ids if key in self.scene.objects))
        if chosen != self._selection:
            self._selection = chosen
            self.selection_changed.emit(chosen)

    def _emit(self, old: Scene) -> None:
        self.changed.emit(old, self.scene)
        self.select(self._selection)
        self.history_changed.emit()


def now() -> str:
    """This moment as ISO 8601 in UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")
