"""Kept relations as live constraints: what follows or holds back while something is dragged.

The subject of a relation adapts, as in the solver: if the reference is dragged, the subject follows as far as it must;
if the subject is dragged, it is held where the relation stays true, and slides along there. What is to face a thing
turns. A rigid follow (or no move at all) keeps every relation as it was, so there is always a place; the one nearest
to where the thing would be without the relation is searched for on a line of candidates, all graded at once.
"""

import math
from collections.abc import Callable, Collection, Sequence

import numpy as np
from numpy.typing import NDArray

from sd3studio.core.edits import SetBox
from sd3studio.core.layout.standing import standing_of
from sd3studio.core.relations import Bodies, Pairs, View, grade_pairs
from sd3studio.core.relations.supports import support_of
from sd3studio.core.scene.boxes import Boxes, rotation_matrices, yaw_towards
from sd3studio.core.scene.predicates import GEOMETRIC_PREDICATES, ORIENTATION_PREDICATES, Predicate
from sd3studio.core.scene.values import Relation, Scene, SceneObject

Floats = NDArray[np.float64]

TRUE_FROM = 0.5
MARGIN = 0.6
"""Grade down to which a kept relation may fall before something is moved for it."""
STEPS = 9
FINE_STEPS = 25
ROUND_M = 4


def keep(before: Scene, dragged: Scene, relations: Sequence[Relation], ids: Collection[str]) -> Scene:
    """The dragged scene, corrected so that relations that held before still do.

    Parameters
    ----------
    before : the scene at mouse-down
    dragged : the scene with the dragged things where the mouse has them
    relations : the kept ones; those that did not hold before are not looked at
    ids : what is dragged; it moves as one

    Locked objects don't adapt: what is dragged is held then. Orientation is kept by turning the subject.
    """
    return Keeping(before, relations, ids).step(dragged)


def live_constraints(scene: Scene, ids: Collection[str]) -> Callable[[Scene], Scene] | None:
    """What corrects each step of a drag of these objects, so that the kept relations of the scene go on holding.

    None if the scene keeps none. The scene is that at mouse-down.
    """
    kept = [relation for relation in scene.relations if relation.kept]
    return Keeping(scene, kept, ids).step if kept else None


