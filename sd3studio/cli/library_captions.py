"""The tasks of `sd3studio library` about captions: captions, styles, replace, export, undo."""

import argparse
import getpass
import sys
import time
from pathlib import Path

from sd3studio.cli.console import print_json
from sd3studio.cli.library_looking import photo_named, photos_meant
from sd3studio.cli.library_work import add_task
from sd3studio.core.errors import InputError
from sd3studio.core.language.caption_styles import DEFAULT_STYLE, OF_PHOTO, OF_SCENE
from sd3studio.services.library import Library
from sd3studio.services.library.caption_editing import (
    caption_data,
    caption_steps,
    count_tokens,
    flags_of,
    plan_replace,
    replace_all,
    undo_captions,
)
from sd3studio.services.library.caption_store import add_style, captions_of_photo, remove_style, styles, write_caption
from sd3studio.services.library.exporting import FORMS, carry_out, exports, plan_export, undo_export


def add_tasks(tasks) -> None:
    """Declare the tasks."""
    captions = add_task(
        tasks, "captions", "the captions of a photo with what is doubtful about them; write one", _captions
    )
    captions.add_argument("photo", help="a photo of the library: its path or number")
    captions.add_argument("--set", metavar="TEXT", help="your own text; it is never overwritten. Empty takes it away")
    captions.add_argument("--style", default=DEFAULT_STYLE, help=f"of the text to set (default: {DEFAULT_STYLE})")
    captions.add_argument("--author", help="who writes it (default: the name of the user)")
    known = add_task(tasks, "styles", "styles of captions and the variables of their templates; add one", _styles)
    known.add_argument("--add", nargs=2, metavar=("NAME", "TEMPLATE"), help='"[Taken in {place}. ]{caption} {facts:2}"')
    known.add_argument("--remove", metavar="NAME", help="forget a style of yours; its captions stay")
    replace = add_task(tasks, "replace", "find and replace in captions; can be undone", _replace)
    replace.add_argument("find", help="what to find; upper and lower case differ")
    replace.add_argument("put", help="what to put there")
    replace.add_argument("--regex", action="store_true", help="FIND is a regular expression")
    replace.add_argument("--style", default="", help="only captions of this style")
    replace.add_argument(
        "--where", default="", metavar="QUERY", help='only these photos: "state:parsed", "dog left of sofa"'
    )
    replace.add_argument("--dry-run", action="store_true", help="only tell what would change")
    export = add_task(tasks, "export", "write captions, or scenes as a data set, to files; can be undone", _export)
    export.add_argument(
        "--format",
        choices=FORMS,
        required=True,
        help="captions: text files, XMP sidecars, inside the photos, tables; scenes in one file: coco, vg, vsd, cvat, "
        "label-studio; scenes in a folder: json, kitti, labelcloud",
    )
    export.add_argument("--style", default=DEFAULT_STYLE, help=f"of the captions (default: {DEFAULT_STYLE})")
    export.add_argument(
        "-o", "--output", type=Path, metavar="PATH", help="folder, or file of a table or data set (default: beside)"
    )
    export.add_argument(
        "--where", default="", metavar="QUERY", help='only these photos: "state:checked", "dog left of sofa"'
    )
    export.add_argument("--overwrite", action="store_true", help="also texts in those files that somebody else wrote")
    export.add_argument("--dry-run", action="store_true", help="only tell what would change, as a diff")
    undo = add_task(tasks, "undo", "take the last export or find and replace back, or the one that is named", _undo)
    undo.add_argument("step", nargs="?", help="as `undo --list` names it")
    undo.add_argument("--list", action="store_true", help="what could be undone, newest first")


