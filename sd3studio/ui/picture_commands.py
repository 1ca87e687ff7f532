"""Commands about pictures that are made: the queue, batches, the strip and the viewer."""

from typing import TYPE_CHECKING

from sd3studio.services.jobs import JobState
from sd3studio.ui.actions import Command

if TYPE_CHECKING:
    from sd3studio.ui.main_window import MainWindow


def queue_commands(w: "MainWindow") -> list[Command]:
    """Commands of the queue; those with the scope ``"queue"`` are about the jobs that are selected in its panel."""
    queue, panel = w.queueing, w.queue_panel

    def waits() -> bool:
        return queue.has(JobState.QUEUED)

    return [
        Command("make.generate_front", "Generate before all that wait", "Make", w.generate_front,
                ("Ctrl+Shift+Return",), "front", enabled=w.has_objects),
        Command("make.cancel", "Cancel what runs", "Make", queue.cancel_running, ("Shift+X",), "stop",
                enabled=lambda: w.work.busy or queue.has(JobState.RUNNING)),
        Command("queue.cancel_waiting", "Cancel everything that waits", "Make", queue.cancel_waiting,
                ("Ctrl+Shift+X",), "trash", enabled=waits),
        Command("queue.hold", "Hold the queue", "Make", queue.toggle_hold, icon="pause",
                checked=lambda: queue.paused),
        Command("queue.retry_failed", "Try all that failed again", "Make", queue.retry_failed, icon="redo",
                enabled=lambda: queue.has(JobState.FAILED)),
        Command("queue.show", "Show the queue", "Make", w.show_queue, ("Ctrl+Shift+Q",), "queue"),
        Command("queue.earlier", "Selected jobs earlier", "Make", lambda: panel.move_selected(-1), ("Alt+Up",),
                scope="queue"),
        Command("queue.later", "Selected jobs later", "Make", lambda: panel.move_selected(1), ("Alt+Down",),
                scope="queue"),
        Command("queue.front", "Selected jobs next", "Make", panel.move_front, ("Alt+Home",), "front", "queue"),
        Command("queue.cancel", "Cancel selected jobs", "Make", panel.cancel_selected, ("Del",), "stop", "queue"),
        Command("queue.retry", "Try selected jobs again", "Make", panel.retry_selected, ("Alt+T",), "redo", "queue"),
    ]  # fmt: skip
