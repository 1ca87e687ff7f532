"""The tasks of `sd3studio library` that work on photos: add, scan, look, parse, caption, check, run, status."""

import argparse
import dataclasses
import getpass
import sys
from pathlib import Path

from sd3studio.cli.console import Reporter, add_photo_options, print_json
from sd3studio.cli.library_looking import photos_meant
from sd3studio.core.errors import InputError
from sd3studio.core.language.caption_styles import DEFAULT_STYLE
from sd3studio.core.messages import Finished, Progress
from sd3studio.services.import_ import IMPORTERS, read_annotations
from sd3studio.services.library import Library
from sd3studio.services.library.annotations import take_annotations
from sd3studio.services.library.batch import Order, begin, drop, unfinished, work
from sd3studio.services.library.filters import MOST_NAMED, chosen_photos, split_filters
from sd3studio.services.library.scanning import Scanned, add_folder, folders, forget_folder, scan

STEPS = {
    "look": ("look",),
    "parse": ("look", "parse"),
    "caption": ("caption",),
    "check": ("check",),
}


def add_tasks(tasks) -> None:
    """Declare the tasks."""
    add = add_task(tasks, "add", "watch folders of photos; what is new or changed is read", _add)
    add.add_argument("folders", nargs="*", type=Path, metavar="DIR", help="folders; none scans those that are watched")
    _add_pace(add)
    forget = add_task(tasks, "forget", "stop watching a folder; its files stay", _forget)
    forget.add_argument("folder", type=Path, metavar="DIR")
    for name, text in (
        ("parse", "read photos into 3D scene graphs"),
        ("caption", "write a sentence about each photo that has a scene"),
        ("check", "tell how well each photo shows its scene"),
    ):
        task = add_task(tasks, name, f"{text}, in the background processes; goes on where it was stopped", _work)
        task.add_argument(
            "--where", default="", metavar="QUERY", help='only these: "state:new folder:holiday", "dog left of sofa"'
        )
        task.add_argument("--again", action="store_true", help="also what is up to date; what people made stays")
        task.add_argument("--retry", action="store_true", help="also photos that had a problem before")
        _add_pace(task)
        if name == "caption":
            task.add_argument("--style", default=DEFAULT_STYLE, help=f"of the captions (default: {DEFAULT_STYLE})")
        if name == "parse":
            add_photo_options(task)
            task.add_argument("--caption", metavar="STYLE", help="write a caption of this style as well")
    take = add_task(tasks, "import", "store annotations of other programs as the scenes of their photos", _import)
    take.add_argument("file", type=Path, metavar="FILE")
    take.add_argument("--format", choices=tuple(IMPORTERS), required=True, help="what FILE is")
    take.add_argument("--author", help="who made them (default: the name of the user)")
    go_on = add_task(tasks, "resume", "go on with batches that were stopped or killed", _resume)
    go_on.add_argument("--drop", action="store_true", help="give them up instead; what they did stays")
    _add_ray(go_on)
    status = add_task(tasks, "status", "folders, states, batches that wait, photos with a problem", _status)
    status.add_argument("--problems", action="store_true", help="list every photo with a problem and its reason")


def add_task(tasks, name: str, text: str, do) -> argparse.ArgumentParser:
    """Declare one task; `do` takes the library and the arguments and returns the exit code."""
    parser = tasks.add_parser(name, help=text, description=f"{text[0].upper()}{text[1:]}.")
    parser.set_defaults(do=do)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    return parser


