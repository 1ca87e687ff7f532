"""`Plot`: the ground on which a scene is put together, thing by thing, each only where there is room for it."""

import math
from collections.abc import Callable, Sequence
from random import Random

from sd3studio.core.relations import surface_height
from sd3studio.core.scene.boxes import yaw_towards
from sd3studio.core.scene.values import SceneObject
from sd3studio.core.synthesis.dressing import MANY_COLOURS, Dresser
from sd3studio.core.synthesis.footprints import Footprint, clash, footprint
from sd3studio.core.synthesis.steps import Side, Step, Zone

TRIES = 14
WALL_GAP_M = 0.015
FREE_GAP_M = 0.06
"""Free space that is left around what stands on the ground."""

WALL_YAW: dict[Side, float] = {"back": 0.0, "left": math.pi / 2.0, "right": -math.pi / 2.0}
"""Yaw of things that have their back to a wall."""

FORWARD = frozenset(("couch", "armchair", "chair", "bench"))
"""Seats: what lies on them lies before the backrest."""
FREE_MIDDLE_M = 0.08
"""How far from the middle of a table that is laid things are put."""

WALKS = frozenset(("person", "dog", "cat", "horse", "cow", "sheep", "bird", "duck", "chicken", "rabbit", "pig"))
"""What may be turned anywhere."""


TABLES = ("dining table", "coffee table", "desk", "cabinet")
HOLDERS = {"box": "=box-open", "basket": "basket", "bucket": "bucket"}
"""Category -> what is brought along when something is to be put in one and there is none."""

FILLED = frozenset(("bowl", "basket", "bucket"))
"""In these things lie on others, which are not shown, so high that they can be seen."""
PEEP_SHARE = 0.55
"""Share of their height that is inside."""