def _captions(library: Library, args: argparse.Namespace) -> int:
    row = photo_named(library, args.photo)
    if args.set is not None:
        write_caption(library, row.id, args.style, args.set, args.author or getpass.getuser())
    from sd3studio.ml.librarian.queries import read_query

    index, told = library.index_of(row.id), []
    labels = sorted({thing.label for thing in index.things})
    for caption in captions_of_photo(library, row.id):
        read = (lambda text: read_query(text, labels)) if caption.maker == "human" else None
        told.append(
            {**caption_data(caption), "flags": flags_of(caption, index, read), "tokens": count_tokens(caption.text)}
        )
    if args.json:
        print_json({"photo": row.path, "captions": told})
        return 0
    for caption in told:
        flags = f"  [{', '.join(caption['flags'])}]" if caption["flags"] else ""
        print(f"{caption['style']} ({caption['maker']}, {caption['tokens']} tokens){flags}: {caption['text']}")
    return 0


def _styles(library: Library, args: argparse.Namespace) -> int:
    if args.add:
        add_style(library, *args.add)
    if args.remove:
        remove_style(library, args.remove)
    known = styles(library)
    if args.json:
        print_json({"styles": known, "variables": {**OF_SCENE, **OF_PHOTO}})
        return 0
    for name, template in known.items():
        print(f"{name:12} {template}")
    print("\nvariables:")
    for name, text in {**OF_SCENE, **OF_PHOTO}.items():
        print(f"  {{{name}}}  {text}")
    return 0


def _replace(library: Library, args: argparse.Namespace) -> int:
    planned = plan_replace(library, photos_meant(library, args.where), args.find, args.put, args.style, args.regex)
    step = "" if args.dry_run or not planned else replace_all(library, planned, getpass.getuser())
    if args.json:
        print_json({"changed": len(planned), "step": step})
        return 0
    for item in planned if args.dry_run else ():
        print(f"photo {item.photo}, {item.style}:\n- {item.before}\n+ {item.after}")
    print(f"{len(planned)} captions {'would change' if args.dry_run else 'changed'}.", file=sys.stderr)
    if step:
        print(f"Take it back with: sd3studio library undo {step}", file=sys.stderr)
    return 0


def _export(library: Library, args: argparse.Namespace) -> int:
    plan = plan_export(library, photos_meant(library, args.where), args.format, args.style, args.output, args.overwrite)
    if args.dry_run:
        changed = sum(change.is_new for change in plan.changes)
        if args.json:
            print_json({"would_write": changed, "problems": plan.problems})
        else:
            print("\n".join(plan.diff()))
            print(f"{changed} files would be written.", file=sys.stderr)
        return 0
    done = carry_out(library, plan)
    if args.json:
        told = {"written": done.written, "kept": done.kept, "problems": done.problems, "step": done.step}
        print_json({**told, "notes": done.notes})
    else:
        print(f"{done.written} files written, {done.kept} kept as somebody else wrote them.", file=sys.stderr)
        if done.step:
            print(f"Take it back with: sd3studio library undo {done.step}", file=sys.stderr)
        for text in (*done.notes, *done.problems):
            print(text, file=sys.stderr)
    return 2 if done.problems else 0


def _undo(library: Library, args: argparse.Namespace) -> int:
    steps = [(name, at, f"{number} captions") for name, at, number in caption_steps(library)]
    steps += [(name, at, "files") for name, at, undone in exports(library) if not undone]
    steps.sort(key=lambda item: -item[1])
    if args.list:
        for name, at, what in steps:
            print(f"{time.strftime('%Y-%m-%d %H:%M:%S', time.localtime(at))}  {name}  {what}")
        return 0
    if not steps and not args.step:
        raise InputError("There is nothing to undo.")
    step = args.step or steps[0][0]
    if step.startswith("export-"):
        back, stayed = undo_export(library, step)
        told = list(stayed)
    else:
        back, number = undo_captions(library, step, getpass.getuser())
        told = [f"{number} captions were changed since and stay as they are."] if number else []
    if args.json:
        print_json({"step": step, "back": back, "stayed": told})
        return 0
    print(f"{step}: {back} put back as before.")
    for text in told:
        print(text, file=sys.stderr)
    return 0
