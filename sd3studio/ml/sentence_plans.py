"""How people of one style say a triple: which sentence with two gaps, and by which nouns; small fitted models.

A plan is a sentence with gaps, "the <obj0> is in front of the <obj1>", that several people wrote of different pairs; a
few nets tell how likely each is, from the predicate, the nouns (MiniLM) and the boxes. The nouns come from a lexicon:
people who are told "garbage can" say "trash can", and what they say of a label is tried on labels of like meaning.

Beside the text decoder this is a second opinion on which words are likely (`writing.consensus`): fitted on the same
sentences, it errs elsewhere. Only NumPy is needed to run it.
"""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from sd3studio.core.errors import MissingModelError
from sd3studio.core.language.wording import is_plural
from sd3studio.core.scene.predicates import VSD_PREDICATES, Predicate
from sd3studio.ml.conditioning.text_tokens import NamedThing, other_number, spoken
from sd3studio.ml.embedding import embed
from sd3studio.ml.parsing.relation_features import box_features
from sd3studio.ml.parsing.relation_model import run_net, softmax

Floats = NDArray[np.float64]
Box = tuple[float, float, float, float]

SAME, OTHER_NUMBER = "=", "~"
"""What the lexicon has for a label that is said as it stands, or in its other number."""

AXES = 32
SHARPNESS = 12.0
"""Labels count by ``exp(12 (cosine - 1))``."""
LEAST_LIKENESS = 0.02
LABEL_ITSELF = 3.0
"""So many unseen speakers call a thing as all labels are called on average."""
PLANS, NOUNS = 40, 2
"""Of the likeliest plans and nouns sentences are made."""
CLIP = 5.0


@dataclass(frozen=True, slots=True)
class Asked:
    """A pair that is to be spoken of; boxes are x0, y0, x1, y1 px, or None if one isn't known."""

    subject: str
    predicate: Predicate
    object: str
    boxes: tuple[Box, Box] | None = None