class Plot:
    """Things so far, and the ways to add one.

    Parameters
    ----------
    rng : source of all choices
    walls : the sides that have a wall
    width_m, depth_m : the ground reaches from minus half to plus half of these, along X and Y
    zones : parts of the ground by name
    """

    def __init__(
        self, rng: Random, walls: Sequence[Side], width_m: float, depth_m: float, zones: dict[str, Zone]
    ) -> None:
        self.rng = rng
        self.walls = tuple(walls)
        self.half = width_m / 2.0, depth_m / 2.0
        self.zones = zones
        self.dresser = Dresser(rng)
        self.things: dict[str, SceneObject] = {}
        self._prints: dict[str, Footprint] = {}
        self._ways: dict[str, Callable[[Step], int]] = {
            "wall": self._at_wall,
            "floor": self._in_zone,
            "on": self._on,
            "in": self._in,
            "under": self._under,
            "beside": self._beside,
            "near": self._near,
            "before": self._before,
            "around": self._around,
            "hang": self._hung,
        }

    def do(self, step: Step) -> int:
        """Follow a step; returns how many things it added."""
        return self._ways[step.how](step)

    # Placing one thing

    def _put(self, thing: SceneObject, gap_m: float = 0.0, bounded: bool = True) -> bool:
        """Add a thing if it fits where it is."""
        mine = footprint(thing)
        if bounded and not self._inside(mine):
            return False
        if any(clash(mine, other, gap_m) for other in self._prints.values()):
            return False
        self.things[thing.id] = thing
        self._prints[thing.id] = mine
        return True

    def _inside(self, mine: Footprint) -> bool:
        reach_x, reach_y = mine.reach(1.0, 0.0), mine.reach(0.0, 1.0)
        return abs(mine.x) + reach_x <= self.half[0] and abs(mine.y) + reach_y <= self.half[1]

    def _new(self, step: Step) -> SceneObject:
        return self.dresser.thing(self.rng.choice(step.what))

    def _choose(self, categories: Sequence[str]) -> SceneObject | None:
        found = [thing for thing in self.things.values() if thing.category in categories]
        return self.rng.choice(found) if found else None

    def _at_wall(self, step: Step) -> int:
        if not self.walls:
            return 0
        thing = self._new(step)
        width, depth, _ = thing.size
        for _ in range(TRIES):
            wall = self.rng.choice(self.walls)
            along = self._span(wall) - width / 2.0 - 0.05
            if along <= 0.0:
                continue
            place = self.rng.uniform(-along, along)
            center = self._by_wall(wall, place, depth / 2.0 + WALL_GAP_M, thing.center[2])
            if self._put(thing.replace(center=center, yaw=WALL_YAW[wall]), FREE_GAP_M):
                return 1
        return 0

    def _span(self, wall: Side) -> float:
        return self.half[0] if wall == "back" else self.half[1]

    def _by_wall(self, wall: Side, along_m: float, out_m: float, z: float) -> tuple[float, float, float]:
        """A point at `along_m` from the middle of a wall and `out_m` before it."""
        half_x, half_y = self.half
        x, y = {
            "back": (along_m, half_y - out_m),
            "left": (-half_x + out_m, along_m),
            "right": (half_x - out_m, along_m),
        }[wall]
        return round(x, 4), round(y, 4), z

    def _in_zone(self, step: Step) -> int:
        zone = self.zones[self.rng.choice(step.where)] if step.where else self._room()
        added = 0
        thing = self._new(step)
        for _ in range(self.rng.randint(1, step.most)):
            if added and self.rng.random() < 0.6:
                thing = self.dresser.thing(self.rng.choice(step.what))
            elif added:
                thing = self.dresser.thing(f"={thing.mesh}", like=thing)
            added += self._tried_in(thing, zone)
        return added

    def _room(self) -> Zone:
        half_x, half_y = self.half
        return Zone(-half_x, half_x, -half_y, half_y, (0.0,), 0.7)

    def _tried_in(self, thing: SceneObject, zone: Zone) -> int:
        for _ in range(TRIES):
            x, y = self.rng.uniform(zone.x0, zone.x1), self.rng.uniform(zone.y0, zone.y1)
            if zone.yaws and not (thing.category in WALKS and self.rng.random() < 0.35):
                yaw = self.rng.choice(zone.yaws) + self.rng.uniform(-zone.jitter, zone.jitter)
            else:
                yaw = self.rng.uniform(-math.pi, math.pi)
            moved = thing.replace(center=(round(x, 4), round(y, 4), thing.center[2]), yaw=round(yaw, 4))
            if self._put(moved, FREE_GAP_M):
                return 1
        return 0

    # Placing by another thing

    def _on(self, step: Step) -> int:
        carrier = self._choose(step.where)
        if carrier is None:
            return 0
        added = 0
        for _ in range(self.rng.randint(1, step.most)):
            added += self._rested(self._new(step), carrier)
        return added

    def _rested(self, thing: SceneObject, carrier: SceneObject) -> int:
        level = surface_height(carrier)
        turn = self.rng.choice((0.0, self.rng.uniform(-0.5, 0.5)))
        if thing.category == "pillow":
            turn = 0.0
        room = [
            carrier.size[axis] / 2.0 - max(thing.size[0], thing.size[1]) / 2.0 - 0.02
            if turn
            else carrier.size[axis] / 2.0 - thing.size[axis] / 2.0 - 0.01
            for axis in (0, 1)
        ]
        if "round" in carrier.attributes:
            room = [side * 0.68 for side in room]
        if carrier.mesh in MANY_COLOURS:  # a table that is laid: only its middle is free
            room = [min(side, FREE_MIDDLE_M) for side in room]
        if min(room) < 0.0:
            return 0
        shift = -0.15 * carrier.size[1] if carrier.category in FORWARD else 0.0
        for _ in range(TRIES):
            across, ahead = self.rng.uniform(-room[0], room[0]), self.rng.uniform(-room[1], room[1])
            if carrier.category in FORWARD:
                ahead = min(max(ahead * 0.3 + shift, -room[1]), room[1])
            if carrier.category == "bed" and thing.category == "pillow":
                ahead = min(room[1], 0.40 * carrier.size[1] - thing.size[1] / 2.0)
            x, y = _from(carrier, across, ahead)
            center = (round(x, 4), round(y, 4), round(level + thing.size[2] / 2.0, 4))
            if self._put(thing.replace(center=center, yaw=round(carrier.yaw + turn, 4)), 0.01, bounded=False):
                return 1
        return 0

    def _in(self, step: Step) -> int:
        holder = self._choose(step.where) or self._holder(step.where)
        if holder is None:
            return 0
        thing = self._new(step)
        widest = max(thing.size[:2])
        room = [side * 0.82 - widest for side in holder.size[:2]]
        if min(room) < 0.0 or _volume(thing) > 0.55 * _volume(holder):
            return 0
        base = holder.center[2] - 0.38 * holder.size[2]
        if holder.category in FILLED:
            base = max(base, holder.center[2] + holder.size[2] / 2.0 - PEEP_SHARE * thing.size[2])
        across, ahead = (self.rng.uniform(-side / 2.0, side / 2.0) for side in room)
        x, y = _from(holder, across, ahead)
        moved = thing.replace(
            center=(round(x, 4), round(y, 4), round(base + thing.size[2] / 2.0, 4)), yaw=round(holder.yaw, 4)
        )
        mine = footprint(moved)
        if any(clash(mine, other) for name, other in self._prints.items() if name != holder.id):
            return 0
        self.things[moved.id], self._prints[moved.id] = moved, mine
        return 1

    def _holder(self, categories: Sequence[str]) -> SceneObject | None:
        """A new box, basket or bowl: bowls stand on tables, the others on the ground."""
        if "bowl" in categories:
            self._on(Step("on", ("bowl",), TABLES))
        elif any(category in HOLDERS for category in categories):
            zones = () if self.walls else tuple(self.zones)[1:2]
            fitting = tuple(HOLDERS[category] for category in categories if category in HOLDERS)
            self._in_zone(Step("floor", fitting, zones))
        return self._choose(categories)

    def _under(self, step: Step) -> int:
        roof = self._choose(step.where)
        if roof is None:
            return 0
        thing = self._new(step)
        room = [side / 2.0 - max(thing.size[:2]) / 2.0 for side in roof.size[:2]]
        if min(room) < 0.0:
            return 0
        for _ in range(TRIES):
            x, y = _from(roof, self.rng.uniform(-room[0], room[0]), self.rng.uniform(-room[1], room[1]))
            yaw = round(self.rng.uniform(-0.7, 0.7), 4)
            if self._put(thing.replace(center=(round(x, 4), round(y, 4), thing.size[2] / 2.0), yaw=yaw), 0.01):
                return 1
        return 0

    def _beside(self, step: Step) -> int:
        """At the left or right of a thing, in line with its back, turned the same way."""
        other = self._choose(step.where)
        if other is None:
            return 0
        added, like = 0, None
        for side in self.rng.sample((-1.0, 1.0), 2)[: self.rng.randint(1, step.most)]:
            thing = self.dresser.thing(f"={like.mesh}", like=like) if like else self._new(step)
            for _ in range(4):
                across = side * (other.size[0] / 2.0 + thing.size[0] / 2.0 + self.rng.uniform(*step.gap_m))
                x, y = _from(other, across, other.size[1] / 2.0 - thing.size[1] / 2.0)
                height = other.center[2] - other.size[2] / 2.0 + thing.size[2] / 2.0
                if self._put(thing.replace(center=(round(x, 4), round(y, 4), height), yaw=other.yaw), 0.02):
                    added += 1
                    like = thing
                    break
        return added

    def _near(self, step: Step) -> int:
        """Close to a thing on the same ground, facing it."""
        other = self._choose(step.where)
        if other is None or other.center[2] - other.size[2] / 2.0 > 0.02:
            return 0
        thing = self._new(step)
        for _ in range(TRIES):
            angle = self.rng.uniform(-math.pi, math.pi)
            ux, uy = math.cos(angle), math.sin(angle)
            reach = footprint(other).reach(ux, uy) + max(thing.size[:2]) / 2.0 + self.rng.uniform(*step.gap_m)
            x, y = other.center[0] + reach * ux, other.center[1] + reach * uy
            yaw = yaw_towards((x, y), other.center[:2]) + self.rng.uniform(-0.15, 0.15)
            if self._put(thing.replace(center=(round(x, 4), round(y, 4), thing.center[2]), yaw=round(yaw, 4)), 0.03):
                return 1
        return 0

    def _before(self, step: Step) -> int:
        """In front of a thing, facing it; tables have no face and stay in line."""
        other = self._choose(step.where)
        if other is None:
            return 0
        thing = self._new(step)
        for _ in range(TRIES):
            gap = self.rng.uniform(*step.gap_m)
            ahead = -(other.size[1] / 2.0 + thing.size[1] / 2.0 + gap)
            across = self.rng.uniform(-0.2, 0.2) * other.size[0]
            x, y = _from(other, across, ahead)
            turned = thing.category in ("coffee table", "rug", "dining table", "desk", "ottoman")
            yaw = other.yaw if turned else yaw_towards((x, y), other.center[:2])
            if self._put(thing.replace(center=(round(x, 4), round(y, 4), thing.center[2]), yaw=round(yaw, 4)), 0.02):
                return 1
        return 0

    def _around(self, step: Step) -> int:
        """Seats at the sides of a table, facing it, all of one kind."""
        table = self._choose(step.where)
        if table is None:
            return 0
        like = self._new(step)
        wanted = self.rng.randint(1, step.most)
        added = 0
        places = _seats(table, like)
        for across, ahead, turn in self.rng.sample(places, min(wanted, len(places))):
            thing = self.dresser.thing(f"={like.mesh}", like=like) if added else like
            gap = self.rng.uniform(*step.gap_m)
            away = (math.sin(turn), -math.cos(turn))  # the seat looks along this, in the table's frame
            x, y = _from(table, across - away[0] * gap, ahead - away[1] * gap)
            yaw = table.yaw + turn + self.rng.uniform(-0.12, 0.12)
            added += self._put(thing.replace(center=(round(x, 4), round(y, 4), thing.center[2]), yaw=round(yaw, 4)))
        return added

    def _hung(self, step: Step) -> int:
        """On a wall at its usual height, over one of `where` if any is named."""
        if not self.walls:
            return 0
        thing = self._new(step)
        width, depth, height = thing.size
        for _ in range(TRIES):
            below = self._choose(step.where) if step.where else None
            if step.where and below is None:
                return 0
            wall = self.rng.choice(self.walls) if below is None else self._wall_behind(below)
            along = self._span(wall) - width / 2.0 - 0.1 if wall else 0.0
            if wall is None or along <= 0.0:
                continue
            z = thing.center[2]
            place = self.rng.uniform(-along, along)
            if below is not None:
                place = below.center[0 if wall == "back" else 1] + self.rng.uniform(-0.15, 0.15)
                z = max(z, below.center[2] + below.size[2] / 2.0 + height / 2.0 + self.rng.uniform(0.12, 0.3))
            center = self._by_wall(wall, place, depth / 2.0 + 0.002, round(z, 4))
            if abs(place) <= along and self._put(thing.replace(center=center, yaw=WALL_YAW[wall]), 0.04):
                return 1
        return 0

    def _wall_behind(self, thing: SceneObject) -> Side | None:
        """The wall to which a thing has its back."""
        for wall in self.walls:
            if abs(thing.yaw - WALL_YAW[wall]) < 0.01:
                return wall
        return None


