"""The commands of the canvas: panes, marks, measuring, bookmarks, clipboard, lining up. Rows for `command_table`."""

from typing import TYPE_CHECKING

from sd3studio.core.edits.aligning import LINES
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


def clipboard_rows(w: "MainWindow") -> list[Command]:
    """Copy and paste, between scenes and windows."""
    arranging, some = w.arranging, w.editing.has_selection
    return [
        Command("edit.cut", "Cut", "Edit", arranging.cut, ("Ctrl+X",), "cut", enabled=some),
        Command("edit.copy", "Copy", "Edit", arranging.copy, ("Ctrl+C",), "copy", enabled=some),
        Command("edit.paste", "Paste", "Edit", arranging.paste, ("Ctrl+V",), "paste", tip="Paste under the mouse"),
        Command("edit.paste_in_place", "Paste in place", "Edit", arranging.paste_in_place, ("Ctrl+Shift+V",)),
    ]


def arranging_rows(w: "MainWindow") -> list[Command]:
    """Lining up, spacing, groups, rooms."""
    arranging = w.arranging
    two, three = _has(w, 2), _has(w, 3)
    rows = [
        Command("arrange.group", "Group under a concept…", "Arrange", arranging.ask_group, ("Ctrl+G",), "group",
                enabled=w.editing.has_selection),
        Command("arrange.ungroup", "Ungroup", "Arrange", arranging.ungroup, ("Ctrl+Alt+G",),
                enabled=arranging.can_ungroup),
    ]  # fmt: skip
    for line, (axis, end) in LINES.items():
        icon = ("align-centre", "align-high", "align-low")[end] + ("-upright" if axis else "")
        rows.append(Command(f"arrange.{line}", f"Align: {line}", "Arrange", _align(w, line), icon=icon, enabled=two))
    for direction in ("across", "along", "up"):
        for even in ("gaps", "centres"):
            rows.append(
                Command(f"arrange.{direction}_{even}", f"Space evenly {direction}: equal {even}", "Arrange",
                        _distribute(w, direction, even), enabled=three,
                        icon="distribute" if direction == "across" else "distribute-upright")
            )  # fmt: skip
    rows += [
        Command("arrange.as_seen", "Align as the camera sees it", "Arrange", arranging.toggle_as_seen,
                checked=lambda: arranging.as_seen),
        Command("arrange.to_wall", "Put against the nearest wall", "Arrange", arranging.put_to_wall, ("Ctrl+Alt+W",),
                tip="What has a back turns it to the wall", enabled=arranging.can_go_to_wall),
        Command("arrange.room", "Build a room or ground…", "Arrange", arranging.show_room_builder, ("Ctrl+Alt+R",),
                "room"),
        Command("arrange.change_room", "Change the room…", "Arrange", arranging.change_room, ("Ctrl+Alt+Shift+R",),
                "room", enabled=lambda: arranging.standing_room() is not None),
    ]  # fmt: skip
    return rows


def _has(w: "MainWindow", count: int):
    return lambda: w.arranging.has(count)


def _align(w: "MainWindow", line: str):
    return lambda: w.arranging.align(line)


def _distribute(w: "MainWindow", direction: str, even: str):
    return lambda: w.arranging.distribute(direction, even)
