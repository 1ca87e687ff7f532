"""Fits `sd3studio.ml.parsing.relation_model`: what captions say of nouns, then the ensemble on labelled pairs.

    python -m sd3studio.ml.training.relation_model --data vsd_v1_val.json \\
        --captions pycocoevalcap-1.2-py3-none-any.whl -o models/relations

Without ``--captions`` the counts and the caption net of the shipped model are kept and only the ensemble is fitted.
"""

import argparse
import sys
from collections.abc import Callable, Generator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sd3studio.core.scene.predicates import VSD_PREDICATES
from sd3studio.ml.embedding import embed
from sd3studio.ml.parsing.relation_features import COUNTED, CaptionCounts
from sd3studio.ml.parsing.relation_model import FOLDER, RelationModel, WordPrior, kernel, pair_features
from sd3studio.ml.training.caption_counts import caption_counts, read_captions
from sd3studio.ml.training.data.annotated import split_of
from sd3studio.ml.training.vsd import LabelledPairs, read_pairs

Floats = NDArray[np.float64]
Arrays = dict[str, NDArray[np.float32]]

WORD_AXES_KEPT = 64


@dataclass(frozen=True, slots=True)
class Recipe:
    """How one net is fitted: AdamW with a one-cycle rate, dropout on inputs and hidden units, smoothed labels."""

    hidden: tuple[int, ...] = (256, 256)
    epochs: int = 40
    batch: int = 256
    rate: float = 3e-3
    decay: float = 0.05
    dropout: float = 0.6
    input_dropout: float = 0.3
    smoothing: float = 0.1


@dataclass(frozen=True, slots=True)
class Epoch:
    """An epoch of `fitting_net`: its number (from 1), its mean loss, its last rate; and what the net guesses now.

    `guesses` gives the likeliest class (N,) for features (N, F).
    """

    number: int
    loss: float
    rate: float
    guesses: Callable[[Floats], NDArray[np.int64]]


ENSEMBLE = Recipe()
CAPTIONS = Recipe(
    hidden=(128,), epochs=6, batch=512, rate=2e-3, decay=1e-3, dropout=0.2, input_dropout=0.0, smoothing=0.0
)
NETS = 6
MOST_POINTS = 6_000
"""Pairs that a kernel regression may keep; the matrix that is solved then has 288 MB."""
RIDGE = 1.0


def fit_net(
    x: Floats, classes: NDArray[np.int64], count: int, recipe: Recipe, seed: int, weight: Floats | None = None
) -> Arrays:
    """Layers ``<k>.weight`` and ``<k>.bias`` of a net that tells `count` classes (N,) from features x (N, F)."""
    fitting = fitting_net(x, classes, count, recipe, seed, weight)
    while True:
        try:
            next(fitting)
        except StopIteration as done:
            return done.value


