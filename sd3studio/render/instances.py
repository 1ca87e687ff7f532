"""The objects of a scene as one table of instances, brought up to date by comparing scenes object by object."""

from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray

from sd3studio.core.language.colours import first_colour
from sd3studio.core.scene.boxes import Boxes
from sd3studio.core.scene.value import Colour
from sd3studio.core.scene.values import Scene, SceneObject
from sd3studio.render.mesh import SLAB, mesh_path
from sd3studio.render.stuff import box_colour, is_sky, stuff_look

ROW = 16
"""Floats of one instance: the 3x4 matrix unit cube -> world by rows, then id, code, tint, spare."""
HEIGHT, ID, CODE, TINT, SPARE = 11, 12, 13, 14, 15
GROUND_M, LAID_M = 0.5, 0.002
"""Stuff up to this height is ground; by so much one of two that are level is drawn above the other."""
SELECTED, HOVERED, GHOST = 32, 64, 128
"""Bits of the code; the five lower bits are the `Pattern`."""

Floats = NDArray[np.float32]


def packed_tint(colour: Colour | None) -> float:
    """Three bytes in one exactly represented float32; -1 for no tint."""
    if colour is None:
        return -1.0
    red, green, blue = (round(channel * 255.0) for channel in colour)
    return float(red * 65_536 + green * 256 + blue)


def _drawn_as(thing: SceneObject) -> tuple[str | None, int, float]:
    """Mesh key, pattern and packed tint of an object."""
    colour = thing.colour or first_colour(thing.attributes)
    if thing.kind == "stuff" and thing.mesh is None:
        look = stuff_look(thing)
        return SLAB, int(look.pattern), packed_tint(colour or look.colour)
    if thing.mesh is None or mesh_path(thing.mesh) is None:
        return None, 0, packed_tint(colour or box_colour(thing))
    return thing.mesh, 0, packed_tint(colour)


