"""The spatial predicate of two labelled boxes of a picture, by a small fitted model: it never sees the picture.

Three parts: what captions say of such nouns (counts, and a net over their MiniLM embeddings that knows unseen nouns),
the geometry of the boxes, and over both an ensemble of small nets and a kernel regression on the pairs of the training
set. Only NumPy is needed to run it.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from sd3studio.core.errors import MissingModelError
from sd3studio.core.locations import MODELS
from sd3studio.core.scene.predicates import VSD_PREDICATES, Predicate
from sd3studio.core.training.in_use import stamp_of, weights_in_use
from sd3studio.ml.embedding import embed
from sd3studio.ml.parsing.relation_features import BOX_FEATURES, CaptionCounts, box_features, nearness

Floats = NDArray[np.float64]
Weights = Mapping[str, NDArray[np.float32]]

FOLDER = MODELS / "relations"
WORD_AXES = 32
"""Principal axes of the word embeddings that the ensemble sees; the caption net sees all."""


KERNEL_SHARE = 0.4
"""How much the kernel regression says beside the nets: together 0.520 instead of 0.516 in five folds."""
KERNEL_SCALES = (1.3, 0.6, 1.0)
"""What geometry, main axes of the nouns, and what captions say count in the distance of two pairs."""
KERNEL_RATE = 0.005


def silu(x: Floats) -> Floats:
    """x * sigmoid(x)."""
    return x / (1.0 + np.exp(-np.clip(x, -60.0, 60.0)))


def softmax(logits: Floats) -> Floats:
    """Rows of probabilities."""
    powers = np.exp(logits - logits.max(axis=-1, keepdims=True))
    return powers / powers.sum(axis=-1, keepdims=True)


def run_net(x: Floats, weights: Weights, prefix: str) -> Floats:
    """Logits of a plain net whose layers are ``<prefix>.<k>.weight`` (out, in) and ``.bias``, with SiLU between."""
    k = 0
    while f"{prefix}.{k}.weight" in weights:
        x = (silu(x) if k else x) @ weights[f"{prefix}.{k}.weight"].T + weights[f"{prefix}.{k}.bias"]
        k += 1
    return x


@dataclass(frozen=True, slots=True)
class WordPrior:
    """What nouns alone say of a pair: caption counts, a net over embeddings, and the main axes of the embeddings.

    `weights` holds ``axes.mean`` (384,), ``axes.rows`` (A, 384), ``axes.words`` (W, A) of the counted words, and the
    layers ``captions.*`` of the net.
    """

    counts: CaptionCounts
    weights: Weights

    def features(self, subjects: Sequence[str], objects: Sequence[str]) -> Floats:
        """(N, F) features of pairs of labels."""
        unique = list(dict.fromkeys(word.lower() for word in (*subjects, *objects)))
        rows = {word: k for k, word in enumerate(unique)}
        axes = self.axes(unique)
        s, o = (axes[[rows[word.lower()] for word in words]] for words in (subjects, objects))
        there, back = (softmax(self.caption_logits(*pair)) for pair in ((s, o), (o, s)))
        said = np.log(np.concatenate([there, back], axis=1) + 1e-4)
        known = self.weights["axes.words"].astype(float)
        near_s, near_o = nearness(s, known), nearness(o, known)
        counted = (self.counts.features(subjects, objects), self.counts.like(near_s, near_o))
        return np.concatenate([s[:, :WORD_AXES], o[:, :WORD_AXES], *counted, said], axis=1)

    def axes(self, words: Sequence[str]) -> Floats:
        """(N, A) embeddings of words along their main axes."""
        return (embed(words) - self.weights["axes.mean"]) @ self.weights["axes.rows"].T

    def caption_logits(self, subjects: Floats, objects: Floats) -> Floats:
        """(N, 7) logits of the counted predicates for pairs of words, given along the main axes."""
        return run_net(3.0 * np.concatenate([subjects, objects], axis=1), self.weights, "captions")


@dataclass(frozen=True, slots=True)
class RelationModel:
    """`prior`, and in `weights` an ensemble, ``scale.mean``, ``scale.std`` (F,) and the layers ``net<k>.*``, and, if it
    was fitted, the kernel regression: ``kernel.points`` (T, F), ``kernel.values`` (T, 9), ``kernel.mean`` (9,).
    """

    prior: WordPrior
    weights: Weights

    def probabilities(
        self, subjects: Sequence[str], first: ArrayLike, objects: Sequence[str], second: ArrayLike
    ) -> Floats:
        """(N, 9) probabilities of `VSD_PREDICATES` for N pairs; boxes are (N, 4) x0, y0, x1, y1 px."""
        return self.from_features(pair_features(self.prior, subjects, first, objects, second))

    def from_features(self, features: Floats) -> Floats:
        """(N, 9) probabilities from `pair_features` (N, F)."""
        x = np.clip((features - self.weights["scale.mean"]) / self.weights["scale.std"], -5.0, 5.0)
        nets = 0
        total: Floats = np.zeros((len(features), len(VSD_PREDICATES)))
        while f"net{nets}.0.weight" in self.weights:
            total += softmax(run_net(x, self.weights, f"net{nets}"))
            nets += 1
        if "kernel.points" not in self.weights:
            return total / nets
        return (1.0 - KERNEL_SHARE) * total / nets + KERNEL_SHARE * self._by_kernel(x)

    def _by_kernel(self, x: Floats) -> Floats:
        """(N, 9) probabilities from scaled features (N, F) by likeness to the pairs of the training set."""
        likeness = kernel(x, self.weights["kernel.points"].astype(float))
        values = np.maximum(likeness @ self.weights["kernel.values"] + self.weights["kernel.mean"], 1e-6)
        return values / values.sum(axis=1, keepdims=True)

    @classmethod
    def load(cls, folder: Path = FOLDER) -> Self:
        """Read a model folder. Raises `MissingModelError` if it is not there or not whole."""
        from safetensors import SafetensorError
        from safetensors.numpy import load_file

        try:
            tensors = load_file(folder / "model.safetensors")
            config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
            counts = CaptionCounts(
                config["words"], tensors.pop("captions_counted.triples"), tensors.pop("captions_counted.counts")
            )
        except (OSError, KeyError, ValueError, SafetensorError) as error:
            raise MissingModelError(
                f"The relation model in {folder} can't be read ({error}). Restore the folder models/relations of the "
                "program, or make it with: python -m sd3studio.ml.training.relation_model"
            ) from error
        prior = {name: t for name, t in tensors.items() if name.startswith(("axes.", "captions."))}
        weights = {name: t for name, t in tensors.items() if name not in prior}
        if not _fits_together(weights):
            raise MissingModelError(
                f"The relation model in {folder} is damaged: its layers are of sizes that don't fit together. Restore "
                "the folder, or go back to other weights."
            )
        return cls(WordPrior(counts, prior), weights)

    def save(self, folder: Path, card: Mapping[str, object]) -> None:
        """Write ``model.safetensors`` and ``config.json`` (words and `card`) into a folder."""
        from safetensors.numpy import save_file

        folder.mkdir(parents=True, exist_ok=True)
        counts = self.prior.counts
        tensors = {
            name: np.ascontiguousarray(t, np.float32) for name, t in {**self.prior.weights, **self.weights}.items()
        }
        tensors["captions_counted.triples"] = np.ascontiguousarray(counts.triples, np.int16)
        tensors["captions_counted.counts"] = np.ascontiguousarray(counts.counts, np.int32)
        save_file(tensors, folder / "model.safetensors")
        text = json.dumps({**card, "words": list(counts.words)}, indent=1, ensure_ascii=False)
        (folder / "config.json").write_text(text + "\n", encoding="utf-8")


def kernel(first: Floats, second: Floats) -> Floats:
    """(N, M) likeness in (0, 1] of pairs by their scaled features (N, F) and (M, F): a Gaussian of their distance."""
    scales = np.full(first.shape[1], KERNEL_SCALES[2])
    scales[:BOX_FEATURES] = KERNEL_SCALES[0]
    scales[BOX_FEATURES : BOX_FEATURES + 2 * WORD_AXES] = KERNEL_SCALES[1]
    a, b = first * scales, second * scales
    squares = (a * a).sum(1)[:, None] + (b * b).sum(1)[None] - 2.0 * a @ b.T
    return np.exp(-KERNEL_RATE * np.maximum(squares, 0.0))


def _fits_together(weights: Mapping[str, NDArray[np.float32]]) -> bool:
    """Whether all nets and the kernel regression read the scaled features, and the nets tell the nine predicates."""
    if not {"scale.mean", "scale.std", "net0.0.weight"} <= set(weights):
        return False
    if weights["scale.mean"].shape != weights["scale.std"].shape or weights["scale.mean"].ndim != 1:
        return False
    points = weights.get("kernel.points")
    if points is not None and points.shape[1:] != weights["scale.mean"].shape:
        return False
    for net in {name.split(".")[0] for name in weights if name.startswith("net")}:
        wide, depth = len(weights["scale.mean"]), 0
        while (layer := weights.get(f"{net}.{depth}.weight")) is not None:
            bias = weights.get(f"{net}.{depth}.bias")
            if layer.ndim != 2 or layer.shape[1] != wide or bias is None or bias.shape != (layer.shape[0],):
                return False
            wide, depth = layer.shape[0], depth + 1
        if wide != len(VSD_PREDICATES):
            return False
    return True


def pair_features(
    prior: WordPrior, subjects: Sequence[str], first: ArrayLike, objects: Sequence[str], second: ArrayLike
) -> Floats:
    """(N, F) geometry of the boxes (N, 4), then what the words say."""
    boxes = box_features(np.asarray(first, float).reshape(-1, 4), np.asarray(second, float).reshape(-1, 4))
    return np.concatenate([boxes, prior.features(subjects, objects)], axis=1)


def model_in_use() -> RelationModel:
    """The model of a promoted run, else the one that ships with the program. Raises `MissingModelError`."""
    return _loaded_now(weights_in_use("relations") or FOLDER)


def shipped_model() -> RelationModel:
    """The model that ships with the program. Raises `MissingModelError`."""
    return _loaded_now(FOLDER)


def _loaded_now(folder: Path) -> RelationModel:
    return _loaded(folder, stamp_of(folder) if folder.is_dir() else (0, 0))


@lru_cache(maxsize=2)
def _loaded(folder: Path, stamp: tuple[int, int]) -> RelationModel:
    return RelationModel.load(folder)


def predict_relation(
    label_a: str, box_a: Sequence[float], label_b: str, box_b: Sequence[float]
) -> dict[Predicate, float]:
    """Probabilities of the nine predicates for "a predicate b", likeliest first; boxes are x0, y0, x1, y1 px."""
    row = model_in_use().probabilities([label_a], [box_a], [label_b], [box_b])[0]
    return {VSD_PREDICATES[k]: float(row[k]) for k in np.argsort(-row, kind="stable")}
