"""Scenes in files: open, save, autosave, export, and recovery after the program was killed."""

import os
import time
from pathlib import Path

from PySide6.QtCore import QLockFile, QObject, Signal

from sd3studio.core.edits import ReplaceScene
from sd3studio.core.errors import SceneError, StudioError
from sd3studio.core.files import read_bounded, write_atomic
from sd3studio.core.scene.json_form import write_scene
from sd3studio.core.scene.values import Scene
from sd3studio.services.billboards import PICTURE_SUFFIXES
from sd3studio.services.journal import MAX_JOURNAL_BYTES, Journal, read_journal
from sd3studio.services.scene_files import read_scene_file
from sd3studio.ui.session import Session

PHOTO_SUFFIXES = PICTURE_SUFFIXES


class FileController(QObject):
    """Reads and writes scenes. The journal of this window is locked while it lives, so that others leave it alone."""

    said = Signal(str, str)
    file_changed = Signal()

    def __init__(self, session: Session, drafts: Path) -> None:
        super().__init__()
        self.session, self.drafts = session, drafts
        self._lock: QLockFile | None = None
        self._journal: Journal | None = None

    def start(self) -> bool:
        """Take over the newest abandoned journal, if there is one, and begin to write one. Returns whether it did."""
        self.drafts.mkdir(parents=True, exist_ok=True)
        recovered = self._recover()
        if not recovered:
            self._begin(self.drafts / f"draft-{time.time_ns()}-{os.getpid()}.journal")
        return recovered

    def _recover(self) -> bool:
        for path in sorted(self.drafts.glob("*.journal"), reverse=True):
            lock = QLockFile(str(path) + ".lock")
            lock.setStaleLockTime(0)
            if not lock.tryLock(0):
                continue
            try:
                steps, position = read_journal(path)
            except StudioError as error:
                path.rename(path.with_suffix(".damaged"))
                lock.unlock()
                self.said.emit("warning", str(error))
                continue
            if len(steps) == 1 and not steps[0].scene.objects:
                path.unlink(missing_ok=True)
                _path_note(path).unlink(missing_ok=True)
                lock.unlock()
                continue
            self._lock = lock
            self.session.document.restore(steps, position)
            self.session.path = _noted_path(path)
            self._journal = Journal(path, self.session.document)
            self.said.emit("good", f"Your last work was recovered, with all {len(steps) - 1} steps of its history.")
            self.file_changed.emit()
            return True
        return False

    def _begin(self, path: Path) -> None:
        self._lock = QLockFile(str(path) + ".lock")
        self._lock.tryLock(0)
        self._journal = Journal(path, self.session.document)
        if self._journal.failed:
            self.said.emit("warning", self._journal.failed)

    def close(self) -> None:
        """End cleanly: what was saved or thrown away needs no recovery."""
        if self._journal:
            path = self._journal.path
            self._journal.discard()
            _path_note(path).unlink(missing_ok=True)
        if self._lock:
            self._lock.unlock()
        self._journal = self._lock = None

    def journal_bytes(self) -> bytes:
        """The history of the scene as the journal holds it; empty if there is none. Raises `StudioError`."""
        return read_bounded(self._journal.path, MAX_JOURNAL_BYTES, SceneError) if self._journal else b""

    def took_over(self) -> None:
        """The scene came from a file of another kind: it has no file of its own, and nothing of it is lost."""
        self._set_path(None, saved=True)

    def new(self) -> None:
        """An empty scene. The old one stays in the history: undo brings it back."""
        self.session.document.apply(ReplaceScene(Scene(), "New scene"))
        self._set_path(None, saved=True)

    def open_scene(self, path: Path) -> bool:
        """Open a scene file as a new document. Returns whether it could be read; if not, the reason is said."""
        try:
            scene = read_scene_file(path)
        except StudioError as error:
            self.said.emit("danger", str(error))
            return False
        self.session.document.open(scene)
        self._set_path(path if path.suffix.lower() == ".json" else None, saved=True)
        return True

    def save(self, path: Path) -> bool:
        """Write the scene. Returns whether that worked; if not, the reason is said."""
        try:
            write_atomic(path, write_scene(self.session.document.committed).encode())
        except StudioError as error:
            self.said.emit("danger", str(error))
            return False
        self._set_path(path, saved=True)
        self.said.emit("info", f"Saved {path.name}.")
        return True

    def autosave(self) -> None:
        """Save quietly, if the scene has a file and was changed."""
        path = self.session.path
        if path is not None and not self.session.is_saved:
            try:
                write_atomic(path, write_scene(self.session.document.committed).encode())
                self._set_path(path, saved=True)
            except StudioError as error:
                self.said.emit("warning", str(error))

    def export(self, form: str, path: Path) -> None:
        """Write the scene in another format; what the format can't hold is said."""
        from sd3studio.services.export import make_export, write_export

        try:
            export = make_export(self.session.document.committed, form, path)
            written = write_export(export)
        except StudioError as error:
            self.said.emit("danger", str(error))
            return
        self.said.emit("good", f"Exported {', '.join(p.name for p in written)}. {' '.join(export.notes[:1])}")
        from sd3studio.services.import_.losses import measured_losses

        losses = measured_losses(self.session.document.committed, form)
        if losses:
            self.said.emit("info", f"Would not come back: {'; '.join(loss.sentence for loss in losses[:6])}.")

    def _set_path(self, path: Path | None, saved: bool) -> None:
        if saved:
            self.session.mark_saved(path)
        if self._journal:
            note = _path_note(self._journal.path)
            if path is None:
                note.unlink(missing_ok=True)
            else:
                note.write_text(str(path), encoding="utf-8")
        self.file_changed.emit()


def _path_note(journal: Path) -> Path:
    return journal.with_suffix(".path")


def _noted_path(journal: Path) -> Path | None:
    note = _path_note(journal)
    return Path(note.read_text(encoding="utf-8")) if note.is_file() else None
