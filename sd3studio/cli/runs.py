"""`sd3studio runs`: training runs, each a process of its own that survives whoever started it."""

import argparse
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sd3studio.cli.console import print_json
from sd3studio.cli.runs_comparing import compare
from sd3studio.core.errors import InputError
from sd3studio.core.training.presets import MEMORY
from sd3studio.core.training.run import GOALS, RunRequest, RunState
from sd3studio.services.runs.store import ORDERS, Run, RunStore

FOLLOW_S = 0.5
EPILOG = """\
Several processes or hosts share a run whose --accumulate is a multiple of their number, and see the losses that one
would. Ask for it with --hold, then, on each host R of N (all must see the folder of the run):
  accelerate launch --multi_gpu --num_machines N --num_processes N --machine_rank R --main_process_ip HOST \\
      --main_process_port 29500 -m sd3studio.cli.main runs work FOLDER
Without GPUs say ACCELERATE_USE_CPU=true before it. Two processes of one host:
  torchrun --nproc_per_node 2 -m sd3studio.cli.main runs work FOLDER
Elsewhere the window lists it after "runs follow FOLDER", and its buttons and "runs stop" and the like reach it.
"""

TASKS = {
    "list": "all runs, the newest first",
    "start": "ask for a run; it starts at once if none is at work, else it waits",
    "show": "how a run stands, its last losses, its alerts",
    "log": "what its process printed",
    "pause": "hold still after the step", "resume": "go on, after a pause, a stop, a kill or a failure",
    "stop": "save and end", "save": "save a checkpoint now", "sample": "make a sample now",
    "extend": "train a run that has ended for more steps",
    "branch": "a new run that goes on from a checkpoint or the result of another",
    "compare": "two or more runs side by side: settings, losses, scores",
    "promote": "use its weights from now on", "rollback": "use the weights before those",
    "export": "copy its weights and their card to a folder that from_pretrained loads",
    "follow": "list a run whose folder lies elsewhere, on a disk that several hosts share",
    "remove": "delete a run, or let go of one that is followed",
    "work": "train a run in this process (what start does in another)",
}  # fmt: skip


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = EPILOG
    tasks = parser.add_subparsers(dest="task", required=True, metavar="TASK")
    made = {name: tasks.add_parser(name, help=text, description=text) for name, text in TASKS.items()}
    for name, sub in made.items():
        if name == "compare":
            sub.add_argument("runs", nargs="+", metavar="RUN")
            sub.add_argument("--scenes", type=Path, metavar="DIR", help="also score SD3 weights on this data set")
            sub.add_argument(
                "--show", type=Path, metavar="DIR", help="with --scenes: pictures and sentences side by side"
            )
            sub.add_argument("--limit", type=int, default=24, metavar="N", help="with --scenes: at most N of them")
        elif name == "rollback":
            sub.add_argument("kind", choices=tuple(GOALS))
        elif name == "follow":
            sub.add_argument("folder", type=Path, metavar="FOLDER")
        elif name not in ("list", "start"):
            sub.add_argument("run", metavar="RUN", help="id of the run, or enough of it")
        if name in ("list", "show", "compare", "start", "branch"):
            sub.add_argument("--json", action="store_true", help="print JSON")
    made["start"].add_argument("goal", choices=tuple(GOALS), help="what to train")
    for name in ("start", "branch"):
        _add_settings(made[name])
    made["start"].add_argument("--data", default="", metavar="DIR|FILE", help="what it learns from")
    made["start"].add_argument("--config", default="fine-tuning", metavar="C", help="of sd3 (default fine-tuning)")
    made["start"].add_argument("--stage", default="all", choices=("dgae", "align", "graph", "all"))
    made["start"].add_argument("--only", default="", metavar="NAMES", help="only these stages, commas between")
    made["start"].add_argument("--from", dest="start", action="append", default=[], metavar="DIR", help="weights")
    made["start"].add_argument(
        "--control", default="", metavar="DIR", help="of lora: a ControlNet that steers meanwhile"
    )
    made["start"].add_argument(
        "--control-map", default="depth", choices=("depth", "normal"), help="what that one reads"
    )
    made["start"].add_argument("--model", default="", metavar="DIR", help="of lora: the Stable Diffusion folder")
    made["start"].add_argument("--rank", type=int, default=8, help="of lora (default 8)")
    made["start"].add_argument("--follow", action="store_true", help="wait for its end; Ctrl+C leaves it running")
    made["start"].add_argument("--hold", action="store_true", help="don't start it: see the end of runs --help")
    made["start"].add_argument("--estimate", action="store_true", help="do a few steps, tell time and memory, and stop")
    made["branch"].add_argument("--step", type=int, metavar="N", help="a checkpoint of the run (default: its result)")
    made["branch"].add_argument("--of", default="", metavar="STAGE", help="whose checkpoint (default: the last such)")
    made["extend"].add_argument("--steps", type=int, required=True, metavar="N", help="so many steps more")
    made["export"].add_argument("-o", "--output", type=Path, required=True, metavar="DIR")


