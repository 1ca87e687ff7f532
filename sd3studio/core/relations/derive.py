"""What is worth saying of a scene: the best relation of each pair, the most salient pairs first."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from sd3studio.core.relations.apparent import APPARENT, apparent_codes, illusion, projected_boxes
from sd3studio.core.relations.field import LAYER_INDEX, LAYERS, RelationField
from sd3studio.core.relations.fronts import has_front
from sd3studio.core.relations.geometry import Floats
from sd3studio.core.scene.boxes import Boxes
from sd3studio.core.scene.caption import Fact
from sd3studio.core.scene.predicates import Predicate

Indices = NDArray[np.intp]

TELLING: dict[Predicate, float] = {
    Predicate.ON: 1.0,
    Predicate.IN: 0.98,
    Predicate.UNDER: 0.80,
    Predicate.IN_FRONT_OF: 0.82,
    Predicate.BEHIND: 0.80,
    Predicate.ABOVE: 0.84,
    Predicate.LEFT_OF: 0.74,
    Predicate.RIGHT_OF: 0.74,
    Predicate.NEXT_TO: 0.66,
    Predicate.FACING: 0.45,
    Predicate.FACING_AWAY: 0.40,
}
"""How much a true predicate tells; support tells most. Ours."""

_SAID = sum(frame == "camera" for _, frame in LAYERS)
"""The first layers are those of the viewer's frame; these are said."""
_WEIGHTS = np.array([TELLING[predicate] for predicate, _ in LAYERS[:_SAID]], np.float32)
_LOOKS = [k for k in range(_SAID) if LAYERS[k][0] in (Predicate.FACING, Predicate.FACING_AWAY)]
_SUPPORT = [k for k in range(_SAID) if LAYERS[k][0] in (Predicate.ON, Predicate.IN)]


def _images(field: RelationField) -> Floats:
    """(N, 4) image boxes of the field's objects, px."""
    return projected_boxes(Boxes.of(field.scene.objects[name] for name in field.ids), field.scene.camera)


def object_salience(field: RelationField, images: Floats | None = None) -> Floats:
    """(N,) in [0, 1]: how much of the picture an object fills, and how near the middle it is; 0 out of sight.

    `images` are the projected boxes (N, 4) of the objects, px, if they are at hand.
    """
    camera = field.scene.camera
    size = np.array([camera.width, camera.height, camera.width, camera.height], float)
    seen = np.clip((_images(field) if images is None else images) / size, 0.0, 1.0)
    area = (seen[:, 2] - seen[:, 0]) * (seen[:, 3] - seen[:, 1])
    middle = np.hypot((seen[:, 0] + seen[:, 2]) / 2.0 - 0.5, (seen[:, 1] + seen[:, 3]) / 2.0 - 0.5)
    salience = np.clip(np.sqrt(area) * 1.5, 0.0, 1.0) * (1.0 - 0.6 * np.clip(middle, 0.0, 1.0))
    return np.where(np.isfinite(salience), salience, 0.0)


def _told(field: RelationField, first: Indices, second: Indices) -> NDArray[np.float32]:
    """(P, M) how well each true relation of M pairs describes it; 0 for those that grade at most 0.5."""
    grades = field.grades[:_SAID, first, second]
    values = grades * _WEIGHTS[:, None]
    values[grades <= 0.5] = 0.0
    fronted = np.array([has_front(field.scene.objects[name]) for name in field.ids], np.float32)
    values[_LOOKS] *= fronted[first]
    # The bigger of two things is the landmark: "the cup left of the sofa", not the other way round.
    volume = field.bodies.volume
    values *= np.where(volume[first] <= volume[second], np.float32(1.0), np.float32(0.93))
    return values


def _pair_salience(field: RelationField, first: Indices, second: Indices, images: Floats) -> Floats:
    """(M,) how near, big and central pairs are."""
    at, breadth = field.bodies.center[:, :2], field.bodies.breadth
    mean = 0.5 * (breadth[first] + breadth[second])
    offset = at[first] - at[second]
    near = np.exp(-np.maximum(np.hypot(offset[:, 0], offset[:, 1]) - mean, 0.0) / (1.5 * mean + 0.3))
    salience = object_salience(field, images)
    return 0.1 + 0.45 * near + 0.45 * np.sqrt(salience[first] * salience[second])


