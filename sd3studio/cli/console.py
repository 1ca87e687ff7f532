"""Shared by the commands: running a request to its end, progress on stderr, sizes, reading scenes."""

import argparse
import contextlib
import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sd3studio.app import JOBS
from sd3studio.core.files import write_atomic
from sd3studio.core.messages import Finished, Note, Progress
from sd3studio.core.requests import ParsePhoto, ParseText
from sd3studio.core.scene.caption import Caption
from sd3studio.core.scene.values import Scene
from sd3studio.services.jobs import resolve
from sd3studio.services.scene_files import read_scene_file


class Reporter:
    """Progress on stderr: one line that is rewritten on a terminal, a line a step elsewhere."""

    def __init__(self, prefix: str = "") -> None:
        self.prefix = prefix
        self._last = ""
        self._open = False

    def progress(self, step: int, total: int, text: str) -> None:
        """Say how far the work is."""
        line = f"{self.prefix}[{step}/{total}] {text}".rstrip()
        if sys.stderr.isatty():
            print(f"\r\033[K{line}", end="", file=sys.stderr, flush=True)
            self._open = True
        elif text and text != self._last:
            print(line, file=sys.stderr, flush=True)
        self._last = text

    def say(self, text: str) -> None:
        """A line that stays."""
        self.close()
        print(f"{self.prefix}{text}", file=sys.stderr, flush=True)

    def close(self) -> None:
        """End the line that is being rewritten."""
        if self._open:
            print(file=sys.stderr)
        self._open = False


def finish(
    request: Any, reporter: Reporter | None = None, hear: Callable[[Progress], None] = lambda progress: None
) -> Any:
    """Run a request in this process; returns its result. Errors come out as they are; `hear` gets each progress."""
    reporter = reporter or Reporter()
    with contextlib.closing(resolve(JOBS[request.kind])(request)) as messages:  # type: ignore[type-var]
        try:
            for message in messages:
                match message:
                    case Progress():
                        reporter.progress(message.step, message.total, message.text)
                        hear(message)
                    case Note(text=text):
                        reporter.say(text)
                    case Finished(result=result):
                        return result
        finally:
            reporter.close()
    raise RuntimeError(f"the job {JOBS[request.kind]} ended without a result")


def add_scene_or_text(parser: argparse.ArgumentParser) -> None:
    """The arguments of commands that start from a scene or from a sentence."""
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("scene", nargs="?", type=Path, metavar="SCENE", help="a scene.json, or a picture made by us")
    source.add_argument("--text", metavar="SENTENCE", help="a sentence, English or Chinese, instead of a scene")


def scene_of(args: argparse.Namespace, size_px: tuple[int, int] | None = None) -> Scene:
    """The scene that `add_scene_or_text` was given; of a sentence one that is laid out for pictures of this size."""
    if args.text is not None:
        shape = dict(zip(("width", "height"), size_px or (), strict=False))
        return finish(ParseText(text=args.text, **shape)).scene
    return read_scene_file(args.scene)


def photo_request(args: argparse.Namespace, photo: Path) -> ParsePhoto:
    """The request to read `photo` with the options of `add_photo_options`."""
    return ParsePhoto(
        photo=str(photo),
        focal_mm=args.focal_mm,
        detector=args.detector,
        segmenter=args.segmenter,
        depth=args.depth,
        threshold=args.threshold,
        relations=args.relations,
    )


def add_photo_options(parser: argparse.ArgumentParser) -> None:
    """Options of reading a photo."""
    model = "builtin, or the folder or hub id of a transformers model"
    parser.add_argument("--focal-mm", type=float, metavar="MM", help="focal length, as on a 24 mm high frame")
    parser.add_argument("--detector", default="builtin", metavar="MODEL", help=f"what finds things: {model}")
    parser.add_argument("--segmenter", default="builtin", metavar="MODEL", help=f"what cuts them out: {model}")
    parser.add_argument("--depth", default="builtin", metavar="MODEL", help=f"what tells distances: {model}")
    parser.add_argument("--threshold", type=float, metavar="SCORE", help="lowest score of a thing that is kept")
    parser.add_argument(
        "--relations", action="store_true", help="keep relations that SD3 mini reads in the boxes and the geometry has"
    )


def size_px(text: str) -> tuple[int, int]:
    """``"768x512"`` as width and height."""
    match = re.fullmatch(r"(\d{1,5})[xX×](\d{1,5})", text)
    width, height = (int(match[1]), int(match[2])) if match else (0, 0)
    if not (1 <= width <= 8_192 and 1 <= height <= 8_192):
        raise argparse.ArgumentTypeError(f"{text!r} is not a size like 768x512 of at most 8192x8192")
    return width, height


def save_text(path: Path, text: str) -> None:
    """Write a text file in one step. Raises `StudioError` naming the file."""
    write_atomic(path, text.encode("utf-8"))


def print_json(value: Any) -> None:
    """One JSON object on stdout."""
    print(json.dumps(value, indent=2, ensure_ascii=False))


def caption_data(captions: tuple[Caption, ...]) -> list[dict[str, Any]]:
    """Captions as plain JSON data."""
    return [caption.model_dump(mode="json", exclude_none=True) for caption in captions]
