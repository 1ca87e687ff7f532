"""The ground-truth sample: a share of the photos that an expert annotates too, and scores of annotators against it."""

import hashlib
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sd3studio.core.annotation.comparing import GraphDifference, compare
from sd3studio.core.errors import DataError
from sd3studio.core.scene.values import Scene

SHARES = (0.05, 0.15)


def ground_truth_sample(keys: Iterable[str], seed: int, share: float) -> tuple[str, ...]:
    """The keys chosen by `seed`, a `share` of them (0.05 to 0.15), at least one.

    Each key has its own place by its hash, so photos that are added later change little. Raises `DataError` for
    another share.
    """
    if not SHARES[0] <= share <= SHARES[1]:
        raise DataError(f"A ground-truth sample is {SHARES[0]:.0%} to {SHARES[1]:.0%} of the photos, not {share:.0%}.")
    ranked = sorted(set(keys), key=lambda key: hashlib.sha256(f"{seed}/{key}".encode()).digest())
    return tuple(ranked[: math.ceil(share * len(ranked) - 1e-9)])


@dataclass(frozen=True, slots=True)
class Score:
    """How well an annotator's graphs agree with the truth, over `photos` photos; means over them."""

    photos: int
    iou: float
    distance_m: float
    yaw_error_rad: float
    object_f1: float
    relation_precision: float
    relation_recall: float
    class_kappa: float


def score_against(truth: Mapping[str, Scene], graphs: Mapping[str, Scene]) -> Score | None:
    """The score of one annotator on the photos that both have, or None if there are none."""
    found = [compare(truth[key], graphs[key]) for key in truth if key in graphs]
    if not found:
        return None

    def mean(values: Iterable[float]) -> float:
        listed = list(values)
        return sum(listed) / len(listed) if listed else 0.0

    return Score(
        photos=len(found),
        iou=mean(one.iou for one in found),
        distance_m=mean(one.distance_m for one in found),
        yaw_error_rad=mean(one.yaw_error_rad for one in found),
        object_f1=mean(_f1(one) for one in found),
        relation_precision=mean(one.relation_precision for one in found),
        relation_recall=mean(one.relation_recall for one in found),
        class_kappa=mean(one.class_kappa for one in found if one.class_kappa is not None),
    )


def _f1(found: GraphDifference) -> float:
    both = found.object_precision + found.object_recall
    return 2.0 * found.object_precision * found.object_recall / both if both else 0.0
