"""Commands about pictures that are made: the queue, batches, the strip and the viewer."""

from typing import TYPE_CHECKING

from sd3studio.services.jobs import JobState
from sd3studio.ui.actions import Command

if TYPE_CHECKING:
    from sd3studio.ui.main_window import MainWindow


def picture_commands(w: "MainWindow") -> list[Command]:
    """Commands about the picture that is looked at: in the viewer, else the one that is marked in the strip."""
    pictures, some = w.pictures, w.results.has_pictures

    def recall(what: str):
        return lambda: pictures.recall_current(what)

    def row(name: str, title: str, run, key: str, icon: str = "") -> Command:
        return Command(f"pictures.{name}", title, "Picture", run, (key,), icon, "pictures", enabled=some)

    return [
        row("recall", "Open its scene and settings", recall("all"), "A", "history"),
        row("seed", "Use its seed", recall("seed"), "S", "seed"),
        row("prompt", "Use its prompt", recall("prompt"), "P", "text"),
        row("remix", "Open it with another seed", recall("remix"), "R", "remix"),
        row("star", "Star, or take the star away", pictures.toggle_star, ".", "star"),
        row("delete", "Delete it from the disk…", w.delete_current_picture, "Del", "trash"),
        row("next", "The next picture in the viewer", lambda: pictures.step(1), "PgDown"),
        row("back", "The picture before in the viewer", lambda: pictures.step(-1), "PgUp"),
        row("compare_next", "Compare with the next picture", lambda: pictures.compare_step(1), "Alt+Right",
            "side-by-side"),
        row("compare_back", "Compare with the picture before", lambda: pictures.compare_step(-1), "Alt+Left"),
        row("compare_layout", "Compare with its layout", pictures.compare_current, "Alt+Down", "wipe"),
        row("compare_mode", "Side by side, wipe, blink, one picture", pictures.step_mode, "Alt+Up"),
        row("outlines", "Outlines of the layout over it", pictures.toggle_outlines, "L"),
        row("verdicts", "Verdicts of the check over it", pictures.toggle_verdicts, "V"),
        Command("pictures.report", "Report on the checks of pictures…", "Picture", w.ask_report, icon="export",
                enabled=some, tip="One HTML page and tables of the selected pictures, or of all in the strip"),
        row("fit", "As large as there is room", pictures.fit, "F", "frame"),
        row("one", "A pixel on a pixel", pictures.one_to_one, "1"),
    ]  # fmt: skip


def queue_commands(w: "MainWindow") -> list[Command]:
    """Commands of the queue; those with the scope ``"queue"`` are about the jobs that are selected in its panel."""
    queue, panel = w.queueing, w.queue_panel

    def waits() -> bool:
        return queue.has(JobState.QUEUED)

    return [
        Command("make.generate_front", "Generate before all that wait", "Make", w.generate_front,
                ("Ctrl+Shift+Return",), "front", enabled=w.has_objects),
        Command("make.batch", "A batch of pictures…", "Make", w.ask_batch, ("Ctrl+Alt+Return",), "layers",
                enabled=w.has_objects),
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