def derived_relations(
    field: RelationField, of: str | None = None, limit: int | None = None, per_pair: int = 1
) -> tuple[Fact, ...]:
    """True relations of the scene, most salient first; each grades above 0.5.

    Parameters
    ----------
    field : the graded relations
    of : only pairs with this object, which is then the subject where it can be
    limit : at most this many facts
    per_pair : at most this many facts of each pair (in one direction or the other, never one thing said twice)
    """
    count = len(field)
    if count < 2 or (of is not None and of not in field.index):
        return ()
    if of is None:
        first, second = np.triu_indices(count, 1)
    else:
        second = np.delete(np.arange(count), field.index[of])
        first = np.full_like(second, field.index[of])
    told, back = _told(field, first, second), _told(field, second, first)
    told *= 1.2 if of is not None else 1.0
    images = _images(field)
    support = np.maximum(told[_SUPPORT], back[_SUPPORT]).max(axis=0)
    salience = _pair_salience(field, first, second, images) + 0.25 * support
    score = np.maximum(told.max(axis=0), back.max(axis=0)) * salience
    order = np.argsort(-score, kind="stable")[:limit]
    order = order[score[order] > 0.0]
    first, second, told, back = first[order], second[order], told[:, order], back[:, order]
    codes = apparent_codes(images[first], images[second]), apparent_codes(images[second], images[first])
    facts: list[Fact] = []
    for k, pair in enumerate(zip(first.tolist(), second.tolist(), strict=True)):
        apparent = tuple(APPARENT[int(side[k])] for side in codes)
        facts.extend(_facts_of_pair(field, (told[:, k].tolist(), back[:, k].tolist()), apparent, pair, per_pair))
    return tuple(facts[:limit])


def facts_of_pairs(field: RelationField, pairs: Sequence[tuple[str, str]]) -> tuple[Fact | None, ...]:
    """The best fact of each of these pairs, said of the first of the two where it can be; None where nothing is true.

    All pairs at once, for many of them. Ids that are not in the field (hidden, stuff) have no facts.
    """
    there = [k for k, pair in enumerate(pairs) if pair[0] in field.index and pair[1] in field.index]
    found: list[Fact | None] = [None] * len(pairs)
    if not there:
        return tuple(found)
    first, second = (np.array([field.index[pairs[k][end]] for k in there], np.intp) for end in (0, 1))
    told, back = 1.2 * _told(field, first, second), _told(field, second, first)
    images = _images(field)
    codes = apparent_codes(images[first], images[second]), apparent_codes(images[second], images[first])
    for n, k in enumerate(there):
        apparent = tuple(APPARENT[int(side[n])] for side in codes)
        both = (told[:, n].tolist(), back[:, n].tolist())
        best = _facts_of_pair(field, both, apparent, (int(first[n]), int(second[n])), 1)
        found[k] = best[0] if best else None
    return tuple(found)


def _facts_of_pair(
    field: RelationField,
    told: tuple[list[float], ...],
    apparent: tuple[Predicate | None, ...],
    pair: tuple[int, int],
    most: int,
) -> list[Fact]:
    """The `most` best facts of a pair, best first; of a fact and its inverse only the better one.

    `told` and `apparent` hold the values and what the picture suggests, in this direction and in the other.
    """
    both = [(value, k, way) for way in (0, 1) for k, value in enumerate(told[way]) if value > 0.0]
    facts: list[Fact] = []
    first: int | None = None
    for _, k, way in sorted(both, reverse=True):
        if len(facts) >= most:
            break
        looks = k in _LOOKS
        if first is not None and not looks and way != first:
            continue  # the same told from the other side
        first = first if first is not None or looks else way
        subject, object = pair if way == 0 else pair[::-1]
        facts.append(_fact(field, k, subject, object, apparent[way]))
    return facts


def _fact(field: RelationField, k: int, a: int, b: int, seen: Predicate | None) -> Fact:
    predicate, frame = LAYERS[k]
    apparent = illusion(predicate, seen)
    if apparent is not None and field.grades[LAYER_INDEX[apparent, "camera"], a, b] > 0.5:
        apparent = None  # it is so in space as well
    return Fact(
        subject=field.ids[a],
        predicate=predicate,
        object=field.ids[b],
        frame=frame,
        grade=float(field.grades[k, a, b]),
        apparent=apparent,
    )
