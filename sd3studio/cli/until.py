"""`sd3studio generate ... --until SCORE`: seeds are tried until a picture passes its check; every try is kept."""

import argparse
import contextlib
import json
import sys
from pathlib import Path
from typing import Any

from sd3studio.cli.console import finish, print_json
from sd3studio.core.errors import InputError, StudioError
from sd3studio.core.files import write_atomic
from sd3studio.core.messages import Try, UntilResult
from sd3studio.core.png import is_png, read_record
from sd3studio.core.requests import GenerateImage, GenerateUntil
from sd3studio.services.check_report import pictures_csv


def add_until_options(parser: argparse.ArgumentParser) -> None:
    """Options of the search over seeds."""
    parser.add_argument(
        "--until",
        type=float,
        metavar="SCORE",
        help="try seeds until the check of the picture gives this score (0 to 1)",
    )
    parser.add_argument("--budget", type=int, metavar="N", help="with --until: at most N pictures (default 20)")
    parser.add_argument("--hold", type=int, metavar="N", help="with --until: N relations must hold as well")
    parser.add_argument(
        "--reader", choices=("auto", "detectors", "id-map"), help="with --until: what reads the pictures back"
    )


def check_until_options(args: argparse.Namespace) -> None:
    """Refuse options that mean nothing without ``--until``. Raises `InputError`."""
    alone = [f"--{name}" for name in ("budget", "hold", "reader") if getattr(args, name) is not None]
    if alone:
        raise InputError(f"{', '.join(alone)} goes with --until SCORE only.")


def run_until(args: argparse.Namespace, request: GenerateImage) -> int:
    """Search, write the best picture, all tries and their table; exit code 0 whether or not the target was reached."""
    search = GenerateUntil(
        request=request,
        target=args.until,
        relations=args.hold,
        **({"budget": args.budget} if args.budget is not None else {}),
        reader=(args.reader or "auto").replace("-", " "),
    )
    folder = args.output.with_suffix(".tries")
    result = _named(_searched(search, folder), folder)
    write_atomic(args.output, result.tries[0].png)
    table = _write_tables(args.output, folder, result)
    best = result.tries[0]
    if not result.reached:
        print(
            f"No picture reached {search.target:g}; the best of {len(result.tries)} has {best.report.score:.2f}.",
            file=sys.stderr,
        )
    for note in best.report.notes:
        print(note, file=sys.stderr)
    if args.json:
        print_json({"picture": str(args.output), "table": str(table), **until_data(result)})
    else:
        print(args.output)
    return 0


def until_data(result: UntilResult) -> dict[str, Any]:
    """The search as plain JSON data: whether it succeeded, and all tries, best first."""
    tries = [{"seed": done.seed, "picture": done.report.picture, "check": done.report.data()} for done in result.tries]
    best = result.tries[0]
    found = {"reached": result.reached, "seed": best.seed, "score": round(best.report.score, 4)}
    return {**found, "notes": list(result.notes), "tries": tries}


def picture_name(seed: int) -> str:
    """File name of the picture of a seed."""
    return f"seed-{seed}.png"


def _searched(search: GenerateUntil, folder: Path) -> UntilResult:
    """Run the job; each finished picture is written at once, so that a search that is stopped keeps what it made."""
    return finish(search, hear=lambda progress: _keep(progress.preview, folder))


def _keep(preview: bytes | None, folder: Path) -> None:
    if preview is None or not is_png(preview):
        return
    with contextlib.suppress(StudioError):  # a preview of the steps, not a finished picture
        seed = read_record(preview).request.seed
        write_atomic(folder / picture_name(seed), preview)


def _write_tables(output: Path, folder: Path, result: UntilResult) -> Path:
    """``out.tries.json`` and ``out.tries.csv`` beside the picture; returns the first."""
    table = output.with_suffix(".tries.json")
    data = json.dumps(until_data(result), indent=1, ensure_ascii=False)
    write_atomic(table, data.encode("utf-8"))
    lines = pictures_csv([done.report for done in result.tries])
    write_atomic(output.with_suffix(".tries.csv"), lines.encode("utf-8"))
    return table


def _named(result: UntilResult, folder: Path) -> UntilResult:
    """The same with the files of the pictures in the reports."""
    tries = (
        Try(done.seed, done.png, done.report.replace(picture=str(folder / picture_name(done.seed))))
        for done in result.tries
    )
    return UntilResult(tuple(tries), result.reached, result.notes)