def _add_pace(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--workers", type=int, default=2, metavar="N", help="processes (default: 2)")
    parser.add_argument("--throttle", type=float, default=0.0, metavar="RATE", help="at most RATE photos a second")
    _add_ray(parser)


def _add_ray(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--ray", nargs="?", const="", metavar="ADDRESS", help="on a Ray cluster; none starts one here")


def _add(library: Library, args: argparse.Namespace) -> int:
    ids = [add_folder(library, folder) for folder in args.folders] or [row.id for row in folders(library)]
    if not ids:
        raise InputError("No folder is watched yet. Name one: sd3studio library add DIR")
    reporter, found = Reporter(), []
    for folder in ids:
        result = Scanned()
        for seen, so_far in scan(library, folder):
            reporter.progress(seen, seen, "files seen")
            result = so_far
        found.append((folder, result))
    reporter.close()
    order = Order(("look",), per_second=args.throttle, workers=args.workers)
    failed = _carry_out(library, begin(library, order), args)
    paths = {row.id: row.path for row in folders(library)}
    if args.json:
        print_json({"folders": [{"path": paths[f], **dataclasses.asdict(s)} for f, s in found], "failed": failed})
    else:
        for folder, s in found:
            print(f"{paths[folder]}: {s.added} new, {s.changed} changed, {s.gone} gone, {s.same} as before")
            if s.said:
                print(s.said, file=sys.stderr)
    return 2 if failed else 0


def _import(library: Library, args: argparse.Namespace) -> int:
    found = read_annotations(args.file, args.format)
    taken = take_annotations(library, found.scenes, args.author or getpass.getuser())
    if args.json:
        print_json({"stored": taken.stored, "unknown": taken.unknown, "notes": found.notes})
    else:
        print(f"{taken.stored} of {len(found.scenes)} scenes stored.")
        for text in (taken.said, *found.notes):
            if text:
                print(text, file=sys.stderr)
    return 0 if taken.stored or not found.scenes else 2


def _forget(library: Library, args: argparse.Namespace) -> int:
    wanted = str(args.folder.resolve())
    row = next((row for row in folders(library) if row.path == wanted), None)
    if row is None:
        raise InputError(f"{args.folder} is not watched. `sd3studio library status` lists the folders.")
    number = forget_folder(library, row.id)
    print_json({"forgotten": number}) if args.json else print(f"{number} photos forgotten; their files stay.")
    return 0


def _work(library: Library, args: argparse.Namespace) -> int:
    rest, filters = split_filters(args.where)
    photos = photos_meant(library, args.where) if rest else None
    if photos is not None and len(photos) > MOST_NAMED:
        raise InputError(f"{len(photos):,} photos are meant; narrow them down to {MOST_NAMED:,}, or use filters alone.")
    chosen = chosen_photos(photos, filters, library.database.engine.dialect.name)
    steps, style = STEPS[args.task], getattr(args, "style", None) or getattr(args, "caption", None) or DEFAULT_STYLE
    if getattr(args, "caption", None):
        steps = (*steps, "caption")
    parsing = {name: getattr(args, name, None) for name in ("detector", "segmenter", "depth", "threshold")}
    order = Order(
        steps,
        style,
        args.again,
        args.retry,
        args.throttle,
        args.workers,
        **{name: value for name, value in parsing.items() if value is not None},
    )
    run = begin(library, order, chosen)
    if run is None and not args.json:
        print("Nothing to do: all photos are up to date.", file=sys.stderr)
    failed = _carry_out(library, run, args)
    if args.json:
        print_json({"failed": failed})
    return 2 if failed else 0


def _resume(library: Library, args: argparse.Namespace) -> int:
    failed: list[dict] = []
    for run, order, total, left in unfinished(library):
        print(f"Batch {run} ({', '.join(order.steps)}): {left} of {total} photos left", file=sys.stderr)
        if args.drop:
            drop(library, run)
        else:
            failed += _carry_out(library, run, args)
    if args.json:
        print_json({"failed": failed})
    return 2 if failed else 0


def _carry_out(library: Library, run: int | None, args: argparse.Namespace) -> list[dict]:
    """Carry a batch out; what failed, with the reason. Ctrl+C stops it, and `resume` goes on."""
    if run is None:
        return []
    reporter, failed = Reporter(), []
    workers = None
    if args.ray is not None:
        from sd3studio.services.library.workers import RayWorkers

        workers = RayWorkers(getattr(args, "workers", 2), args.ray or None)
    messages = work(library, run, workers)
    try:
        for message in messages:
            match message:
                case Progress():
                    reporter.progress(message.step, message.total, message.text)
                case Finished(result=result):
                    failed = [{"photo": library.photo(n).path, "reason": reason} for n, reason in result.failed]
    finally:
        messages.close()  # type: ignore[attr-defined]
        if workers is not None:
            workers.close()
        reporter.close()
    for item in failed:
        print(item["reason"], file=sys.stderr)
    return failed


def _status(library: Library, args: argparse.Namespace) -> int:
    from sd3studio.services.library.facets import facets
    from sd3studio.services.library.filters import Filters
    from sd3studio.services.library.search import photo_ids

    counts = facets(library, with_predicates=False)
    problems = [(r.path, r.problem) for r in library.photos(photo_ids(library, Filters(problem=True)))]
    waiting = [
        {"batch": run, "steps": list(order.steps), "photos": total, "left": left}
        for run, order, total, left in unfinished(library)
    ]
    if args.json:
        print_json(
            {
                "folders": [dataclasses.asdict(row) for row in folders(library)],
                "photos": counts.total,
                "states": counts.states,
                "missing": counts.missing,
                "batches": waiting,
                "problems": [{"photo": path, "reason": reason} for path, reason in problems],
            }
        )
        return 0
    for row in folders(library):
        print(f"{row.photos:8}  {row.path}")
    print(", ".join(f"{number} {state}" for state, number in counts.states.items() if number) or "no photos")
    if counts.missing:
        print(f"{counts.missing} photos whose file is gone")
    for batch in waiting:
        print(f"batch {batch['batch']} ({', '.join(batch['steps'])}): {batch['left']} of {batch['photos']} left")
    shown = problems if args.problems else problems[:10]
    for path, reason in shown:
        print(f"problem: {path}: {reason}")
    if len(problems) > len(shown):
        print(f"{len(problems) - len(shown)} more problems; --problems lists all")
    return 0
