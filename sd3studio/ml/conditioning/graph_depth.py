"""How far away a detector's boxes are: what geometry tells, the graph diffusion need not guess.

A thing of the usual size of its kind looks so wide and high from one distance only, and what stands on the ground is as
far away as its lowest point says, once it is known how high the viewer's eye is and how far down it looks. Both are
searched for: where the two guesses agree best over all boxes, and not far from the means of composed scenes. Measured
on the detections of 200 held-out scenes: within a scene the median error is 0.55 depth bins (of 17 % each) against
0.99 by size alone.
"""

import math
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from sd3studio.core.catalogue import shipped_catalogue
from sd3studio.core.scene.value import Size3
from sd3studio.ml.conditioning.graph_boxes import VIEWER_FOV_RAD, VIEWER_HEIGHT_M, VIEWER_PITCH_RAD
from sd3studio.ml.conditioning.graph_places import CELLS, NODES, Placed
from sd3studio.ml.conditioning.graph_tensors import GraphVocabulary, NodeType
from sd3studio.ml.training.data.graphs import GraphObject
from sd3studio.ml.training.data.tags import TagBins

Floats = NDArray[np.float64]

EDGE = 0.01
"""Of the picture: a box that comes so near its edge is cut off."""
SEEN_WIDTH = 0.85
"""Of the diagonal of its footprint, as which a thing looks wide from a side that is not known."""
FOCAL = 0.5 / math.tan(VIEWER_FOV_RAD / 2.0)
"""Of the picture's height."""

PITCHES_RAD = np.radians(np.linspace(-38.0, -4.0, 18))
HEIGHTS_M = np.geomspace(1.0, 6.5, 16)
PITCH_SPREAD_RAD, LOG_HEIGHT_SPREAD = 0.13, 0.4
PRIOR = 0.15
"""What a standard deviation from the mean viewer costs, squared, beside a disagreement of one in the logarithm."""
MOST_DISAGREEMENT = 0.5
"""A box that disagrees more counts as this: it may hang, or be of an unusual size."""
ON_THE_GROUND = 0.7
SIZE_SHARE = 0.3
"""What the guess by size counts in the mean of both; beyond `ON_THE_GROUND` it counts alone."""


def with_depth(source: Placed, vocabulary: GraphVocabulary, picture_px: tuple[float, float]) -> Placed:
    """A detector's graph on the canvas, with a guess of the depth in place of how wide and high boxes look."""
    tags, cells = source.nodes.tag.copy(), source.node_cell.copy()
    wide = {place * NODES + CELLS["u"]: k for k, place in enumerate(source.places)}
    high = {place * NODES + CELLS["v"] for place in source.places}
    depths = depth_bins(source.graph.objects, picture_px, vocabulary.bins)
    for node, cell in enumerate(source.node_cell.tolist()):
        depth = depths[wide[cell]] if cell in wide else None
        if depth is not None:
            tags[node] = vocabulary.index[NodeType.LAYOUT, f"d{depth}"]
        elif cell in wide or cell in high:
            cells[node] = -1
    return replace(source, nodes=replace(source.nodes, tag=tags), node_cell=cells)


def depth_bins(things: Sequence[GraphObject], picture_px: tuple[float, float], bins: TagBins) -> list[int | None]:
    """The depth tag of each thing; None of those without a box or a usual size of their kind."""
    sizes = [usual_size(thing.tag) if thing.box is not None else None for thing in things]
    known = [k for k, size in enumerate(sizes) if size is not None]
    found: list[int | None] = [None] * len(things)
    if not known:
        return found
    width, height = picture_px
    boxes = np.array([things[k].box for k in known], float) / (width, height, width, height)
    depth_m = depths_of(boxes, np.array([sizes[k] for k in known], float), width / height)
    low, high = (math.log(limit) for limit in bins.depth_m)
    shares = (np.log(depth_m) - low) / (high - low)
    for k, share in zip(known, shares.tolist(), strict=True):
        found[k] = min(bins.depth - 1, max(0, math.floor(share * bins.depth)))
    return found


def depths_of(boxes: Floats, sizes: Floats, aspect: float = 1.0) -> Floats:
    """Distances along the view axis, (N,) m.

    Parameters
    ----------
    boxes : (N, 4) x0, y0, x1, y1 as shares of the picture's width and height
    sizes : (N, 3) usual width, depth and height, m
    aspect : width by height of the picture
    """
    spans = np.maximum(boxes[:, 2:] - boxes[:, :2], 1e-3) * (aspect, 1.0)
    by_height = sizes[:, 2] * FOCAL / spans[:, 1]
    by_width = np.hypot(sizes[:, 0], sizes[:, 1]) * SEEN_WIDTH * FOCAL / spans[:, 0]
    inside = np.minimum(boxes[:, :2], 1.0 - boxes[:, 2:]).min(1) > EDGE
    by_size = np.log(np.where(inside, np.sqrt(by_height * by_width), np.minimum(by_height, by_width)))
    shows_foot = boxes[:, 3] < 1.0 - EDGE
    by_foot = np.log(_ground_depths(boxes[:, 3]))  # (pitches, heights, N)
    gap = np.where(shows_foot, np.minimum(np.abs(by_foot - by_size), MOST_DISAGREEMENT), 0.0).sum(-1)
    tilt = ((PITCHES_RAD - VIEWER_PITCH_RAD) / PITCH_SPREAD_RAD)[:, None]
    rise = (np.log(HEIGHTS_M / VIEWER_HEIGHT_M) / LOG_HEIGHT_SPREAD)[None]
    best = np.unravel_index((gap + PRIOR * (tilt**2 + rise**2)).argmin(), gap.shape)
    standing = shows_foot & (np.abs(by_foot[best] - by_size) < ON_THE_GROUND)
    return np.exp(np.where(standing, SIZE_SHARE * by_size + (1.0 - SIZE_SHARE) * by_foot[best], by_size))


def _ground_depths(foot: Floats) -> Floats:
    """(pitches, heights, N) distance (m) of the ground at rows `foot` (N,) of the picture; huge above the horizon."""
    pitch, height = PITCHES_RAD[:, None, None], HEIGHTS_M[None, :, None]
    below = np.arctan((foot - 0.5) / FOCAL) - pitch  # rad below the horizon
    along = height / np.tan(np.clip(below, 0.02, 1.5))
    depth = along * np.cos(pitch) + height * np.sin(-pitch)
    return np.where(below > 0.02, np.maximum(depth, 0.1), 1e4)


@lru_cache(maxsize=4_096)
def usual_size(tag: str) -> Size3 | None:
    """Median sides (m) of the catalogue's things of a kind; None if it has none."""
    category = shipped_catalogue().category_of(tag)
    if category is None:
        return None
    w, d, h = np.median([entry.size for entry in shipped_catalogue().of_category(category)], axis=0).tolist()
    return (w, d, h)
