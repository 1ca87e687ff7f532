"""A furnished room to change by sentences, and what tests ask of the outcome."""

from collections.abc import Callable

from sd3studio.core.messages import EditResult, Finished
from sd3studio.core.relations.field import grade_of
from sd3studio.core.requests import EditByText
from sd3studio.core.scene import Camera, Predicate, Scene, SceneObject
from sd3studio.core.scene.values import Frame
from sd3studio.ml.parsing.edit_by_text import run

Check = Callable[[Scene], bool]


def thing(key: str, label: str, category: str, spot: tuple, size: tuple, **fields: object) -> SceneObject:
    """An object whose base is at `spot` (m)."""
    center = (spot[0], spot[1], spot[2] + size[2] / 2.0)
    return SceneObject(id=key, label=label, category=category, center=center, size=size, **fields)


ROOM = Scene.of(
    [
        thing("sofa", "sofa", "couch", (0.0, 1.5, 0.0), (1.9, 0.9, 0.85)),
        thing("table", "table", "dining table", (0.0, -0.3, 0.0), (1.4, 0.8, 0.75)),
        thing(
            "chair", "chair", "chair", (-1.6, -0.3, 0), (0.5, 0.5, 0.9), colour=(0.78, 0.13, 0.12), attributes=("red",)
        ),
        thing(
            "chair-2",
            "chair",
            "chair",
            (1.6, -0.3, 0),
            (0.5, 0.5, 0.9),
            colour=(0.14, 0.34, 0.72),
            attributes=("blue",),
        ),
        thing("lamp", "lamp", "lamp", (-1.8, 1.5, 0.0), (0.4, 0.4, 1.5)),
        thing("vase", "vase", "vase", (0.3, -0.3, 0.75), (0.15, 0.15, 0.3)),
        thing("book", "book", "book", (-0.4, -0.3, 0.75), (0.2, 0.28, 0.04)),
        thing("dog", "dog", "dog", (2.2, 0.9, 0.0), (0.3, 0.8, 0.6)),
        thing("cat", "cat", "cat", (-2.4, -0.2, 0.0), (0.2, 0.45, 0.3)),
        thing("window", "window", "window", (0.0, 2.8, 1.0), (1.2, 0.1, 1.2)),
    ],
    camera=Camera(position=(0.0, -7.0, 2.2), target=(0.0, 0.0, 0.6)),
)


def said(text: str, scene: Scene = ROOM, selection: tuple[str, ...] = ()) -> EditResult:
    """What a sentence makes of a scene; the edit that it gives must lead there too."""
    messages = list(run(EditByText(scene=scene, text=text, selection=selection)))
    assert isinstance(messages[-1], Finished)
    result: EditResult = messages[-1].result
    assert result.edit.apply(scene) == result.scene
    return result


def holds(subject: str, predicate: Predicate, other: str, frame: Frame = "camera") -> Check:
    """The relation is true in the scene."""
    return lambda scene: grade_of(scene, subject, predicate, other, frame) >= 0.5


def gone(*keys: str) -> Check:
    """These are not in the scene, and everything else of the room is."""
    return lambda scene: set(ROOM.objects) - set(scene.objects) == set(keys)


def called(key: str, word: str) -> Check:
    """The object has this attribute."""
    return lambda scene: word in scene.objects[key].attributes


def shifted(key: str, x: float, y: float, z: float = 0.0) -> Check:
    """The object is this far (m) from where it was."""

    def check(scene: Scene) -> bool:
        now, was = scene.objects[key].center, ROOM.objects[key].center
        return all(abs(n - w - d) < 1e-6 for n, w, d in zip(now, was, (x, y, z), strict=True))

    return check


def sized(key: str, width: float | None = None, depth: float | None = None, height: float | None = None) -> Check:
    """The object measures this (m); None: as before."""

    def check(scene: Scene) -> bool:
        wanted = [b if a is None else a for a, b in zip((width, depth, height), ROOM.objects[key].size, strict=True)]
        return all(abs(a - b) < 1e-6 for a, b in zip(wanted, scene.objects[key].size, strict=True))

    return check


def new(label: str, count: int = 1) -> Check:
    """So many more things of this label than before."""

    def check(scene: Scene) -> bool:
        def number(s: Scene) -> int:
            return sum(one.label == label for one in s.objects.values())

        return number(scene) - number(ROOM) == count

    return check


def both(*checks: Check) -> Check:
    """All of them."""
    return lambda scene: all(check(scene) for check in checks)


def in_row(*keys: str) -> Check:
    """These are level with each other, across or away as the viewer sees it."""

    def check(scene: Scene) -> bool:
        return any(len({round(scene.objects[key].center[axis], 6) for key in keys}) == 1 for axis in (0, 1))

    return check
