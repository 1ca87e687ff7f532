"""What every exporter gives: files that are still only bytes, and sentences about what the format could not hold."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sd3studio.core.scene.values import Scene


@dataclass(frozen=True, slots=True)
class Export:
    """Files to write, with their bytes, and `notes`: what was lost or guessed on the way, one sentence each."""

    files: tuple[tuple[Path, bytes], ...]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Exporter:
    """One format: its title, the usual suffix of its file, and the function that makes it.

    `make` gets the scene and the path that the user named and writes nothing itself.
    """

    title: str
    suffix: str
    make: Callable[[Scene, Path], Export]


def listed(names: list[str], limit: int = 5) -> str:
    """Names for a sentence: ``"a, b and 3 more"``."""
    if len(names) > limit:
        return f"{', '.join(names[:limit])} and {len(names) - limit} more"
    return ", ".join(names)


def left_out_notes(scene: Scene, *, stuff: bool) -> list[str]:
    """Sentences on hidden objects and, where the format has no place for them, on stuff and concepts."""
    notes = []
    hidden = [thing.label for thing in scene.objects.values() if thing.hidden]
    if hidden:
        notes.append(f"Hidden objects are left out: {listed(hidden)}.")
    if stuff:
        other = [thing.label for thing in scene.objects.values() if thing.kind != "object" and not thing.hidden]
        if other:
            notes.append(f"Stuff and concepts have no box in this format and are left out: {listed(other)}.")
    return notes
