"""`sd3studio runs compare`: runs side by side in a table, scored on the same scenes, and what they make of some."""

import argparse

from sd3studio.cli.console import print_json
from sd3studio.core.errors import InputError
from sd3studio.core.files import write_atomic
from sd3studio.core.training.in_use import SHIPPED
from sd3studio.core.training.requests import MAX_SHOWN
from sd3studio.services.runs.comparing import compared, with_scores
from sd3studio.services.runs.store import Run, RunStore


def compare(store: RunStore, args: argparse.Namespace) -> int:
    """Print a table of the runs; with ``--scenes`` score them there, with ``--show`` keep what they make of some."""
    runs = [store.get(name) for name in args.runs]
    table = compared(runs)
    if args.scenes is not None:
        from sd3studio.ml.training.goals.scoring import scores_of

        table = with_scores(table, {run.id: scores_of(run.result, args.scenes, args.limit) for run in runs})
    if args.show is not None:
        _show_side_by_side(runs, args)
    if args.json:
        print_json(table)
        return 0
    wide = max(len(name) for name in table)
    for name, values in table.items():
        print("  ".join([f"{name:{wide}}", *(f"{value!s:28.28}" for value in values)]).rstrip())
    return 0


def _show_side_by_side(runs: list[Run], args: argparse.Namespace) -> None:
    """Write what the weights, and the shipped ones, make of a few scenes: ``SCENE-NAME.png`` and the sentences."""
    from sd3studio.ml.training.goals.side_by_side import shown_by

    if args.scenes is None:
        raise InputError("--show needs --scenes: the data set whose scenes are shown.")
    folders = {run.id: run.result for run in runs if run.result.is_dir()}
    shipped = SHIPPED.get(runs[0].request.goal)
    if shipped is not None:
        folders["shipped"] = shipped
    columns = {}
    for name, folder in folders.items():
        found = shown_by(folder, args.scenes, min(args.limit, MAX_SHOWN))
        columns |= {"as it is": found.truth, name: found.made}
    lines = []
    for name, shown in columns.items():
        for number, one in enumerate(shown, start=1):
            lines.append((number, f"{number}  {name}: {one.text}"))
            if one.png is not None:
                write_atomic(args.show / f"{number}-{name.replace(' ', '-')}.png", one.png)
    text = "\n".join(line for _, line in sorted(lines, key=lambda row: row[0])) + "\n"
    write_atomic(args.show / "sentences.txt", text.encode())
