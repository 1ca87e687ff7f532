"""BLEU-1..4 of a set of captions against one or more references each (Papineni et al. 2002), as COCO's toolkit has it.

Protocol: words as in `sd3studio.ml.metrics.ptb`; n-gram matches, clipped by the largest count in one reference, are
added up over all captions before dividing; the reference length of a caption is the one nearest to its own (the shorter
of two equally near); one brevity penalty for the whole set. Values equal those of ``pycocoevalcap`` 1.2, with its
additions of 1e-9 and 1e-15; the counting is ours and quicker. More references for each caption give higher values, so
`references_per_item` belongs beside the number.
"""

import math
from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from sd3studio.ml.metrics.ptb import words

Ints = NDArray[np.int64]

ORDERS = 4
_SMALL, _TINY = 1e-9, 1e-15
"""The toolkit's guards against empty captions."""

Gram = tuple[str, ...]


def corpus_bleu(captions: Sequence[str], references: Sequence[Sequence[str]]) -> tuple[float, float, float, float]:
    """BLEU-1 to BLEU-4 in [0, 1] of a set of captions, each with its references.

    Raises
    ------
    ValueError
        Not one set of references for each caption, or a caption without a reference.
    """
    return bleu_of(bleu_counts(captions, references))


def bleu_counts(captions: Sequence[str], references: Sequence[Sequence[str]]) -> Ints:
    """(N, 10) for each caption: matches of 1- to 4-grams, their number, length, length of the nearest reference.

    All that BLEU needs of a caption: rows of several sets may be joined, and drawn again for a bootstrap.
    """
    counts = np.zeros((len(captions), 2 * ORDERS + 2), np.int64)
    for row, (caption, others) in enumerate(zip(captions, references, strict=True)):
        if not others:
            raise ValueError(f"Caption {row} has no reference.")
        said, wanted = words(caption), [words(other) for other in others]
        counts[row, :ORDERS] = [_matches(said, wanted, n) for n in range(1, ORDERS + 1)]
        counts[row, ORDERS:-2] = [max(0, len(said) - n) for n in range(ORDERS)]
        counts[row, -2:] = len(said), min((abs(len(other) - len(said)), len(other)) for other in wanted)[1]
    return counts


def bleu_of(counts: Ints) -> tuple[float, float, float, float]:
    """BLEU-1 to BLEU-4 from the rows of `bleu_counts`."""
    total = [int(value) for value in counts.sum(axis=0)]
    ratio = (total[-2] + _TINY) / (total[-1] + _SMALL)
    penalty = math.exp(1.0 - 1.0 / ratio) if ratio < 1.0 else 1.0
    product, scores = 1.0, []
    for n in range(ORDERS):
        product *= float(total[n] + _TINY) / (total[ORDERS + n] + _SMALL)
        scores.append(product ** (1.0 / (n + 1)) * penalty)
    return scores[0], scores[1], scores[2], scores[3]


def _grams(said: Sequence[str], n: int) -> Iterator[Gram]:
    return zip(*(said[k:] for k in range(n)), strict=False)


def _matches(said: Sequence[str], wanted: Sequence[Sequence[str]], n: int) -> int:
    """n-grams of a caption that are in the references, each counted at most as often as in one of them."""
    distinct = set(_grams(said, n))
    known = set().union(*(_grams(other, n) for other in wanted))
    if len(distinct) == len(said) - n + 1:  # the usual case: none is said twice, so there is nothing to clip
        return len(distinct & known)
    limits = [Counter(_grams(other, n)) for other in wanted]
    return sum(min(count, max(limit[gram] for limit in limits)) for gram, count in Counter(_grams(said, n)).items())
