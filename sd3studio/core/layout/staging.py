"""Where a few things and the camera stand so that each fills a good part of the picture, as a photographer does it.

Of a cup beside a car the cup stands near the camera, still to the left of the car; of two things one behind the other
the farther one looks out at the side. A seeded search moves one thing at a time and tries lower, higher and wider
views; places count only if all relations that were true stay true and nothing goes into anything. What is best is
judged by the boxes in the picture. Shares, angles and weights are ours.
"""

import math
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from sd3studio.core.layout.framing import FOV_Y, LEAST_DISTANCE_M, fitted, framing_camera
from sd3studio.core.layout.overlapping import TOLERANCE_M, sunk_depth
from sd3studio.core.layout.setting import FREE, Setting, State
from sd3studio.core.recognised import DOUBT, ELEVATIONS_DEG, score_at
from sd3studio.core.relations import Bodies, Pairs, grade_pairs
from sd3studio.core.relations.geometry import Floats
from sd3studio.core.relations.grading import DIRECTED
from sd3studio.core.relations.grading import FREE as FREE_PREDICATES
from sd3studio.core.scene.boxes import Boxes
from sd3studio.core.scene.predicates import Predicate
from sd3studio.core.scene.values import Relation, Scene

Bools = NDArray[np.bool_]

MOST_THINGS = 4
ENOUGH = 0.16
"""Share of the picture from which larger is not better."""
WELL_SEEN = 0.05
"""A scene whose things all fill at least this, none hidden, is left as it was arranged."""
MOST_HIDDEN = 0.1
HOLDS = 0.6
CLEAR_APART = {
    Predicate.LEFT_OF: (0, -1.0), Predicate.RIGHT_OF: (0, 1.0), Predicate.ABOVE: (1, -1.0), Predicate.UNDER: (1, 1.0),
}  # fmt: skip
"""Predicate -> the axis of the picture along which its things are apart, and the sign; pixels count from top left."""
APART, BELOW = 0.15, 0.08
"""Of the picture's side: between the middles of such things; between the feet of things one behind the other."""

ELEVATIONS = tuple(math.radians(angle) for angle in (17.0, 8.0, 12.0, 24.0, 32.0, 42.0, 54.0))
FIELDS = tuple(math.radians(angle) for angle in (40.0, 50.0, 62.0, 72.0))
GRADED = frozenset(FREE_PREDICATES) | frozenset(DIRECTED)
TOLD, MUCH_BETTER = 1.6, 0.5
"""Weight of being told from where the camera is; a scene is not left as it is if another view tells so much more."""
ROUNDS, CANDIDATES = 40, 400
MARGIN = 0.08
NEAREST = 0.5
"""Of a thing's diagonal, the least distance from the camera: nearer ones look distorted."""
LEAST_RISE_M = 0.04
"""The camera stays this far above the ground."""


@dataclass(frozen=True, slots=True)
class _Wish:
    """Rows of a relation's ends, and the grade that it keeps."""

    relation: Relation
    subject: int
    object: int
    least: float


@dataclass(frozen=True, slots=True)
class _Look:
    """What K cameras see of N things.

    Parameters
    ----------
    boxes : (K, N, 4) in parts of the picture's sides
    above : (K, N) degrees by which the line of sight to each thing falls
    rise : (K,) heights of the cameras, m
    close : (K,) by how much of its size something is nearer than `NEAREST`
    """

    boxes: Floats
    above: Floats
    rise: Floats
    close: Floats


