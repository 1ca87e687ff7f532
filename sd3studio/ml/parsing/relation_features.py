"""Features of a pair of labelled boxes in a picture, from which `relation_model` reads the spatial predicate.

Boxes are (N, 4) x0, y0, x1, y1 px. All features are free of the picture's scale; its frame, where it matters, is
taken to reach as far as the two boxes do.
"""

from collections.abc import Sequence
from functools import cached_property

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

Floats = NDArray[np.float64]

COUNTED = ("on", "in", "under", "above", "behind", "in front of", "next to")
"""Predicates that captions say often enough to count; left and right are hardly ever said."""

BOX_FEATURES = 48
CLIP = 8.0
NEIGHBOURS = 25
LIKENESS = 0.25
_IRREGULAR = {
    "people": "person",
    "men": "man",
    "women": "woman",
    "children": "child",
    "leaves": "leaf",
    "knives": "knife",
}
_ENDINGS = (("ies", "y"), ("ches", "ch"), ("shes", "sh"), ("sses", "ss"), ("xes", "x"), ("s", ""))


def box_features(first: Floats, second: Floats) -> Floats:
    """(N, 48) offsets, overlaps, size ratios and places of boxes (N, 4) against boxes (N, 4)."""
    ax0, ay0, ax1, ay1 = np.asarray(first, float).T
    bx0, by0, bx1, by1 = np.asarray(second, float).T
    aw, ah, bw, bh = (np.maximum(side, 1.0) for side in (ax1 - ax0, ay1 - ay0, bx1 - bx0, by1 - by0))
    dx, dy = (ax0 + ax1 - bx0 - bx1) / 2.0, (ay0 + ay1 - by0 - by1) / 2.0
    uw = np.maximum(np.maximum(ax1, bx1) - np.minimum(ax0, bx0), 1.0)
    uh = np.maximum(np.maximum(ay1, by1) - np.minimum(ay0, by0), 1.0)
    ix, iy = np.minimum(ax1, bx1) - np.maximum(ax0, bx0), np.minimum(ay1, by1) - np.maximum(ay0, by0)
    common = np.maximum(ix, 0.0) * np.maximum(iy, 0.0)
    area_a, area_b = aw * ah, bw * bh
    mean = (area_a * area_b) ** 0.25
    wide, high = np.maximum(np.maximum(ax1, bx1), 1.0), np.maximum(np.maximum(ay1, by1), 1.0)
    offsets = [dx / uw, dy / uh, dx / bw, dy / bh, dx / aw, dy / ah, np.abs(dx) / uw, np.abs(dy) / uh]
    offsets += [np.abs(dx) / mean, np.abs(dy) / mean, np.arctan2(dy, dx), np.arctan2(dy, np.abs(dx))]
    edges = [(ax0 - bx0) / bw, (ax1 - bx1) / bw, (ay0 - by0) / bh, (ay1 - by1) / bh]
    edges += [(ay1 - by0) / bh, (ay0 - by1) / bh, (ax1 - bx0) / bw, (ax0 - bx1) / bw]
    edges += [
        (ay1 - by1) / uh,
        (ay0 - by0) / uh,
        (ay1 - by0) / uh,
        (ay0 - by1) / uh,
        (ax0 - bx1) / uw,
        (ax1 - bx0) / uw,
    ]
    sizes = [np.log(aw / bw), np.log(ah / bh), np.log(area_a / area_b), np.log(aw / ah), np.log(bw / bh)]
    overlaps = [common / area_a, common / area_b, common / (area_a + area_b - common)]
    overlaps += [ix / np.minimum(aw, bw), iy / np.minimum(ah, bh), ix / uw, iy / uh]
    borders = [(side <= 2.0).astype(float) for side in (ax0, ay0, bx0, by0)]
    places = [(ax0 + ax1) / 2.0 / wide, (ay0 + ay1) / 2.0 / high, (bx0 + bx1) / 2.0 / wide, (by0 + by1) / 2.0 / high]
    places += [ay1 / high, by1 / high]
    return np.clip(np.stack([*offsets, *edges, *sizes, *overlaps, *borders, *places], axis=1), -CLIP, CLIP)


def lemma(label: str, known: set[str] | frozenset[str]) -> str:
    """The head noun of a label in the singular: "dining chairs" -> "chair"; `known` are the singulars there are."""
    words = label.lower().split(" of ", 1)[0].split()
    word = words[-1] if words else ""
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    for ending, singular in _ENDINGS:
        stem = word.removesuffix(ending) + singular
        if word.endswith(ending) and not word.endswith("ss") and stem in known:
            return stem
    return word


