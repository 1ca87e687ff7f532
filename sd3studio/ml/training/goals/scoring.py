"""Scores of weights on a data set, with intervals: what two runs are compared by.

Each part of a system that is there is scored: pictures (`metrics.image`), graphs (TriRec, `metrics.graph`), and the
losses of the sentence decoder; of a relation model, how many relations it tells rightly. All of it on the development
part of the data, which training does not see.
"""

import argparse
from pathlib import Path
from typing import Any

from sd3studio.core.errors import StudioError
from sd3studio.ml.training.data.shards import INDEX

RELATION_MODEL = "model.safetensors"
SHOWN = ("object_recall", "relation_accuracy", "layout_iou", "frechet", "trirec")


def scores_of(folder: Path, data: Path, limit: int) -> dict[str, Any]:
    """Name -> value for each score that this folder of weights can have; a sentence where one fails."""
    if (folder / RELATION_MODEL).is_file():
        return _safely("relations", lambda: _relations(folder, data))
    data = data / "dev" if (data / "dev" / INDEX).is_file() else data
    told: dict[str, Any] = {}
    if (folder / "text_codec").is_dir():
        told |= _losses(folder, data, limit)
    if (folder / "graph_diffusion").is_dir():
        told |= _safely("graphs", lambda: _graphs(folder, data, limit))
    if (folder / "image_diffusion").is_dir():
        told |= _safely("pictures", lambda: _pictures(folder, data, limit))
    return told


def _losses(folder: Path, data: Path, limit: int) -> dict[str, Any]:
    """Mean loss of the sentence decoder over the captions of at most `limit` scenes, with a bootstrap interval."""
    import numpy as np
    import torch

    from sd3studio.ml.metrics.bootstrap import mean_interval
    from sd3studio.ml.system import System
    from sd3studio.ml.training.losses import loss_named
    from sd3studio.ml.training.order import generator_of
    from sd3studio.ml.training.sources import open_source

    system = System.load(folder, ("text_codec",))
    source = open_source("texts", data, system, scenes=".", vsd="", limit=limit * 4)
    values = []
    with torch.no_grad():
        for number in range(len(source)):
            batch = source.batch([number], generator_of("score", number))
            values.append(float(loss_named("text_decoder")(system, batch, generator_of("score", number))))
    if not values:
        return {}
    low, high = mean_interval(np.array(values)) or (values[0], values[0])
    return {"sentences: loss": f"{np.mean(values):.4f} ({low:.4f} to {high:.4f})"}


def _relations(folder: Path, data: Path) -> dict[str, Any]:
    """Share of the asserted relations of other photos that the model tells, with a bootstrap interval over them."""
    import numpy as np

    from sd3studio.core.errors import DataError
    from sd3studio.ml.metrics.bootstrap import mean_interval
    from sd3studio.ml.parsing.relation_model import RelationModel
    from sd3studio.ml.training.goals.relations import hits, split_pairs

    _, dev = split_pairs(data)
    if not len(dev):
        raise DataError(f"{data} has no relations of photos that are kept to judge by.")
    right = hits(RelationModel.load(folder), dev).astype(np.float64)
    low, high = mean_interval(right) or (right.mean(), right.mean())
    return {f"relations: right of {len(dev)}": f"{right.mean():.3f} ({low:.3f} to {high:.3f})"}


def _graphs(folder: Path, data: Path, limit: int) -> dict[str, Any]:
    """TriRec of what descriptions are completed to, per cent."""
    from sd3studio.ml.metrics import graph

    parser = argparse.ArgumentParser()
    graph.add_arguments(parser)
    words = ["--data", str(data), "--weights", str(folder), "--limit", str(limit), "--source", "tsg", "--no-photo"]
    found = graph.evaluate(parser.parse_args(words))
    low, high = found["tsg_trirec_interval"]
    return {"graphs: TriRec, %": f"{found['tsg_trirec']:.1f} ({low:.1f} to {high:.1f})"}


def _pictures(folder: Path, data: Path, limit: int) -> dict[str, Any]:
    import tempfile

    from sd3studio.ml.metrics import image

    parser = argparse.ArgumentParser()
    image.add_arguments(parser)
    with tempfile.TemporaryDirectory(prefix="sd3studio-scores-") as pictures:
        words = ["--generate", "sd3-mini", "--model", str(folder), "--pictures", pictures, "--scenes", str(data)]
        found = image.evaluate(parser.parse_args([*words, "--limit", str(limit)]))
    return {f"pictures: {name}": _told(found, name) for name in SHOWN if name in found}


def _told(found: dict[str, Any], name: str) -> Any:
    value, spread = found[name], dict(found.get("intervals") or {}).get(name)
    text = f"{value:.3f}" if isinstance(value, float) else str(value)
    return f"{text} ({spread[0]:.3f} to {spread[1]:.3f})" if isinstance(spread, list | tuple) else text


def _safely(name: str, score: Any) -> dict[str, Any]:
    try:
        return score()
    except StudioError as error:
        return {name: str(error)}
