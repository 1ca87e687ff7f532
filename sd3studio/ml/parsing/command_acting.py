"""Commands -> edits of a scene: which objects are meant, where they go, and what is said about it."""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

import numpy as np
from pydantic import ValidationError

from sd3studio.core.edits import (
    DuplicateObjects,
    Edit,
    MoveObjects,
    Recolour,
    RemoveObjects,
    RenameObject,
    RetractRelation,
    SetAttributes,
    SetBox,
    SetHidden,
    SetLocked,
    TurnObjects,
)
from sd3studio.core.errors import SentenceError
from sd3studio.core.language.colours import colour_of
from sd3studio.core.language.commands import Command, Place, Referent, Resize
from sd3studio.core.language.meant import Memory, candidates, held_at, meant
from sd3studio.core.layout.keeping import carried_by
from sd3studio.core.layout.placing import nearest_free_center
from sd3studio.core.layout.standing import drop_to_support, standing_of
from sd3studio.core.relations import Bodies, View
from sd3studio.core.relations.conflicts import name_in
from sd3studio.core.relations.field import grade_of
from sd3studio.core.scene.boxes import yaw_towards
from sd3studio.core.scene.values import Relation, Scene, SceneObject
from sd3studio.ml.parsing.command_placing import Destination, destination, is_floor, told_where, wishes_for

TRUE_FROM = 0.5
AWAY_M = 0.5


class Acting:
    """A scene while commands are carried out one after the other.

    Attributes
    ----------
    scene : as it is now
    edits : what was done, in order
    done : the same in words
    memory : what was spoken of, and the doubts
    """

    def __init__(self, scene: Scene, selection: Sequence[str] = (), seed: int = 0) -> None:
        self.scene = scene
        self.edits: list[Edit] = []
        self.done: list[str] = []
        self.memory = Memory(tuple(key for key in selection if key in scene.objects))
        self.seed = seed

    def do(self, command: Command) -> None:
        """Carry out a command. Raises `SentenceError`, with the scene as it was, if that can't be done."""
        before = self.scene, len(self.edits), len(self.done)
        try:
            ACTIONS[command.action](self, command)
        except (SentenceError, ValidationError) as error:
            self.scene = before[0]
            del self.edits[before[1] :], self.done[before[2] :]
            if isinstance(error, ValidationError):
                raise SentenceError(f"“{command.text}” would lead out of the bounds of a scene.") from error
            raise

    def apply(self, edit: Edit) -> None:
        """Make an edit."""
        self.scene = edit.apply(self.scene)
        self.edits.append(edit)

    def put(self, thing: SceneObject) -> None:
        """Give an object the box of this value, if that is another one."""
        if thing != self.scene.objects[thing.id]:
            self.apply(SetBox(thing.id, thing.center, thing.size, thing.yaw, thing.pitch, thing.roll))

    def named(self, ids: Iterable[str]) -> str:
        """The objects in words."""
        listed = list(ids)
        names = [name_in(self.scene, key) for key in listed]
        if len(names) > 4:
            return f"{', '.join(names[:3])} and {len(names) - 3} more"
        return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"

    def all_meant(self, referents: Iterable[Referent]) -> tuple[str, ...]:
        """Ids of all things that these mean."""
        ids: list[str] = []
        for thing in referents:
            found = meant(self.scene, thing, self.memory)
            for where in thing.places if thing.pronoun else ():  # "everything on the table"
                references = [meant(self.scene, reference, self.memory) for reference in where.of]
                found = tuple(key for key in found if held_at(self.scene, key, where, references) >= TRUE_FROM)
            if not found:
                raise SentenceError(f"There is nothing of “{thing.words}”.")
            ids += found
        self.memory.spoke_of(ids)
        return tuple(dict.fromkeys(ids))

    def movable(self, referents: Iterable[Referent]) -> tuple[str, ...]:
        """As `all_meant`, for what is to be changed. Raises `SentenceError` if all of it is locked."""
        ids = self.all_meant(referents)
        free = tuple(key for key in ids if not self.scene.objects[key].locked)
        if not free:
            raise SentenceError(f"{_capital(self.named(ids))} can't be changed while locked. Unlock it first.")
        if len(free) < len(ids):
            locked = [key for key in ids if key not in free]
            self.memory.doubts.append(f"{_capital(self.named(locked))} stayed: locked.")
        return free

    def carried(self, ids: Iterable[str]) -> tuple[str, ...]:
        """What stands on or in these objects, at any level, and is not one of them."""
        named = list(dict.fromkeys(ids))
        found = {other for key in named for other in carried_by(self.scene, key)}
        return tuple(key for key in self.scene.objects if key in found and key not in named)

    def forget_untrue(self, before: Scene, ids: Iterable[str]) -> None:
        """Retract stored relations of these objects that held before and don't any more, and say so."""
        named = set(ids)
        for relation in self.scene.relations:
            if not {relation.subject, relation.object} & named or relation not in before.relations:
                continue
            if _holds(before, relation) and not _holds(self.scene, relation):
                said = f"{self.named([relation.subject])} {relation.predicate.value} {self.named([relation.object])}"
                self.memory.doubts.append(f"No longer so, and forgotten: {said}.")
                self.apply(RetractRelation(relation))


