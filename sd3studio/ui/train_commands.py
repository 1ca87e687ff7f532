"""The commands of the Train workspace."""

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from sd3studio.ui.actions import Command

if TYPE_CHECKING:
    from sd3studio.ui.main_window import MainWindow
    from sd3studio.ui.workspaces.train import TrainPage

PLACES = ("train",)
ORDERS = (
    ("pause", "Pause", "Shift+F5"),
    ("resume", "Resume", "F5"),
    ("stop", "Stop and save", ""),
    ("save now", "Save a checkpoint now", ""),
    ("sample now", "Sample now", "F9"),
    ("extend", "Extend by more steps…", ""),
    ("branch", "Branch from a checkpoint…", ""),
    ("promote", "Use these weights", ""),
    ("rollback", "Back to earlier weights", ""),
    ("export", "Export the weights…", ""),
    ("remove", "Delete the run…", ""),
)


def train_commands(w: "MainWindow") -> list[Command]:
    """The rows of the menu Train."""

    def on_page(do: "Callable[[TrainPage], object]") -> Callable[[], object]:
        return lambda: do(w.workspaces.widget("train"))  # type: ignore[arg-type]

    rows = [
        Command("train.new", "New run…", "Train", on_page(lambda p: p.ask_run()), ("F6",), "plus"),
        Command("train.data", "Data sets…", "Train", on_page(lambda p: p.ask_data()), ("F7",), "layers"),
        Command("train.follow", "Follow a run elsewhere…", "Train", on_page(lambda p: p.ask_folder())),
        Command("train.compare", "Compare runs…", "Train", on_page(lambda p: p.ask_comparison()), ("F8",)),
    ]
    for what, title, key in ORDERS:
        run = on_page(lambda page, what=what: page.details.wished.emit(what))
        keys = (key,) if key else ()
        rows.append(Command(f"train.{what.replace(' ', '_')}", title, "Train", run, keys, enabled=_can(w, what)))
    return [replace(row, places=PLACES) for row in rows]


def _can(w: "MainWindow", what: str) -> Callable[[], bool]:
    def can() -> bool:
        page = w.workspaces.made("train")
        return page is not None and page.details.buttons[what].isEnabled()  # type: ignore[attr-defined]

    return can