class InstanceTable:
    """Rows for the drawable objects of a scene, in scene order.

    Attributes
    ----------
    ids : ids of all objects of the scene; instance number k stands for ``ids[k - 1]``
    rows : (N, 16) float32, what a vertex shader reads
    centers, half_diagonals : (N, 3) and (N,) float32, for culling and levels of detail, metres
    meshes : mesh keys that occur; `mesh_of` (N,) int32 indexes them
    hidden : (N,) bool
    solid : (N,) bool, objects but not stuff: what casts shadows and frames the view
    version : grows with every change
    """

    def __init__(self) -> None:
        self.ids: tuple[str, ...] = ()
        self.sky_id = 0
        self.meshes: list[str | None] = []
        self._mesh_number: dict[str | None, int] = {}
        self._objects: tuple[SceneObject, ...] = ()
        self._row_of: dict[str, int] = {}
        self._flagged: NDArray[np.intp] = np.zeros(0, np.intp)
        self.version = 0
        self.rewritten = 0
        self._resize(0)

    def _resize(self, count: int) -> None:
        self.rows = np.zeros((count, ROW), np.float32)
        self.centers = np.zeros((count, 3), np.float32)
        self.half_diagonals = np.zeros(count, np.float32)
        self.lows = np.zeros((count, 3), np.float32)
        self.highs = np.zeros((count, 3), np.float32)
        self.mesh_of = np.zeros(count, np.int32)
        self.hidden = np.zeros(count, bool)
        self.solid = np.zeros(count, bool)

    def __len__(self) -> int:
        return len(self.rows)

    def update(self, scene: Scene) -> bool:
        """Take over a scene; rows are written only for objects that are not the very same values as before.

        Returns whether anything changed. `rewritten` tells for how many objects.
        """
        objects = tuple(scene.objects.values())
        ids = tuple(scene.objects)
        self.rewritten = 0
        if ids == self.ids:
            pairs = [(old, new) for old, new in zip(self._objects, objects, strict=True) if old is not new]
            if not pairs:
                return False
            changed = [new for _, new in pairs]
            if all(_is_drawn(thing) == (thing.id in self._row_of) for thing in changed):
                self._objects = objects
                self._write([self._row_of[t.id] for t in changed if t.id in self._row_of], changed)
                self._mark_sky(objects)
                if any(thing.kind == "stuff" for pair in pairs for thing in pair):
                    self._lift_laid(objects)
                return True
        self._rebuild(ids, objects)
        return True

    def _rebuild(self, ids: tuple[str, ...], objects: tuple[SceneObject, ...]) -> None:
        before = {thing.id: thing for thing in self._objects}
        old_row, old = self._row_of, self._copy()
        drawn = [(number, thing) for number, thing in enumerate(objects, start=1) if _is_drawn(thing)]
        self.ids, self._objects = ids, objects
        self._row_of = {thing.id: row for row, (_, thing) in enumerate(drawn)}
        self._resize(len(drawn))
        self._flagged = np.zeros(0, np.intp)
        kept = [(row, old_row[t.id]) for row, (_, t) in enumerate(drawn) if before.get(t.id) is t and t.id in old_row]
        if kept:
            here, there = np.array(kept).T
            for name, values in old.items():
                getattr(self, name)[here] = values[there]
        kept_rows = {row for row, _ in kept}
        fresh = [(row, thing) for row, (_, thing) in enumerate(drawn) if row not in kept_rows]
        self._write([row for row, _ in fresh], [thing for _, thing in fresh])
        self.rows[:, ID] = [number for number, _ in drawn]
        self.rows[:, CODE] = np.mod(self.rows[:, CODE], SELECTED)
        self._mark_sky(objects)
        self._lift_laid(objects)

    def _copy(self) -> dict[str, NDArray]:
        names = ("rows", "centers", "half_diagonals", "lows", "highs", "mesh_of", "hidden", "solid")
        return {name: getattr(self, name) for name in names}

    def _mark_sky(self, objects: Sequence[SceneObject]) -> None:
        numbers = (n for n, thing in enumerate(objects, start=1) if is_sky(thing) and not thing.hidden)
        self.sky_id = next(numbers, 0)

    def _lift_laid(self, objects: Sequence[SceneObject]) -> None:
        """Draw ground that is level with larger ground a hair above it, so that a floor does not flicker on grass."""
        flats = [thing for thing in objects if _is_ground(thing) and thing.id in self._row_of]
        level: dict[float, int] = {}
        for thing in sorted(flats, key=lambda thing: -thing.size[0] * thing.size[1]):
            top = round(thing.center[2] + thing.size[2] / 2.0, 3)
            self.rows[self._row_of[thing.id], HEIGHT] = thing.center[2] + LAID_M * level.get(top, 0)
            level[top] = level.get(top, 0) + 1

    def _write(self, rows: Sequence[int], changed: Collection[SceneObject]) -> None:
        """Write the rows of these objects (those that are drawn), all at once."""
        things = [thing for thing in changed if _is_drawn(thing)]
        self.version += 1
        self.rewritten = len(things)
        if not things:
            return
        at = np.array(rows, np.intp)
        boxes = Boxes.of(things)
        matrix = boxes.rotation * (2.0 * boxes.half)[:, None, :]
        self.rows[at, :12] = np.concatenate([matrix, boxes.center[:, :, None]], axis=2).reshape(-1, 12)
        low, high = boxes.bounds()
        self.centers[at], self.lows[at], self.highs[at] = boxes.center, low, high
        self.half_diagonals[at] = np.linalg.norm(boxes.half, axis=1)
        looks = [_drawn_as(thing) for thing in things]
        self.mesh_of[at] = [self._number_of(mesh) for mesh, _, _ in looks]
        self.rows[at, CODE] = [code for _, code, _ in looks]
        self.rows[at, TINT] = [tint for _, _, tint in looks]
        self.hidden[at] = [thing.hidden for thing in things]
        self.solid[at] = [thing.kind == "object" for thing in things]
        self._flagged = np.setdiff1d(self._flagged, at)

    def _number_of(self, mesh: str | None) -> int:
        if mesh not in self._mesh_number:
            self._mesh_number[mesh] = len(self.meshes)
            self.meshes.append(mesh)
        return self._mesh_number[mesh]

    def flag(self, selected: Collection[str] = (), hovered: str | None = None, ghosts: bool = False) -> None:
        """Mark the rows of selected, hovered and (when `ghosts`) hidden objects."""
        self.rows[self._flagged, CODE] = np.mod(self.rows[self._flagged, CODE], SELECTED)
        codes = dict.fromkeys((self._row_of[i] for i in selected if i in self._row_of), SELECTED)
        if hovered in self._row_of:
            row = self._row_of[hovered]
            codes[row] = codes.get(row, 0) + HOVERED
        if ghosts:
            for row in np.flatnonzero(self.hidden).tolist():
                codes[row] = codes.get(row, 0) + GHOST
        self._flagged = np.array(list(codes), np.intp)
        self.rows[self._flagged, CODE] += np.array(list(codes.values()), np.float32)

    def bounds(self, solid_only: bool = False) -> tuple[Floats, Floats] | None:
        """Corners (3,) around all visible objects, or None when there are none."""
        chosen = ~self.hidden & (self.solid if solid_only else True)
        if not chosen.any():
            return None
        return self.lows[chosen].min(axis=0), self.highs[chosen].max(axis=0)


def _is_ground(thing: SceneObject) -> bool:
    return thing.kind == "stuff" and thing.size[2] <= GROUND_M


def _is_drawn(thing: SceneObject) -> bool:
    return thing.kind != "concept" and not is_sky(thing)