def _holds(scene: Scene, relation: Relation) -> bool:
    return grade_of(scene, relation.subject, relation.predicate, relation.object, relation.frame) >= TRUE_FROM


def _move(acting: Acting, command: Command) -> None:
    if command.others:
        _move_away(acting, command)
        return
    command = _with_modifiers(acting, command)
    missing = [
        one
        for one in command.things
        if not one.pronoun and one.definite is None and not one.every and not candidates(acting.scene, one)
    ]
    if missing and len(missing) == len(command.things) and command.places and command.shift is None:
        acting.memory.doubts.append(f"There was no {missing[0].nouns[-1]} yet: one was added.")
        from sd3studio.ml.parsing.command_adding import add

        add(acting, command)
        return
    ids = acting.movable(command.things)
    before = acting.scene
    if command.shift is not None:
        _shift(acting, ids, command)
    if command.places:
        found = destination(acting.scene, ids, command.places, acting.memory)
        _go(acting, ids, found)
        where = told_where(acting.scene, found)
        moved = any(acting.scene.objects[key] != before.objects[key] for key in ids)
        acting.done.append(
            f"Moved {acting.named(ids)} {where}." if moved else f"{_capital(acting.named(ids))}: {where} already."
        )
    acting.forget_untrue(before, ids)
    acting.memory.spoke_of(ids)


def _with_modifiers(acting: Acting, command: Command) -> Command:
    """The command with the places that only tell which thing is meant given to the things.

    "Put the book on the table on the shelf": of several places the first tells which one, if it holds for one of
    several that may be meant, or if a thing can't be at both places.
    """
    if not command.places or len(command.things) != 1:
        return command
    thing = command.things[0]
    own = [where for where in command.places if where.origin and not is_floor(acting.scene, where)]
    rest = [where for where in command.places if not where.origin]
    while len(rest) > 1 and not own:
        if thing.pronoun:
            if thing.pronoun == "everything":
                own.append(rest.pop(0))
                continue
            break
        fits = len(candidates(acting.scene, thing)) > 1 and _would_hold(acting.scene, thing, rest[0])
        if not fits and rest[0].rule.predicate is not rest[1].rule.predicate:
            break
        own.append(rest.pop(0))
    if not own:
        return command
    return replace(command, things=(replace(thing, places=(*thing.places, *own)),), places=tuple(rest))


def _would_hold(scene: Scene, thing: Referent, where: Place) -> bool:
    try:
        references = [meant(scene, reference, Memory()) for reference in where.of]
    except SentenceError:
        return False
    return any(held_at(scene, key, where, references) >= TRUE_FROM for key in candidates(scene, thing))


