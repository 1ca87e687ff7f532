"""Discrete tags of an object's geometry, as the paper's graph nodes have them, and the way back to numbers.

The paper says only that nodes are text tags; which bins there are is ours. Everything is told from the camera, because
that is what a picture or a sentence can tell: where the centre is in the picture, how far away, how big along each own
axis, and the heading relative to the viewing direction.
"""

import math
from typing import Annotated

import numpy as np
from pydantic import Field

from sd3studio.core.scene.camera import Camera
from sd3studio.core.scene.value import Size3, Value, Vec3
from sd3studio.core.scene.values import SceneObject

Bins = Annotated[int, Field(ge=2, le=1_024)]
Length = Annotated[float, Field(gt=0.0, le=100_000.0)]
Index = Annotated[int, Field(ge=0)]


class LayoutTags(Value):
    """Bin numbers: column and row in the picture, depth, size (width, depth, height), yaw."""

    x: Index
    y: Index
    depth: Index
    size: tuple[Index, Index, Index]
    yaw: Index

    def words(self) -> tuple[str, ...]:
        """The tags as words: "x12", "y3", "d7", "w5", "l6", "h4", "t15"."""
        w, length, h = self.size
        return (f"x{self.x}", f"y{self.y}", f"d{self.depth}", f"w{w}", f"l{length}", f"h{h}", f"t{self.yaw}")


class TagBins(Value):
    """How geometry is cut into bins; part of a model's configuration.

    Parameters
    ----------
    grid : columns and rows over the picture, stretched by `margin` beyond each edge for centres out of sight
    margin : part of the picture's size
    depth : bins of the distance along the view axis, evenly in its logarithm between `depth_m`
    size : bins of each side, evenly in its logarithm between `size_m`
    yaw : bins of the heading; bin 0 is centred on "faces the camera's back plane", the default pose
    """

    grid: Bins = 32
    margin: Annotated[float, Field(ge=0.0, le=2.0)] = 0.25
    depth: Bins = 32
    depth_m: tuple[Length, Length] = (0.5, 80.0)
    size: Bins = 32
    size_m: tuple[Length, Length] = (0.02, 20.0)
    yaw: Bins = 16

    def encode(self, thing: SceneObject, camera: Camera) -> LayoutTags:
        """The tags of an object. What lies beyond the outermost bin is put into it."""
        pixel, depth_m = camera.project(np.asarray(thing.center))
        if not depth_m > 1e-6:
            pixel = np.array([camera.width, camera.height]) / 2.0
        place = (pixel / (camera.width, camera.height) + self.margin) / (1.0 + 2.0 * self.margin)
        turn = (thing.yaw - view_yaw(camera)) / (2.0 * math.pi) * self.yaw
        width, length, height = (_bin(_share(side, self.size_m), self.size) for side in thing.size)
        return LayoutTags(
            x=_bin(float(place[0]), self.grid),
            y=_bin(float(place[1]), self.grid),
            depth=_bin(_share(float(depth_m), self.depth_m), self.depth),
            size=(width, length, height),
            yaw=round(turn) % self.yaw,
        )

    def decode(self, tags: LayoutTags, camera: Camera) -> tuple[Vec3, Size3, float]:
        """Centre (m, world), size (m) and yaw (rad, world) in the middle of the bins. Raises ValueError beyond them."""
        for name, value, count in (
            *(("x", tags.x, self.grid), ("y", tags.y, self.grid), ("depth", tags.depth, self.depth)),
            *(("size", side, self.size) for side in tags.size),
            ("yaw", tags.yaw, self.yaw),
        ):
            if value >= count:
                raise ValueError(f"the {name} tag {value} is outside its {count} bins")
        place = (np.array([tags.x, tags.y]) + 0.5) / self.grid * (1.0 + 2.0 * self.margin) - self.margin
        depth_m = _length(tags.depth, self.depth, self.depth_m)
        center = camera.unproject(place * (camera.width, camera.height), depth_m)
        yaw = tags.yaw / self.yaw * 2.0 * math.pi + view_yaw(camera)
        w, length, h = (_length(side, self.size, self.size_m) for side in tags.size)
        return (
            (float(center[0]), float(center[1]), float(center[2])),
            (w, length, h),
            math.remainder(yaw, 2.0 * math.pi),
        )

    def vocabulary(self) -> tuple[str, ...]:
        """Every tag word that `LayoutTags.words` can give."""
        counts = {"x": self.grid, "y": self.grid, "d": self.depth, "t": self.yaw}
        counts |= dict.fromkeys("wlh", self.size)
        return tuple(f"{letter}{k}" for letter, count in counts.items() for k in range(count))


def view_yaw(camera: Camera) -> float:
    """Yaw (rad) of a thing that looks straight towards the camera's side: 0 for a camera in the south."""
    forward = camera.axes[2]
    return math.atan2(-forward[0], forward[1]) if math.hypot(forward[0], forward[1]) > 1e-9 else 0.0


def _bin(share: float, count: int) -> int:
    return min(count - 1, max(0, math.floor(share * count)))


def _share(length_m: float, limits_m: tuple[float, float]) -> float:
    low, high = (math.log(limit) for limit in limits_m)
    return (math.log(max(length_m, 1e-9)) - low) / (high - low)


def _length(number: int, count: int, limits_m: tuple[float, float]) -> float:
    low, high = (math.log(limit) for limit in limits_m)
    return math.exp(low + (number + 0.5) / count * (high - low))
