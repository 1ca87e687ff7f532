"""The relation model from corrected scenes: its ensemble goes on learning, from the weights in use, on their pairs.

The data are a VSD or Visual Genome file with boxes, a folder of such, or a data set of own scenes (``sd3studio dataset
own``): each relation that a person asserted between two things in sight is a pair. A net that was cut short is begun
again, with the same draws.
"""

import time
from collections.abc import Generator
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file, save

from sd3studio.core.errors import DataError, InputError
from sd3studio.core.files import write_atomic
from sd3studio.core.messages import Note
from sd3studio.core.scene.predicates import VSD_PREDICATES
from sd3studio.core.training.in_use import weights_in_use
from sd3studio.core.training.messages import STOP, Planned, Sampled, Saved, StageDone, StepDone, TrainMessage
from sd3studio.core.training.run import RunRequest
from sd3studio.ml.parsing.relation_model import FOLDER, RelationModel
from sd3studio.ml.training.data.annotated import split_of
from sd3studio.ml.training.data.own import labelled_pairs
from sd3studio.ml.training.data.public_pairs import public_pairs
from sd3studio.ml.training.data.shards import INDEX, Dataset, learnt_part
from sd3studio.ml.training.goals.card import card
from sd3studio.ml.training.metrics_log import MetricsLog
from sd3studio.ml.training.relation_model import Recipe, extended_kernel, features_of, fitting_net
from sd3studio.ml.training.vsd import LabelledPairs

WORK, RESULT = "work", "result"
EPOCHS, RATE, BATCH, LEAST_PAIRS = 20, 5e-4, 64, 10


def run(request: RunRequest, folder: Path) -> Generator[TrainMessage, str | None, None]:
    """Fit every net of the ensemble and keep the model. Raises `DataError` where there is too little to learn from."""
    train, dev = split_pairs(Path(request.data))
    if len(train) < LEAST_PAIRS:
        raise DataError(
            f"{request.data} has {len(train)} relations that a person asserted between things in sight; at least "
            f"{LEAST_PAIRS} are needed. Assert some in Annotate, or name a VSD file."
        )
    base = RelationModel.load(Path(request.start[0]) if request.start else weights_in_use("relations") or FOLDER)
    steps = request.steps or EPOCHS
    yield Planned({f"net{number}": steps for number in range(len(_nets(base)))})
    yield Note(f"{len(train)} pairs to learn from, {len(dev)} to judge by.")
    features = features_of(base.prior, train)
    if features.shape[1] != len(base.weights["scale.mean"]):
        raise InputError(
            f"The relation model to begin with is of another size: it reads {len(base.weights['scale.mean'])} features "
            f"of a pair, this program gives {features.shape[1]}. Begin with the shipped one."
        )
    x, judged = (
        np.clip((some - base.weights["scale.mean"]) / base.weights["scale.std"], -5.0, 5.0)
        for some in (features, features_of(base.prior, dev) if len(dev) else features[:0])
    )
    recipe = Recipe(
        epochs=steps, batch=request.batch or BATCH, rate=request.learning_rate or RATE,
    )  # fmt: skip
    work, log = folder / WORK, MetricsLog(folder / WORK)
    work.mkdir(parents=True, exist_ok=True)
    weights = {name: base.weights[name] for name in ("scale.mean", "scale.std")}
    nets = _nets(base)
    for number, start in enumerate(nets):
        kept, stage = work / f"net{number}.safetensors", f"net{number}"
        if not kept.is_file():
            log.rewind(stage, 0)
            fitting = fitting_net(
                x, train.predicates, len(VSD_PREDICATES), recipe, (request.seed or 0) + number, start=start
            )
            begun = time.perf_counter()
            while True:
                try:
                    epoch = next(fitting)
                except StopIteration as done:
                    write_atomic(kept, save(done.value))
                    yield Saved(stage, recipe.epochs, work)
                    break
                per_s = len(x) * epoch.number / (time.perf_counter() - begun)
                right = (epoch.guesses(judged) == dev.predicates).mean() if len(dev) else None
                message = StepDone(
                    stage, epoch.number, recipe.epochs, epoch.loss, {"cross entropy": epoch.loss}, epoch.rate, 0.0,
                    per_s, 0.0, {} if right is None else {"relations right, %": 100.0 * float(right)},
                )  # fmt: skip
                log.add(_line(message))
                if (yield message) == STOP and epoch.number < recipe.epochs:
                    return
        weights |= {f"net{number}.{name}": tensor for name, tensor in load_file(kept).items()}
    model = RelationModel(base.prior, weights | extended_kernel(base.weights, x, train.predicates))
    told = {"accuracy before": _accuracy(base, dev), "accuracy after": _accuracy(model, dev)}
    if len(dev):
        yield Sampled(stage, recipe.epochs, told, text=f"{told['accuracy before']:.3f} -> {told['accuracy after']:.3f}")
    words = "\n".join(f"- {name} on {len(dev)} pairs of other photos: {value:.4f}" for name, value in told.items())
    model.save(folder / RESULT, {"predicates": [p.value for p in VSD_PREDICATES], "pairs": len(train), **told})
    write_atomic(folder / RESULT / "README.md", card(request, {"Scores": words if len(dev) else ""}).encode())
    yield StageDone("relations", recipe.epochs * len(nets), folder / RESULT)