def _go(acting: Acting, ids: tuple[str, ...], found: Destination) -> None:
    """Bring objects to a destination. Raises `SentenceError` if nothing of it can be."""
    solved = wishes_for(acting.scene, ids, found, acting.carried(ids))
    for edit in solved.edits:
        acting.apply(edit)
    acting.memory.doubts += solved.notes


def _shift(acting: Acting, ids: tuple[str, ...], command: Command) -> None:
    view, way = View.of(acting.scene.camera), command.shift
    assert way is not None
    flat = view.right * way.right_m + view.forward * way.away_m
    lowest = min(acting.scene.objects[key].center[2] - acting.scene.objects[key].size[2] / 2.0 for key in ids)
    up = max(way.up_m, -max(lowest, 0.0))
    before = standing_of(list(acting.scene.objects.values()))
    rows = {key: row for row, key in enumerate(acting.scene.objects)}
    group = (*ids, *acting.carried(ids))
    acting.apply(MoveObjects(group, (float(flat[0]), float(flat[1]), up)))
    after = standing_of(list(acting.scene.objects.values()))
    for key in ids:
        if way.up_m == 0.0 and before.on[rows[key]] != -2 and after.on[rows[key]] == -2:
            acting.put(drop_to_support(acting.scene, key))
    distance = math.hypot(way.right_m, way.away_m) or abs(up)
    acting.done.append(f"Moved {acting.named(ids)} {distance:g} m {_direction(way.right_m, way.away_m, way.up_m)}.")


def _direction(right: float, away: float, up: float) -> str:
    if right:
        return "to the right" if right > 0 else "to the left"
    if away:
        return "away from the viewer" if away > 0 else "towards the viewer"
    return "up" if up > 0 else "down"


def _move_away(acting: Acting, command: Command) -> None:
    goal = acting.all_meant(command.others)[0]
    ids = acting.movable(command.things)
    before = acting.scene
    for key in ids:
        thing, other = acting.scene.objects[key], acting.scene.objects[goal]
        way = np.subtract(thing.center, other.center)[:2]
        length = float(np.hypot(*way))
        way = way / length if length > 1e-6 else np.array([1.0, 0.0])
        acting.apply(MoveObjects((key, *acting.carried([key])), (float(way[0] * AWAY_M), float(way[1] * AWAY_M), 0.0)))
    acting.done.append(f"Moved {acting.named(ids)} {AWAY_M:g} m away from {acting.named([goal])}.")
    acting.forget_untrue(before, ids)


def _remove(acting: Acting, command: Command) -> None:
    ids = acting.all_meant(command.things)
    locked = [key for key in ids if acting.scene.objects[key].locked]
    if locked and len(locked) == len(ids):
        raise SentenceError(f"{_capital(acting.named(locked))} can't be removed while locked. Unlock it first.")
    if locked:
        acting.memory.doubts.append(f"{_capital(acting.named(locked))} stayed: locked.")
    gone = tuple(key for key in ids if key not in locked)
    left = acting.carried(gone)
    said = acting.named(gone)
    acting.apply(RemoveObjects(gone))
    for key in left:
        if not acting.scene.objects[key].locked:
            acting.put(drop_to_support(acting.scene, key))
    acting.done.append(f"Removed {said}.")


def _colour(acting: Acting, command: Command) -> None:
    ids = acting.all_meant(command.things)
    colour = colour_of(command.word)
    acting.apply(Recolour(ids, colour))
    for key in ids:
        others = tuple(word for word in acting.scene.objects[key].attributes if colour_of(word) is None)
        acting.apply(SetAttributes(key, (command.word, *others)))
    acting.done.append(f"Made {acting.named(ids)} {command.word}.")


def _describe(acting: Acting, command: Command) -> None:
    ids = acting.all_meant(command.things)
    for key in ids:
        words = acting.scene.objects[key].attributes
        acting.apply(SetAttributes(key, tuple(dict.fromkeys((*words, command.word)))[:32]))
    acting.done.append(f"Called {acting.named(ids)} {command.word}.")


