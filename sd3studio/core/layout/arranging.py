"""`arrange`: a whole layout from nothing but the relations of a scene, for scenes that were read from a sentence.

Things are put down one by one, what is referred to before what refers to it, each at the spot where a person would
expect it; then the solver mends what is left. Gaps and habits (chairs by tables, tall things at the back) are ours.
"""

from collections.abc import Sequence

import numpy as np

from sd3studio.core.layout.placing import nearest_free_center, usual_base_m
from sd3studio.core.layout.satisfying import Layout, satisfy
from sd3studio.core.layout.setting import Floats
from sd3studio.core.layout.wishes import can_be_moved_for
from sd3studio.core.relations import Bodies, View
from sd3studio.core.scene.boxes import Boxes
from sd3studio.core.scene.predicates import ORIENTATION_PREDICATES, Predicate
from sd3studio.core.scene.values import Relation, Scene, SceneObject

GAP_M = 0.35
"""Free space between a thing and the one it is beside."""

FACING_GAP_M = 1.0
LOOSE_GAP_M = 0.6
TALL_M, WIDE_M = 1.4, 0.7
FREE_M = 0.03
CLEARANCE_M = 0.15
SEATS = ("chair", "office chair", "stool", "armchair")
TABLES = ("dining table", "table", "desk")

CARRYING = (Predicate.ON, Predicate.IN, Predicate.ABOVE, Predicate.UNDER)

OVER = (Predicate.ABOVE, Predicate.UNDER)


def arrange(scene: Scene, seed: int = 0) -> Layout:
    """Lay out all objects that are not locked so that the stored relations hold: compact, centred at the origin.

    Objects stand on the floor or hang at their usual height, and face the default camera unless a relation turns them.
    `seed` varies the gaps; 0 is the plainest layout. Relations with stuff and concepts are not looked at.
    """
    relations = [r for r in scene.relations if can_be_moved_for(r) and _joins_objects(scene, r)]
    loose = [o for o in scene.objects.values() if o.kind == "object" and not o.locked]
    rng = np.random.default_rng(seed)
    names = {thing.id for thing in loose}
    fixed = [thing.replace(parent=None) for thing in scene.objects.values() if thing.id not in names]
    built = Scene.of(fixed, camera=scene.camera)
    view = View.of(scene.camera)
    for thing in _in_order(loose, relations):
        stretch = 1.0 if seed == 0 else float(rng.uniform(0.7, 1.5))
        built = _with_next(built, thing, relations, view, stretch)
    placed = scene.with_objects(*(_with_parent(built.objects[thing.id], scene) for thing in loose))
    layout = satisfy(placed.replace(relations=()), relations, clearance_m=CLEARANCE_M)
    final = _centred(layout.scene.replace(relations=scene.relations), {thing.id for thing in loose})
    moved = tuple(name for name, thing in final.objects.items() if thing != scene.objects[name])
    return Layout(final, layout.held, layout.broken, layout.clash, moved, _sentence(layout, len(relations)))


def _joins_objects(scene: Scene, relation: Relation) -> bool:
    return all(scene.objects[end].kind == "object" for end in (relation.subject, relation.object))


def _in_order(things: Sequence[SceneObject], relations: Sequence[Relation]) -> list[SceneObject]:
    """The order of putting down: what only is referred to first, then always something that belongs to what is there.

    Of several things the one that waits for fewer others goes first, then the biggest.
    """
    names = {thing.id for thing in things}
    waits: dict[str, set[str]] = {name: set() for name in names}
    linked: dict[str, set[str]] = {name: set() for name in names}
    for relation in relations:
        if relation.subject in names and relation.object in names:
            waits[relation.subject].add(relation.object)
            linked[relation.subject].add(relation.object)
            linked[relation.object].add(relation.subject)
    rest = sorted(
        things, key=lambda thing: (not linked[thing.id], _is_tall(thing), -float(np.prod(thing.size)), thing.id)
    )
    ordered: list[SceneObject] = []
    done: set[str] = set()
    while rest:
        chosen = min(rest, key=lambda thing: (not (linked[thing.id] & done), len(waits[thing.id] - done)))
        rest.remove(chosen)
        done.add(chosen.id)
        ordered.append(chosen)
    return ordered


def _is_tall(thing: SceneObject) -> bool:
    """True for what would hide other things: cupboards, trees, but not people."""
    return thing.size[2] >= TALL_M and max(thing.size[:2]) >= WIDE_M


