"""The paper's table of the graph side (its Table 4) at a small size: trains its rows, and scores them with TriRec.

Rows: the initial TSG and VSG as they are; without pre-training (step 4 alone, no step 3); without shared features
(step 3, then step 4 without the two alignment terms); full (step 3, then step 4 with them). The rows share the shipped
graph codec and the first stage, and go through the same batches. Scored is what a graph says by itself, its relation
nodes and what its layout implies (``layout`` of `metrics.graph`, without readers), on the same held-out scenes with the
same draws.

With ``--shipped`` nothing is trained: the shipped weights are scored with descriptions of ever more sentences, and with
their readers.

Everything is kept under ``--out``; what is there is not done again.
"""

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sd3studio.core.errors import DataError, InputError
from sd3studio.core.files import write_atomic
from sd3studio.core.locations import MODELS
from sd3studio.ml.training.data.shards import Dataset

if TYPE_CHECKING:
    from sd3studio.ml.training.config import TrainConfig
    from sd3studio.ml.training.data.records import SceneRecord

ALIGNMENT = ("align_text", "align_image")
ROWS: dict[str, tuple[str, ...]] = {
    "without_pretraining": ("together",),
    "without_features": ("graph", "apart"),
    "full": ("graph", "together"),
}
"""Row -> stages that it goes through; ``apart`` is ``together`` without the alignment terms."""
SENTENCES = (1, 2, 4, 8, 16)
SOURCES = ("tsg", "vsg")
SEED = 0


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``sd3studio evaluate graph_table``."""
    parser.add_argument("--heldout", type=Path, required=True, metavar="DIR", help="scenes to score on")
    parser.add_argument("--data", type=Path, metavar="DIR", help="scenes to train on")
    parser.add_argument("--out", type=Path, metavar="RUN", help="folder for all that is made")
    parser.add_argument("--config", default="graph_table", metavar="C", help="a shipped configuration or a JSON file")
    parser.add_argument("--limit", type=int, default=256, metavar="N", help="score on the first N scenes (default 256)")
    parser.add_argument("--steps", type=int, metavar="N", help="so many steps in each stage, to try things")
    parser.add_argument("--threads", type=int, default=1, metavar="N", help="processor threads (default 1)")
    parser.add_argument("--shipped", action="store_true", help="train nothing: shipped weights by number of sentences")


def evaluate(args: argparse.Namespace) -> dict[str, Any]:
    """The table. Raises `InputError` for what does not go together, `DataError` without scenes."""
    import torch

    records = [record for record in Dataset(args.heldout).records() if record.sentences][: args.limit]
    if not records:
        raise DataError(f"There is no scene with a caption in {args.heldout}.")
    torch.set_num_threads(max(args.threads, 1))
    if args.shipped:
        return by_sentences(records)
    if args.data is None or args.out is None:
        raise InputError("Name the scenes to train on with --data and a folder with --out, or give --shipped.")
    from sd3studio.ml.training.config import load_config

    config = load_config(args.config)
    config = config.with_steps(args.steps) if args.steps is not None else config
    table: dict[str, Any] = {"scenes": len(records)}
    for name in ROWS:
        kept = args.out / f"{name}.json"
        if not kept.is_file():
            report = score(train_row(name, config, args.out, args.data), records)
            write_atomic(kept, json.dumps(report, indent=1).encode())
        report = json.loads(kept.read_bytes())
        table |= {f"initial_{kind}": report[kind]["initial"] for kind in SOURCES}
        table |= {f"{name}_{kind}": report[kind]["layout"] for kind in SOURCES}
        table[f"{name}_train_cpu_s"] = report["train_cpu_s"]
    return table


def train_row(name: str, config: "TrainConfig", out: Path, data: Path) -> Path:
    """Train a row from the stages that it shares, going on with what is there; the run folder of its last stage."""
    from sd3studio.ml.metrics.table import train_all

    start = MODELS / "sd3-mini"
    stages = {stage.name: stage for stage in config.stages}
    last = stages["together"]
    stages["apart"] = last.replace(losses={k: v for k, v in last.losses.items() if k not in ALIGNMENT})
    codec = out / "codec"
    if not (codec / "model_index.json").is_file():
        _keep_codec(start, config, codec)
    run, before = out, [codec]
    for stage in ROWS[name]:
        run = out / ("graph" if stage == "graph" else name)
        train_all(config.replace(stages=(stages[stage],)), run, [stages[stage]], data, before)
        before = [run / "system"]
    return run


def _keep_codec(weights: Path, config: "TrainConfig", folder: Path) -> None:
    """The shipped graph codec alone, as a system to start from."""
    from sd3studio.ml.system import System

    system = System.load(weights, ["graph_codec"])
    parts = {"graph_codec": config.system.parts["graph_codec"]}
    system.config = config.system.replace(parts=parts, transitions={})
    system.save(folder)


def score(run: Path, records: "list[SceneRecord]") -> dict[str, Any]:
    """TriRec of both sources, initial and after completion, each with its interval, precision and F1."""
    from sd3studio.ml.metrics.graph import SENTENCES as MANY
    from sd3studio.ml.metrics.graph import completed_graphs, scored, sources_of
    from sd3studio.ml.system import System
    from sd3studio.ml.training.metrics_log import MetricsLog

    system = System.load(run / "system")
    report: dict[str, Any] = {"train_cpu_s": round(MetricsLog(run).seconds("cpu_seconds"), 1)}
    for kind in SOURCES:
        sources = sources_of(records, kind, MANY, setting=True)
        rows = scored(records, sources, completed_graphs(system, records, sources, None, SEED), system.vocabulary.bins)
        report[kind] = {
            part: {name: rows[f"{part}_{name}"] for name in ("trirec", "trirec_interval", "precision", "f1", "true")}
            for part in ("initial", "layout")
        }
    return report


def by_sentences(records: "list[SceneRecord]") -> dict[str, Any]:
    """Scores of the shipped weights for descriptions of ever more sentences."""
    from sd3studio.ml.generation.holistic import PARTS
    from sd3studio.ml.metrics.graph import completed_graphs, scored, sources_of
    from sd3studio.ml.system import System

    system = System.load(MODELS / "sd3-mini", PARTS)
    table: dict[str, Any] = {"scenes": len(records)}
    for count in SENTENCES:
        sources = sources_of(records, "tsg", count, setting=True)
        rows = scored(records, sources, completed_graphs(system, records, sources, None, SEED), system.vocabulary.bins)
        table[f"sentences_{count}"] = {
            name: rows[name] for name in ("initial_trirec", "within_reach", "trirec", "precision", "f1", "true")
        }
    return table
