"""Job messages as Qt signals on the main thread."""

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, Qt, Signal

from sd3studio.core.messages import Cancelled, Failed, Finished, JobMessage, Note, Progress
from sd3studio.services.jobs import JobQueue, JobRecord, JobState


class JobBridge(QObject):
    """Listens to the queue (on its listener thread) and tells the window on the main thread.

    `on_finished` handlers are given with each request; everybody else follows the signals.
    """

    started = Signal(object)
    """JobRecord that now runs."""
    changed = Signal(object)
    """JobRecord that was queued, moved or started, or is over."""
    progressed = Signal(object, object)
    """JobRecord, Progress."""
    noted = Signal(object, str)
    """JobRecord, sentence."""
    ended = Signal(object, object)
    """JobRecord, its Finished, Failed or Cancelled."""
    _arrived = Signal(object, object)

    def __init__(self, queue: JobQueue, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.queue = queue
        self._handlers: dict[str, Callable[[Any], None]] = {}
        self._closed = False
        self._arrived.connect(self._on_arrived, Qt.ConnectionType.QueuedConnection)
        self._stop_listening = queue.listen(self._on_listener_thread)

    def submit(
        self,
        request: Any,
        on_finished: Callable[[Any], None] | None = None,
        group: str | None = None,
        *,
        front: bool = False,
        name: str = "",
    ) -> str:
        """Queue a request; `on_finished` gets the result on the main thread. Returns the job's id."""
        job = self.queue.submit(request, group=group, front=front, name=name)
        if on_finished:
            self._handlers[job] = on_finished
        return job

    def close(self) -> None:
        """Stop listening; what is on its way already is not told any more."""
        self._stop_listening()
        self._closed = True

    def _on_listener_thread(self, record: JobRecord, message: JobMessage | None) -> None:
        self._arrived.emit(record, message)

    def _on_arrived(self, record: JobRecord, message: JobMessage | None) -> None:
        if self._closed:
            return
        match message:
            case None:
                self.changed.emit(record)
                if record.state is JobState.RUNNING:
                    self.started.emit(record)
            case Progress():
                self.progressed.emit(record, message)
            case Note(text=text):
                self.noted.emit(record, text)
            case Finished() | Failed() | Cancelled():
                self.changed.emit(record)
                handler = self._handlers.pop(record.id, None)
                self.ended.emit(record, message)
                if handler and isinstance(message, Finished):
                    handler(message.result)
