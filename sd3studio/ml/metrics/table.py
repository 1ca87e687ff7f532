"""The paper's table at a small size: trains its four systems and the ablations, and scores them on held-out scenes.

Protocol. All systems are trained by the same code on the same rendered scenes (64 px, a plain token grid, graphs
without layout) with the same nets, batches, steps and seed; rows differ as `table_systems` says. What they share
(codecs, marginals, the start of the diffusions, step 3) is trained once. They are scored on the same held-out scenes
with the same draws, by `table_scores`; intervals are 95 % bootstraps over scenes, not over trainings. With this little
training, differences within the intervals mean nothing.

The cost of a row is the processor time of what it trains by itself, beside that of the shared stages.

Everything is kept under ``--out``; what is there is not done again, so a run can be stopped and gone on with.
"""

import argparse
import json
import logging
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sd3studio.core.errors import DataError, InputError
from sd3studio.core.files import write_atomic
from sd3studio.ml.training.metrics_log import MetricsLog

if TYPE_CHECKING:
    from sd3studio.ml.metrics.table_scores import Truth
    from sd3studio.ml.metrics.table_systems import Row
    from sd3studio.ml.training.config import TrainConfig
    from sd3studio.ml.training.stage import Stage

log = logging.getLogger(__name__)

COLUMNS = (
    "frechet",
    "inception",
    "likeness",
    "bleu4",
    "spice",
    "relation_accuracy",
    "trirec_text",
    "trirec_image",
    "train_cpu_s",
)
SEED = 0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``sd3studio evaluate table``."""
    parser.add_argument("--config", default="table", metavar="C", help="a shipped configuration or a JSON file")
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="scenes with pictures to train on")
    parser.add_argument("--heldout", type=Path, required=True, metavar="DIR", help="scenes with pictures to score on")
    parser.add_argument("--out", type=Path, required=True, metavar="RUN", help="folder for all that is made")
    parser.add_argument("--only", action="append", metavar="SYSTEM", help="only this one (may be repeated)")
    parser.add_argument("--limit", type=int, default=0, metavar="N", help="score on the first N scenes (0: all)")
    parser.add_argument("--steps", type=int, metavar="N", help="so many steps in each stage, to try things")
    parser.add_argument("--threads", type=int, default=1, metavar="N", help="processor threads (default 1)")


def evaluate(args: argparse.Namespace) -> dict[str, Any]:
    """Train and score what isn't there yet; the whole table."""
    import torch

    from sd3studio.ml.libraries import prepare_libraries
    from sd3studio.ml.metrics.table_systems import LAST, SYSTEMS
    from sd3studio.ml.training.sources.triples import scenes_of

    if unknown := [name for name in args.only or () if name not in SYSTEMS]:
        raise InputError(f"There is no system {unknown[0]!r}. There are: {', '.join(SYSTEMS)}.")
    prepare_libraries()
    torch.set_num_threads(max(args.threads, 1))
    config = prepared(args.config, args.data, args.out, args.steps)
    shared = args.out / "shared"
    stages = [stage for stage in config.stages if stage.name != LAST]
    train_all(config, shared, stages, args.data)
    truth: Truth | None = None
    for name in args.only or SYSTEMS:
        if not _result(args.out, name).is_file():
            train_row(SYSTEMS[name], config, args.out / "systems" / name, shared / "system", args.data)
            truth = truth or _truth(config, shared / "system", args.heldout, args.limit)
            _score_row(name, args.out, truth)
            _keep(args, truth)
    scenes_of.cache_clear()
    table = _keep(args, truth)
    return table if args.json else dict(printed(table))


def _keep(args: argparse.Namespace, truth: "Truth | None") -> dict[str, Any]:
    """Write the table as far as it is."""
    baselines = args.out / "baselines.json"
    if truth is not None and not baselines.is_file():
        write_atomic(baselines, json.dumps(truth.baselines(), indent=1).encode())
    table = assembled(args.out, args.data, args.heldout)
    write_atomic(args.out / "table.json", json.dumps(table, indent=1).encode())
    return table


def prepared(name: str, data: Path, out: Path, steps: int | None) -> "TrainConfig":
    """The base configuration, with a tokenizer trained on the data's sentences if it has none, and a cache."""
    from sd3studio.ml.conditioning.text_tokens import TextTokenizer
    from sd3studio.ml.metrics.table_systems import LAST
    from sd3studio.ml.training.config import load_config
    from sd3studio.ml.training.data.shards import Dataset

    config = load_config(name)
    if not any(stage.name == LAST for stage in config.stages):
        raise InputError(f"The configuration {name} has no stage {LAST!r}, which each system of the table is.")
    if steps is not None:
        config = config.with_steps(steps)
    system = config.system
    if system.tokenizer is None:
        path = (out / "tokenizer.json").resolve()
        if not path.is_file():
            texts = [one.caption.text for record in Dataset(data).records() for one in record.sentences]
            if not texts:
                raise DataError(f"The data set {data} has no sentences.")
            write_atomic(path, TextTokenizer.train(texts).model_dump_json().encode())
        system = system.replace(tokenizer=str(path))
    cache = {"cache": str((out / "cache").resolve())}
    stages = tuple(stage.replace(source_options=stage.source_options | cache) for stage in config.stages)
    return config.replace(system=system, stages=stages)


