"""Pictures and control maps of a scene: colour, depth, normals, ids and classes, without a window."""

import threading
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from sd3studio.core.scene.camera import Camera
from sd3studio.core.scene.values import Scene
from sd3studio.render.offscreen import ContextTakenError, OffscreenContext
from sd3studio.render.palette import class_colour
from sd3studio.render.renderer import SceneRenderer
from sd3studio.render.style import NO_HIGHLIGHT, Backdrop, Highlight, Quality

MapName = Literal["rgb", "depth", "normal", "id", "class", "part", "chart"]
ALL_MAPS: tuple[MapName, ...] = ("rgb", "depth", "normal", "id", "class", "part", "chart")
PART_SHIFT = 24
"""The renderer's numbers have the part of the mesh in the bits from here on, the id below."""


@dataclass(frozen=True, eq=False)
class RenderedMaps:
    """Maps of one view, all (H, W) and pixel for pixel the same; None for those that were not asked for.

    Parameters
    ----------
    ids : object ids; number k in `id` stands for ``ids[k - 1]``
    labels : their labels
    near_m, far_m : depths of the nearest and the farthest pixel that shows something; 0 and 0 when nothing does
    rgb : (H, W, 3) uint8 sRGB
    depth_m : (H, W) float32, distance along the view axis; infinite where there is nothing
    normal : (H, W, 3) float32 unit vectors in the eye frame of normal maps: x right, y up, z towards the viewer; zero
        where there is nothing
    id : (H, W) int32; 0 where there is nothing. Where a scene has a sky, it is what would else be nothing
    class_rgb : (H, W, 3) uint8, colours of ADE20K where it has the class (see `palette`); black where there is nothing
    part : (H, W) uint8, number of the part of its mesh (`MeshData.parts`) that a pixel shows
    chart : (H, W, 2) uint8, place in the texture of that part, in 255ths of its width and height; 0 where it has none
    """

    ids: tuple[str, ...]
    labels: tuple[str, ...]
    width: int
    height: int
    near_m: float
    far_m: float
    rgb: NDArray[np.uint8] | None = None
    depth_m: NDArray[np.float32] | None = None
    normal: NDArray[np.float32] | None = None
    id: NDArray[np.int32] | None = None
    class_rgb: NDArray[np.uint8] | None = None
    part: NDArray[np.uint8] | None = None
    chart: NDArray[np.uint8] | None = None


class _Warm(threading.local):
    """One context and renderer for each thread that draws, kept for the next call."""

    context: OffscreenContext | None = None
    renderer: SceneRenderer | None = None


_warm = _Warm()


def offscreen_renderer() -> SceneRenderer:
    """The renderer of this thread's own off-screen context, made current; both are kept warm.

    Raises `MissingModelError` when there is no EGL.
    """
    if _warm.context is None:
        _warm.context = OffscreenContext()
    _warm.context.make_current()
    if _warm.renderer is None:
        _warm.renderer = SceneRenderer()
    return _warm.renderer


def leave_offscreen() -> None:
    """Make this thread's off-screen context no longer current, so that a window can take its own; it stays warm."""
    if _warm.context is not None:
        _warm.context.leave()


def release_offscreen() -> None:
    """Give back this thread's off-screen context and all that is in it."""
    if _warm.context is not None:
        _warm.context.make_current()
        if _warm.renderer is not None:
            _warm.renderer.release()
        _warm.context.release()
    _warm.context = _warm.renderer = None


def render_maps(
    scene: Scene,
    maps: Collection[MapName] = ALL_MAPS,
    width: int | None = None,
    height: int | None = None,
    camera: Camera | None = None,
    quality: Quality = "final",
    ground: Literal["rgb", "all", "none"] = "rgb",
    backdrop: str | Backdrop = "studio",
    highlight: Highlight = NO_HIGHLIGHT,
    exact: bool = False,
    renderer: SceneRenderer | None = None,
) -> RenderedMaps:
    """Draw a scene from its camera, or from another one, and read the maps back.

    Parameters
    ----------
    maps : which maps are made; others are None in the result
    width, height : px; those of the camera where not given. The field of view is vertical and stays
    quality : of the colour map
    ground : whether the default floor is seen in the colour map only, in depth and normals too (its id is 0), or not
    exact : draw meshes in full where otherwise a simpler form, right to about half a pixel, would do
    renderer : draws with this renderer in the context that is current, e.g. the window's; None uses a context of its
        own, in this thread or, where a window's context is current, in another

    Raises `MissingModelError` when there is no EGL, ValueError for an unknown map.
    """
    unknown = set(maps) - set(ALL_MAPS)
    if unknown:
        raise ValueError(f"unknown maps {sorted(unknown)}; there are {', '.join(ALL_MAPS)}")
    camera = camera or scene.camera
    size = (width or camera.width, height or camera.height)
    if renderer is not None:
        return _render(renderer, scene, maps, size, camera, quality, ground, backdrop, highlight, exact)
    order = (scene, maps, size, camera, quality, ground, backdrop, highlight, exact)
    try:
        return _render_offscreen(*order)
    except ContextTakenError:
        # a window draws in this thread, through another window system: a thread of our own has no such neighbour
        return _helper().submit(_render_offscreen, *order).result()