def split_pairs(path: Path) -> tuple[LabelledPairs, LabelledPairs]:
    """To learn from and to judge by, never of the same photo. Raises `DataError`."""
    if path.is_dir() and any((path / part / INDEX).is_file() for part in ("", "train", "dev")):
        return _own_pairs(learnt_part(path)), _own_pairs(path / "dev")
    pairs = public_pairs(path)
    on_dev = np.array([split_of(image) == "dev" for image in pairs.images], bool)
    return pairs.only(list(np.flatnonzero(~on_dev))), pairs.only(list(np.flatnonzero(on_dev)))


def hits(model: RelationModel, pairs: LabelledPairs) -> np.ndarray:
    """(N,) bool: whether the likeliest predicate of each pair is the asserted one."""
    if not len(pairs):
        return np.zeros(0, bool)
    return model.from_features(features_of(model.prior, pairs)).argmax(axis=1) == pairs.predicates


def _own_pairs(folder: Path) -> LabelledPairs:
    rows = labelled_pairs(list(Dataset(folder).records())) if (folder / INDEX).is_file() else []
    index = {predicate.value: k for k, predicate in enumerate(VSD_PREDICATES)}
    boxes = np.array([[row[2], row[5]] for row in rows], float).reshape(-1, 2, 4)
    return LabelledPairs(
        images=tuple(row[0] for row in rows),
        subjects=tuple(row[1] for row in rows),
        objects=tuple(row[4] for row in rows),
        first=boxes[:, 0],
        second=boxes[:, 1],
        predicates=np.array([index[row[3]] for row in rows], np.int64),
    )


def _nets(model: RelationModel) -> list[dict[str, np.ndarray]]:
    """The layers of each net of an ensemble, without its prefix."""
    nets: list[dict[str, np.ndarray]] = []
    while f"net{len(nets)}.0.weight" in model.weights:
        prefix = f"net{len(nets)}."
        nets.append({k.removeprefix(prefix): v for k, v in model.weights.items() if k.startswith(prefix)})
    return nets


def _accuracy(model: RelationModel, pairs: LabelledPairs) -> float:
    return float(hits(model, pairs).mean()) if len(pairs) else 0.0


def _line(message: StepDone) -> dict[str, object]:
    names = ("stage", "step", "loss", "losses", "lr", "gradient_norm", "samples_per_s", "memory_mb")
    return {name: getattr(message, name) for name in names}
