"""What the systems of the table are worth on held-out scenes: one figure a column, with its 95 % interval.

frechet, inception : of the pictures made from sentences, against the true ones of the same size
    (`sd3studio.ml.metrics.frechet`: EfficientNet-Lite0 features, not FID)
likeness : mean cosine of the pooled features of a picture and of the true picture of its scene
bleu4, spice : of the sentences made from pictures, in points; references are all sentences of the scene
relation_accuracy : share of the relations read in those sentences that are so in the scene (graded above 0.5 for two
    things of that name); `relations_read` is how many a sentence has. A sentence without any counts as one wrong
trirec_text, trirec_image : share of the gold 3DSG's triples that are in the graph made from the sentence, the photo
precision_text, precision_image : share of the triples made that are in the gold 3DSG
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sd3studio.core.relations import LAYER_INDEX, RelationField
from sd3studio.core.scene.predicates import Predicate
from sd3studio.core.scene.values import Scene
from sd3studio.ml.metrics.bleu import bleu_counts, bleu_of
from sd3studio.ml.metrics.bootstrap import interval, mean_interval
from sd3studio.ml.metrics.frechet import (
    features_of,
    frechet,
    frechet_interval,
    half_distance,
    inception_interval,
    inception_style_score,
)
from sd3studio.ml.metrics.sentences import mention_matches
from sd3studio.ml.metrics.spice import spice_scores
from sd3studio.ml.metrics.table_samples import Samples, triples_found
from sd3studio.ml.parsing.english import parse_many_english
from sd3studio.ml.training.data.graphs import TRUE_FROM, SceneGraph
from sd3studio.ml.training.sources.triples import TripleSource

POINTS = 100.0
FRECHET_DRAWS = 4
"""Each takes seconds: the interval is coarse."""
DRAWS = 500

Figure = dict[str, Any]
"""``value`` and ``interval`` (low, high) or None."""


@dataclass(frozen=True)
class Truth:
    """The held-out scenes that all systems are scored on.

    Attributes
    ----------
    rows : of the source
    features, logits : of the true pictures, (N, 1280) and (N, 1000)
    scenes : (N)
    """

    source: TripleSource
    rows: list[int]
    features: NDArray[np.floating]
    logits: NDArray[np.floating]
    scenes: list[Scene]

    @classmethod
    def of(cls, source: TripleSource, scenes: Sequence[Scene], limit: int) -> "Truth":
        """The first `limit` usable scenes (0: all); `scenes` are those of the source, in its order."""
        rows = source.rows[: limit or None]
        features, logits = features_of(source.scenes.pixels[row] for row in rows)
        return cls(source, rows, features, logits, [scenes[row] for row in rows])

    @property
    def gold(self) -> list[SceneGraph]:
        """The gold 3DSGs."""
        return [self.source.scenes.gold[row] for row in self.rows]

    @property
    def references(self) -> list[list[str]]:
        """All sentences of each scene."""
        return [self.source.scenes.sentences[row] for row in self.rows]

    def baselines(self) -> dict[str, Figure]:
        """What true pictures get against true pictures, and what the graphs that are started from recall."""
        told = [self.source.scenes.said[row][self.source.usable[row][0]][1] for row in self.rows]
        seen = [self.source.scenes.seen[row] for row in self.rows]
        return {
            "frechet_true_halves": {"value": half_distance(self.features), "interval": None},
            "inception_true": _plain(inception_style_score(self.logits), inception_interval(self.logits)),
            **_recalled("text", told, self.gold),
            **_recalled("image", seen, self.gold),
        }


def score(made: Samples, truth: Truth) -> dict[str, Figure]:
    """All columns of a system."""
    return {
        **_pictures(made, truth),
        **_sentences(made.sentences, truth),
        **(_recalled("text", made.from_text, truth.gold) if made.from_text else {}),
        **(_recalled("image", made.from_image, truth.gold) if made.from_image else {}),
    }


def _pictures(made: Samples, truth: Truth) -> dict[str, Figure]:
    features, logits = features_of(made.pictures)
    return {
        "frechet": _plain(frechet(features, truth.features), frechet_interval(features, truth.features, FRECHET_DRAWS)),
        "inception": _plain(inception_style_score(logits), inception_interval(logits)),
        "likeness": _mean(_cosines(features, truth.features)),
    }


def _sentences(sentences: list[str], truth: Truth) -> dict[str, Figure]:
    counts = bleu_counts(sentences, truth.references)
    right, read = relations_right(sentences, truth.scenes)
    return {
        "bleu4": _plain(
            POINTS * bleu_of(counts)[3],
            interval(lambda chosen: POINTS * bleu_of(counts[chosen])[3], len(counts), DRAWS),
        ),
        "spice": _mean(POINTS * spice_scores(sentences, truth.references)),
        "relation_accuracy": _ratio(right, np.maximum(read, 1)),
        "relations_read": _mean(read),
    }


def relations_right(sentences: Sequence[str], scenes: Sequence[Scene]) -> tuple[NDArray, NDArray]:
    """How many of the relations that our parser reads in each sentence are so in its scene, and how many it reads."""
    right, read = np.zeros(len(sentences)), np.zeros(len(sentences))
    graphs = parse_many_english(sentence if sentence.strip() else "." for sentence in sentences)
    for k, (graph, scene) in enumerate(zip(graphs, scenes, strict=True)):
        truths = RelationField(scene)
        for triple in graph.triples:
            if (triple.predicate, "camera") not in LAYER_INDEX:
                continue
            first, second = (
                [row for key, row in truths.index.items() if mention_matches(mention, scene.objects[key].label)]
                for mention in (graph.mentions[triple.subject], graph.mentions[triple.object])
            )
            read[k] += 1
            right[k] += _holds(truths, triple.predicate, first, second)
    return right, read


def _holds(truths: RelationField, predicate: Predicate, first: list[int], second: list[int]) -> bool:
    if not first or not second:
        return False
    return bool((truths.grades[LAYER_INDEX[predicate, "camera"]][np.ix_(first, second)] > TRUE_FROM).any())


def _recalled(side: str, made: Sequence[SceneGraph], gold: Sequence[SceneGraph]) -> dict[str, Figure]:
    counts = np.array([triples_found(one, other) for one, other in zip(made, gold, strict=True)], float)
    return {
        f"trirec_{side}": _ratio(POINTS * counts[:, 0], counts[:, 1]),
        f"precision_{side}": _ratio(POINTS * counts[:, 0], counts[:, 2]),
    }


def _cosines(first: NDArray, second: NDArray) -> NDArray:
    lengths = np.linalg.norm(first, axis=1) * np.linalg.norm(second, axis=1)
    return (first * second).sum(1) / np.maximum(lengths, 1e-9)


def _ratio(above: NDArray, below: NDArray) -> Figure:
    def figure(chosen: NDArray) -> float:
        return float(above[chosen].sum() / max(below[chosen].sum(), 1.0))

    return _plain(figure(np.arange(len(above))), interval(figure, len(above), DRAWS))


def _mean(values: NDArray) -> Figure:
    return _plain(float(np.mean(values)), mean_interval(values, DRAWS))


def _plain(value: float, bounds: tuple[float, float] | None) -> Figure:
    return {"value": round(value, 4), "interval": None if bounds is None else [round(bound, 4) for bound in bounds]}