def fitting_net(
    x: Floats,
    classes: NDArray[np.int64],
    count: int,
    recipe: Recipe,
    seed: int,
    weight: Floats | None = None,
    start: Mapping[str, NDArray[np.float32]] | None = None,
) -> Generator[Epoch, None, Arrays]:
    """`fit_net` epoch by epoch; gives the layers in the end.

    `start` are the layers to begin with instead of fresh ones, as this gives them.
    """
    import torch
    from torch import nn

    generator = torch.Generator().manual_seed(seed)
    sizes = (x.shape[1], *recipe.hidden, count)
    layers = [nn.Linear(a, b) for a, b in pairwise(sizes)]
    for layer in layers:
        bound = layer.in_features**-0.5
        nn.init.uniform_(layer.weight, -bound, bound, generator=generator)
        nn.init.zeros_(layer.bias)
    for k, layer in enumerate(layers) if start is not None else ():
        with torch.no_grad():
            layer.weight.copy_(torch.tensor(start[f"{k}.weight"]))
            layer.bias.copy_(torch.tensor(start[f"{k}.bias"]))
    inputs, targets = torch.tensor(x, dtype=torch.float32), torch.tensor(classes)
    weights = torch.ones(len(x)) if weight is None else torch.tensor(weight, dtype=torch.float32)
    parameters = [p for layer in layers for p in layer.parameters()]
    optimiser = torch.optim.AdamW(parameters, lr=recipe.rate, weight_decay=recipe.decay)
    steps = recipe.epochs * max(1, len(x) // recipe.batch)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, recipe.rate, total_steps=steps + 1)

    def dropped(values: torch.Tensor, share: float) -> torch.Tensor:
        keep = torch.rand(values.shape, generator=generator) >= share
        return values * keep / (1.0 - share)

    @torch.no_grad()
    def guesses(asked: Floats) -> NDArray[np.int64]:
        hidden = torch.tensor(asked, dtype=torch.float32)
        for depth, layer in enumerate(layers):
            hidden = layer(nn.functional.silu(hidden) if depth else hidden)
        return hidden.argmax(1).numpy()

    for epoch in range(1, recipe.epochs + 1):
        order = torch.randperm(len(x), generator=generator)
        losses = []
        for k in range(max(1, len(x) // recipe.batch)):
            batch = order[k * recipe.batch : (k + 1) * recipe.batch]
            hidden = dropped(inputs[batch], recipe.input_dropout)
            for depth, layer in enumerate(layers):
                hidden = layer(dropped(nn.functional.silu(hidden), recipe.dropout) if depth else hidden)
            loss = nn.functional.cross_entropy(
                hidden, targets[batch], reduction="none", label_smoothing=recipe.smoothing
            )
            optimiser.zero_grad()
            mean = (loss * weights[batch]).mean()
            mean.backward()
            optimiser.step()
            schedule.step()
            losses.append(float(mean.detach()))
        yield Epoch(epoch, sum(losses) / len(losses), float(schedule.get_last_lr()[0]), guesses)
    return {f"{k}.{n}": p.detach().numpy() for k, layer in enumerate(layers) for n, p in layer.named_parameters()}


def fit_prior(counts: CaptionCounts, seed: int = 0) -> WordPrior:
    """Main axes of the embeddings of the counted words, and the net that generalises the counts over them."""
    vectors = embed(counts.words).astype(float)
    mean = vectors.mean(axis=0)
    _, _, rows = np.linalg.svd(vectors - mean, full_matrices=False)
    kept = rows[: min(WORD_AXES_KEPT, len(rows))]
    axes = (vectors - mean) @ kept.T
    subject, predicate, object = counts.triples.T
    weight = np.sqrt(counts.counts.astype(float))
    share = np.bincount(predicate, weight, minlength=len(COUNTED))
    weight *= (share.mean() / np.maximum(share, 1e-9))[predicate] ** 0.7  # rare predicates would hardly be heard
    x = 3.0 * np.concatenate([axes[subject], axes[object]], axis=1)
    net = fit_net(x, predicate.astype(np.int64), len(COUNTED), CAPTIONS, seed, weight / weight.mean())
    layers = {f"captions.{name}": tensor for name, tensor in net.items()}
    known = {"axes.mean": mean, "axes.rows": kept, "axes.words": axes}
    return WordPrior(counts, {name: tensor.astype(np.float32) for name, tensor in known.items()} | layers)


def fit_ensemble(
    prior: WordPrior, features: Floats, classes: NDArray[np.int64], nets: int = NETS, recipe: Recipe = ENSEMBLE
) -> RelationModel:
    """The ensemble on `pair_features` (N, F) with the predicates (N,) of the pairs."""
    mean, std = features.mean(axis=0), features.std(axis=0) + 1e-3
    x = np.clip((features - mean) / std, -5.0, 5.0)
    weights: Arrays = {"scale.mean": mean.astype(np.float32), "scale.std": std.astype(np.float32)}
    for k in range(nets):
        fitted = fit_net(x, classes, len(VSD_PREDICATES), recipe, seed=k)
        weights |= {f"net{k}.{name}": tensor for name, tensor in fitted.items()}
    return RelationModel(prior, weights | fit_kernel(x, classes))


def fit_kernel(x: Floats, classes: NDArray[np.int64], ridge: float = RIDGE) -> Arrays:
    """Kernel ridge regression of the predicates (N,) on scaled features (N, F), see `RelationModel`."""
    return _solved(x, np.eye(len(VSD_PREDICATES))[classes], ridge)


def _solved(points: Floats, wanted: Floats, ridge: float) -> Arrays:
    mean = wanted.mean(0)
    values = np.linalg.solve(kernel(points, points) + ridge * np.eye(len(points)), wanted - mean)
    tensors = {"kernel.points": points, "kernel.values": values, "kernel.mean": mean}
    return {name: tensor.astype(np.float32) for name, tensor in tensors.items()}


def extended_kernel(weights: Mapping[str, NDArray[np.float32]], x: Floats, classes: NDArray[np.int64]) -> Arrays:
    """The kernel regression of a model fitted anew on its own pairs and these; empty if it has none.

    What its own pairs were asked to be follows from its solution, so they need not be at hand. At most `MOST_POINTS`
    pairs are kept: the new ones, then the first of the old.

    Parameters
    ----------
    x, classes : (N, F) scaled features and (N,) predicates of the new pairs
    """
    if "kernel.points" not in weights:
        return {}
    points, values = weights["kernel.points"].astype(float), weights["kernel.values"].astype(float)
    old = kernel(points, points) @ values + RIDGE * values + weights["kernel.mean"]
    wanted = np.concatenate([np.eye(len(VSD_PREDICATES))[classes], old])
    return _solved(np.concatenate([x, points])[:MOST_POINTS], wanted[:MOST_POINTS], RIDGE)


def features_of(prior: WordPrior, pairs: LabelledPairs) -> Floats:
    """(N, F) features of labelled pairs."""
    return pair_features(prior, pairs.subjects, pairs.first, pairs.objects, pairs.second)


def cross_validated(
    prior: WordPrior,
    pairs: LabelledPairs,
    folds: int = 5,
    nets: int = NETS,
    recipe: Recipe = ENSEMBLE,
    report: Callable[[str], None] = lambda text: None,
) -> Floats:
    """(N, 9) probabilities of each pair by an ensemble that saw no pair of the same image."""
    features, fold = features_of(prior, pairs), pairs.image_folds(folds)
    probabilities = np.zeros((len(pairs), len(VSD_PREDICATES)))
    for k in range(folds):
        out = fold == k
        model = fit_ensemble(prior, features[~out], pairs.predicates[~out], nets, recipe)
        probabilities[out] = model.from_features(features[out])
        right = (probabilities[out].argmax(axis=1) == pairs.predicates[out]).mean()
        report(f"fold {k + 1} of {folds}: {right:.4f} of {out.sum()} pairs")
    return probabilities


def main() -> int:
    """Fit, cross-validate and save."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="a VSD file with boxes")
    parser.add_argument("--captions", type=Path, help="COCO captions: a JSON file, or the wheel of pycocoevalcap")
    parser.add_argument("--split", choices=("all", "train"), default="all", help="images to fit on (default all)")
    parser.add_argument("--folds", type=int, default=5, help="parts for the cross-validation (0: none)")
    parser.add_argument("-o", "--output", type=Path, default=FOLDER, help="folder of the model")
    args = parser.parse_args()

    def report(text: str) -> None:
        print(text, file=sys.stderr, flush=True)

    pairs = read_pairs(args.data)
    if args.split == "train":
        pairs = pairs.only([k for k, image in enumerate(pairs.images) if split_of(image) == "train"])
    if args.captions is None:
        prior = RelationModel.load().prior
    else:
        captions = read_captions(args.captions)
        prior = fit_prior(caption_counts(captions))
        report(f"{len(captions)} captions: {len(prior.counts.words)} words, {len(prior.counts.counts)} triples")
    card: dict[str, object] = {
        "predicates": [p.value for p in VSD_PREDICATES],
        "split": args.split,
        "pairs": len(pairs),
    }
    if args.folds > 0:
        scores = cross_validated(prior, pairs, args.folds, report=report)
        card["cross_validated_accuracy"] = float((scores.argmax(axis=1) == pairs.predicates).mean())
        report(f"cross-validated by image: {card['cross_validated_accuracy']:.4f} of {len(pairs)} pairs")
    model = fit_ensemble(prior, features_of(prior, pairs), pairs.predicates)
    model.save(args.output, card)
    return 0


if __name__ == "__main__":
    sys.exit(main())