def _add_settings(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--title", default="", help="for people")
    parser.add_argument("--steps", type=int, metavar="N", help="steps in each stage (epochs of relations)")
    parser.add_argument("--learning-rate", type=float, metavar="R")
    parser.add_argument("--batch", type=int, metavar="N", help="samples of a micro-batch")
    parser.add_argument("--accumulate", type=int, metavar="N", help="micro-batches of a step; processes share them out")
    parser.add_argument("--memory", choices=tuple(MEMORY), help="smaller batches in more parts, or larger")
    parser.add_argument(
        "--average", action=argparse.BooleanOptionalAction, help="keep the running mean of the weights (or not)"
    )
    parser.add_argument("--threads", type=int, metavar="N", help="processor threads")
    parser.add_argument("--seed", type=int, metavar="S")
    parser.add_argument("--checkpoint-every", type=int, default=100, metavar="N", help="steps (default 100)")
    parser.add_argument("--keep", type=int, default=3, metavar="N", help="checkpoints that are kept (default 3)")
    parser.add_argument("--keep-every", type=int, default=0, metavar="N", help="those of each N steps stay for good")
    parser.add_argument(
        "--sample-every", type=int, default=0, metavar="N", help="steps between samples (default: none)"
    )


def run(args: argparse.Namespace) -> int:
    from sd3studio.app import runs_folder

    return _DOING[args.task](RunStore(runs_folder()), args)


def _list(store: RunStore, args: argparse.Namespace) -> int:
    rows = [_row(run) for run in store.runs()]
    if args.json:
        print_json(rows)
        return 0
    for row in rows:
        at = f"{row['stage']} {row['step']}/{row['total']}" if row["stage"] else ""
        print(f"{row['id']:44} {row['goal']:10} {row['state']:9} {at:28} {row['reason'][:60]}".rstrip())
    return 0


def _row(run: Run) -> dict[str, Any]:
    status = run.status
    request = run.request
    return {"id": run.id, "goal": request.goal, "title": request.title, **status.model_dump(mode="json")}


def _start(store: RunStore, args: argparse.Namespace) -> int:
    from sd3studio.services.runs.launching import advance

    given = {name: value for name, value in vars(args).items() if name in RunRequest.model_fields}
    told = {name: value for name, value in given.items() if value is not None} | {"start": tuple(args.start)}
    request = _absolute(RunRequest(**told))
    _tell_problems(Path(request.data))
    if args.estimate:
        return _estimate(request)
    run = store.create(request)
    if args.hold:
        run.put_status(run.status.replace(state=RunState.STOPPED, reason="Not begun yet, as asked for."))
    advance(store)
    if args.json:
        print_json(_row(run))
    else:
        print(run.id)
    return _follow(run) if args.follow else 0


def _tell_problems(data: Path) -> None:
    """Say what is wrong with a data set before a run starts on it."""
    import sys

    from sd3studio.ml.training.data.problems import problems_in
    from sd3studio.ml.training.data.shards import INDEX
    from sd3studio.ml.training.data.summary import parts_of

    parts = parts_of(data) if data.is_dir() else {}
    if any((part / INDEX).is_file() for part in parts.values()):
        for problem in problems_in(parts):
            print(f"data: {problem}", file=sys.stderr)


def _absolute(request: RunRequest) -> RunRequest:
    """Paths as they are from anywhere: the run's process may start elsewhere."""
    data = str(Path(request.data).expanduser().resolve()) if request.data else ""
    if data and not Path(data).exists():
        raise InputError(f"There is no data at {data}.")
    start = tuple(str(Path(name).expanduser().resolve()) for name in request.start)
    return request.replace(data=data, start=start)


def _estimate(request: RunRequest) -> int:
    import tempfile

    from sd3studio.services.runs.estimating import estimate
    from sd3studio.services.runs.trainers import TRAINERS

    with tempfile.TemporaryDirectory(prefix="sd3studio-estimate-") as folder:
        found = estimate(request, Path(folder), TRAINERS)
    for stage in found.stages:
        told = f"{stage.steps:,} steps, the first after {stage.first_s:.1f} s, then {stage.step_s:.3f} s each"
        print(f"{stage.name:22} {told}: {stage.total_s:.0f} s")
    print(f"{'in all':22} {found.total_s:.0f} s, {found.memory_mb:,.0f} MB")
    return 0


def _follow(run: Run) -> int:
    shown = 0
    try:
        while True:
            status = run.status
            if status.step != shown:
                shown = status.step
                print(f"[{status.step}/{status.total}] {status.stage}", flush=True)
            if not status.state.lives and status.state is not RunState.WAITING:
                print(f"{status.state}: {status.reason}" if status.reason else str(status.state))
                return 0 if status.state in (RunState.FINISHED, RunState.STOPPED) else 2
            time.sleep(FOLLOW_S)
    except KeyboardInterrupt:
        print(f"{run.id} goes on; stop it with: sd3studio runs stop {run.id}")
        return 0


def _show(store: RunStore, args: argparse.Namespace) -> int:
    from sd3studio.services.runs.metrics import MetricsReader
    from sd3studio.services.runs.store import METRICS

    run = store.get(args.run)
    reader = MetricsReader(run.work / METRICS)
    reader.read_new()
    last = {stage: {name: float(values[-1]) for name, values in c.items()} for stage, c in reader.columns.items()}
    told = {**_row(run), "folder": str(run.folder), "request": run.request.model_dump(mode="json"), "last": last}
    told["checkpoints"] = [f"{stage} {step}" for stage, step in run.checkpoints()]
    told["samples"] = [str(path) for path in run.samples()]
    told["result"] = str(run.result) if run.result.is_dir() else ""
    if args.json:
        print_json(told)
        return 0
    for name, value in told.items():
        print(f"{name:14} {value}")
    return 0


def _log(store: RunStore, args: argparse.Namespace) -> int:
    print(store.get(args.run).log, end="")
    return 0


def _ordered(order: str) -> Callable[[RunStore, argparse.Namespace], int]:
    def give(store: RunStore, args: argparse.Namespace) -> int:
        store.get(args.run).give_order(order)
        return 0

    assert order in ORDERS
    return give


def _resume(store: RunStore, args: argparse.Namespace) -> int:
    from sd3studio.services.runs.launching import resume

    resume(store, store.get(args.run))
    return 0


def _extend(store: RunStore, args: argparse.Namespace) -> int:
    from sd3studio.services.runs.branching import extend
    from sd3studio.services.runs.launching import advance

    print(extend(store, store.get(args.run), args.steps).id)
    advance(store)
    return 0


def _branch(store: RunStore, args: argparse.Namespace) -> int:
    from sd3studio.services.runs.branching import branch
    from sd3studio.services.runs.launching import advance

    names = (
        "title",
        "steps",
        "learning_rate",
        "batch",
        "accumulate",
        "memory",
        "average",
        "threads",
        "seed",
        "checkpoint_every",
        "keep",
        "keep_every",
        "sample_every",
    )
    changes = {name: getattr(args, name) for name in names if getattr(args, name) not in (None, "")}
    new = branch(store, store.get(args.run), args.step, changes, args.of)
    advance(store)
    if args.json:
        print_json(_row(new))
    else:
        print(new.id)
    return 0


def _promote(store: RunStore, args: argparse.Namespace) -> int:
    from sd3studio.core.training.in_use import promote

    run = store.get(args.run)
    print(promote(run.request.goal, run.id, run.result))
    return 0


def _rollback(store: RunStore, args: argparse.Namespace) -> int:
    from sd3studio.core.training.in_use import roll_back

    print(roll_back(args.kind))
    return 0


def _export(store: RunStore, args: argparse.Namespace) -> int:
    from sd3studio.services.runs.branching import export

    print(export(store.get(args.run), args.output))
    return 0


def _follow_elsewhere(store: RunStore, args: argparse.Namespace) -> int:
    print(store.follow(args.folder).id)
    return 0


def _remove(store: RunStore, args: argparse.Namespace) -> int:
    store.remove(store.get(args.run))
    return 0


def _work(store: RunStore, args: argparse.Namespace) -> int:
    import os

    from sd3studio.services.runs.launching import advance
    from sd3studio.services.runs.trainers import TRAINERS
    from sd3studio.services.runs.working import work

    run = store.get(args.run)
    first = os.environ.get("RANK", "0") == "0"
    try:
        work(run, TRAINERS, owns=first)
    finally:
        if first:
            advance(RunStore(run.folder.parent))
    return 0


_DOING: dict[str, Callable[[RunStore, argparse.Namespace], int]] = {
    "list": _list, "start": _start, "show": _show, "log": _log, "pause": _ordered("pause"), "resume": _resume,
    "stop": _ordered("stop"), "save": _ordered("save now"), "sample": _ordered("sample now"), "extend": _extend,
    "branch": _branch, "compare": compare, "promote": _promote, "rollback": _rollback, "export": _export,
    "follow": _follow_elsewhere, "remove": _remove, "work": _work,
}  # fmt: skip