def train_all(
    config: "TrainConfig", run: Path, stages: "Sequence[Stage]", data: Path, start: Sequence[Path] = ()
) -> None:
    """Train stages in a run folder, going on with what is there."""
    from sd3studio.core.messages import Note
    from sd3studio.core.training.messages import StageDone
    from sd3studio.ml.training.loop import train

    for message in train(config, run, stages, data, resume=True, start_from=start):
        if isinstance(message, StageDone):
            log.info("%s: %s is finished", run.name, message.stage)
        elif isinstance(message, Note):
            log.info("%s: %s", run.name, message.text)


def train_row(row: "Row", base: "TrainConfig", run: Path, shared: Path, data: Path) -> None:
    """Train one system from the shared parts that it takes."""
    from sd3studio.ml.metrics.table_systems import config_of
    from sd3studio.ml.system import System

    config = config_of(row, base)
    start = run / "start"
    if not (run / "system").is_dir():
        system = System.load(shared, [name for name in base.system.parts if name not in row.fresh])
        kept = {name: part for name, part in system.config.parts.items() if name in system.parts}
        system.config = system.config.replace(parts=kept)
        system.save(start)
    train_all(config, run, config.stages, data, [start])


def _truth(config: "TrainConfig", shared: Path, heldout: Path, limit: int) -> "Truth":
    from sd3studio.ml.metrics.table_scores import Truth
    from sd3studio.ml.system import System
    from sd3studio.ml.training.data.shards import Dataset
    from sd3studio.ml.training.sources import open_source

    system = System.load(shared, ["graph_codec"])
    source = open_source("triples", heldout, system, **config.stages[-1].source_options)
    scenes = [record.scene for record in Dataset(heldout).records() if record.sentences]
    return Truth.of(source, scenes, limit)  # type: ignore[arg-type]


def _score_row(name: str, out: Path, truth: "Truth") -> None:
    from sd3studio.ml.metrics.table_samples import sample_all
    from sd3studio.ml.metrics.table_scores import score
    from sd3studio.ml.metrics.table_systems import SYSTEMS
    from sd3studio.ml.system import System

    row, run = SYSTEMS[name], out / "systems" / name
    started = time.perf_counter()
    made = sample_all(System.load(run / "system"), row, truth.source, truth.rows, SEED)
    sampled = time.perf_counter() - started
    report = {
        "label": row.label,
        **score(made, truth),
        "scenes": len(truth.rows),
        "sample_s": round(sampled, 1),
        "train_cpu_s": round(MetricsLog(run).seconds("cpu_seconds"), 1),
        "examples": made.sentences[:8],
    }
    _keep_pictures(made.pictures, run / "pictures.png")
    write_atomic(_result(out, name), json.dumps(report, indent=1).encode())
    log.info("%s is scored", name)


def assembled(out: Path, data: Path, heldout: Path) -> dict[str, Any]:
    """The table of all systems that are scored."""
    from sd3studio.ml.metrics.table_systems import SYSTEMS

    systems = {name: json.loads(_result(out, name).read_bytes()) for name in SYSTEMS if _result(out, name).is_file()}
    baselines = out / "baselines.json"
    return {
        "systems": systems,
        "baselines": json.loads(baselines.read_bytes()) if baselines.is_file() else {},
        "shared_train_cpu_s": round(MetricsLog(out / "shared").seconds("cpu_seconds"), 1),
        "data": str(data),
        "heldout": str(heldout),
        "protocol": (
            "64 px token grid, tiny nets, seed 0; same scenes, steps and draws for all; 95 % bootstrap over scenes; "
            "Frechet distance on EfficientNet-Lite0 features, Inception-style score on EfficientNet-Lite0 logits, "
            "SPICE (spaCy parse), all sentences of a scene are references"
        ),
    }


def printed(table: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Lines of the table: name, and its figures with their intervals."""
    yield "system", "  ".join(f"{name:>22}" for name in COLUMNS)
    for name, report in table["systems"].items():
        yield name, "  ".join(f"{_figure(report.get(column)):>22}" for column in COLUMNS)
    for name, report in table["baselines"].items():
        yield name, _figure(report)
    yield "shared_train_cpu_s", str(table["shared_train_cpu_s"])
    yield "protocol", table["protocol"]


def _figure(value: Any) -> str:
    if value is None:
        return "-"
    if not isinstance(value, dict):
        return f"{value:.0f}"
    bounds = value["interval"]
    text = f"{value['value']:.3g}"
    return text if bounds is None else f"{text} [{bounds[0]:.3g}, {bounds[1]:.3g}]"


def _result(out: Path, name: str) -> Path:
    return out / "rows" / f"{name}.json"


def _keep_pictures(pictures: Sequence[Any], path: Path, columns: int = 8) -> None:
    """The first pictures in rows, to look at."""
    import numpy as np
    from PIL import Image

    shown = pictures[: columns * columns // 2]
    rows = [np.concatenate(shown[k : k + columns], 1) for k in range(0, len(shown) - columns + 1, columns)]
    if rows:
        Image.fromarray(np.concatenate(rows)).save(path)
