"""The queue on disk in the window: rows for its panel, and the wishes about its jobs."""

import time
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtGui import QPixmap

from sd3studio.core.errors import StudioError
from sd3studio.core.messages import Progress
from sd3studio.core.requests import GenerateImage
from sd3studio.services.jobs import JobRecord, JobState, StoredJob
from sd3studio.ui.itemmodels.queue_list import QueueRow
from sd3studio.ui.jobs import JobBridge
from sd3studio.ui.panels.queue import THUMBNAIL, QueuePanel
from sd3studio.ui.pixels import thumbnail_of
from sd3studio.ui.scene_pictures import ScenePictures

SOON_MS = 40
"""Several changes in a row are shown at once."""
MOST_ENDED_SHOWN = 100


class QueueController(QObject):
    """Keeps the queue's panel in step with the queue, which other processes may change too."""

    said = Signal(str, str)
    length_changed = Signal(int, bool)
    """How many kept jobs wait or run, and whether the queue is held."""
    view_requested = Signal(Path)
    recall_requested = Signal(object)
    """GenerateImage."""
    _store_changed = Signal()

    def __init__(self, panel: QueuePanel, bridge: JobBridge, pictures: ScenePictures) -> None:
        super().__init__()
        self.panel, self.bridge, self.queue, self.pictures = panel, bridge, bridge.queue, pictures
        self._progress: dict[str, Progress] = {}
        self._jobs: dict[str, StoredJob] = {}
        self._soon = QTimer(self, singleShot=True, interval=SOON_MS)
        self._soon.timeout.connect(self.refresh)
        self._store_changed.connect(self._soon.start, Qt.ConnectionType.QueuedConnection)
        self._stop_listening = self.queue.listen_store(self._store_changed.emit)
        bridge.changed.connect(self._on_changed)
        bridge.progressed.connect(self._on_progressed)
        panel.move_requested.connect(self._on_move)
        panel.front_requested.connect(self._on_front)
        panel.cancel_requested.connect(self._on_cancel)
        panel.retry_requested.connect(self._on_retry)
        panel.retry_failed_requested.connect(self.retry_failed)
        panel.pause_requested.connect(self.hold)
        panel.clear_requested.connect(self._on_clear)
        panel.view_requested.connect(self._on_view)
        panel.recall_requested.connect(self._on_recall)
        panel.model.picture_wanted.connect(self._on_picture_wanted)
        self._soon.start()

    def close(self) -> None:
        """Stop listening."""
        self._stop_listening()
        self._soon.stop()

    def refresh(self) -> None:
        """Show the queue as it is now."""
        try:
            jobs, paused = self.queue.kept_jobs(), self.queue.is_paused
        except StudioError as error:
            self.said.emit("danger", str(error))
            return
        self._jobs = {job.id: job for job in jobs}
        live = [job for job in jobs if not job.state.is_end]
        ended = sorted((job for job in jobs if job.state.is_end), key=lambda job: job.changed_s, reverse=True)
        self.panel.show_rows([self._row(job) for job in [*live, *ended[:MOST_ENDED_SHOWN]]], paused)
        self.length_changed.emit(len(live), paused)

    @property
    def paused(self) -> bool:
        """Whether the queue is held."""
        return self.queue.is_paused

    def has(self, state: JobState) -> bool:
        """Whether any job is in this state."""
        return any(job.state is state for job in self._jobs.values())

    def hold(self, on: bool) -> None:
        """Hold the queue, or let it run; also after a restart."""
        self._try(self.queue.pause if on else self.queue.resume)

    def toggle_hold(self) -> None:
        """Hold the queue if it runs, else let it run."""
        self.hold(not self.paused)

    def cancel_running(self) -> None:
        """Stop what runs now; what waits stays."""
        for record in self.queue.jobs():
            if record.state is JobState.RUNNING and record.request.kind != "write_captions":
                self.queue.cancel(record.id)

    def cancel_waiting(self) -> None:
        """Take everything that waits out of the queue."""
        self._try(self.queue.cancel_waiting)

    def retry_failed(self) -> None:
        """Queue everything that failed once more."""
        self._try(self.queue.retry_failed)

    def _row(self, job: StoredJob) -> QueueRow:
        progress = self._progress.get(job.id) if job.state is JobState.RUNNING else None
        share = None
        if job.state is JobState.RUNNING:
            share = progress.step / max(progress.total, 1) if progress else 0.0
        said = _said(job, progress)
        tip = "\n".join(text for text in (job.name, said, job.reason, job.result or job.output) if text)
        return QueueRow(job.id, job.name or f"Picture {job.number}", said, str(job.state), share, job.result, tip)

    def _on_changed(self, record: JobRecord) -> None:
        if record.number is not None:
            if record.state is not JobState.RUNNING:
                self._progress.pop(record.id, None)
                self.panel.model.forget_picture(record.id)
            self._soon.start()

    def _on_progressed(self, record: JobRecord, progress: Progress) -> None:
        job = self._jobs.get(record.id)
        if job is None or record.number is None:
            return
        self._progress[record.id] = progress
        if job.state is JobState.RUNNING:
            self.panel.model.show_row(self._row(job))
        picture = QPixmap()
        if progress.preview and picture.loadFromData(progress.preview):
            self.panel.model.show_picture(record.id, picture)

    def _on_picture_wanted(self, job_id: str) -> None:
        job = self._jobs.get(job_id)
        if job is None:
            return
        if job.result:
            self.panel.model.show_picture(job_id, thumbnail_of(Path(job.result), THUMBNAIL * 2))
            return

        def take(picture: QPixmap) -> None:
            self.panel.model.show_picture(job_id, picture)

        self.pictures.ask(lambda: self.queue.request_of(job_id).scene, 2 * THUMBNAIL.height(), take)

    def _on_move(self, job_id: str, index: int) -> None:
        self._try(lambda: self.queue.move(job_id, index))

    def _on_front(self, ids: list[str]) -> None:
        for number, job_id in enumerate(ids):
            self._on_move(job_id, number)

    def _on_cancel(self, ids: list[str]) -> None:
        for job_id in ids:
            self._try(lambda job_id=job_id: self.queue.cancel(job_id))

    def _on_retry(self, ids: list[str]) -> None:
        for job_id in ids:
            self._try(lambda job_id=job_id: self.queue.retry_kept(job_id))

    def _on_clear(self) -> None:
        self._try(self.queue.forget_ended)

    def _on_view(self, job_id: str) -> None:
        job = self._jobs.get(job_id)
        if job is not None and job.result:
            self.view_requested.emit(Path(job.result))

    def _on_recall(self, job_id: str) -> None:
        def recall() -> None:
            request = self.queue.request_of(job_id)
            if isinstance(request, GenerateImage):
                self.recall_requested.emit(request)

        self._try(recall)

    def _try(self, change: Callable[[], object]) -> None:
        """Change the queue; a refusal is said (the job may have begun meanwhile), and the rows are shown anew."""
        try:
            change()
        except (StudioError, ValueError) as error:
            self.said.emit("info", str(error))
        except KeyError:
            self.said.emit("info", "That job is not in the queue any more.")
        self._soon.start()


def _said(job: StoredJob, progress: Progress | None) -> str:
    """The second line of a job."""
    match job.state:
        case JobState.RUNNING:
            return (progress.text or f"step {progress.step} of {progress.total}") if progress else "beginning"
        case JobState.QUEUED:
            return job.reason or f"since {time.strftime('%H:%M', time.localtime(job.added_s))}"
        case JobState.FAILED:
            return job.reason
        case JobState.DONE:
            return f"{time.strftime('%d %b %H:%M', time.localtime(job.changed_s))}  {Path(job.result).name}"
    return time.strftime("%d %b %H:%M", time.localtime(job.changed_s))