def nearness(nouns: Floats, words: Floats) -> sparse.csr_array:
    """(N, W) weights of words (W, A) like each noun (N, A): ``exp((cosine - 1) / 0.25)`` for the 25 nearest, else 0."""
    unit_nouns, unit_words = (v / np.maximum(np.linalg.norm(v, axis=1, keepdims=True), 1e-9) for v in (nouns, words))
    weights = np.exp((unit_nouns @ unit_words.T - 1.0) / LIKENESS)
    if weights.shape[1] > NEIGHBOURS:
        least = np.partition(weights, -NEIGHBOURS, axis=1)[:, -NEIGHBOURS, None]
        weights[weights < least] = 0.0
    return sparse.csr_array(weights)


class CaptionCounts:
    """How often captions say "subject predicate object", by lemma, and what that suggests for any pair of nouns.

    Parameters
    ----------
    words : the lemmas
    triples : (T, 3) int, subject word, predicate in `COUNTED`, object word
    counts : (T,) how often
    """

    def __init__(self, words: Sequence[str], triples: NDArray[np.integer], counts: NDArray[np.integer]) -> None:
        self.words = tuple(words)
        self.triples = np.asarray(triples)
        self.counts = np.asarray(counts)
        self.known = frozenset(self.words)
        self._index = {word: i for i, word in enumerate(self.words)}

    @cached_property
    def _tables(self) -> tuple[dict[tuple[int, int], Floats], Floats, Floats, Floats]:
        """Counts (to the power 0.75) by pair, by subject (W, 7), by object (W, 7), and in all (7,)."""
        weight = self.counts.astype(float) ** 0.75
        subject, predicate, object = self.triples.T
        by_subject, by_object = (np.zeros((len(self.words), len(COUNTED))) for _ in range(2))
        np.add.at(by_subject, (subject, predicate), weight)
        np.add.at(by_object, (object, predicate), weight)
        pairs: dict[tuple[int, int], Floats] = {}
        for s, p, o, w in zip(subject.tolist(), predicate.tolist(), object.tolist(), weight.tolist(), strict=True):
            pairs.setdefault((s, o), np.zeros(len(COUNTED)))[p] += w
        return pairs, by_subject, by_object, by_subject.sum(axis=0)

    def features(self, subjects: Sequence[str], objects: Sequence[str]) -> Floats:
        """(N, 30) log shares of the seven predicates for pairs of labels, smoothed, and how much evidence there is."""
        return np.array([self._pair(s, o) for s, o in zip(subjects, objects, strict=True)]).reshape(len(subjects), -1)

    def like(self, subjects: sparse.csr_array, objects: sparse.csr_array) -> Floats:
        """(N, 16) the same for pairs of nouns like these: log shares and evidence, in this order and exchanged.

        `subjects` and `objects` (N, W) are the weights of the counted words for each noun, see `nearness`.
        """
        total = self._tables[3] / self._tables[3].sum()
        found = []
        for first, second in ((subjects, objects), (objects, subjects)):
            sums = np.stack(
                [np.asarray((first @ table * second).sum(axis=1)).ravel() for table in self._matrices], axis=1
            )
            evidence = sums.sum(axis=1, keepdims=True)
            found += [np.log((sums + total) / (evidence + 1.0) + 1e-4), np.log1p(evidence)]
        return np.concatenate(found, axis=1)

    @cached_property
    def _matrices(self) -> list[sparse.csr_array]:
        """Per predicate the counts (to the power 0.75) by subject and object word, (W, W)."""
        subject, predicate, object = self.triples.T
        weight, shape = self.counts.astype(float) ** 0.75, (len(self.words), len(self.words))
        return [
            sparse.csr_array((weight[m], (subject[m], object[m])), shape=shape)
            for m in (predicate == k for k in range(len(COUNTED)))
        ]

    def _pair(self, subject: str, object: str) -> Floats:
        pairs, by_subject, by_object, total = self._tables
        s, o = (self._index.get(lemma(word, self.known), -1) for word in (subject, object))
        nothing, share = np.zeros(len(COUNTED)), (total + 1e-6) / (total + 1e-6).sum()
        as_subject = by_subject[s] if s >= 0 else nothing
        as_object = by_object[o] if o >= 0 else nothing
        of_subject = (as_subject + 5.0 * share) / (as_subject.sum() + 5.0)
        of_object = (as_object + 5.0 * share) / (as_object.sum() + 5.0)
        expected = of_subject * of_object / share
        there, back = pairs.get((s, o), nothing), pairs.get((o, s), nothing)
        of_pair = (there + 3.0 * expected / expected.sum()) / (there.sum() + 3.0)
        reverse = (back + 3.0 * share) / (back.sum() + 3.0)
        shares = np.concatenate([of_pair, reverse, of_subject, of_object])
        return np.concatenate([np.log(shares + 1e-4), np.log1p([there.sum(), back.sum()])])