def _scale(acting: Acting, command: Command) -> None:
    ids = acting.movable(command.things)
    assert command.resize is not None
    for key in ids:
        thing = acting.scene.objects[key]
        like = acting.scene.objects[acting.all_meant(command.others)[0]].size if command.others else None
        size = _compared(thing.size, like, command.resize) if like else _resized(thing.size, command.resize)
        base = thing.center[2] - thing.size[2] / 2.0
        bigger = thing.replace(size=size, center=(*thing.center[:2], base + size[2] / 2.0))
        rise = float(Bodies.of([bigger]).surface_z[0] - Bodies.of([thing]).surface_z[0])
        above = acting.carried([key])
        acting.put(bigger)
        if above and abs(rise) > 1e-6:
            acting.apply(MoveObjects(above, (0.0, 0.0, rise)))
    width, depth, height = acting.scene.objects[ids[0]].size
    acting.done.append(f"Resized {acting.named(ids)}: {width:.2f} m wide, {depth:.2f} m deep, {height:.2f} m high.")


def _resized(size: tuple[float, float, float], change: Resize) -> tuple[float, float, float]:
    if change.keep_shape and change.set_m[0] is not None:
        factor = change.set_m[0] / max(size)
        return size[0] * factor, size[1] * factor, size[2] * factor
    grown = [
        (length * factor if fixed is None else fixed) + more
        for length, factor, fixed, more in zip(size, change.factors, change.set_m, change.add_m, strict=True)
    ]
    if min(grown) < 0.005:
        raise SentenceError(f"It would be {min(grown) * 100.0:.1f} cm in size; at least 0.5 cm is needed.")
    return grown[0], grown[1], grown[2]


def _compared(
    size: tuple[float, float, float], like: tuple[float, float, float], change: Resize
) -> tuple[float, float, float]:
    """A size that is beyond another one by the factors of a change; as it was if it is beyond it already."""
    beyond = max if max(change.factors) > 1.0 else min
    if change.factors.count(1.0) == 0:
        factor = beyond(1.0, max(like) * change.factors[0] / max(size))
        return size[0] * factor, size[1] * factor, size[2] * factor
    sides = zip(size, like, change.factors, strict=True)
    width, depth, height = (old if factor == 1.0 else beyond(old, other * factor) for old, other, factor in sides)
    return width, depth, height


def _turn(acting: Acting, command: Command) -> None:
    ids = acting.movable(command.things)
    before = acting.scene
    for key in ids:
        _turned(acting, key, command.angle_rad)
    way = "counter-clockwise" if command.angle_rad > 0 else "clockwise"
    acting.done.append(f"Turned {acting.named(ids)} by {abs(math.degrees(command.angle_rad)):g} degrees {way}.")
    acting.forget_untrue(before, ids)


def _turned(acting: Acting, key: str, angle_rad: float) -> None:
    x, y, _ = acting.scene.objects[key].center
    if abs(angle_rad) > 1e-9:
        acting.apply(TurnObjects((key, *acting.carried([key])), angle_rad, (x, y)))


def _face(acting: Acting, command: Command) -> None:
    camera = [one for one in command.others if set(one.nouns) & {"camera", "viewer", "me"}]
    goals = () if camera else acting.all_meant(command.others)
    goal = acting.scene.camera.position if camera else acting.scene.objects[goals[0]].center
    ids = tuple(key for key in acting.movable(command.things) if key not in goals[:1])
    if not ids:
        raise SentenceError("A thing can't be turned towards itself.")
    before = acting.scene
    for key in ids:
        thing = acting.scene.objects[key]
        wanted = yaw_towards(thing.center, goal) + (math.pi if command.away else 0.0)
        _turned(acting, key, math.remainder(wanted - thing.yaw, math.tau))
    where = "the camera" if camera else acting.named(goals[:1])
    acting.done.append(f"Turned {acting.named(ids)} {'away from' if command.away else 'towards'} {where}.")
    acting.forget_untrue(before, ids)
    acting.memory.spoke_of(ids)


