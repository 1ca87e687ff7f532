"""`sd3studio library TASK`: a library of photos: add folders, parse, caption, check, search, ask, export, undo."""

import argparse
from pathlib import Path

from sd3studio.cli import library_captions, library_looking, library_work

GROUPS = (library_work, library_looking, library_captions)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--library",
        metavar="DIR|URL",
        help="folder of the library, or postgresql://user@host/name (default: the user's library)",
    )
    tasks = parser.add_subparsers(dest="task", required=True, metavar="TASK")
    for group in GROUPS:
        group.add_tasks(tasks)


def run(args: argparse.Namespace) -> int:
    from sd3studio.services.library import Library

    where = args.library if args.library is None or "://" in args.library else Path(args.library)
    with Library.open(where) as library:
        return args.do(library, args)
