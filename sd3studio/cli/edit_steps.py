"""The steps of `sd3studio edit` that need no sentence: move, turn, align, space, group, paste, rooms, cameras."""

import argparse
import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, get_args

import numpy as np

from sd3studio.core.clipboard import PasteObjects, copied
from sd3studio.core.edits import (
    AddBookmark,
    AddObjects,
    AlignObjects,
    DistributeObjects,
    Edit,
    GoToBookmark,
    GroupUnderConcept,
    MoveObjects,
    PutToWall,
    SetCamera,
    TurnObjects,
    Ungroup,
)
from sd3studio.core.edits import Sequence as EditSequence
from sd3studio.core.edits.aligning import LINES, Direction
from sd3studio.core.edits.grouping import middle_of, with_members
from sd3studio.core.errors import InputError
from sd3studio.core.layout.keeping import carried_by
from sd3studio.core.room_reading import changed, read_room, room_of
from sd3studio.core.room_shaping import room_of_text
from sd3studio.core.rooms import Room, grouped, outdoors
from sd3studio.core.scene.values import Bookmark, Scene
from sd3studio.services.scene_files import read_scene_file

Step = tuple[str, str]
"""Name of the option and its value."""


class _InOrder(argparse.Action):
    """Keeps the steps in the order in which they are given."""

    def __call__(
        self, parser: argparse.ArgumentParser, args: argparse.Namespace, values: Any, option: str | None = None
    ) -> None:
        args.steps = [*(args.steps or []), ((option or "").lstrip("-"), str(values))]


def add_step_arguments(parser: argparse.ArgumentParser) -> None:
    """The options that are steps; `args.steps` lists them in order. What a room has is said beside it."""
    parser.set_defaults(steps=[])
    lines = ", ".join(LINES)
    for name, metavar, text in (
        ("say", "SENTENCE", "what to change, English or Chinese"),
        ("move", "IDS:X,Y,Z", "move objects by metres: sofa,lamp:0.5,0,0"),
        ("turn", "IDS:DEGREES", "turn objects about their middle, counter-clockwise from above"),
        (
            "to-wall",
            "IDS[:WALL]",
            "put objects against a wall (else the nearest), backs to it: sofa,bed:wall-2",
        ),
        ("align", "LINE:IDS", f"bring objects onto a line: {lines}; left:sofa,lamp,tv"),
        (
            "distribute",
            "DIRECTION:IDS",
            "space three or more evenly: across, along, up; across-centres: their middles",
        ),
        ("group", "NAME:IDS", "put objects under a concept"),
        ("ungroup", "ID", "dissolve a concept"),
        ("paste", "SCENE[:IDS]", "add objects of another scene, where they are there"),
        ("room", "WxD[xH]", "build a room: 4x3x2.6 metres"),
        ("ground", "WHAT[:WxD]", "add outdoor ground: grass:40x30"),
        ("focal", "MM", "focal length on a 24 mm high frame"),
        ("bookmark", "NAME", "keep the camera under a name"),
        ("camera", "NAME", "look from a camera bookmark"),
    ):
        parser.add_argument(f"--{name}", action=_InOrder, metavar=metavar, default=argparse.SUPPRESS, help=text)
    for name in ("door", "window", "passage"):
        parser.add_argument(
            f"--{name}", action="append", default=[], metavar="SIDE[:AT[:WxH[+SILL]]]",
            help=f"a {name} of the room: back, back:1.2 (m from the left, seen from inside), left:1.5:1.2x1.4+0.9",
        )  # fmt: skip
    parser.add_argument(
        "--in-place-of", metavar="ID", help="with --room: the room that gets this plan; what is in it stays"
    )
    parser.add_argument("--open", action="append", default=[], metavar="SIDE", help="a side of the room without a wall")


def edit_of(step: Step, scene: Scene, args: argparse.Namespace) -> Edit:
    """The edit of a step that is no sentence. Raises `InputError` for values that can't be read."""
    name, value = step
    if name == "room":
        room = room_of_text(value, args.door, args.window, args.passage, args.open)
        return _changed_room(args.in_place_of, scene, room) if args.in_place_of else AddObjects(grouped(scene, room))
    return _MAKERS[name](value, scene)


def _changed_room(key: str, scene: Scene, room: Room) -> Edit:
    """The room `key` with another plan, its middle where it was; its floor and walls keep their names."""
    concept = room_of(scene, key)
    if concept is None:
        raise InputError(f"--in-place-of: there is no room {key!r} in the scene.")
    old = read_room(scene, concept)
    middles = [(np.min(one.outline, axis=0) + np.max(one.outline, axis=0)) / 2.0 for one in (old.room, room)]
    outline = tuple((float(x), float(y)) for x, y in np.array(room.outline) + middles[0] - middles[1])
    room = room.replace(outline=outline, floor=old.room.floor, wall=old.room.wall)
    return changed(scene, old, room, scene.objects[concept].label)


