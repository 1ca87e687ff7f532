"""`sd3studio parse PHOTO... | --text T [-o scene.json]`: read photos or a sentence into 3D scene graphs."""

import argparse
import sys
from pathlib import Path
from typing import Any

from sd3studio.cli.console import (
    Reporter,
    add_photo_options,
    caption_data,
    finish,
    photo_request,
    print_json,
    save_text,
)
from sd3studio.core.errors import InputError, StudioError
from sd3studio.core.messages import SceneResult
from sd3studio.core.requests import ParseText
from sd3studio.core.scene.json_form import write_scene

PHOTO_SUFFIXES = {".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("photos", nargs="*", type=Path, metavar="PHOTO", help="photos, or folders of photos")
    parser.add_argument("--text", metavar="SENTENCE", help="a sentence, English or Chinese, instead of a photo")
    parser.add_argument("--language", choices=("auto", "en", "zh"), default="auto", help="of the sentence")
    parser.add_argument("--seed", type=int, default=0, help="chooses among wordings, and what is filled in")
    parser.add_argument(
        "--fill-in", action="store_true", help="let SD3 mini add what the sentence leaves open; what it adds is marked"
    )
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        metavar="PATH",
        help="scene.json to write; a folder for several photos; else stdout",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object about what was read")
    add_photo_options(parser)


def run(args: argparse.Namespace) -> int:
    if (args.text is None) == (not args.photos):
        raise InputError("Give either photos or --text with a sentence.")
    if args.text is not None:
        return _one(args, finish(_text_request(args)), "text")
    photos = _photos(args.photos)
    if len(photos) == 1 and not args.photos[0].is_dir():
        return _one(args, finish(photo_request(args, photos[0])), str(photos[0]))
    return _many(args, photos)


def _text_request(args: argparse.Namespace) -> ParseText:
    return ParseText(text=args.text, language=args.language, seed=args.seed, complete=args.fill_in)


def _one(args: argparse.Namespace, result: SceneResult, source: str) -> int:
    text = write_scene(result.scene) + "\n"
    if args.output:
        save_text(args.output, text)
    if args.json:
        print_json(_report(result, source, args.output))
    elif args.output:
        print(args.output)
    else:
        print(text, end="")
    return 0


def _many(args: argparse.Namespace, photos: list[Path]) -> int:
    """Read all photos; one that can't be read is named on stderr and does not stop the others (exit code 2)."""
    from sd3studio.ml.parsing.photo import parse_many

    if args.output is None:
        raise InputError("Several photos need -o with the folder for their scenes.")
    reporter, reports, failed = Reporter(), [], 0
    for number, parsed in enumerate(parse_many(photos, photo_request(args, photos[0])), start=1):
        reporter.progress(number, len(photos), parsed.path.name)
        if parsed.result is None:
            failed += 1
            reporter.say(str(parsed.error))
            reports.append({"source": str(parsed.path), "error": str(parsed.error)})
            continue
        path = _scene_path(args.output, parsed.path, photos)
        save_text(path, write_scene(parsed.result.scene) + "\n")
        reports.append(_report(parsed.result, str(parsed.path), path))
        if not args.json:
            print(path)
    reporter.close()
    if args.json:
        print_json({"scenes": reports, "read": len(photos) - failed, "failed": failed})
    elif failed:
        print(f"{failed} of {len(photos)} photos could not be read.", file=sys.stderr)
    return 2 if failed else 0


def _photos(named: list[Path]) -> list[Path]:
    found: list[Path] = []
    for path in named:
        if path.is_dir():
            inside = sorted(item for item in path.iterdir() if item.suffix.lower() in PHOTO_SUFFIXES)
            if not inside:
                raise StudioError(f"There are no photos in {path}.")
            found += inside
        else:
            found.append(path)
    return found


def _scene_path(folder: Path, photo: Path, photos: list[Path]) -> Path:
    """``folder/<stem>.json``; the whole name where two photos share their stem."""
    alone = sum(other.stem == photo.stem for other in photos) == 1
    return folder / f"{photo.stem if alone else photo.name}.json"


def _report(result: SceneResult, source: str, path: Path | None) -> dict[str, Any]:
    scene = result.scene
    return {
        "source": source,
        "scene": str(path) if path else None,
        "objects": [{"id": thing.id, "label": thing.label, "kind": thing.kind} for thing in scene.objects.values()],
        "added": list(scene.added_by_model()),
        "relations": [[r.subject, r.predicate.value, r.object] for r in scene.relations],
        "captions": caption_data(result.captions),
        "notes": list(result.notes),
    }