@dataclass(frozen=True)
class SentencePlans:
    """The fitted model.

    Parameters
    ----------
    plans : sentences with gaps
    labels : labels of the lexicon
    said : (label number, noun or `SAME` or `OTHER_NUMBER`) for each mention that was read
    weights : ``vectors`` (labels, 384) of length 1; ``axes.mean`` (384,), ``axes.rows`` (A, 384); ``scale.mean``,
        ``scale.std`` (F,); the layers ``net<k>.*``, whose last class is "said in another way"
    """

    plans: tuple[str, ...]
    labels: tuple[str, ...]
    said: tuple[tuple[int, str], ...]
    weights: Mapping[str, NDArray[np.float32]]

    def sentences(self, asked: Sequence[Asked]) -> list[dict[str, float]]:
        """For each pair the likeliest sentences and their weights, which don't add up to 1."""
        if not asked:
            return []
        names = list(dict.fromkeys(name.lower() for one in asked for name in (one.subject, one.object)))
        vectors = dict(zip(names, embed(names), strict=True))
        odds = self.odds(pair_rows(asked, vectors, self.weights))
        nouns = {name: self.nouns(name, vector) for name, vector in vectors.items()}
        return [
            self._filled(row, nouns[one.subject.lower()], nouns[one.object.lower()])
            for one, row in zip(asked, odds, strict=True)
        ]

    def odds(self, rows: Floats) -> Floats:
        """(N, plans + 1) from `pair_rows`; the last is the chance that none of the plans is used."""
        x = np.clip((rows - self.weights["scale.mean"]) / self.weights["scale.std"], -CLIP, CLIP)
        x[np.isnan(x)] = 0.0
        total, nets = np.zeros((len(x), len(self.plans) + 1)), 0
        while f"net{nets}.0.weight" in self.weights:
            total += softmax(run_net(x, self.weights, f"net{nets}"))
            nets += 1
        return total / max(1, nets)

    def nouns(self, label: str, vector: NDArray[np.float32]) -> dict[str, float]:
        """By which nouns a label is said, and how likely; they don't add up to 1: some say what can't be guessed."""
        near = np.exp(SHARPNESS * (self.weights["vectors"].astype(np.float32) @ vector - 1.0))
        found: dict[str, float] = defaultdict(float)
        for number, noun in self.said:
            if near[number] > LEAST_LIKENESS:
                found[noun] += float(near[number])
        total = sum(found.values()) + LABEL_ITSELF
        for noun in (SAME, OTHER_NUMBER):
            found[noun] += LABEL_ITSELF * self._usual[noun]
        told: dict[str, float] = defaultdict(float)
        for noun, weight in found.items():
            told[_noun(noun, label)] += weight / total
        return dict(sorted(told.items(), key=lambda pair: (-pair[1], pair[0])))

    def _filled(self, odds: Floats, subjects: Mapping[str, float], objects: Mapping[str, float]) -> dict[str, float]:
        told: dict[str, float] = defaultdict(float)
        for k in np.argsort(-odds, kind="stable")[:PLANS]:
            if k == len(self.plans):
                continue
            for subject, first in list(subjects.items())[:NOUNS]:
                for other, second in list(objects.items())[:NOUNS]:
                    text = spoken(self.plans[k], (NamedThing(subject), NamedThing(other)))
                    told[text] += float(odds[k]) * first * second
        return dict(told)

    @cached_property
    def _usual(self) -> dict[str, float]:
        """Shares of mentions that are the label itself, or its other number."""
        count = max(1, len(self.said))
        return {noun: sum(said == noun for _, said in self.said) / count for noun in (SAME, OTHER_NUMBER)}

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read a model folder. Raises `MissingModelError` if it is not there or not whole."""
        from safetensors import SafetensorError
        from safetensors.numpy import load_file

        try:
            config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
            said = tuple((int(number), str(noun)) for number, noun in config["said"])
            return cls(tuple(config["plans"]), tuple(config["labels"]), said, load_file(folder / "model.safetensors"))
        except (OSError, KeyError, TypeError, ValueError, SafetensorError) as error:
            raise MissingModelError(
                f"The sentence plans in {folder} can't be read ({error}). Install the program again, or make them "
                f"with: python -m sd3studio.ml.training.sentence_plans --data vsd_v2_val.json -o {folder}"
            ) from error

    def save(self, folder: Path, card: Mapping[str, object]) -> None:
        """Write ``model.safetensors`` and ``config.json`` (with `card`) into a folder."""
        from safetensors.numpy import save_file

        folder.mkdir(parents=True, exist_ok=True)
        tensors = {name: np.ascontiguousarray(tensor) for name, tensor in self.weights.items()}
        save_file(tensors, folder / "model.safetensors")
        told = {
            **card,
            "plans": list(self.plans),
            "labels": list(self.labels),
            "said": [list(one) for one in self.said],
        }
        (folder / "config.json").write_text(json.dumps(told, ensure_ascii=False) + "\n", encoding="utf-8")


def pair_rows(
    asked: Sequence[Asked], vectors: Mapping[str, NDArray[np.float32]], axes: Mapping[str, NDArray[np.float32]]
) -> Floats:
    """(N, F) features of pairs: nouns along the main axes, predicate, which are plural, boxes (NaN if not known)."""
    nouns = [
        (np.stack([vectors[name.lower()] for name in names]) - axes["axes.mean"]) @ axes["axes.rows"].T
        for names in ([one.subject for one in asked], [one.object for one in asked])
    ]
    predicates = np.array([[2.0 * (one.predicate == predicate) for predicate in VSD_PREDICATES] for one in asked])
    plural = np.array([[is_plural(one.subject), is_plural(one.object)] for one in asked], float)
    boxes = np.array([one.boxes or ((np.nan,) * 4,) * 2 for one in asked], float)
    with np.errstate(invalid="ignore"):
        geometry = box_features(boxes[:, 0], boxes[:, 1])
    geometry[np.isnan(boxes).any((1, 2))] = np.nan
    return np.concatenate([*nouns, predicates, plural, geometry], axis=1)


def _noun(noun: str, label: str) -> str:
    """What the lexicon's entry means for a label."""
    return label if noun == SAME else other_number(label) if noun == OTHER_NUMBER else noun
