"""What all predicates are made of: offsets, extents, gaps and overlaps of every subject with every object, as arrays.

Shapes: R subjects (rows), C objects (columns). Everything is relative, so a common shift of the scene changes nothing.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
from numpy.typing import NDArray

from sd3studio.core.relations.supports import support_of
from sd3studio.core.scene.boxes import Boxes
from sd3studio.core.scene.camera import Camera
from sd3studio.core.scene.values import SceneObject

Floats = NDArray[np.float64]


def ramp(value: Floats, low: Floats | float, high: Floats | float) -> Floats:
    """0 at or below `low`, 1 at or above `high`, linear between; `low` < `high`."""
    return np.minimum(np.maximum((value - low) / (high - low), 0.0), 1.0)


@dataclass(frozen=True, slots=True)
class View:
    """The camera's right and forward axes on the ground, unit vectors (2,) of the world's XY plane."""

    right: Floats
    forward: Floats

    @classmethod
    def of(cls, camera: Camera) -> Self:
        """Axes of a camera; its roll plays no part unless it looks straight up or down."""
        axes = camera.axes
        right = np.array([axes[2, 1], -axes[2, 0]])
        if np.hypot(*right) < 1e-6:
            right = axes[0, :2]
        right = right / np.hypot(*right)
        return cls(right, np.array([-right[1], right[0]]))


@dataclass(frozen=True, slots=True)
class Bodies:
    """N boxes with what the predicates need of each alone.

    Parameters
    ----------
    center, half_z : (N, 3), (N,) metres
    spread : (N, 2, 3) columns are the half axes of the box seen from above; the half extent along a horizontal unit
        vector e is ``sum(|e @ spread|)``
    axes : (N, 2, 2) rows are the object's own horizontal X and Y axes
    own : (N, 2) half extents along these
    surface_z, underside_z : (N,) heights of `sd3studio.core.relations.supports`
    encloses : (N,) 1 if other things can be in it, else 0
    """

    center: Floats
    half_z: Floats
    spread: Floats
    axes: Floats
    own: Floats
    surface_z: Floats
    underside_z: Floats
    encloses: Floats

    @classmethod
    def of(cls, objects: Iterable[SceneObject]) -> Self:
        """The bodies of these objects, in this order."""
        listed = list(objects)
        supports = np.array([support_of(thing) for thing in listed], float).reshape(-1, 3)
        return cls.from_boxes(Boxes.of(listed), *supports.T)

    @classmethod
    def from_boxes(
        cls,
        boxes: Boxes,
        surface: Floats | float = 1.0,
        underside: Floats | float = 0.0,
        encloses: Floats | float = 1.0,
    ) -> Self:
        """Bodies of boxes; `surface` and `underside` are parts of the height; all (N,) or one for all."""
        half_z = boxes.world_half()[:, 2]
        spread = boxes.rotation[:, :2, :] * boxes.half[:, None, :]
        cos, sin = np.cos(boxes.yaw), np.sin(boxes.yaw)
        axes = np.stack([np.stack([cos, sin], -1), np.stack([-sin, cos], -1)], 1)
        base = boxes.center[:, 2] - half_z
        return cls(
            center=boxes.center,
            half_z=half_z,
            spread=spread,
            axes=axes,
            own=np.abs(axes @ spread).sum(axis=2),
            surface_z=base + 2.0 * half_z * surface,
            underside_z=base + 2.0 * half_z * underside,
            encloses=np.full(half_z.shape, encloses, float),
        )

    def __len__(self) -> int:
        return len(self.center)

    def take(self, indices: Sequence[int] | slice | NDArray[np.intp]) -> Self:
        """The bodies at these indices."""
        return type(self)(*(getattr(self, name)[indices] for name in type(self).__slots__))

    def copied(self) -> Self:
        """The same bodies in arrays of their own."""
        return type(self)(*(getattr(self, name).copy() for name in type(self).__slots__))

    def put(self, indices: Sequence[int] | NDArray[np.intp], others: "Bodies") -> None:
        """Overwrite the bodies at these indices (in place: for a field that follows a drag)."""
        for name in type(self).__slots__:
            getattr(self, name)[indices] = getattr(others, name)

    def extent(self, direction: Floats) -> Floats:
        """(N,) half extents along one horizontal unit vector (2,)."""
        return np.abs(direction @ self.spread).sum(axis=-1)

    @property
    def base_z(self) -> Floats:
        """(N,) lowest heights."""
        return self.center[:, 2] - self.half_z

    @property
    def top_z(self) -> Floats:
        """(N,) greatest heights."""
        return self.center[:, 2] + self.half_z

    @property
    def volume(self) -> Floats:
        """(N,) eighths of the volume of the upright boxes around them, cubic metres."""
        return self.half_z * self.own[:, 0] * self.own[:, 1]

    @property
    def breadth(self) -> Floats:
        """(N,) mean of width and depth, metres."""
        return self.own.sum(axis=1)

    @property
    def facing(self) -> Floats:
        """(N, 2) horizontal directions in which they look."""
        return -self.axes[:, 1]


class Pairs:
    """Every subject with every object; each quantity is computed once, when first asked for."""

    def __init__(self, subjects: Bodies, objects: Bodies) -> None:
        self.a = subjects
        self.b = objects
        self.memo: dict[str, Floats] = {}
        """Grades that were computed already, by predicate."""

    @cached_property
    def turned(self) -> "Pairs":
        """The same pairs with the roles exchanged; what is symmetric or shared is not computed again."""
        other = Pairs(self.b, self.a)
        gap_a, gap_b = self._gaps
        other.__dict__.update(
            turned=self,
            offset=-np.swapaxes(self.offset, 0, 1),
            along_a=-np.swapaxes(self.along_b, 0, 1),
            along_b=-np.swapaxes(self.along_a, 0, 1),
            a_on_b=np.swapaxes(self.b_on_a, 0, 1),
            b_on_a=np.swapaxes(self.a_on_b, 0, 1),
            _gaps=(np.swapaxes(gap_b, 0, 1), np.swapaxes(gap_a, 0, 1)),
        )
        for name in ("separation", "distance", "overlap", "common_height", "low_height", "breadth"):
            other.__dict__[name] = getattr(self, name).T
        return other

    @cached_property
    def offset(self) -> Floats:
        """(R, C, 2) horizontal offset of the subject from the object."""
        return self.a.center[:, None, :2] - self.b.center[None, :, :2]

    @cached_property
    def along_a(self) -> Floats:
        """(R, C, 2) the offset along the subject's own axes."""
        return _along(self.offset, self.a.axes[:, None])

    @cached_property
    def along_b(self) -> Floats:
        """(R, C, 2) the offset along the object's own axes."""
        return _along(self.offset, self.b.axes[None, :])

    @cached_property
    def a_on_b(self) -> Floats:
        """(R, C, 2) half extents of the subject along the object's axes."""
        return _cross_extent(self.a, self.b)

    @cached_property
    def b_on_a(self) -> Floats:
        """(R, C, 2) half extents of the object along the subject's axes."""
        return np.swapaxes(_cross_extent(self.b, self.a), 0, 1)

    @cached_property
    def _gaps(self) -> tuple[Floats, Floats]:
        """Gaps (negative: overlaps) of the footprints along the axes of a and of b, both (R, C, 2)."""
        gap_a = np.abs(self.along_a) - self.a.own[:, None, :] - self.b_on_a
        gap_b = np.abs(self.along_b) - self.b.own[None, :, :] - self.a_on_b
        return gap_a, gap_b

    @cached_property
    def separation(self) -> Floats:
        """(R, C) signed gap of the footprints along the axis that separates them best (separating axis theorem)."""
        gap_a, gap_b = self._gaps
        return np.maximum(np.maximum(gap_a[..., 0], gap_a[..., 1]), np.maximum(gap_b[..., 0], gap_b[..., 1]))

    @cached_property
    def distance(self) -> Floats:
        """(R, C) horizontal distance of the footprints, 0 if they overlap; a lower bound for turned ones."""
        in_a, in_b = (np.maximum(gap, 0.0) for gap in self._gaps)
        return np.maximum(np.hypot(in_a[..., 0], in_a[..., 1]), np.hypot(in_b[..., 0], in_b[..., 1]))

    @cached_property
    def overlap(self) -> Floats:
        """(R, C) common part of the footprints against the smaller one, in [0, 1]."""
        gap_a, gap_b = self._gaps
        small_a = 2.0 * np.minimum(self.a.own[:, None, :], self.b_on_a)
        small_b = 2.0 * np.minimum(self.b.own[None, :, :], self.a_on_b)
        part_a = np.clip(-gap_a / small_a, 0.0, 1.0)
        part_b = np.clip(-gap_b / small_b, 0.0, 1.0)
        return np.minimum(part_a[..., 0] * part_a[..., 1], part_b[..., 0] * part_b[..., 1])

    @cached_property
    def inside(self) -> Floats:
        """(R, C) part of the subject's footprint inside the object's, measured along the object's axes."""
        size = 2.0 * self.a_on_b
        part = np.clip(np.minimum(-self._gaps[1], 2.0 * self.b.own[None, :, :]) / size, 0.0, 1.0)
        return part[..., 0] * part[..., 1]

    @cached_property
    def common_height(self) -> Floats:
        """(R, C) metres of height that both span; negative: the vertical gap between them."""
        top = np.minimum(self.a.top_z[:, None], self.b.top_z[None, :])
        return top - np.maximum(self.a.base_z[:, None], self.b.base_z[None, :])

    @cached_property
    def low_height(self) -> Floats:
        """(R, C) height of the lower of the two, metres."""
        return 2.0 * np.minimum(self.a.half_z[:, None], self.b.half_z[None, :])

    @cached_property
    def breadth(self) -> Floats:
        """(R, C) geometric mean of the two breadths, metres."""
        return np.sqrt(self.a.breadth[:, None] * self.b.breadth[None, :])


def _along(offset: Floats, axes: Floats) -> Floats:
    """(R, C, 2) components of offsets (R, C, 2) along axes (R or 1, C or 1, 2, 2); faster than many tiny products."""
    return offset[..., 0, None] * axes[..., 0] + offset[..., 1, None] * axes[..., 1]


def _cross_extent(bodies: Bodies, frames: Bodies) -> Floats:
    """(N, M, 2) half extents of N bodies along the axes of M frames."""
    flat = frames.axes.reshape(-1, 2)  # (2M, 2)
    extent = np.abs(flat[:, 0, None] * bodies.spread[:, None, 0, :] + flat[:, 1, None] * bodies.spread[:, None, 1, :])
    return (extent[..., 0] + extent[..., 1] + extent[..., 2]).reshape(len(bodies), len(frames), 2)
