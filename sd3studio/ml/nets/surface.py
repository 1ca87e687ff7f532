"""What a pixel shows, in numbers: its point in the world and in its thing's own box, its normal, whether it is sunny.

All is computed from maps of geometry, camera and boxes (`layout_map`), at any pixels that are asked for.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from sd3studio.ml.conditioning.layout_map import AMBIENT, ELEVATION_RAD, LEVELS, SUN

Inputs = dict[str, Tensor]
"""What `PictureSource` and `layout_map` give: slot_map (B, H, W), depth (B, H, W) m with 0 for nothing, normal
(B, H, W, 3) int8, part_map (B, H, W) and chart_map (B, H, W, 2) uint8, camera (B, 14), slot_frame (B, S, 3, 4),
slot_stuff, slot_mask (B, S) and more."""

FAR_M = 80.0
"""Where what is endlessly far is put."""

MARCH_STEPS = 28
MARCH_M = (0.02, 9.0)
"""First and last distance of the points on the way to the sun, evenly in their logarithm."""
BIAS_SHARE = 0.006
"""Of the distance from the camera: a surface that little in front of a point does not hide it (maps are coarse)."""
SOFT = 3
"""Side of the square over which fine shadows are smoothed."""
SHADOW_SIDE, SHADOW_SHARE = 128, 0.5
"""Rows of the map of shadows: at least so many, and so many for each of the picture's."""


@dataclass(frozen=True, slots=True, eq=False)
class Surface:
    """Of P pixels of each picture.

    Parameters
    ----------
    member : (B, P, S) float, 1 at the slot that a pixel shows
    point : (B, P, 3) m, world
    local : (B, P, 3), about -1 to 1 in the thing's box
    normal, local_normal : (B, P, 3) unit vectors in the world and in the box's frame; zeros where there is nothing
    depth : (B, P) m, `FAR_M` where there is nothing
    footprint : (B, P) m, side of a pixel on a surface that faces the camera
    """

    member: Tensor
    point: Tensor
    local: Tensor
    normal: Tensor
    local_normal: Tensor
    depth: Tensor
    footprint: Tensor


def surface_at(inputs: Inputs, rows: Tensor, columns: Tensor) -> Surface:
    """The surfaces of the pixels at `rows` (h,) x `columns` (w,), row by row (P = h w)."""
    slot_map, depth_map = inputs["slot_map"], inputs["depth"]
    batch, height, width = slot_map.shape
    camera, frames = inputs["camera"], inputs["slot_frame"]
    slots = _taken(slot_map, rows, columns).long()  # (B, P)
    depth = _taken(depth_map, rows, columns).float()
    depth = torch.where(depth > 0.0, depth.clamp(max=FAR_M), FAR_M)
    member = torch.zeros(batch, slots.shape[1], frames.shape[1]).scatter_(2, slots.unsqueeze(2), 1.0)
    right, down, forward = (camera[:, None, k : k + 3] for k in (3, 6, 9))
    u = ((columns + 0.5) / width * 2.0 - 1.0).expand(len(rows), -1).reshape(1, -1, 1) * camera[:, None, 12:13]
    v = ((rows + 0.5) / height * 2.0 - 1.0).unsqueeze(1).expand(-1, len(columns)).reshape(1, -1, 1)
    ray = forward + u * right + v * camera[:, None, 13:14] * down  # (B, P, 3), 1 m deep
    point = camera[:, None, :3] + depth.unsqueeze(2) * ray
    eye = _taken(inputs["normal"], rows, columns).float() / 127.0
    normal = eye[..., :1] * right - eye[..., 1:2] * down - eye[..., 2:] * forward
    pose = (member @ frames.flatten(2)).unflatten(2, (3, 4))  # (B, P, 3, 4)
    turn = pose[..., :3]
    local = (turn * point.unsqueeze(2)).sum(3) + pose[..., 3]
    # rows of `turn` are the box's axes over its half sizes; a unit of them is a direction again
    axes = turn / turn.norm(dim=3, keepdim=True).clamp(min=1e-9)
    local_normal = (axes * normal.unsqueeze(2)).sum(3)
    footprint = depth * (2.0 * camera[:, 13:14] / height)
    return Surface(member, point, local.clamp(-1.5, 1.5), normal, local_normal, depth, footprint)