@cache
def _helper() -> ThreadPoolExecutor:
    """The thread that draws for threads in which a window's context is current."""
    return ThreadPoolExecutor(1, thread_name_prefix="offscreen")


def _render_offscreen(*order: Any) -> RenderedMaps:
    """Draw in this thread's own context and leave no context current, so that a window can take its own again."""
    renderer = offscreen_renderer()
    try:
        return _render(renderer, *order)
    finally:
        leave_offscreen()


def _render(
    renderer: SceneRenderer,
    scene: Scene,
    maps: Collection[MapName],
    size: tuple[int, int],
    camera: Camera,
    quality: Quality,
    ground: str,
    backdrop: str | Backdrop,
    highlight: Highlight,
    exact: bool,
) -> RenderedMaps:
    """`render_maps` in the context that is current."""
    renderer.set_scene(scene)
    found: dict[str, Any] = {}
    near_far = (0.0, 0.0)
    if set(maps) - {"rgb"}:
        found, near_far = _read_maps(renderer, scene, camera, size, maps, ground == "all", exact)
    if "rgb" in maps:
        found["rgb"] = _read_picture(renderer, camera, size, quality, ground != "none", backdrop, highlight)
    labels = tuple(thing.label for thing in scene.objects.values())
    return RenderedMaps(renderer.ids, labels, *size, *near_far, **found)


def _read_maps(
    renderer: SceneRenderer,
    scene: Scene,
    camera: Camera,
    size: tuple[int, int],
    maps: Collection[MapName],
    ground: bool,
    exact: bool,
) -> tuple[dict[str, NDArray], tuple[float, float]]:
    target, _ = renderer.draw_maps(camera, size, ground, exact, "chart" in maps)
    found: dict[str, NDArray] = {}
    if "chart" in maps:
        found["chart"] = np.ascontiguousarray(target.read("chart")[..., :2])
    near_far = (0.0, 0.0)
    if {"depth", "normal"} & set(maps):
        both = target.read("normal_depth")
        if "normal" in maps:
            found["normal"] = both[..., :3]
        if "depth" in maps:
            depth = np.ascontiguousarray(both[..., 3])
            empty = depth <= 0.0
            far = float(depth.max(initial=0.0))
            depth[empty] = np.inf
            near_far = (float(depth.min(initial=np.inf)), far) if far > 0.0 else (0.0, 0.0)
            found["depth_m"] = depth
    if {"id", "class", "part"} & set(maps):
        packed = target.read("id")
        if "part" in maps:
            found["part"] = (packed >> PART_SHIFT).astype(np.uint8)
        numbers = (packed & ((1 << PART_SHIFT) - 1)).view(np.int32)
        if renderer.table.sky_id:
            numbers[numbers == 0] = renderer.table.sky_id
        if "id" in maps:
            found["id"] = numbers
        if "class" in maps:
            found["class_rgb"] = _class_colours(scene)[numbers]
    return found, near_far


def _class_colours(scene: Scene) -> NDArray[np.uint8]:
    """(N + 1, 3) colour of each number, 0 black."""
    colours = [class_colour(thing.category or thing.label, thing.label) for thing in scene.objects.values()]
    return np.array([(0, 0, 0), *colours], np.uint8)


def _read_picture(
    renderer: SceneRenderer,
    camera: Camera,
    size: tuple[int, int],
    quality: Quality,
    ground: bool,
    backdrop: str | Backdrop,
    highlight: Highlight,
) -> NDArray[np.uint8]:
    target = renderer.passes.targets.get("shown", size, {"rgba": "rgba8"})
    target.bind()
    renderer.draw(camera, size, quality, highlight, backdrop, ground, flipped=True)
    return np.ascontiguousarray(target.read("rgba")[..., :3])