def _volume(thing: SceneObject) -> float:
    return thing.size[0] * thing.size[1] * thing.size[2]


def _from(thing: SceneObject, across_m: float, back_m: float) -> tuple[float, float]:
    """A point at `across_m` along a thing's own X axis and `back_m` along its Y axis (away from its front)."""
    cos, sin = math.cos(thing.yaw), math.sin(thing.yaw)
    return thing.center[0] + across_m * cos - back_m * sin, thing.center[1] + across_m * sin + back_m * cos


def _seats(table: SceneObject, seat: SceneObject) -> list[tuple[float, float, float]]:
    """Places around a table: across and back in its frame, and the turn that faces it."""
    half_x, half_y = table.size[0] / 2.0, table.size[1] / 2.0
    out = seat.size[1] / 2.0
    places = [(0.0, -half_y - out, math.pi)]
    if table.category != "desk":
        places.append((0.0, half_y + out, 0.0))
        places += [(-half_x - out, 0.0, math.pi / 2.0), (half_x + out, 0.0, -math.pi / 2.0)]
    if table.size[0] > 2.3 * seat.size[0]:
        quarter = table.size[0] / 4.0
        places = [(side * quarter, *places[0][1:]) for side in (-1.0, 1.0)] + places[1:]
        if table.category != "desk":
            places = [p for p in places if p[1] != half_y + out]
            places += [(side * quarter, half_y + out, 0.0) for side in (-1.0, 1.0)]
    return places
