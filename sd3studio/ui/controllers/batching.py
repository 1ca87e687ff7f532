"""Scans and batches of the library, as jobs of the window: started, watched, paused, gone on with, given up."""

import contextlib
import os
from collections.abc import Sequence

from PySide6.QtCore import QFileSystemWatcher, QObject, QTimer, Signal

from sd3studio.core.messages import Failed, Finished, Progress
from sd3studio.core.requests import RunBatch, ScanLibrary
from sd3studio.services.jobs import JobRecord
from sd3studio.services.library.batch import Order, begin, drop, unfinished
from sd3studio.services.library.filters import Filters, chosen_photos
from sd3studio.services.library.scanning import folders
from sd3studio.ui.controllers.librarian import LibrarianController

STEPS = {"look": ("look",), "parse": ("look", "parse", "caption"), "caption": ("caption",), "check": ("check",)}
TITLES = {"look": "Reading files", "parse": "Parsing", "caption": "Writing captions", "check": "Checking"}
WATCH_MS = 2_000
MOST_WATCHED = 400
REFRESH_MS = 1_500


class BatchController(QObject):
    """One batch at a time; the library's rows tell what is left of it, so it outlives the window."""

    progressed = Signal(str, int, int)
    waits = Signal(str, int, int)
    idle = Signal(str)
    results_came = Signal()
    """Photos have changed; told now and then while a batch runs."""
    said = Signal(str, str)

    def __init__(self, librarian: LibrarianController) -> None:
        super().__init__()
        self.librarian = librarian
        self.bridge = librarian.bridge
        self._job = self._scan_job = ""
        self._run: int | None = None
        self._closed = False
        self._title = ""
        self._refresh = QTimer(self, interval=REFRESH_MS)
        self._refresh.timeout.connect(self.results_came)
        self._watcher = QFileSystemWatcher(self)
        self._soon = QTimer(self, singleShot=True, interval=WATCH_MS)
        self._watcher.directoryChanged.connect(lambda _: self._soon.start())
        self._soon.timeout.connect(self.scan)
        self.bridge.progressed.connect(self._on_progressed)
        self.bridge.ended.connect(self._on_ended)

    @property
    def running(self) -> bool:
        """Whether a batch runs now."""
        return bool(self._job)

    def close(self) -> None:
        """The window closes: watch no more, stop for now."""
        self._closed = True
        self._soon.stop()
        self._refresh.stop()
        if self._watcher.directories():
            self._watcher.removePaths(self._watcher.directories())
        self.pause()

    def look_for_unfinished(self) -> None:
        """Tell of a batch that was stopped or killed; watch the folders."""
        library = self.librarian.library
        self.librarian.later(
            lambda: (unfinished(library), below([row.path for row in folders(library)])), self._take_unfinished
        )

    def _take_unfinished(self, found: tuple) -> None:
        waiting, watched = found
        self._watch(watched)
        if self._job:
            return
        if waiting:
            run, order, total, left = waiting[0]
            self._run, self._title = run, TITLES[order.steps[-1]]
            self.waits.emit(f"{self._title} was stopped: {left:,} of {total:,} photos are left", total - left, total)
        else:
            self._run = None
            self.idle.emit("")

    # -- folders -------------------------------------------------------------------------------------------------

    def scan(self, added: Sequence[str] = ()) -> None:
        """Look for new and changed photos; watch more folders."""
        if self._closed:
            return
        if self._scan_job:
            self._soon.start()
            return
        request = ScanLibrary(library=self.librarian.where, folders=tuple(added))
        self._scan_job = self.bridge.submit(request, self._take_scan)

    def _take_scan(self, found: object) -> None:
        changes = {name: getattr(found, name) for name in ("added", "changed", "gone")}
        told = [f"{number:,} {name.replace('added', 'new')}" for name, number in changes.items() if number]
        said = getattr(found, "said", "")
        if told or said:
            text = f"Photos: {', '.join(told)}. " if told else ""
            self.said.emit("warning" if said else "info", f"{text}{said}".strip())
        if told:
            self.results_came.emit()
        self.look_for_unfinished()
        if not self._job:
            self.start("look")

    def _watch(self, wanted: Sequence[str]) -> None:
        new = sorted(set(wanted) - set(self._watcher.directories()))
        if new:
            self._watcher.addPaths(new)

    # -- batches -------------------------------------------------------------------------------------------------

    def start(
        self,
        kind: str,
        photos: Sequence[int] | None = None,
        filters: Filters | None = None,
        style: str = "sentence",
        per_second: float = 0.0,
    ) -> None:
        """Begin a batch over some photos, or over all that pass the filters (None: all photos)."""
        if self._job:
            self.said.emit("info", "A batch runs already. Pause or stop it first.")
            return
        library = self.librarian.library
        order = Order(STEPS[kind], style, per_second=per_second)
        chosen = chosen_photos(photos, filters or Filters(), library.database.engine.dialect.name)
        quiet = kind == "look"

        def take(run: int | None) -> None:
            if run is None:
                if not quiet:
                    self.said.emit("info", "Nothing to do: these photos are up to date.")
                return
            self._run, self._title = run, TITLES[kind]
            self.resume()

        self.librarian.later(lambda: begin(library, order, chosen), take)

    def resume(self) -> None:
        """Go on with the batch that waits."""
        if self._run is None or self._job or self._closed:
            return
        self._job = self.bridge.submit(RunBatch(library=self.librarian.where, run=self._run))
        self._refresh.start()
        self.progressed.emit(f"{self._title}…", 0, 0)

    def pause(self) -> None:
        """Stop for now; what is under way is done again later."""
        if self._job:
            self.bridge.queue.cancel(self._job)

    def stop(self) -> None:
        """Give the batch up; what it did stays."""
        run, self._run = self._run, None
        self.pause()
        if run is not None:
            library = self.librarian.library
            self.librarian.later(lambda: drop(library, run), lambda _: self.look_for_unfinished())

    def _on_progressed(self, record: JobRecord, progress: Progress) -> None:
        if record.id == self._job:
            name, _, pace = progress.text.partition("  ")
            said = f"{self._title} {progress.step:,} of {progress.total:,}"
            self.progressed.emit(f"{said} · {pace or name}", progress.step, progress.total)
        elif record.id == self._scan_job:
            self.progressed.emit(progress.text, 0, 0) if not self._job else None

    def _on_ended(self, record: JobRecord, end: object) -> None:
        if record.id == self._scan_job:
            self._scan_job = ""
            if isinstance(end, Failed):
                self.said.emit("danger", end.message)
                self.look_for_unfinished()
            return
        if record.id != self._job:
            return
        self._job = ""
        self._refresh.stop()
        self.results_came.emit()
        if isinstance(end, Finished):
            self._run = None
            failed = len(end.result.failed)
            bad = f", {failed:,} can't be read (Problems on the left tells why)" if failed else ""
            self.idle.emit(f"{self._title}: {end.result.done:,} photos done{bad}.")
        elif isinstance(end, Failed):
            self.said.emit("danger", end.message)
            self.look_for_unfinished()
        else:
            self.look_for_unfinished()


def below(folders: Sequence[str]) -> list[str]:
    """Folders and those below them, hidden ones left out, so many as are watched; names that Qt can't take are not."""
    found: list[str] = []
    for folder in folders:
        for place, names, _ in os.walk(folder):
            names[:] = [name for name in names if not name.startswith(".")]
            if len(found) >= MOST_WATCHED:
                return found
            with contextlib.suppress(UnicodeEncodeError):
                place.encode("utf-8")
                found.append(place)
    return found