class Keeping:
    """The live constraints of one drag, made at mouse-down; `step` is called for each move of the mouse."""

    def __init__(self, before: Scene, relations: Sequence[Relation], ids: Collection[str]) -> None:
        self.before = before
        self.view = View.of(before.camera)
        self._known: dict[str, tuple[SceneObject, Bodies]] = {}
        self.ids = tuple(key for key in ids if key in before.objects)
        listed = [r for r in relations if r.predicate in GEOMETRIC_PREDICATES and _ends(r) <= set(before.objects)]
        grades = {r.key: self._grade_now(before, r) for r in listed}
        held = [r for r in listed if grades[r.key] >= TRUE_FROM]
        self.least = {r.key: min(grades[r.key], MARGIN) - 1e-6 for r in held}
        self.turning = [r for r in held if r.predicate in ORIENTATION_PREDICATES]
        self.placing = [r for r in held if r.predicate not in ORIENTATION_PREDICATES]
        self._loads: dict[str, tuple[str, ...]] = {}

    def step(self, dragged: Scene) -> Scene:
        """The scene with everything where the kept relations want it."""
        if not self.ids or not (self.placing or self.turning):
            return dragged
        moved = self._held_back(dragged)
        moved = self._followed(moved)
        return self._turned(moved)

    def carried(self, key: str) -> tuple[str, ...]:
        """What stands on an object and goes along when it follows; looked up when it first does."""
        if key not in self._loads:
            self._loads[key] = carried_by(self.before, key)
        return self._loads[key]

    def _body(self, scene: Scene, key: str) -> Bodies:
        """The body of an object; made once for each value that it takes."""
        thing = scene.objects[key]
        known = self._known.get(key)
        if known is None or known[0] is not thing:
            known = self._known[key] = (thing, Bodies.of([thing]))
        return known[1]

    def _grade_now(self, scene: Scene, relation: Relation) -> float:
        pairs = Pairs(self._body(scene, relation.subject), self._body(scene, relation.object))
        return float(grade_pairs(pairs, relation.predicate, self.view, relation.frame)[0, 0])

    def _held_back(self, dragged: Scene) -> Scene:
        """The dragged things where the relations stay true of which they are the subject."""
        own = set(self.ids)
        rules = [
            r for r in self.placing
            if (r.subject in own and r.object not in own)
            or (r.object in own and r.subject not in own and self.before.objects[r.subject].locked)
        ]  # fmt: skip
        if not rules or all(self._grade_now(dragged, r) >= self.least[r.key] for r in rules):
            return dragged
        way = self._way(dragged)
        turned = {key: dragged.objects[key].yaw for key in self.ids}

        def fits(shares: Floats) -> NDArray[np.bool_]:
            """(K,) True where all rules hold, for shares (K, 3) of the way."""
            good = np.ones(len(shares), bool)
            for rule in rules:
                mine, other = (rule.subject, rule.object) if rule.subject in own else (rule.object, rule.subject)
                centers = np.array(self.before.objects[mine].center) + shares * way
                bodies = _bodies_at(self.before.objects[mine].replace(yaw=turned[mine]), centers)
                still = self._body(dragged, other)
                good &= self._graded(rule, bodies, still, mine == rule.subject) >= self.least[rule.key]
            return good

        grid = _grid_shares(way)
        good = grid[fits(grid)]
        share = _nearest(fits, np.ones(3), good, way) if len(good) else np.zeros(3)
        shift = (share - 1.0) * way
        return dragged.with_objects(*(_moved(dragged.objects[key], shift) for key in self.ids))

    def _way(self, dragged: Scene) -> Floats:
        """(3,) how far the dragged things went; they move as one."""
        key = next((k for k in self.ids if not self.before.objects[k].locked), self.ids[0])
        return np.subtract(dragged.objects[key].center, self.before.objects[key].center)

    def _graded(self, rule: Relation, moving: Bodies, still: Bodies, is_subject: bool) -> Floats:
        """(K,) grades of a rule for K places of one of its ends."""
        if is_subject:
            return np.asarray(grade_pairs(Pairs(moving, still), rule.predicate, self.view, rule.frame)[:, 0])
        return np.asarray(grade_pairs(Pairs(still, moving), rule.predicate, self.view, rule.frame)[0])

    def _followed(self, scene: Scene) -> Scene:
        """The scene with the subjects of what moved brought along, and their subjects in turn."""
        settled = set(self.ids)
        pending = [key for key in self.ids if _box(scene.objects[key]) != _box(self.before.objects[key])]
        while pending:
            driver = pending.pop(0)
            for follower in dict.fromkeys(r.subject for r in self.placing if r.object == driver):
                if follower in settled or scene.objects[follower].locked:
                    continue
                rules = [r for r in self.placing if r.subject == follower]
                if all(self._grade_now(scene, r) >= self.least[r.key] for r in rules):
                    continue
                settled.add(follower)
                after = self._with_follower(scene, driver, follower, rules)
                if after is not scene:
                    scene = after
                    pending.append(follower)
        return scene

    def _with_follower(self, scene: Scene, driver: str, follower: str, rules: Sequence[Relation]) -> Scene:
        thing, start = scene.objects[follower], np.array(scene.objects[follower].center)
        goal = _rigidly(self.before.objects[driver], scene.objects[driver], thing)
        way = goal - start
        others = [(rule, self._body(scene, rule.object)) for rule in rules]

        def held(shares: Floats) -> NDArray[np.intp]:
            """(K,) how many rules hold, for shares (K, 3) of the way."""
            bodies = _bodies_at(thing, start + shares * way)
            count = np.zeros(len(shares), np.intp)
            for rule, still in others:
                count += self._graded(rule, bodies, still, True) >= self.least[rule.key]
            return count

        grid = _grid_shares(way)
        counts = held(grid)
        most = int(counts.max())  # where not all can hold, as many as can
        share = _nearest(lambda shares: held(shares) >= most, np.zeros(3), grid[counts >= most], way)
        shift = share * way
        if float(np.abs(shift).max()) < 1e-9:
            return scene
        along = [key for key in self.carried(follower) if key not in self.ids and not scene.objects[key].locked]
        return scene.with_objects(*(_moved(scene.objects[key], shift) for key in (follower, *along)))

    def _turned(self, scene: Scene) -> Scene:
        """The scene with what is to face something, or to look away from it, turned."""
        turned: list[SceneObject] = []
        for rule in self.turning:
            subject, other = scene.objects[rule.subject], scene.objects[rule.object]
            if subject.locked or self._grade_now(scene, rule) >= self.least[rule.key]:
                continue
            goal = yaw_towards(subject.center, other.center)
            goal += math.pi if rule.predicate is Predicate.FACING_AWAY else 0.0
            turned.append(subject.replace(yaw=math.remainder(goal, math.tau)))
        return scene.with_objects(*turned) if turned else scene


