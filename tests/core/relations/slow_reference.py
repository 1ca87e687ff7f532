"""The predicates once more, slowly and in plain Python, from their definition: to check the arrays against."""

import math
from typing import NamedTuple

from sd3studio.core.relations.supports import support_of
from sd3studio.core.scene import Camera, Predicate, SceneObject


class Seen(NamedTuple):
    """One upright object, as far as grades need it."""

    x: float
    y: float
    low: float
    high: float
    width: float
    depth: float
    yaw: float
    surface: float
    underside: float
    encloses: float


def seen(o: SceneObject) -> Seen:
    low, height = o.center[2] - o.size[2] / 2, o.size[2]
    s = support_of(o)
    return Seen(
        *o.center[:2],
        low,
        low + height,
        *o.size[:2],
        o.yaw,
        low + s.surface * height,
        low + s.underside * height,
        s.encloses,
    )


def step(value: float, low: float, high: float) -> float:
    return min(1.0, max(0.0, (value - low) / (high - low)))


def reach(o: Seen, dx: float, dy: float) -> float:
    """Half extent of a footprint along a direction."""
    along_x = abs(math.cos(o.yaw) * dx + math.sin(o.yaw) * dy)
    along_y = abs(-math.sin(o.yaw) * dx + math.cos(o.yaw) * dy)
    return o.width / 2 * along_x + o.depth / 2 * along_y


def own_axes(o: Seen) -> list[tuple[float, float]]:
    return [(math.cos(o.yaw), math.sin(o.yaw)), (-math.sin(o.yaw), math.cos(o.yaw))]


def gaps(a: Seen, b: Seen, frame: Seen) -> list[float]:
    dx, dy = a.x - b.x, a.y - b.y
    return [abs(dx * u + dy * v) - reach(a, u, v) - reach(b, u, v) for u, v in own_axes(frame)]


def overlap(a: Seen, b: Seen) -> float:
    parts = []
    for frame in (a, b):
        part = 1.0
        for gap, (u, v) in zip(gaps(a, b, frame), own_axes(frame), strict=True):
            part *= min(1.0, max(0.0, -gap / (2 * min(reach(a, u, v), reach(b, u, v)))))
        parts.append(part)
    return min(parts)


def lower(a: Seen, b: Seen) -> float:
    return min(a.high - a.low, b.high - b.low)


def on(a: Seen, b: Seen) -> float:
    tolerance = 0.02 + 0.08 * lower(a, b)
    at_top = 1 - step(abs(a.low - b.high), tolerance, 4 * tolerance)
    at_top *= step((a.high - b.high) / (a.high - a.low), 0.0, 0.5)
    level = at_top
    if b.surface < b.high:
        at_seat = 1 - step(abs(a.low - b.surface), tolerance, 4 * tolerance)
        at_seat *= step((a.low - b.low) / (b.surface - b.low), 0.25, 0.75)
        level = max(at_seat, 0.6 * at_top)
    return level * step(overlap(a, b), 0.1, 0.5)


def above(a: Seen, b: Seen) -> float:
    rise, slack = a.underside - b.surface, 0.05 + 0.15 * lower(a, b)
    margin = 0.15 * min(a.width, a.depth, b.width, b.depth) / 2
    apart = max(*gaps(a, b, a), *gaps(a, b, b))
    return step(rise, -0.6 * slack, 0.4 * slack) * (1 - step(apart, -margin, margin + 0.6 * max(rise, 0)))


def within(a: Seen, b: Seen) -> float:
    covered = 1.0
    for gap, (u, v) in zip(gaps(a, b, b), own_axes(b), strict=True):
        covered *= min(1.0, max(0.0, min(-gap, 2 * reach(b, u, v)) / (2 * reach(a, u, v))))
    volume = [o.width * o.depth * (o.high - o.low) for o in (a, b)]
    deep = (min(a.high, b.high) - max(a.low, b.low)) / (a.high - a.low)
    contained = step(covered, 0.5, 0.9) * step(deep, 0.15, 0.5) * (1 - step(volume[0] / volume[1], 0.6, 1.0))
    return contained * b.encloses * (1 - max(on(a, b), above(b, a)))


def next_to(a: Seen, b: Seen) -> float:
    far = max(math.hypot(*(max(g, 0) for g in gaps(a, b, frame))) for frame in (a, b))
    breadth = math.sqrt((a.width + a.depth) / 2 * (b.width + b.depth) / 2)
    level = (min(a.high, b.high) - max(a.low, b.low)) / lower(a, b)
    grade = (1 - step(far, 0.35 * breadth, 1.4 * breadth)) * step(level, 0.0, 0.3)
    for first, second in ((a, b), (b, a)):
        grade *= (1 - on(first, second)) * (1 - within(first, second)) * (1 - above(second, first))
    return grade


def towards(a: Seen, b: Seen, u: float, v: float) -> float:
    """Does `a` lie from `b` in the horizontal direction (u, v)?"""
    dx, dy = a.x - b.x, a.y - b.y

    def out(p: float, q: float) -> float:
        return max(0.0, abs(dx * p + dy * q) - abs(reach(a, p, q) - reach(b, p, q)))

    ahead, aside = out(u, v), out(-v, u)
    if dx * u + dy * v <= 0.0 or ahead == 0.0:
        return 0.0
    rise = max(0.0, max(a.low, b.low) - min(a.high, b.high))
    angle = math.degrees(math.atan2(math.hypot(aside, rise), ahead))
    cos2 = [math.cos(math.radians(x)) ** 2 for x in (angle, 65, 40)]
    return step(ahead / (2 * min(reach(a, u, v), reach(b, u, v))), 0.3, 0.9) * step(*cos2)


def looks(a: Seen, b: Seen, sign: int) -> float:
    u, v = math.sin(a.yaw) * sign, -math.cos(a.yaw) * sign
    dx, dy = b.x - a.x, b.y - a.y
    ahead = dx * u + dy * v
    aside = max(0.0, abs(-dx * v + dy * u) - reach(b, -v, u))
    if ahead <= 0.0:
        return 0.0
    cos = math.cos(math.atan2(aside, ahead))
    return step(cos, math.cos(math.radians(55)), math.cos(math.radians(25))) * step(
        ahead / (reach(a, u, v) + reach(b, u, v)), 0.2, 0.6
    )


def grade(a: SceneObject, predicate: Predicate, b: SceneObject, camera: Camera, frame: str) -> float:
    """The grade of one relation between two upright objects."""
    s, o = seen(a), seen(b)
    if frame == "camera":
        fx, fy = camera.target[0] - camera.position[0], camera.target[1] - camera.position[1]
        length = math.hypot(fx, fy)
        front = (-fx / length, -fy / length)  # what is in front is nearer to the viewer
        right = (fy / length, -fx / length)
    else:
        front = (math.sin(o.yaw), -math.cos(o.yaw))
        right = (-math.cos(o.yaw), -math.sin(o.yaw))
    directions = {
        Predicate.IN_FRONT_OF: front,
        Predicate.BEHIND: (-front[0], -front[1]),
        Predicate.RIGHT_OF: right,
        Predicate.LEFT_OF: (-right[0], -right[1]),
    }
    if predicate in directions:
        return towards(s, o, *directions[predicate])
    plain = {
        Predicate.ON: on,
        Predicate.IN: within,
        Predicate.ABOVE: above,
        Predicate.UNDER: lambda p, q: above(q, p),
        Predicate.NEXT_TO: next_to,
        Predicate.FACING: lambda p, q: looks(p, q, 1),
        Predicate.FACING_AWAY: lambda p, q: looks(p, q, -1),
    }
    return plain[predicate](s, o)
