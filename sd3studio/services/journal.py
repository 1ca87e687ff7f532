"""The journal of a document: every step goes to disk as it is made, so that a kill loses nothing that was done.

A text file of JSON lines. The first holds the whole scene; each further one what changed (`sd3studio.core.scene.delta`)
or where in the history the user went. Each line ends with a checksum; a torn last line is left out on reading.
"""

import contextlib
import json
import os
import zlib
from itertools import pairwise
from pathlib import Path
from typing import Any, BinaryIO

from sd3studio.core.document import Document, Step
from sd3studio.core.errors import SceneError, StudioError
from sd3studio.core.scene.delta import apply_delta, scene_delta
from sd3studio.core.scene.json_form import scene_from_data, scene_to_data

MAX_JOURNAL_BYTES = 2_000_000_000


class Journal:
    """Writes the history of one document to a file, from now on. Use `close` (or `discard`) when done."""

    def __init__(self, path: Path, document: Document) -> None:
        self.path = path
        self._document = document
        self._written: list[Step] = []
        self._position = 0
        self._file: BinaryIO | None = None
        self.failed: str = ""
        self._start()
        document.history_changed.connect(self._on_history_changed)

    def close(self) -> None:
        """Stop writing; the file stays."""
        self._document.history_changed.disconnect(self._on_history_changed)
        if self._file:
            self._file.close()
            self._file = None

    def discard(self) -> None:
        """Stop writing and delete the file."""
        self.close()
        self.path.unlink(missing_ok=True)

    def _start(self) -> None:
        """Write the whole history anew: at the beginning, and when another scene was opened."""
        steps = self._document.steps
        lines = [{"scene": scene_to_data(steps[0].scene), "label": steps[0].label}]
        lines += [_step_line(a, b, index) for index, (a, b) in enumerate(pairwise(steps), start=1)]
        lines.append({"go": self._document.position})
        temporary = self.path.with_name(self.path.name + ".part")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            temporary.write_bytes(b"".join(_encoded(line) for line in lines))
            if self._file:
                self._file.close()
            os.replace(temporary, self.path)
            self._file = open(self.path, "ab")  # noqa: SIM115 (stays open for the life of the journal)
            self._sync()
        except OSError as error:
            self._fail(error)
        self._written, self._position = list(steps), self._document.position

    def _on_history_changed(self) -> None:
        steps, position = self._document.steps, self._document.position
        if not self._written or steps[0] is not self._written[0]:
            self._start()
            return
        same = 0
        while same < min(len(steps), len(self._written)) and steps[same] is self._written[same]:
            same += 1
        lines = [_step_line(steps[index - 1], steps[index], index) for index in range(same, len(steps))]
        if not lines or position != len(steps) - 1:
            lines.append({"go": position})
        self._append(lines)
        self._written, self._position = list(steps), position

    def _append(self, lines: list[dict[str, Any]]) -> None:
        if self._file is None:
            return
        try:
            self._file.write(b"".join(_encoded(line) for line in lines))
            self._sync()
        except OSError as error:
            self._fail(error)

    def _sync(self) -> None:
        assert self._file is not None
        self._file.flush()
        os.fsync(self._file.fileno())

    def _fail(self, error: OSError) -> None:
        """Editing goes on without a journal; `failed` tells why, for the window to show."""
        self.failed = f"Changes are not being saved for recovery: {error.strerror or error}."
        if self._file:
            with contextlib.suppress(OSError):
                self._file.close()
            self._file = None


def read_journal(path: Path) -> tuple[list[Step], int]:
    """The history in a journal and the position in it. Raises `SceneError` if not even the first scene can be read."""
    try:
        if path.stat().st_size > MAX_JOURNAL_BYTES:
            raise SceneError(f"The recovery file {path} is larger than {MAX_JOURNAL_BYTES / 1e9:.0f} GB.")
        raw = path.read_bytes()
    except OSError as error:
        raise SceneError(f"Can't read the recovery file {path}: {error.strerror or error}.") from error
    lines = _decoded(raw)
    if not lines or "scene" not in lines[0]:
        raise SceneError(f"The recovery file {path} holds no scene.")
    steps = [Step(str(lines[0].get("label", "Open")), scene_from_data(lines[0]["scene"], str(path)))]
    position = 0
    for line in lines[1:]:
        try:
            if "go" in line:
                position = min(max(int(line["go"]), 0), len(steps) - 1)
                continue
            before = steps[int(line["at"]) - 1]
            who = str(line.get("author", "")), str(line.get("when", ""))
            after = Step(str(line["label"]), apply_delta(before.scene, line["delta"]), *who)
            steps[int(line["at"]) :] = [after]
            position = len(steps) - 1
        except (ValueError, KeyError, IndexError, TypeError, StudioError):
            break  # what comes after a line that does not fit can't be trusted
    return steps, position


def _step_line(before: Step, after: Step, index: int) -> dict[str, Any]:
    line: dict[str, Any] = {"at": index, "label": after.label, "delta": scene_delta(before.scene, after.scene)}
    if after.author:
        line["author"] = after.author
    if after.when:
        line["when"] = after.when
    return line


def _encoded(line: dict[str, Any]) -> bytes:
    text = json.dumps(line, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
    return text + b"\t%08x\n" % zlib.crc32(text)


def _decoded(raw: bytes) -> list[dict[str, Any]]:
    lines = []
    for row in raw.split(b"\n"):
        text, _, checksum = row.rpartition(b"\t")
        if not text or checksum != b"%08x" % zlib.crc32(text):
            break
        lines.append(json.loads(text))
    return lines
