"""Scene and rendered maps to what the picture nets read: a slot for the light and for each thing or stuff in sight.

Everything comes from maps of geometry (ids, depth, normals) and from the scene's words; no colour of the renderer is
among it. Slots, their order and their numbers are ours; the paper has a plain token grid and no map.
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sd3studio.core.scene.boxes import Boxes
from sd3studio.core.scene.camera import Camera
from sd3studio.core.scene.values import Light, Scene, SceneObject

Floats = NDArray[np.float32]

LIGHT = "light"
FLOOR, SKY = "floor", "sky"
"""Stand-ins for what a scene leaves open: ground that is not part of it, and nothing."""

LIGHT_FIELDS = 6
LEVELS = 5
ELEVATION_RAD = (0.2, 1.3)
SUN = (0.1, 1.0)
AMBIENT = (0.1, 0.6)

WORD_WIDTH = 384
GEOMETRY = 20
"""Numbers of a slot besides its words (see `_geometry`)."""
LAYOUT_WIDTH = 2 * WORD_WIDTH + GEOMETRY

HALF_LEAST_M = 0.005
"""Half sizes are at least this: thin things would blow up their own coordinates."""
MAX_PHRASES = 24


@dataclass(frozen=True, eq=False)
class Slots:
    """One picture's slots: 0 is the light, then what is seen, by its area from large to small.

    Parameters
    ----------
    slot_map : (H, W) uint8, which slot each pixel shows, from 1 on
    keys : ids of the scene's objects, "" for the light and the stand-ins
    labels, looks : noun of each slot, and its attribute words ("red wooden"; for the light the time of day)
    categories, meshes : key of the catalogue or the label, and mesh id or ""
    frames : (S, 3, 4) world (m) to the box's own frame, in which the box reaches from -1 to 1
    stuff : (S,) bool, painted by world coordinates instead of the box's
    geometry : (S, 20) float32, what a denoiser is told in numbers
    """

    slot_map: NDArray[np.uint8]
    keys: tuple[str, ...]
    labels: tuple[str, ...]
    looks: tuple[str, ...]
    categories: tuple[str, ...]
    meshes: tuple[str, ...]
    frames: Floats
    stuff: NDArray[np.bool_]
    geometry: Floats

    def __len__(self) -> int:
        return len(self.keys)


def slots_of(scene: Scene, id_map: NDArray[np.integer], depth_m: NDArray[np.floating], max_slots: int = 64) -> Slots:
    """The slots of a view.

    Parameters
    ----------
    id_map : (H, W), k is the k-th object of the scene, 0 nothing
    depth_m : (H, W), infinite or 0 where there is nothing
    max_slots : the light included; things beyond are painted as the slot of the last
    """
    things = list(scene.objects.values())
    seen = np.isfinite(depth_m) & (depth_m > 0.0)
    # ground that is no object, and nothing, become two things of their own
    numbers = np.where(id_map > 0, id_map, np.where(seen, len(things) + 1, len(things) + 2))
    areas = np.bincount(numbers.ravel(), minlength=len(things) + 3)
    order = [k for k in np.argsort(-areas, kind="stable").tolist() if areas[k] > 0]
    kept, merged = order[: max_slots - 1], order[max_slots - 1 :]
    slot_of = np.zeros(len(things) + 3, np.uint8)
    slot_of[kept] = np.arange(1, len(kept) + 1)
    slot_of[merged] = len(kept)
    stand_ins = _stand_ins(scene.camera)
    shown = [things[k - 1] if k <= len(things) else stand_ins[k - len(things) - 1] for k in kept]
    slot_map = slot_of[numbers]
    return Slots(
        slot_map=slot_map,
        keys=("", *(thing.id for thing in shown)),
        labels=(LIGHT, *(thing.label for thing in shown)),
        looks=(time_of(scene.title) or "day", *(" ".join(thing.attributes) for thing in shown)),
        categories=(LIGHT, *(thing.category or thing.label for thing in shown)),
        meshes=("", *(thing.mesh or "" for thing in shown)),
        frames=np.concatenate([np.eye(3, 4)[None], _frames(shown)]).astype(np.float32),
        stuff=np.array([True, *(thing.kind == "stuff" for thing in shown)]),
        geometry=_geometry(shown, slot_map, depth_m, scene.camera),
    )


def time_of(words: str) -> str:
    """The time of day that words name: "night", "evening", else "" ("day" only if it is said)."""
    lower = words.lower()
    if re.search(r"\b(night|midnight|moonlit|moonlight|darkness)\b", lower):
        return "night"
    if re.search(r"\b(evening|sunset|dusk|twilight|dawn|sunrise)\b", lower):
        return "evening"
    return "day" if re.search(r"\b(day|daylight|daytime|noon|midday|morning|sunny|afternoon)\b", lower) else ""


def depth_of(depth_m: NDArray[np.floating]) -> NDArray[np.float32]:
    """Depths with 0 where there is nothing."""
    return np.where(np.isfinite(depth_m), depth_m, 0.0).astype(np.float32)


def light_codes(light: Light, camera: Camera) -> NDArray[np.int64]:
    """(6,) tokens of a light: azimuth relative to the camera (two of 5: 25 steps), elevation (25), sun, ambient."""
    forward = camera.axes[2]
    turn = (light.azimuth - math.atan2(forward[1], forward[0])) / (2.0 * math.pi) % 1.0
    azimuth = round(turn * LEVELS**2) % LEVELS**2
    elevation = _step(light.elevation, ELEVATION_RAD, LEVELS**2)
    coarse = (azimuth // LEVELS, azimuth % LEVELS, elevation // LEVELS, elevation % LEVELS)
    return np.array([*coarse, _step(light.sun, SUN, LEVELS), _step(light.ambient, AMBIENT, LEVELS)], np.int64)


def camera_numbers(camera: Camera) -> Floats:
    """(14,): position, rows right, down, forward of the axes, and the tangents of half the fields of view (x, y)."""
    tangent = math.tan(camera.fov_y / 2.0)
    aspect = camera.width / camera.height
    return np.array([*camera.position, *camera.axes.ravel(), tangent * aspect, tangent], np.float32)


def phrases_of_prompt(prompt: str) -> tuple[str, ...]:
    """A prompt cut at commas, "with" and "and", at most `MAX_PHRASES`: each is embedded by itself."""
    parts = re.split(r"[,.;\n]|\bwith\b|\band\b", prompt)
    return tuple(dict.fromkeys(part.strip() for part in parts if part.strip()))[:MAX_PHRASES]


def layout_rows(slots: Slots, words: Mapping[str, Floats], looks: Sequence[str] | None = None) -> Floats:
    """(S, LAYOUT_WIDTH): embedded noun, embedded looks (zeros if none), geometry.

    Parameters
    ----------
    words : embedding of each text that occurs
    looks : to be used instead of the slots' own
    """
    blank = np.zeros(WORD_WIDTH, np.float32)
    looks = slots.looks if looks is None else looks
    nouns = np.stack([words[label] for label in slots.labels])
    adjectives = np.stack([words[look] if look else blank for look in looks])
    return np.concatenate([nouns, adjectives, slots.geometry], 1)


def _step(value: float, limits: tuple[float, float], count: int) -> int:
    share = (value - limits[0]) / (limits[1] - limits[0])
    return min(count - 1, max(0, round(share * (count - 1))))


def _stand_ins(camera: Camera) -> tuple[SceneObject, SceneObject]:
    floor = SceneObject(id="floor", label=FLOOR, category=FLOOR, kind="stuff", center=(0, 0, -0.05), size=(80, 80, 0.1))
    sky = SceneObject(id="sky", label=SKY, category=SKY, kind="stuff", center=(0, 60, 30), size=(200, 0.1, 60))
    return floor.replace(id="stand-in-floor"), sky.replace(id="stand-in-sky")


def _frames(things: Sequence[SceneObject]) -> NDArray[np.float64]:
    boxes = Boxes.of(things)
    turned = np.swapaxes(boxes.rotation, 1, 2) / np.maximum(boxes.half, HALF_LEAST_M)[:, :, None]  # (S, 3, 3)
    shift = -(turned @ boxes.center[:, :, None])
    return np.concatenate([turned, shift], 2)


def _geometry(
    things: Sequence[SceneObject], slot_map: NDArray[np.uint8], depth_m: NDArray[np.floating], camera: Camera
) -> Floats:
    """(S, 20), the light first: box in the picture, log area, log depth, log sizes, heading (sin, cos), kind flags."""
    height, width = slot_map.shape
    rows = np.zeros((len(things) + 1, GEOMETRY), np.float32)
    rows[0, 0] = 1.0
    forward = camera.axes[2]
    facing = math.atan2(forward[1], forward[0])
    pitch = math.asin(float(np.clip(forward[2], -1.0, 1.0)))
    rows[0, 1:4] = math.tan(camera.fov_y / 2.0), pitch, math.log1p(abs(camera.position[2]))
    depth = np.where(np.isfinite(depth_m) & (depth_m > 0.0), depth_m, 80.0)
    for k, thing in enumerate(things, start=1):
        ys, xs = np.nonzero(slot_map == k)
        box = (xs.min() / width, ys.min() / height, (xs.max() + 1) / width, (ys.max() + 1) / height)
        middle = float(np.median(depth[ys, xs]))
        turn = thing.yaw - facing
        rows[k, 4:8] = np.array(box) * 2.0 - 1.0
        rows[k, 8:10] = math.log(len(ys) / slot_map.size) / 4.0, math.log(max(middle, 0.05)) / 2.0
        rows[k, 10:13] = np.log(np.maximum(thing.size, 0.01)) / 2.0
        rows[k, 13:15] = math.sin(turn), math.cos(turn)
        rows[k, 15] = thing.center[2] / 3.0 if abs(thing.center[2]) < 30.0 else 1.0
        rows[k, 16:18] = thing.kind == "object", thing.kind == "stuff"
        rows[k, 18:20] = (box[0] + box[2]) - 1.0, (box[1] + box[3]) - 1.0
    return rows
