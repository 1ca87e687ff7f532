"""Annotations of VSD, Visual Genome and COCO as scenes to train on, a file each, with people's captions beside them.

A source is a file, or a folder of such (``instances_*.json`` of COCO finds its ``captions_*.json``, Visual Genome's
``scene_graphs.json`` its ``image_data.json``); photos are found beside the file or in ``images/``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sd3studio.core.errors import StudioError
from sd3studio.core.files import write_atomic
from sd3studio.core.scene.json_form import write_scene
from sd3studio.services.import_ import IMPORTERS, read_annotations

HEAD_BYTES = 1_000_000
"""So much of a file tells its format."""
MARKS = (
    ("", ('"sd3studio-',)),
    ("vsd", ('"triple_list"',)),
    ("vg", ('"relationships"', '"objects"')),
    ("", ('"caption"', '"annotations"')),
    ("coco", ('"images"', '"file_name"')),
    ("coco", ('"annotations"', '"category_id"')),
)
"""Format, and what stands in its files; the first that fits. No format: a scene of ours, captions alone."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """What was written: scenes, how many of them have a sentence by a person, and what should be known."""

    scenes: int
    captioned: int
    problems: tuple[str, ...] = ()


def annotation_files(source: Path) -> list[tuple[Path, str]]:
    """(file, format) of the annotations that a source is, or holds at its top."""
    files = sorted(source.glob("*.json")) if source.is_dir() else [source]
    return [(path, format) for path in files if (format := _format_of(path))]


def gather_annotations(files: Sequence[tuple[Path, str]], folder: Path) -> Gathered:
    """Write the scenes (``NAME.json``) and captions (``NAME.txt``) of annotations below `folder`.

    Raises `StudioError` naming file and field where a file is not what it should be.
    """
    written = captioned = 0
    problems: list[str] = []
    for number, (path, format) in enumerate(files):
        found = read_annotations(path, format)
        problems += [f"{path.name} ({IMPORTERS[format].title}): {note}" for note in found.notes]
        for one in found.scenes:
            target = folder / f"{number}" / plain_name(one.name)
            if target.with_suffix(".json").exists():
                target = target.with_name(f"{target.name}-{written}")
            write_atomic(target.with_suffix(".json"), write_scene(one.scene).encode())
            said = [" ".join(text.split()) for text in one.captions if text.strip()]
            if said:
                write_atomic(target.with_suffix(".txt"), "\n".join(said).encode())
            written, captioned = written + 1, captioned + bool(said)
    return Gathered(written, captioned, tuple(problems))


def plain_name(name: str) -> str:
    """The name of a picture without folder and ending, fit for a file."""
    stem = name.replace("\\", "/").rsplit("/", 1)[-1].rsplit(".", 1)[0]
    return "".join(c if c.isalnum() or c in "-_" else "-" for c in stem)[:120].strip("-") or "scene"


def _format_of(path: Path) -> str:
    """The format of a file of annotations; empty if it is none."""
    if path.suffix.lower() != ".json" or not path.is_file():
        return ""
    try:
        with path.open("rb") as file:
            head = file.read(HEAD_BYTES).decode("utf-8", "replace")
    except OSError as error:
        raise StudioError(f"Can't read {path}: {error.strerror or error}.") from error
    return next((format for format, marks in MARKS if all(mark in head for mark in marks)), "")
