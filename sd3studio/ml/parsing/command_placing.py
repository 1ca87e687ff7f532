"""Place phrases of commands -> wishes for the layout solver, and the edits that make them true."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from sd3studio.core.edits import AssertRelation, Edit, MoveObjects, PutToWall, RetractRelation
from sd3studio.core.edits.parents import SetParent
from sd3studio.core.errors import SentenceError
from sd3studio.core.language.commands import Place, Referent
from sd3studio.core.language.meant import Memory, candidates, is_the_picture, meant
from sd3studio.core.language.nouns import ANIMATE
from sd3studio.core.layout.cornering import Corner, corners_of, is_left, put_into
from sd3studio.core.layout.keeping import boxes_set, carried_by
from sd3studio.core.layout.placing import nearest_free_center, view_center
from sd3studio.core.layout.satisfying import Layout, satisfy
from sd3studio.core.layout.seating import seated
from sd3studio.core.layout.walling import hang
from sd3studio.core.layout.wishes import can_be_moved_for
from sd3studio.core.relations import View
from sd3studio.core.relations.conflicts import name_in
from sd3studio.core.relations.field import grade_of
from sd3studio.core.scene.predicates import GEOMETRIC_PREDICATES, Predicate
from sd3studio.core.scene.values import Provenance, Relation, Scene
from sd3studio.core.walls import inner_face, is_wall, nearest_face
from sd3studio.ml.parsing.command_sides import MIDDLE, beside, wall_behind, ways_of_sides
from sd3studio.ml.parsing.likely import AROUND, RING, rings_of

TRUE_FROM = 0.5
FLAT_M = 0.06
GROUND = frozenset({"floor", "ground"})
PLACING = (Predicate.ON, Predicate.IN, Predicate.UNDER, Predicate.ABOVE)


@dataclass(slots=True)
class Destination:
    """Where things are to be.

    Parameters
    ----------
    wishes : stated relations; `helpful` ones are tried with them and not stored (chairs around a table face it)
    floor : on the floor
    middle : in the middle of the view
    walls : thing -> wall that it is to be against, its back to it
    hung : thing -> wall that it is to hang on, and the others that may be meant instead
    corners : thing -> corner that it is to stand in
    beside : thing -> the one on whose side it is to be, level with it, and the side
    words : as written
    """

    wishes: list[Relation] = field(default_factory=list)
    helpful: list[Relation] = field(default_factory=list)
    floor: bool = False
    middle: bool = False
    walls: dict[str, str] = field(default_factory=dict)
    hung: dict[str, tuple[str, ...]] = field(default_factory=dict)
    corners: dict[str, Corner] = field(default_factory=dict)
    beside: dict[str, tuple[str, Predicate]] = field(default_factory=dict)
    words: str = ""


@dataclass(slots=True)
class Solved:
    """Edits that bring things to a destination, and what is to be said about it."""

    edits: list[Edit]
    notes: list[str]


def destination(scene: Scene, ids: Sequence[str], places: Sequence[Place], memory: Memory) -> Destination:
    """What these places ask for things with these ids. Raises `SentenceError` for references that are not there."""
    found = Destination()
    said: list[str] = []
    for place in places:
        said.append(place.words)
        if is_floor(scene, place):
            found.floor = True
            continue
        if place.of and all(is_the_picture(one) and not _is_there(scene, one) for one in place.of):
            if corner := next((one for one in place.of if one.nouns[-1] == "corner"), None):
                _add_corner(scene, found, ids, corner, place.words)
                continue
            inside = place.rule.predicate in (Predicate.IN, Predicate.NEXT_TO) or place.words in MIDDLE
            found.middle = found.middle or inside
            continue
        groups = [tuple(key for key in meant(scene, one, memory) if key not in ids) for one in place.of]
        if not groups or not all(groups):
            raise SentenceError("A thing can't be placed by itself: say beside what else.")
        _add_wishes(scene, found, ids, place, groups)
    _choose_walls(scene, found, memory)
    found.words = " and ".join(said)
    return found


def _is_there(scene: Scene, one: Referent) -> bool:
    """Whether something that can be touched has this name: a room is there by what is in it."""
    return any(scene.objects[key].kind != "concept" for key in candidates(scene, one))


def _add_corner(scene: Scene, found: Destination, ids: Sequence[str], corner: Referent, words: str) -> None:
    """Wish things into a corner of the walls that stand. Raises `SentenceError` where there is none such."""
    there = corners_of(scene)
    side = next(
        (word for word in ("left", "right") if word in (corner.pick, *corner.nouns[0].replace("-", " ").split())), ""
    )
    fitting = [one for one in there if not side or is_left(scene, one) == (side == "left")]
    if not there:
        raise SentenceError("There is no corner: no two walls of the scene meet.")
    if not fitting:
        raise SentenceError(f"There is no {side} corner: no wall at the {side} meets another one.")
    said = Provenance(source="text", detail=f"“{words} {corner.words}”"[:1000])
    for key in ids:
        at = np.array(scene.objects[key].center[:2])
        order = sorted(fitting, key=lambda one: float(np.hypot(*(one.place - at))), reverse=corner.other)
        found.corners[key] = order[0]
        found.wishes += [
            Relation(subject=key, predicate=Predicate.NEXT_TO, object=wall, provenance=said) for wall in order[0].walls
        ]


def is_floor(scene: Scene, place: Place) -> bool:
    if place.rule.predicate not in (Predicate.ON, Predicate.NEXT_TO) or not place.of:
        return False
    nouns = {noun for one in place.of for noun in one.nouns}
    return bool(nouns & GROUND) and all(_is_ground(scene, one) for one in place.of)


def _is_ground(scene: Scene, one: Referent) -> bool:
    return all(scene.objects[key].kind != "object" for key in candidates(scene, one))


def _add_wishes(
    scene: Scene, found: Destination, ids: Sequence[str], place: Place, groups: Sequence[tuple[str, ...]]
) -> None:
    predicate, frame = place.rule.predicate, place.rule.frame
    between = place.rule.manner == "between"
    ends = tuple(dict.fromkeys(key for group in groups for key in group))
    said = Provenance(source="text", detail=f"“{place.words}”"[:1000])
    if between and len(ends) >= 2:
        one, other = _ways_between(scene, ends[0], ends[1])
        for key in ids:
            found.wishes += [
                Relation(subject=key, predicate=one, object=ends[0], provenance=said),
                Relation(subject=key, predicate=other, object=ends[1], provenance=said),
            ]
        return
    if ways := ways_of_sides(scene, ids, place, ends[0]):
        found.wishes += [
            Relation(subject=key, predicate=way, object=ends[0], provenance=said) for key, way in ways.items()
        ]
        found.beside |= {key: (ends[0], way) for key, way in ways.items()}
        return
    if place.words in AROUND and len(ids) > 1:
        _add_ring(found, ids, ends[0], said)
        return
    for number, key in enumerate(ids):
        for group in groups:
            targets = group if len(ids) == 1 else group[number % len(group) : number % len(group) + 1]
            if predicate in (Predicate.ON, Predicate.IN):
                targets = targets[:1]
            for target in targets:
                if predicate is Predicate.NEXT_TO and is_wall(scene.objects[target]):
                    found.walls[key] = target
                if predicate is Predicate.ON and not place.rule.inverse and _hangs(scene, key, target):
                    others = (one for one in place.of if not one.pick for one in candidates(scene, one))
                    found.hung[key] = tuple(dict.fromkeys((target, *(one for one in others if one in scene.objects))))
                    continue
                above = predicate is Predicate.ABOVE and not place.rule.inverse
                if above and (wall := wall_behind(scene, key, target)) is not None:
                    found.hung[key] = (wall,)
                ways = (target, key) if place.rule.inverse else (key, target)
                found.wishes.append(
                    Relation(subject=ways[0], predicate=predicate, object=ways[1], frame=frame, provenance=said)
                )


def _hangs(scene: Scene, key: str, wall: str) -> bool:
    """Whether "on" a wall means on its face: not of who sits on it."""
    thing = scene.objects[key]
    return is_wall(scene.objects[wall]) and not {thing.label.lower().split()[-1], thing.category} & ANIMATE


def _choose_walls(scene: Scene, found: Destination, memory: Memory) -> None:
    """Of several walls the one behind what a hung thing is to be above."""
    for key, options in found.hung.items():
        walls = [scene.objects[one] for one in options if is_wall(scene.objects[one])]
        below = _below(found, key)
        face = nearest_face([scene.objects[below]], walls) if below and len(walls) > 1 else None
        if face is not None:
            found.hung[key] = (face.wall.id,)
            memory.doubts[:] = [doubt for doubt in memory.doubts if "wall" not in doubt or "may mean" not in doubt]


def _below(found: Destination, key: str) -> str | None:
    """What a thing is wished to be above."""
    for wish in found.wishes:
        if wish.predicate is Predicate.ABOVE and wish.subject == key:
            return wish.object
        if wish.predicate is Predicate.UNDER and wish.object == key:
            return wish.subject
    return None


def _ways_between(scene: Scene, first: str, second: str) -> tuple[Predicate, Predicate]:
    """How what is between two things stands to each of them, by how these stand to each other."""
    view = View.of(scene.camera)
    apart = np.subtract(scene.objects[second].center, scene.objects[first].center)[:2]
    right, away = float(apart @ view.right), float(apart @ view.forward)
    if abs(right) >= abs(away):
        return (Predicate.RIGHT_OF, Predicate.LEFT_OF) if right >= 0 else (Predicate.LEFT_OF, Predicate.RIGHT_OF)
    if away >= 0:
        return Predicate.BEHIND, Predicate.IN_FRONT_OF
    return Predicate.IN_FRONT_OF, Predicate.BEHIND


def _add_ring(found: Destination, ids: Sequence[str], middle: str, said: Provenance) -> None:
    likely = Provenance(source="text", detail="likely")
    for number, key in enumerate(ids):
        found.wishes.append(Relation(subject=key, predicate=Predicate.NEXT_TO, object=middle, provenance=said))
        for predicate in (RING[number % 4], Predicate.FACING):
            found.helpful.append(Relation(subject=key, predicate=predicate, object=middle, provenance=likely))


def wishes_for(scene: Scene, ids: Sequence[str], found: Destination, carried: Sequence[str] = ()) -> Solved:
    """The edits that bring things to a destination, moving little else.

    Stored relations that the destination contradicts are retracted. Raises `SentenceError` if none of it can be.
    """
    edits: list[Edit] = []
    notes: list[str] = []
    for relation in _contradicted(scene, found.wishes):
        edits.append(RetractRelation(relation))
    edits += _taken_down(scene, ids)
    start = scene
    for edit in edits:
        start = edit.apply(start)
    start = _roughly(start, ids, found)
    for key, wall in found.walls.items():
        start = PutToWall(key, carried_by(start, key), wall).apply(_inside(start, key, wall))
    for key, (wall, *_) in found.hung.items():
        start = hang(start, key, wall, _below(found, key))
        edits.append(SetParent((key,), wall))
        edits.append(AssertRelation(Relation(subject=key, predicate=Predicate.PART_OF, object=wall)))
    for key, corner in found.corners.items():
        put = put_into(start, key, corner, carried_by(start, key))
        if put is None:
            raise SentenceError(f"There is no room for {name_in(scene, key)} in the corner.")
        start = put
    own = {*found.hung, *found.corners}  # where these are is settled: nothing moves for what else is wished of them
    wanted = [r for r in found.wishes if can_be_moved_for(r) and not own & {r.subject, r.object}]
    layout = _best_layout(start, wanted, found.helpful, {*ids, *carried}) if wanted else None
    after = layout.scene if layout is not None else start
    if not carried:
        after = seated(after, rings_of(found.wishes, after))
    if layout is None and (found.hung or found.corners):
        edits += [AssertRelation(relation) for relation in found.wishes if _holds(after, relation)]
    if layout is not None:
        held = [relation for relation in found.wishes if _holds(after, relation)]
        if not held:
            raise SentenceError(layout.sentence)
        if len(held) < len(found.wishes) or layout.broken:
            notes.append(layout.sentence)
        edits += [AssertRelation(relation) for relation in held]
    edits += boxes_set(scene, after)
    return Solved(edits, notes)


def _taken_down(scene: Scene, ids: Sequence[str]) -> list[Edit]:
    """The edits after which things are no longer part of the walls that they hung on."""
    edits: list[Edit] = []
    for key in ids:
        wall = scene.objects[key].parent
        if wall is not None and is_wall(scene.objects[wall]):
            edits.append(SetParent((key,), None))
            edits += [
                RetractRelation(one)
                for one in scene.relations
                if (one.subject, one.predicate, one.object) == (key, Predicate.PART_OF, wall)
            ]
    return edits


def _inside(scene: Scene, key: str, wall: str) -> Scene:
    """The scene with a thing on the inner side of a wall."""
    thing, face = scene.objects[key], inner_face(scene.objects[wall], scene.objects.values())
    out_m = -float((np.array(thing.center[:2]) - face.point) @ face.normal)
    if out_m <= 0.0:
        return scene
    x, y = face.normal * (out_m + max(thing.size[:2]))
    return MoveObjects((key, *carried_by(scene, key)), (float(x), float(y), 0.0)).apply(scene)


def _best_layout(scene: Scene, wanted: Sequence[Relation], helpful: Sequence[Relation], own: set[str]) -> Layout:
    """A layout in which the wishes hold: first only the things themselves move, then others too."""
    tries: list[tuple[list[Relation], set[str] | None]] = []
    if helpful:
        tries += [([*wanted, *helpful], own)]
    tries += [(list(wanted), own), (list(wanted), None)]
    best: Layout | None = None
    for wishes, movable in tries:
        layout = satisfy(scene, wishes, movable=movable)
        held = sum(_holds(layout.scene, relation) for relation in wanted)
        if best is None or held > sum(_holds(best.scene, relation) for relation in wanted):
            best = layout
        if held == len(wanted) and not layout.broken:
            return layout
    assert best is not None
    return best


def _roughly(scene: Scene, ids: Sequence[str], found: Destination) -> Scene:
    """The scene with the things on the floor or in the middle, if that is asked for."""
    for key in ids:
        thing = scene.objects[key]
        x, y, z = thing.center
        if found.middle:
            x, y = _middle(scene)
        if found.floor:
            z = thing.size[2] / 2.0
        if key in found.beside:
            x, y = beside(scene, key, *found.beside[key])
        if found.middle or found.floor or key in found.beside:
            scene = _put_at(scene, key, (x, y, z))
    return scene


def _put_at(scene: Scene, key: str, center: tuple[float, float, float]) -> Scene:
    """The scene with a thing, and what it carries, at the free place nearest to a centre; it may stand on a rug."""
    group = (key, *carried_by(scene, key))
    flat = [thing.id for thing in scene.solid_objects() if thing.size[2] < FLAT_M]
    others = {one: thing for one, thing in scene.objects.items() if one not in (*flat, *group)}
    wanted = scene.objects[key].replace(center=center)
    goal = nearest_free_center(scene.replace(objects={**others, key: wanted}, relations=()), wanted)
    x, y, z = (new - old for new, old in zip(goal, scene.objects[key].center, strict=True))
    return MoveObjects(group, (x, y, z)).apply(scene)


def _middle(scene: Scene) -> tuple[float, float]:
    """Middle of the floor, else of all that stands in the scene, else of the view."""
    floors = [t for t in scene.objects.values() if t.kind == "stuff" and t.label.lower().split()[-1] == "floor"]
    if floors:
        largest = max(floors, key=lambda thing: thing.size[0] * thing.size[1])
        return largest.center[0], largest.center[1]
    centers = np.array([thing.center[:2] for thing in scene.solid_objects()])
    middle = (centers.min(axis=0) + centers.max(axis=0)) / 2.0 if len(centers) > 1 else view_center(scene.camera)
    return float(middle[0]), float(middle[1])


def _contradicted(scene: Scene, wishes: Sequence[Relation]) -> list[Relation]:
    """Stored relations that can't go on with the wishes: another direction of the same pair, another carrier."""
    gone = []
    pairs = {frozenset((wish.subject, wish.object)): wish for wish in wishes}
    carried = {wish.subject for wish in wishes if wish.predicate in PLACING}
    new = {wish.key for wish in wishes}
    for relation in scene.relations:
        if relation.key in new or relation.predicate not in GEOMETRIC_PREDICATES:
            continue
        same_pair = frozenset((relation.subject, relation.object)) in pairs
        turns = relation.predicate in (Predicate.FACING, Predicate.FACING_AWAY, Predicate.NEXT_TO)
        moved_off = relation.subject in carried and relation.predicate in PLACING
        if (same_pair and not turns) or moved_off:
            gone.append(relation)
    return gone


def told_where(scene: Scene, found: Destination) -> str:
    """The destination in words, with what it refers to."""
    parts = [f"on {name_in(scene, wall)}" for wall in dict.fromkeys(walls[0] for walls in found.hung.values())]
    parts += ["into the corner"] if found.corners else []
    for wish in [one for one in found.wishes if one.subject not in found.corners][:3]:
        at_wall = found.walls.get(wish.subject) == wish.object
        said = f"{'against' if at_wall else wish.predicate.value} {name_in(scene, wish.object)}"
        if said not in parts:
            parts.append(said)
    if found.floor:
        parts.append("to the floor")
    if found.middle:
        parts.append("to the middle")
    return " and ".join(parts) or "there"


def _holds(scene: Scene, relation: Relation) -> bool:
    return grade_of(scene, relation.subject, relation.predicate, relation.object, relation.frame) >= TRUE_FROM