@dataclass(slots=True)
class _Stage:
    """What a search needs: N things with their yaws, how they stand, which relations hold.

    Parameters
    ----------
    corners : (N, 8, 3) of the boxes, from their centres
    told : (N, E) how well each can be told from `ELEVATIONS_DEG` above it, as it is turned: logarithms of scores
    aspect : width by height of the picture
    allowed : (N, N) metres by which things were in each other, and may be
    """

    setting: Setting
    state: State
    wishes: list[_Wish]
    corners: Floats
    told: Floats
    aspect: float
    allowed: Floats = field(init=False)

    def __post_init__(self) -> None:
        bodies = self.setting.bodies(self.state.center, self.state.yaw)
        self.allowed = sunk_depth(Pairs(bodies, bodies))

    @classmethod
    def of(cls, scene: Scene, aspect: float, place: str) -> "_Stage":
        setting = Setting.of(scene)
        state = State.of(setting)
        bodies = setting.bodies(state.center, state.yaw)
        everyone = Pairs(bodies, bodies)
        wishes = []
        for r in scene.relations:
            if r.predicate not in GRADED:
                continue
            a, b = setting.index[r.subject], setting.index[r.object]
            grade = float(grade_pairs(everyone, r.predicate, setting.view, r.frame)[a, b])
            if grade >= 0.5:
                wishes.append(_Wish(r, a, b, min(grade, HOLDS) - 1e-6))
        corners = Boxes.of(scene.objects.values()).corners() - state.center[:, None, :]
        stage = cls(setting, state, wishes, corners, _telling(scene, place), aspect)
        _lifted(stage)
        return stage

    def grades(self, wish: _Wish, center: Floats) -> Floats:
        """(K,) grades of a relation for centres (K, N, 3): it hangs on the offset of the two alone."""
        a, b = self._pair(wish.subject, wish.object, center)
        return grade_pairs(Pairs(a, b), wish.relation.predicate, self.setting.view, wish.relation.frame)[:, 0]

    def sunk(self, center: Floats) -> Floats:
        """(K,) metres by which things go into each other more than they did."""
        worst = np.zeros(len(center))
        for a in range(len(self.setting)):
            for b in range(a + 1, len(self.setting)):
                depth = sunk_depth(Pairs(*self._pair(a, b, center)))[:, 0]
                worst = np.maximum(worst, depth - self.allowed[a, b])
        return worst

    def _pair(self, a: int, b: int, center: Floats) -> tuple[Bodies, Bodies]:
        yaw = self.state.yaw
        still = self.state.center[b]
        moving = still + center[:, a] - center[:, b]
        first = self.setting.bodies_of(a, moving, np.full(len(center), yaw[a]))
        return first, self.setting.bodies_of(b, still[None], yaw[b : b + 1])

    def possible(self, center: Floats) -> Bools:
        """(K,) whether all relations hold and nothing goes into anything."""
        fine = self.sunk(center) <= TOLERANCE_M
        for wish in self.wishes:
            fine &= self.grades(wish, center) >= wish.least
        return fine


def staged(scene: Scene, width: int, height: int, place: str = "") -> Scene | None:
    """The scene with its few things moved and its camera placed so that all are seen well (`ENOUGH`) at this place.

    None for scenes of one thing or of more than `MOST_THINGS`, with surroundings or parts of things, which would be
    left behind, and where all are seen well already. What is locked stays.
    """
    things = scene.solid_objects()
    joined = any(thing.parent for thing in things) or any(r.predicate is Predicate.PART_OF for r in scene.relations)
    if not 2 <= len(things) <= MOST_THINGS or len(things) < len(scene.objects) or joined:
        return None
    stage = _Stage.of(scene, width / height, place)
    found = _searched(stage)
    if found is None:
        return None
    center, elevation, fov = found
    moved = [
        scene.objects[name].replace(center=tuple(round(float(v), 4) for v in center[row]))
        for name, row in stage.setting.index.items()
        if np.abs(center[row] - stage.state.center[row]).max() > 1e-6
    ]
    made = scene.with_objects(*moved)
    camera = framing_camera(made, width, height, elevation_rad=elevation, fov_y=fov, margin=MARGIN)
    return made.replace(camera=camera)


