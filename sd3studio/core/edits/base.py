"""What every edit has: a label for the undo list and `apply`, which makes the next scene."""

from collections.abc import Callable, Iterable
from typing import ClassVar, Protocol

from sd3studio.core.errors import SceneError
from sd3studio.core.scene.values import Scene, SceneObject


class Edit(Protocol):
    """One action of the user. Undo restores the earlier scene, so no edit needs an inverse."""

    label: ClassVar[str]

    def apply(self, scene: Scene) -> Scene:
        """The scene after the action. Raises `SceneError` if the action makes no sense in this scene."""


def find(scene: Scene, key: str) -> SceneObject:
    """The object with this id. Raises `SceneError` if it is gone."""
    if key not in scene.objects:
        raise SceneError(f"There is no object {key!r} in the scene any more.")
    return scene.objects[key]


def change_each(scene: Scene, ids: Iterable[str], change: Callable[[SceneObject], SceneObject]) -> Scene:
    """The scene with `change` made to each of these objects; what a person sets is no guess any more."""
    return scene.with_objects(*(_vouched(thing, change(thing)) for thing in (find(scene, key) for key in ids)))


def _vouched(old: SceneObject, new: SceneObject) -> SceneObject:
    """`new`, without the notes that a field is a guess where it was changed."""
    guesses = new.provenance.priors
    kept = {name: why for name, why in guesses.items() if getattr(old, name, None) == getattr(new, name, None)}
    return new if len(kept) == len(guesses) else new.replace(provenance=new.provenance.replace(priors=kept))


def change_unlocked(scene: Scene, ids: Iterable[str], change: Callable[[SceneObject], SceneObject]) -> Scene:
    """As `change_each`, leaving locked objects as they are."""
    return change_each(scene, ids, lambda thing: thing if thing.locked else change(thing))