def carried_by(scene: Scene, key: str) -> tuple[str, ...]:
    """Ids of what stands on or in an object, at any level; only its surroundings are looked at."""
    near = _above(scene, key)
    return tuple(near[row].id for row in standing_of(near).carried_by(0)) if len(near) > 1 else ()


def _above(scene: Scene, key: str) -> list[SceneObject]:
    """An object, first, and all that may stand on it at any level: what is over its surroundings."""
    thing = scene.objects[key]
    x, y, z = thing.center
    reach, base = math.hypot(thing.size[0], thing.size[1]), z - thing.size[2] / 2.0
    over = [
        other for other in scene.objects.values()
        if abs(other.center[0] - x) <= reach and abs(other.center[1] - y) <= reach
        and other.center[2] > base and other is not thing and other.kind == "object"
    ]  # fmt: skip
    return [thing, *over]


def _ends(relation: Relation) -> set[str]:
    return {relation.subject, relation.object}


def _box(thing: SceneObject) -> tuple[object, ...]:
    return thing.center, thing.size, thing.yaw, thing.pitch, thing.roll


def _moved(thing: SceneObject, shift: Floats) -> SceneObject:
    if thing.locked:
        return thing
    x, y, z = (round(float(c + d), ROUND_M + 2) for c, d in zip(thing.center, shift, strict=True))
    return thing.replace(center=(x, y, z))


def _rigidly(before: SceneObject, now: SceneObject, thing: SceneObject) -> Floats:
    """Centre (3,) of a thing that is moved and turned as if it were fixed to another."""
    turn = now.yaw - before.yaw
    cos, sin = math.cos(turn), math.sin(turn)
    dx, dy, dz = np.subtract(thing.center, before.center)
    # A carrier that grows or shrinks lifts what is on it by the change of its top.
    rise = (now.size[2] - before.size[2]) / 2.0
    return np.add(now.center, (cos * dx - sin * dy, sin * dx + cos * dy, dz + rise))


def _bodies_at(thing: SceneObject, centers: Floats) -> Bodies:
    """K bodies of one object at centres (K, 3)."""
    count = len(centers)
    boxes = Boxes(
        ids=("",) * count,
        center=centers,
        half=np.broadcast_to(np.array(thing.size) / 2.0, (count, 3)),
        rotation=np.broadcast_to(rotation_matrices(thing.yaw, thing.pitch, thing.roll), (count, 3, 3)),
        yaw=np.full(count, thing.yaw),
    )
    return Bodies.from_boxes(boxes, *support_of(thing))


def _grid_shares(way: Floats) -> Floats:
    """(K, 3) parts of the way along each axis, in even steps; of an axis without a way only the whole."""
    steps = [np.linspace(0.0, 1.0, STEPS) if abs(part) > 1e-9 else np.ones(1) for part in way[:2]]
    steps.append(np.array([0.0, 1.0]) if abs(way[2]) > 1e-9 else np.ones(1))
    return np.stack(np.meshgrid(*steps, indexing="ij"), axis=-1).reshape(-1, 3)


def _nearest(fits: Callable[[Floats], NDArray[np.bool_]], wished: Floats, good: Floats, way: Floats) -> Floats:
    """Shares (3,) of the way that fit, as near as possible to the `wished` ones.

    `fits` tells for shares (K, 3) which of them (K,) will do; `good` (G, 3) are some that do, at least one.
    """
    start = good[int(np.linalg.norm((good - wished) * way, axis=1).argmin())]
    for _ in range(2):
        line = np.linspace(0.0, 1.0, FINE_STEPS)[:, None]
        points = wished + line * (start - wished)
        will_do = fits(points)
        first = int(will_do.argmax()) if will_do.any() else len(points) - 1
        if first == 0:
            return points[0]
        wished, start = points[first - 1], points[first]
    return start


def boxes_set(before: Scene, after: Scene) -> list[SetBox]:
    """Edits that give the objects of one scene the boxes that they have in another."""
    return [
        SetBox(key, thing.center, thing.size, thing.yaw, thing.pitch, thing.roll)
        for key, thing in after.objects.items()
        if key in before.objects and _box(thing) != _box(before.objects[key])
    ]