def _swap(acting: Acting, command: Command) -> None:
    first = acting.movable(command.things)
    second = acting.movable(command.others) if command.others else first[1:]
    if len(first) + len(second) < 2 or not second or first[0] == second[0]:
        raise SentenceError("Two different things are needed to swap their places.")
    a, b = acting.scene.objects[first[0]], acting.scene.objects[second[0]]
    before = acting.scene
    loads = acting.carried([a.id]), acting.carried([b.id])
    for thing, other, load in ((a, b, loads[0]), (b, a, loads[1])):
        base = other.center[2] - other.size[2] / 2.0
        center = (other.center[0], other.center[1], base + thing.size[2] / 2.0)
        acting.put(acting.scene.objects[thing.id].replace(center=center))
        along = tuple(key for key in load if key not in (a.id, b.id))
        if along:
            x, y, z = (new - old for new, old in zip(center, thing.center, strict=True))
            acting.apply(MoveObjects(along, (x, y, z)))
    acting.done.append(f"Swapped {acting.named([a.id])} and {acting.named([b.id])}.")
    acting.forget_untrue(before, (a.id, b.id))


def _rename(acting: Acting, command: Command) -> None:
    ids = acting.all_meant(command.things)
    said = acting.named(ids)
    for key in ids:
        acting.apply(RenameObject(key, command.word[:200]))
    acting.done.append(f"Renamed {said} to {command.word}.")


def _copy(acting: Acting, command: Command) -> None:
    ids = acting.all_meant(command.things)
    new: list[str] = []
    for _ in range(command.times):
        edit = DuplicateObjects(ids)
        copies = edit.copies(acting.scene)
        acting.apply(edit)
        for original, key in copies.items():
            copied = acting.scene.objects[key].replace(center=acting.scene.objects[original].center)
            acting.put(copied.replace(center=nearest_free_center(acting.scene.with_objects(copied), copied)))
            acting.put(drop_to_support(acting.scene, key))
            new.append(key)
    if command.places:
        _go(acting, tuple(new), destination(acting.scene, tuple(new), command.places, acting.memory))
    acting.done.append(f"Copied {acting.named(ids)}: {acting.named(new)}.")
    acting.memory.spoke_of(new)


def _marked(edit: Callable[[tuple[str, ...], bool], Edit], on: bool, verb: str) -> Callable[[Acting, Command], None]:
    def act(acting: Acting, command: Command) -> None:
        ids = acting.all_meant(command.things)
        acting.apply(edit(ids, on))
        acting.done.append(f"{verb} {acting.named(ids)}.")

    return act


def _add(acting: Acting, command: Command) -> None:
    from sd3studio.ml.parsing.command_adding import add

    add(acting, command)


def _replace(acting: Acting, command: Command) -> None:
    from sd3studio.ml.parsing.command_adding import replace_things

    replace_things(acting, command)


def _line(acting: Acting, command: Command) -> None:
    from sd3studio.ml.parsing.command_arranging import line_up

    line_up(acting, command)


def _space(acting: Acting, command: Command) -> None:
    from sd3studio.ml.parsing.command_arranging import space

    space(acting, command)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


ACTIONS: dict[str, Callable[[Acting, Command], None]] = {
    "move": _move,
    "add": _add,
    "remove": _remove,
    "colour": _colour,
    "describe": _describe,
    "scale": _scale,
    "turn": _turn,
    "face": _face,
    "swap": _swap,
    "replace": _replace,
    "rename": _rename,
    "copy": _copy,
    "hide": _marked(SetHidden, True, "Hid"),
    "show": _marked(SetHidden, False, "Showed"),
    "lock": _marked(SetLocked, True, "Locked"),
    "unlock": _marked(SetLocked, False, "Unlocked"),
    "line": _line,
    "space": _space,
}
"""Action -> what carries it out."""
