"""Things in a row: "line up the chairs", "spread the pictures evenly", as the viewer sees them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from sd3studio.core.edits import DistributeObjects, MoveObjects
from sd3studio.core.edits.aligning import Direction, Floats, axes_of, extents
from sd3studio.core.errors import SentenceError
from sd3studio.core.language.commands import Command
from sd3studio.core.scene.values import Scene, SceneObject

if TYPE_CHECKING:
    from sd3studio.ml.parsing.command_acting import Acting

GAP_M = 0.15
"""Between neighbours of a row, at least."""


def line_up(acting: Acting, command: Command) -> None:
    """Bring things onto one line, along the way in which they are spread most; none is in another one then."""
    ids = _several(acting, command, 2)
    things = [acting.scene.objects[key] for key in ids]
    one, other = _ways(acting.scene, things)
    rows = (_free_row(acting.scene, things, one, other), _free_row(acting.scene, things, other, one))
    _, shifts = min(rows, key=lambda row: row[0])
    for key, by in zip(ids, shifts, strict=True):
        _shift(acting, key, by)
    acting.done.append(f"Lined up {acting.named(ids)}.")


def space(acting: Acting, command: Command) -> None:
    """Space things evenly along the way in which they are spread most; the outer two stay."""
    ids = _several(acting, command, 3)
    along, _ = _ways(acting.scene, [acting.scene.objects[key] for key in ids])
    direction: Direction = "across" if np.allclose(along, axes_of(acting.scene.camera, "camera")[0]) else "along"
    spaced = DistributeObjects(ids, direction, frame="camera").apply(acting.scene)
    for key in ids:
        _shift(acting, key, np.subtract(spaced.objects[key].center, acting.scene.objects[key].center))
    acting.done.append(f"Spaced {acting.named(ids)} evenly.")


def _several(acting: Acting, command: Command, least: int) -> tuple[str, ...]:
    ids = acting.movable(command.things)
    if len(ids) < least:
        words = {2: "two", 3: "three"}[least]
        raise SentenceError(f"At least {words} things are needed for “{command.text}”: there is {acting.named(ids)}.")
    return ids


def _ways(scene: Scene, things: Sequence[SceneObject]) -> tuple[Floats, Floats]:
    """Unit vectors (3,): the way along which things are spread most, of across and away as seen, and the other one."""
    right, away, _ = axes_of(scene.camera, "camera")
    spans = [np.ptp(np.array([thing.center for thing in things]) @ way) for way in (right, away)]
    return (right, away) if spans[0] >= spans[1] else (away, right)


def _row(middles: Floats, halves: Floats) -> Floats:
    """(N,) places of sorted things: as they are where that leaves gaps between them, else moved apart."""
    row = np.array(middles)
    for number in range(1, len(row)):
        row[number] = max(row[number], row[number - 1] + halves[number - 1] + GAP_M + halves[number])
    return row - (row.mean() - middles.mean())


def _free_row(scene: Scene, things: Sequence[SceneObject], along: Floats, across: Floats) -> tuple[int, Floats]:
    """The shifts (N, 3) that bring things into a row where it is in the way of least else, and of how many things."""
    middles, halves = extents(things, along)
    offs, _ = extents(things, across)
    order = np.argsort(middles, kind="stable")
    row = _row(middles[order], halves[order])
    crossed, line = _free_line(scene, things, along, across, row)
    shifts = np.outer(line - offs, across)
    shifts[order] += np.outer(row - middles[order], along)
    return crossed, shifts


def _free_line(
    scene: Scene, things: Sequence[SceneObject], along: Floats, across: Floats, row: Floats
) -> tuple[int, float]:
    """How many things a row is in the way of, at best, and where: between these things or level with one of them."""
    named = {thing.id for thing in things}
    others = [one for one in scene.solid_objects() if one.id not in named]
    offs, depth = extents(things, across)
    lines = (float(offs.mean()), *(float(off) for off in offs))
    if not others:
        return 0, lines[0]
    (at, half), (off, thick) = extents(others, along), extents(others, across)
    low, high = row.min() - depth.max(), row.max() + depth.max()
    crossed = [
        int(((np.abs(off - line) < thick + depth.max()) & (at + half > low) & (at - half < high)).sum())
        for line in lines
    ]
    return min(crossed), lines[int(np.argmin(crossed))]


def _shift(acting: Acting, key: str, by: Floats) -> None:
    x, y, z = (float(part) for part in by)
    if max(abs(x), abs(y), abs(z)) > 1e-6:
        acting.apply(MoveObjects((key, *acting.carried([key])), (x, y, z)))