def _split(option: str, value: str, wanted: str) -> tuple[str, str]:
    first, colon, rest = value.rpartition(":")
    if not colon or not first or not rest:
        raise InputError(f"--{option} is written as {wanted}; found {value!r}.")
    return first, rest


def _ids(option: str, text: str, scene: Scene) -> tuple[str, ...]:
    ids = tuple(part.strip() for part in text.split(",") if part.strip())
    unknown = [key for key in ids if key not in scene.objects]
    if unknown or not ids:
        raise InputError(f"--{option}: there is no object {(unknown or [text])[0]!r} in the scene.")
    return ids


def _numbers(option: str, text: str, count: int) -> list[float]:
    try:
        numbers = [float(part) for part in text.split(",")]
    except ValueError:
        numbers = []
    if len(numbers) != count or not all(math.isfinite(number) for number in numbers):
        raise InputError(f"--{option} expects {count} number{'s' * (count > 1)}, separated by commas; found {text!r}.")
    return numbers


def _move(value: str, scene: Scene) -> Edit:
    ids, way = _split("move", value, "IDS:X,Y,Z")
    x, y, z = _numbers("move", way, 3)
    return MoveObjects(with_members(scene, _ids("move", ids, scene)), (x, y, z))


def _turn(value: str, scene: Scene) -> Edit:
    names, angle = _split("turn", value, "IDS:DEGREES")
    ids = with_members(scene, _ids("turn", names, scene))
    (degrees,) = _numbers("turn", angle, 1)
    return TurnObjects(ids, math.radians(degrees), middle_of(scene, ids))


def _align(value: str, scene: Scene) -> Edit:
    line, ids = _split("align", value, "LINE:IDS")
    if line not in LINES:
        raise InputError(f"--align knows the lines {', '.join(LINES)}; found {line!r}.")
    return AlignObjects(_ids("align", ids, scene), line)


def _to_wall(value: str, scene: Scene) -> Edit:
    ids, _, wall = value.partition(":")
    if wall and wall not in scene.objects:
        raise InputError(f"--to-wall: there is no wall {wall!r} in the scene.")
    puts = [PutToWall(key, carried_by(scene, key), wall or None) for key in _ids("to-wall", ids, scene)]
    return EditSequence(tuple(puts), "Put against the wall")


def _distribute(value: str, scene: Scene) -> Edit:
    way, ids = _split("distribute", value, "DIRECTION:IDS")
    direction, _, even = way.partition("-")
    if direction not in get_args(Direction) or even not in ("", "gaps", "centres"):
        raise InputError(f"--distribute goes across, along or up (-gaps, -centres); found {way!r}.")
    return DistributeObjects(_ids("distribute", ids, scene), direction, even or "gaps")  # type: ignore[arg-type]


def _group(value: str, scene: Scene) -> Edit:
    name, ids = _split("group", value, "NAME:IDS")
    return GroupUnderConcept(_ids("group", ids, scene), name)


def _ungroup(value: str, scene: Scene) -> Edit:
    return Ungroup(_ids("ungroup", value, scene)[0])


def _paste(value: str, scene: Scene) -> Edit:
    path, ids = (value, "") if Path(value).exists() else _split("paste", value, "SCENE[:IDS]")
    other = read_scene_file(Path(path))
    return PasteObjects(copied(other, _ids("paste", ids, other) if ids else tuple(other.objects)))


def _ground(value: str, scene: Scene) -> Edit:
    label, _, size = value.partition(":")
    if not size:
        return AddObjects((outdoors(scene, label),))
    width, depth = _numbers("ground", size.lower().replace("x", ","), 2)
    try:
        return AddObjects((outdoors(scene, label, width, depth),))
    except ValueError as error:
        raise InputError(f"--ground {value!r}: the sizes are metres above 0, as in grass:40x30.") from error


def _focal(value: str, scene: Scene) -> Edit:
    (focal_mm,) = _numbers("focal", value, 1)
    try:
        return SetCamera(scene.camera.with_focal_mm(focal_mm))
    except (ValueError, ZeroDivisionError) as error:
        raise InputError(f"--focal goes from 1.05 to 1375 mm; found {value!r}.") from error


def _bookmark(value: str, scene: Scene) -> Edit:
    return AddBookmark(Bookmark(name=value, camera=scene.camera))


def _camera(value: str, scene: Scene) -> Edit:
    return GoToBookmark(value)


_MAKERS: dict[str, Callable[[str, Scene], Edit]] = {
    "move": _move, "turn": _turn, "to-wall": _to_wall,
    "align": _align, "distribute": _distribute, "group": _group, "ungroup": _ungroup,
    "paste": _paste, "ground": _ground, "focal": _focal, "bookmark": _bookmark, "camera": _camera,
}  # fmt: skip


def changed_ids(before: Scene, after: Scene) -> Sequence[str]:
    """Ids of the objects that an edit added or changed."""
    return [key for key, thing in after.objects.items() if before.objects.get(key) is not thing]
