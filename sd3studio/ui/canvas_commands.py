"""The commands of the canvas: panes, marks, measuring, camera bookmarks. Rows for `command_table`."""

from typing import TYPE_CHECKING

from sd3studio.ui.actions import Command

if TYPE_CHECKING:
    from sd3studio.ui.main_window import MainWindow


def viewing_rows(w: "MainWindow") -> list[Command]:
    """What is seen, and how."""
    viewing, view = w.viewing, w.view
    rows = [
        Command("view.four", "Four views: top, perspective, front, right", "View", viewing.toggle_four,
                ("V", "Ctrl+Alt+Q"), "four", "view", checked=lambda: view.panes.four, tip="Four views", toolbar=True),
        Command("view.flat", "Without perspective", "View", view.toggle_flat, ("7", "Num+5"), "", "view",
                checked=lambda: view.orbit.flat and not view.through_camera),
        Command("view.magnet", "Magnetism while dragging", "View", _toggle(w, "magnetism"), ("S",), "magnet", "view",
                checked=_is_on(w, "magnetism"), toolbar=True,
                tip="Magnetism: things catch on floor, surfaces, walls and neighbours; hold Alt to suspend it"),
        Command("view.measure", "Measure", "View", viewing.toggle_measuring, ("M",), "measure", "view",
                checked=lambda: viewing.measuring, tip="Measure between two points or objects", toolbar=True),
    ]  # fmt: skip
    for name, title in (
        ("show_horizon", "Horizon line"),
        ("show_safe_areas", "Safe areas and thirds of the picture"),
        ("show_camera", "Outline of the scene's camera"),
    ):
        rows.append(Command(f"view.{name}", title, "View", _toggle(w, name), checked=_is_on(w, name)))
    return [*rows, *_bookmark_rows(w)]


def _bookmark_rows(w: "MainWindow") -> list[Command]:
    viewing = w.viewing
    some = viewing.has_bookmarks
    return [
        Command("camera.bookmark", "Add a camera bookmark…", "View", viewing.ask_bookmark, ("Ctrl+Alt+B",), "bookmark"),
        Command("camera.next", "Next camera bookmark", "View", _step(w, 1), ("PgDown",), "", "view", some),
        Command("camera.previous", "Previous camera bookmark", "View", _step(w, -1), ("PgUp",), "", "view", some),
    ]


def _toggle(w: "MainWindow", name: str):
    return lambda: w.viewing.toggle(name)


def _is_on(w: "MainWindow", name: str):
    return lambda: w.viewing.is_on(name)


def _step(w: "MainWindow", step: int):
    return lambda: w.viewing.step_bookmark(step)
