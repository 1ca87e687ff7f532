"""Scores of a system's weights on a data set, with intervals: what two runs are compared by.

Each part that is there is scored: pictures (`metrics.image`), graphs (`metrics.graph`), and the losses of the sentence
decoder, all on the scenes of the development part, which training does not see.
"""

import argparse
from pathlib import Path
from typing import Any

from sd3studio.core.errors import StudioError
from sd3studio.ml.training.data.shards import INDEX

SHOWN = ("object_recall", "relation_accuracy", "layout_iou", "frechet", "trirec")


def scores_of(folder: Path, data: Path, limit: int) -> dict[str, Any]:
    """Name -> value for each score that this folder of weights can have; a sentence where one fails."""
    data = data / "dev" if (data / "dev" / INDEX).is_file() else data
    told: dict[str, Any] = {}
    if (folder / "text_codec").is_dir():
        told |= _losses(folder, data, limit)
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