def _searched(stage: _Stage) -> tuple[Floats, float, float] | None:
    """The best centres (N, 3), elevation and field of view that were found; None where nothing is to be bettered."""
    rng = np.random.default_rng(0)
    here = stage.state.center
    views = np.array([(e, f) for f in FIELDS for e in ELEVATIONS])
    every = np.repeat(here[None], len(views), 0)
    shares, hidden, worth = _judged(stage, every, views)
    look = _looked(stage, every, views)
    told = _told(stage, look)
    plain = told[0] >= told.max() - MUCH_BETTER and not _too_close(stage, look.boxes[:1])[0]
    if shares[0].min() >= WELL_SEEN and hidden[0] <= MOST_HIDDEN and plain:
        return None
    best = int(worth.argmax())
    center, view, value = here, views[best], float(worth[best])
    rows = [row for row in range(len(here)) if _can_move(stage, row)]
    for number in range(ROUNDS):
        for row in rows:
            tried = _moved(stage, center, row, rng, coarse=number < ROUNDS // 2)
            looks = np.where(rng.random((len(tried), 1)) < 0.5, views[rng.integers(len(views), size=len(tried))], view)
            fine = np.flatnonzero(stage.possible(tried))
            if not len(fine):
                continue
            _, _, worth = _judged(stage, tried[fine], looks[fine])
            k = int(worth.argmax())
            if worth[k] > value + 1e-3:
                center, view, value = tried[fine[k]], looks[fine[k]], float(worth[k])
    return center, float(view[0]), float(view[1])


def _telling(scene: Scene, place: str) -> Floats:
    """(N, E) for `ELEVATIONS_DEG`: logarithms of the detectors' scores at the things' turns; 0 where none is known."""
    angles = [math.radians(angle) for angle in ELEVATIONS_DEG]
    rows = [[score_at(t.mesh, angle, t.yaw, place) for angle in angles] for t in scene.solid_objects()]
    return np.array([[0.0 if score is None else math.log(score + DOUBT) for score in row] for row in rows])


def _told(stage: _Stage, look: _Look) -> Floats:
    """(K,) how well the things can be told together, each from as far above as the camera is over it."""
    each = [np.interp(look.above[:, row], ELEVATIONS_DEG, told) for row, told in enumerate(stage.told)]
    return np.sum(each, axis=0)


def _can_move(stage: _Stage, row: int) -> bool:
    """Whether a thing may move by itself: not what rests on another, which would end up at its very edge."""
    carried = stage.state.standing.carried_by(row)
    resting = stage.state.standing.on[row] >= 0
    return not resting and not any(stage.setting.fixed[other] for other in (row, *carried))


def _lifted(stage: "_Stage") -> None:
    """What is said to be above a thing, not on it, is not held by it."""
    for wish in stage.wishes:
        a, b = wish.subject, wish.object
        upper, lower = (b, a) if wish.relation.predicate is Predicate.UNDER else (a, b)
        over = wish.relation.predicate in (Predicate.ABOVE, Predicate.UNDER)
        if over and stage.state.standing.on[upper] == lower and not stage.state.standing.within[upper]:
            stage.state.standing.on[upper] = FREE


def _moved(stage: _Stage, center: Floats, row: int, rng: np.random.Generator, coarse: bool) -> Floats:
    """(K, N, 3) centres with one thing, and what it carries, elsewhere: by steps of any size, in any direction."""
    size = np.linalg.norm(stage.corners[row], axis=1).max()
    room = max(np.linalg.norm(corners, axis=1).max() for corners in stage.corners)
    low, high = (0.05 * size, 8.0 * room) if coarse else (0.01 * size, 2.0 * size)
    step = np.exp(rng.uniform(math.log(low), math.log(high), CANDIDATES))
    angle = rng.uniform(0.0, 2.0 * math.pi, CANDIDATES)
    shift = np.stack([step * np.cos(angle), step * np.sin(angle), np.zeros(CANDIDATES)], axis=1)
    if stage.state.standing.on[row] == FREE:
        shift[:, 2] = np.where(rng.random(CANDIDATES) < 0.7, rng.normal(0.0, 1.0, CANDIDATES) * step, 0.0)
    tried = np.repeat(center[None], CANDIDATES, 0)
    for other in (row, *stage.state.standing.carried_by(row)):
        tried[:, other] += shift
    low_z = tried[:, :, 2] + stage.corners[None, :, :, 2].min(axis=2)
    tried[:, row, 2] += np.maximum(-low_z[:, row], 0.0)
    return tried


def _judged(stage: _Stage, center: Floats, views: Floats) -> tuple[Floats, Floats, Floats]:
    """Shares of the picture (K, N), greatest hidden part (K,) and worth (K,) of centres (K, N, 3) seen so (K, 2)."""
    look = _looked(stage, center, views)
    boxes = look.boxes
    size = np.clip(boxes[..., 2:] - boxes[..., :2], 0.0, None)
    shares = size[..., 0] * size[..., 1]
    hidden = _hidden(stage, boxes)
    away = np.linalg.norm(center - stage.state.center, axis=2) / np.linalg.norm(stage.corners, axis=2).max(axis=1)
    enough = np.log(np.minimum(shares, ENOUGH) + 1e-9)
    worth = enough.sum(axis=1) + enough.min(axis=1)
    worth -= 6.0 * np.maximum(hidden - MOST_HIDDEN, 0.0) + 8.0 * _too_close(stage, boxes)
    worth -= 0.02 * np.log1p(away).sum(axis=1) + 50.0 * np.maximum(LEAST_RISE_M - look.rise, 0.0)
    steep = np.maximum(views[:, 0] - ELEVATIONS[0], 0.0)
    worth -= 20.0 * look.close + 0.5 * (views[:, 1] - FOV_Y) + 1.5 * steep + 4.0 * steep**2
    return shares, hidden, worth + TOLD * _told(stage, look)


def _looked(stage: _Stage, center: Floats, views: Floats) -> _Look:
    """What is seen of centres (K, N, 3) by cameras of elevation and field (K, 2), as `framing_camera` places them."""
    elevation, fov = views.T
    corners = (center[:, :, None, :] + stage.corners[None]).reshape(len(center), -1, 3)
    middle = (corners.min(axis=1) + corners.max(axis=1)) / 2.0
    local = corners - middle[:, None]
    level, fall = np.cos(elevation)[:, None], np.sin(elevation)[:, None]
    across = local[..., 0]
    depth = local[..., 1] * level - local[..., 2] * fall
    down = -local[..., 1] * fall - local[..., 2] * level
    tan = np.tan(fov / 2.0)[:, None]
    shift_x, back_x = fitted(across, depth, tan[:, 0] * stage.aspect * (1.0 - 2.0 * MARGIN))
    shift_y, back_y = fitted(down, depth, tan[:, 0] * (1.0 - 2.0 * MARGIN))
    back = np.maximum(np.maximum(back_x, back_y), LEAST_DISTANCE_M)
    ahead = depth + back[:, None]
    sizes = np.linalg.norm(stage.corners[:, 0] - stage.corners[:, -1], axis=1)
    nearest = ahead.reshape(*center.shape[:2], 8).min(axis=2) / sizes
    far = np.maximum(ahead, 1e-3) * tan
    shape = (*center.shape[:2], 8)
    falling = np.arctan2(down - shift_y[:, None], ahead).reshape(shape).mean(axis=2) + elevation[:, None]
    x = 0.5 + (across - shift_x[:, None]) / far / stage.aspect / 2.0
    y = 0.5 + (down - shift_y[:, None]) / far / 2.0
    x, y = x.reshape(shape), y.reshape(shape)
    rise = middle[:, 2] - shift_y * level[:, 0] + back * fall[:, 0]
    close = np.maximum(NEAREST - nearest, 0.0).max(axis=1)
    boxes = np.stack([x.min(2), y.min(2), x.max(2), y.max(2)], axis=2)
    return _Look(boxes, np.degrees(falling), rise, close)


def _hidden(stage: _Stage, boxes: Floats) -> Floats:
    """(K,) the greatest part of a box that another one covers; of what is on or in something nothing counts."""
    worst = np.zeros(len(boxes))
    joined = {
        frozenset((wish.subject, wish.object))
        for wish in stage.wishes
        if wish.relation.predicate in (Predicate.ON, Predicate.IN)
    }
    for a in range(boxes.shape[1]):
        for b in range(a + 1, boxes.shape[1]):
            if frozenset((a, b)) in joined:
                continue
            one, other = boxes[:, a], boxes[:, b]
            common = np.minimum(one[:, 2:], other[:, 2:]) - np.maximum(one[:, :2], other[:, :2])
            common = np.clip(common, 0.0, None).prod(axis=1)
            least = np.minimum(*((box[:, 2:] - box[:, :2]).prod(axis=1) for box in (one, other)))
            worst = np.maximum(worst, common / np.maximum(least, 1e-12))
    return worst


def _too_close(stage: _Stage, boxes: Floats) -> Floats:
    """(K,) by how much things in a relation are less apart in the picture (K, N, 4) than makes it plain."""
    short = np.zeros(len(boxes))
    for wish in stage.wishes:
        if wish.relation.frame != "camera":
            continue
        a, b = boxes[:, wish.subject], boxes[:, wish.object]
        if wish.relation.predicate in CLEAR_APART:
            axis, sign = CLEAR_APART[wish.relation.predicate]
            apart = sign * (a[:, axis] + a[:, axis + 2] - b[:, axis] - b[:, axis + 2]) / 2.0
            short += np.maximum(APART - apart, 0.0)
        elif wish.relation.predicate in (Predicate.IN_FRONT_OF, Predicate.BEHIND):
            sign = 1.0 if wish.relation.predicate is Predicate.IN_FRONT_OF else -1.0
            short += np.maximum(BELOW - sign * (a[:, 3] - b[:, 3]), 0.0)
    return short