def _with_next(built: Scene, thing: SceneObject, relations: Sequence[Relation], view: View, stretch: float) -> Scene:
    """The scene with one more thing, at its place."""
    height = usual_base_m(thing) + thing.size[2] / 2.0
    standing = thing.replace(center=(0.0, 0.0, height), yaw=0.0, parent=None)
    mine = [
        relation
        for relation in relations
        if (relation.subject == thing.id and relation.object in built.objects)
        or (relation.object == thing.id and relation.subject in built.objects)
    ]
    spot = _first_spot(built, standing, mine, view, stretch)
    standing = standing.replace(center=(round(float(spot[0]), 4), round(float(spot[1]), 4), height))
    with_it = built.with_objects(standing)
    if not any(relation.predicate in CARRYING for relation in mine):
        with_it = with_it.with_objects(standing.replace(center=nearest_free_center(with_it, standing, FREE_M)))
    if not mine:
        return with_it
    layout = satisfy(with_it, mine, movable={thing.id}, clearance_m=CLEARANCE_M)
    if layout.broken and any(relation.predicate in OVER for relation in mine):
        # It was put into the other one, and would be carried along: a truck is not lifted off a cat inside it.
        aside = with_it.with_objects(standing.replace(center=nearest_free_center(with_it, standing, FREE_M)))
        both = {end for relation in mine for end in (relation.subject, relation.object)}
        lifted = satisfy(aside, mine, movable=both, clearance_m=CLEARANCE_M)
        layout = layout if lifted.broken else lifted
    return layout.scene


def _first_spot(built: Scene, thing: SceneObject, mine: Sequence[Relation], view: View, stretch: float) -> Floats:
    """Where a thing is put before the solver looks at it: the mean of what its relations suggest."""
    suggestions = [_suggested(built, thing, relation, view, stretch) for relation in mine]
    moving = [
        s for s, relation in zip(suggestions, mine, strict=True) if relation.predicate not in ORIENTATION_PREDICATES
    ]
    if moving or suggestions:
        return np.mean(moving or suggestions, axis=0)
    others = built.solid_objects()
    if not others:
        return np.zeros(2)
    if thing.category in SEATS:
        table = next((o for o in others if o.category in TABLES), None)
        if table is not None:
            return _beside(table, thing, view.right, GAP_M * stretch)
    centers = np.array([other.center[:2] for other in others])
    middle = (centers.min(axis=0) + centers.max(axis=0)) / 2.0
    if _is_tall(thing):
        deepest = max(others, key=lambda o: float(np.dot(o.center[:2], view.forward)))
        behind = _beside(deepest, thing, view.forward, LOOSE_GAP_M * stretch)
        return behind + view.right * float((middle - behind) @ view.right)
    outer = max(others, key=lambda o: float(np.dot(o.center[:2], view.right)))
    return _beside(outer, thing, view.right, LOOSE_GAP_M * stretch)


def _suggested(built: Scene, thing: SceneObject, relation: Relation, view: View, stretch: float) -> Floats:
    """Point (2,) at which a person would expect the thing, from one of its relations."""
    is_subject = relation.subject == thing.id
    other = built.objects[relation.object if is_subject else relation.subject]
    if relation.predicate in CARRYING:
        return np.array(other.center[:2])
    sign = 1.0 if is_subject else -1.0
    reference = other if is_subject else thing
    right, forward = view.right, view.forward
    if relation.frame == "object":
        right, forward = (-axis if k == 0 else axis for k, axis in enumerate(Bodies.of([reference]).axes[0]))
    towards = {
        Predicate.LEFT_OF: -right,
        Predicate.RIGHT_OF: right,
        Predicate.BEHIND: forward,
        Predicate.IN_FRONT_OF: -forward,
        Predicate.NEARER: -forward,
        Predicate.FACING: Bodies.of([other]).facing[0],
    }.get(relation.predicate, right)
    gap = FACING_GAP_M if relation.predicate is Predicate.FACING else GAP_M
    if relation.predicate is Predicate.NEXT_TO:
        gap = 0.15 * (sum(thing.size[:2]) + sum(other.size[:2])) / 2.0
    if relation.predicate is Predicate.FACING:
        sign = 1.0
    return _beside(other, thing, sign * towards, gap * stretch)


def _beside(still: SceneObject, mover: SceneObject, direction: Floats, gap_m: float) -> Floats:
    reach = float(Bodies.of([still, mover]).extent(direction).sum())
    return np.array(still.center[:2]) + (reach + gap_m) * direction


def _with_parent(thing: SceneObject, scene: Scene) -> SceneObject:
    return thing.replace(parent=scene.objects[thing.id].parent)


def _centred(scene: Scene, names: set[str]) -> Scene:
    """The scene shifted so that the middle of its footprint is the origin, unless something is locked in place."""
    things = [thing for thing in scene.solid_objects() if thing.id in names]
    if not things or any(thing.locked for thing in scene.objects.values()):
        return scene
    low, high = Boxes.of(things).bounds()
    x, y = ((low.min(axis=0) + high.max(axis=0)) / 2.0)[:2]
    shifted = []
    for name in sorted(names):
        thing = scene.objects[name]
        cx, cy, cz = thing.center
        shifted.append(thing.replace(center=(round(cx - x, 4), round(cy - y, 4), cz)))
    return scene.with_objects(*shifted)


def _sentence(layout: Layout, wished: int) -> str:
    if layout.clash or layout.broken:
        return layout.sentence
    return f"All {wished} relations hold." if wished else "There were no relations to follow."
