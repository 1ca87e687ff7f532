"""The edit of what things are part of."""

from dataclasses import dataclass
from typing import ClassVar

from sd3studio.core.edits.base import change_each, find
from sd3studio.core.errors import SceneError
from sd3studio.core.scene.values import Scene


@dataclass(frozen=True, slots=True)
class SetParent:
    """Make objects part of a concept, or (None) of nothing. Raises `SceneError` if that would lead in a circle."""

    label: ClassVar[str] = "Change what it is part of"
    ids: tuple[str, ...]
    parent: str | None

    def apply(self, scene: Scene) -> Scene:
        above = self.parent
        while above is not None:
            if above in self.ids:
                raise SceneError(f"“{scene.objects[above].label}” can't be part of itself.")
            above = find(scene, above).parent
        return change_each(scene, self.ids, lambda thing: thing.replace(parent=self.parent))