def light_of(codes: Tensor, camera: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Direction to the sun (B, 3), its strength and the ambient light (B,) that the light's codes (B, 6) stand for."""
    coarse, fine = codes[:, 0:4:2], codes[:, 1:4:2]
    share = coarse * LEVELS + fine  # azimuth and elevation in 25 steps
    azimuth = share[:, 0] / LEVELS**2 * 2.0 * math.pi + torch.atan2(camera[:, 10], camera[:, 9])
    elevation = ELEVATION_RAD[0] + share[:, 1] / (LEVELS**2 - 1) * (ELEVATION_RAD[1] - ELEVATION_RAD[0])
    level = elevation.cos()
    direction = torch.stack([azimuth.cos() * level, azimuth.sin() * level, elevation.sin()], 1)
    sun = SUN[0] + codes[:, 4] / (LEVELS - 1) * (SUN[1] - SUN[0])
    ambient = AMBIENT[0] + codes[:, 5] / (LEVELS - 1) * (AMBIENT[1] - AMBIENT[0])
    return direction, sun, ambient


@torch.no_grad()
def shadow_map(inputs: Inputs, light_codes: Tensor) -> Tensor:
    """Where the sun of the light's codes (B, 6) does not get, seen in the depth map: (B, h, w) in [0, 1].

    There are max(`SHADOW_SIDE`, H `SHADOW_SHARE`) rows, and columns in proportion. Where there are more than at least,
    neighbours walk with steps that are a little shifted, and the map is smoothed: edges are soft then, not in steps.

    Each pixel's point walks towards the sun; it is in shadow if, on the way, it is behind a surface in the picture and
    inside that thing's box. What hides the sun from outside the picture is not found.
    """
    slot_map, depth_map, camera = inputs["slot_map"], inputs["depth"], inputs["camera"]
    height, width = slot_map.shape[1:]
    side = max(SHADOW_SIDE, round(SHADOW_SHARE * height))
    rows = spread(side, height)
    columns = spread(max(round(side * width / height), 1), width)
    here = surface_at(inputs, rows, columns)
    sun = light_of(light_codes, camera)[0]  # (B, 3)
    start = here.point + here.normal * (0.01 + 0.004 * here.depth.unsqueeze(2))
    facing = (here.normal * sun.unsqueeze(1)).sum(2) > 0.0  # others are dark anyway
    batch, pixel = facing.nonzero(as_tuple=True)
    point, sun = start[batch, pixel], sun[batch]
    axes = camera[:, 3:12].unflatten(1, (3, 3))
    eye, seen_axes = camera[batch, :3], axes[batch]
    focal = torch.stack([0.5 * width / camera[:, 12], 0.5 * height / camera[:, 13]], 1)[batch]
    # in the camera's frame a way is a straight line, too: right, down, forward
    begin, ahead = (seen_axes @ (point - eye).unsqueeze(2)).squeeze(2), (seen_axes @ sun.unsqueeze(2)).squeeze(2)
    depths, slots = depth_map.flatten(), slot_map.flatten()
    frames = inputs["slot_frame"].flatten(0, 1).flatten(1)  # (B S, 12)
    places = inputs["slot_frame"].shape[1]
    middle = torch.tensor([width / 2.0, height / 2.0])
    hidden = torch.zeros_like(facing)
    low, high = (math.log(length) for length in MARCH_M)
    soft = side > SHADOW_SIDE
    shift = _dither(rows, columns)[pixel] if soft else torch.zeros(len(pixel))
    for step in range(MARCH_STEPS):
        length = (low + (high - low) * (step + shift) / (MARCH_STEPS - 1)).exp().unsqueeze(1)
        seen = begin + length * ahead
        far = seen[:, 2]
        place = (seen[:, :2] / far.clamp(min=1e-3).unsqueeze(1) * focal + middle).floor().long()
        x, y = place[:, 0], place[:, 1]
        inside = (far > 0.05) & (x >= 0) & (x < width) & (y >= 0) & (y < height)
        at = batch * (height * width) + y.clamp(0, height - 1) * width + x.clamp(0, width - 1)
        surface = depths[at]
        near = (inside & (surface > 0.0) & (surface < far * (1.0 - BIAS_SHARE))).nonzero().squeeze(1)
        pose = frames[batch[near] * places + slots[at[near]]].unflatten(1, (3, 4))
        reached = point[near] + length[near] * sun[near]
        local = (pose[..., :3] @ reached.unsqueeze(2)).squeeze(2) + pose[..., 3]
        near = near[local.abs().amax(1) < 1.02]
        hidden[batch[near], pixel[near]] = True
        if step % 4 == 3:  # go on with those that are still in the sun
            open_ways = ~hidden[batch, pixel]
            batch, pixel, point, sun = batch[open_ways], pixel[open_ways], point[open_ways], sun[open_ways]
            begin, ahead, focal, shift = begin[open_ways], ahead[open_ways], focal[open_ways], shift[open_ways]
    shadow = hidden.float().unflatten(1, (len(rows), len(columns)))
    return functional.avg_pool2d(shadow, SOFT, 1, SOFT // 2, count_include_pad=False) if soft else shadow


def _dither(rows: Tensor, columns: Tensor) -> Tensor:
    """(h w,) in [-0.5, 0.5), neighbours far apart: interleaved gradient noise (Jimenez, SIGGRAPH 2014)."""
    y, x = torch.meshgrid(torch.arange(len(rows)), torch.arange(len(columns)), indexing="ij")
    return ((52.9829189 * ((0.06711056 * x + 0.00583715 * y) % 1.0)) % 1.0 - 0.5).flatten()


def spread(count: int, size: int) -> Tensor:
    """(count,) int64: pixels 0 to size - 1, evenly, each in the middle of its share."""
    return ((torch.arange(count) + 0.5) * (size / count)).long().clamp(max=size - 1)


def _taken(values: Tensor, rows: Tensor, columns: Tensor) -> Tensor:
    """(B, H, W, ...) at rows x columns: (B, P, ...)."""
    return values[:, rows][:, :, columns].flatten(1, 2)
