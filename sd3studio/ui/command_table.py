"""Every command of the window, one row each: what it is called, which keys it has, what it does and when it can."""

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from sd3studio.ui.actions import Command
from sd3studio.ui.annotate_commands import annotate_rows, import_row
from sd3studio.ui.canvas_commands import arranging_rows, clipboard_rows, viewing_rows
from sd3studio.ui.interop_commands import interop_commands
from sd3studio.ui.picture_commands import picture_commands, queue_commands
from sd3studio.ui.steering_wishes import steering_commands
from sd3studio.ui.train_commands import train_commands
from sd3studio.ui.workspaces import WORKSPACES

if TYPE_CHECKING:
    from sd3studio.ui.main_window import MainWindow

NUDGE_M = 0.1
TURN_RAD = math.pi / 12.0
SCENE_PLACES = ("compose", "annotate")
"""Workspaces that show the scene: its commands do nothing elsewhere."""
ANYWHERE = tuple(workspace.key for workspace in WORKSPACES)


LINE_COMMANDS = ("edges", "edges_selection", "edges_derived")
"""Commands of the View menu that say which relations are drawn as lines."""


def command_table(w: "MainWindow") -> list[Command]:
    """The commands of this window, in the order of its menus."""
    of_scene = (
        *_edit(w), *_object(w), *arranging_rows(w), *_view(w), *_make(w), *picture_commands(w), *annotate_rows(w),
    )  # fmt: skip
    placed = (replace(row, places=row.places or SCENE_PLACES) for row in of_scene)
    return [*_file(w), *placed, *train_commands(w), *_help(w)]


def _file(w: "MainWindow") -> list[Command]:
    has_objects = w.has_objects
    return [
        Command("file.new", "New scene", "File", w.files.new, ("Ctrl+N",)),
        Command("file.open", "Open scene…", "File", w.ask_open, ("Ctrl+O",), "open", toolbar=True),
        Command("file.photo", "Open photo…", "File", w.ask_photo, ("Ctrl+Shift+O",), "photo", toolbar=True),
        *interop_commands(w),
        Command("file.save", "Save", "File", w.save, ("Ctrl+S",), "save", toolbar=True),
        Command("file.save_as", "Save as…", "File", w.ask_save, ("Ctrl+Shift+S",)),
        import_row(w),
        Command("file.export", "Export…", "File", w.ask_export, ("Ctrl+E",), "export", enabled=has_objects),
        Command(
            "file.maps", "Export control maps…", "File", w.steering.ask_export_all, icon="layers", enabled=has_objects
        ),
        Command("file.preferences", "Preferences…", "File", w.show_preferences, ("Ctrl+,",), "settings"),
        Command("file.quit", "Quit", "File", w.close, ("Ctrl+Q",)),
    ]


def _edit(w: "MainWindow") -> list[Command]:
    editing, document = w.editing, w.session.document
    some = editing.has_selection
    return [
        Command(
            "edit.undo",
            "Undo",
            "Edit",
            document.undo,
            ("Ctrl+Z",),
            "undo",
            enabled=lambda: document.can_undo,
            toolbar=True,
        ),
        Command(
            "edit.redo",
            "Redo",
            "Edit",
            document.redo,
            ("Ctrl+Shift+Z", "Ctrl+Y"),
            "redo",
            enabled=lambda: document.can_redo,
            toolbar=True,
        ),
        *clipboard_rows(w),
        Command("edit.duplicate", "Duplicate", "Edit", editing.duplicate, ("Ctrl+D", "Shift+D"), "copy", enabled=some),
        Command("edit.delete", "Delete", "Edit", editing.delete, ("Del",), "trash", enabled=some),
        Command("edit.select_all", "Select all", "Edit", editing.select_all, ("Ctrl+A",), enabled=w.has_objects),
        Command("edit.next", "Next object", "Edit", lambda: editing.select_next(1), ("Tab",), scope="view"),
        Command(
            "edit.previous", "Previous object", "Edit", lambda: editing.select_next(-1), ("Shift+Tab",), scope="view"
        ),
        Command("edit.sentence", "Type a sentence", "Edit", w.focus_sentence, ("Alt+A",), "text"),
        Command("edit.find", "Find an object", "Edit", w.focus_search, ("Ctrl+F",), "search"),
        Command(
            "edit.palette", "Command palette", "Edit", w.show_palette, ("Ctrl+Shift+P", "F3"), "search", places=ANYWHERE
        ),
    ]


def _object(w: "MainWindow") -> list[Command]:
    editing, some = w.editing, w.editing.has_selection
    rows = [
        Command("object.add", "Add from the catalogue", "Object", w.focus_catalogue, ("Shift+A",), "add", toolbar=True),
        Command("object.rename", "Rename", "Object", w.rename_selected, ("F2",), enabled=some),
        Command("object.recolour", "Recolour…", "Object", w.ask_colour, ("Ctrl+K",), "palette", enabled=some),
        Command("object.drop", "Drop onto what is below", "Object", editing.drop, ("End",), "drop", enabled=some),
        Command("object.hide", "Hide", "Object", editing.hide_selected, ("H",), "eye-off", "view", some),
        Command("object.show_all", "Show all", "Object", editing.show_all, ("Alt+H",), "eye"),
        Command("object.lock", "Lock or unlock", "Object", editing.toggle_lock, ("L",), "lock", "view", some),
        Command("object.relate", "Relate two things", "Object", w.relating.toggle_tool, ("Alt+R",), "relation",
                enabled=w.relating.has_two, checked=lambda: w.relating.tool_is_on, toolbar=True,
                tip="Relate two things: click the one, the other, then a digit"),
        Command("object.relate_by_name", "Relate by name", "Object", w.focus_relation, icon="relation",
                enabled=w.relating.has_two),
    ]  # fmt: skip
    steps = (
        ("left", "Left", (-NUDGE_M, 0.0)), ("right", "Right", (NUDGE_M, 0.0)),
        ("away", "Up", (0.0, NUDGE_M)), ("near", "Down", (0.0, -NUDGE_M)),
    )  # fmt: skip
    for name, key, (dx, dy) in steps:
        run = _nudge(w, dx, dy)
        rows.append(
            Command(f"object.nudge_{name}", f"Move {name} by {NUDGE_M} m", "Object", run, (key,), "", "view", some)
        )
    for name, key, angle in (("left", "[", TURN_RAD), ("right", "]", -TURN_RAD)):
        run = _turn(w, angle)
        rows.append(Command(f"object.turn_{name}", f"Turn {name} by 15°", "Object", run, (key,), "", "view", some))
    return rows


def _nudge(w: "MainWindow", dx_m: float, dy_m: float):
    return lambda: w.editing.nudge(dx_m, dy_m)


def _turn(w: "MainWindow", angle_rad: float):
    return lambda: w.editing.turn(angle_rad)


def _view(w: "MainWindow") -> list[Command]:
    view = w.view
    rows = [
        Command(f"view.{mode}", title, "View", _mode(w, mode), (key,), name, "view",
                checked=lambda mode=mode: view.gizmo_mode == mode, tip=f"{title} tool", toolbar=True)
        for mode, title, key, name in (
            ("move", "Move", "W", "move"), ("turn", "Turn", "E", "rotate"), ("scale", "Scale", "R", "scale"),
        )
    ]  # fmt: skip
    rows += [
        Command("view.local", "Gizmo along the object's own axes", "View", w.toggle_local, ("Q",), "", "view",
                checked=lambda: view.local_axes),
        Command("view.frame", "Frame selection", "View", w.frame_selection, ("F", "Num+."), "frame", "view"),
        Command("view.frame_all", "Frame everything", "View", lambda: view.frame(()), ("Home",), "frame", toolbar=True),
        Command("view.camera", "Look through the scene's camera", "View", w.toggle_camera, ("0", "C", "Num+0"),
                "camera", "view", checked=lambda: view.through_camera, toolbar=True),
        Command("view.set_camera", "Make this view the scene's camera", "View", w.set_camera_here, ("Ctrl+Alt+0",),
                "camera"),
        Command("view.labels", "Labels", "View", w.toggle_labels, ("N",), "", "view", checked=lambda: view.show_labels),
        Command("view.edges", "Relation lines", "View", w.toggle_edges, ("X",), "relation", "view",
                checked=lambda: view.edges.on),
        Command("view.edges_selection", "Relation lines of the selection only", "View", w.toggle_edges_of_selection,
                ("Alt+X",), checked=lambda: view.edges.on and view.edges.only_selection),
        Command("view.edges_derived", "Lines for everything the geometry implies", "View", w.toggle_edges_derived,
                checked=lambda: view.edges.every_derived),
        Command("view.photo", "Objects, photo or both", "View", w.cycle_photo, ("P",), "photo", "view",
                enabled=lambda: view.photo is not None),
        Command("view.theme", "Light or dark", "View", w.toggle_theme, icon="sun", places=ANYWHERE),
        Command("view.reset", "Reset the layout of the panels", "View", w.reset_layout),
    ]  # fmt: skip
    for number, name in enumerate(("front", "right", "back", "left", "top", "corner", "below"), start=1):
        keys = (*((str(number),) if number < 7 else ()), *_PAD[name])
        rows.append(Command(f"view.{name}", f"From {_SIDE[name]}", "View", _look(w, name), keys, "", "view"))
    rows += viewing_rows(w)
    if len(WORKSPACES) > 1:
        rows += [
            Command(f"workspace.{space.key}", f"{space.title} workspace", "View", _go(w, space.key),
                    (f"Ctrl+{number}",), space.icon, checked=_is_at(w, space.key), places=ANYWHERE, tip=space.tip)
            for number, space in enumerate(WORKSPACES, start=1)
        ]  # fmt: skip
    return rows


def _go(w: "MainWindow", key: str):
    return lambda: w.workspaces.go(key)


def _is_at(w: "MainWindow", key: str):
    return lambda: w.workspaces.current == key


_SIDE = {
    "front": "the front", "right": "the right", "back": "the back", "left": "the left", "top": "above",
    "corner": "a corner", "below": "below",
}  # fmt: skip
_PAD = {
    "front": ("Num+1",), "right": ("Num+3",), "back": ("Ctrl+Num+1",), "left": ("Ctrl+Num+3",), "top": ("Num+7",),
    "corner": (), "below": ("Ctrl+Num+7",),
}  # fmt: skip
"""Keys of the number pad, where other programs have these views."""


def _mode(w: "MainWindow", mode: str):
    return lambda: w.set_gizmo_mode(mode)


def _look(w: "MainWindow", name: str):
    return lambda: w.view.look_from(name)


def _make(w: "MainWindow") -> list[Command]:
    return [
        Command("make.generate", "Generate a picture", "Make", w.generate, ("Ctrl+Return",), "generate",
                enabled=w.has_objects, toolbar=True, primary=True),
        *queue_commands(w),
        *steering_commands(w),
        Command("make.check", "Check the picture against the scene", "Make", w.show_check, ("Ctrl+Shift+K",), "search",
                enabled=w.results.has_pictures),
        Command("make.fill_in", "Fill in the scene with SD3 mini", "Make", w.fill_in, ("Ctrl+Shift+F",), "generate",
                enabled=w.has_objects),
        Command("make.keep_added", "Keep what SD3 mini added", "Make", w.keep_added, icon="star", enabled=w.has_added),
        Command("make.remove_added", "Remove what SD3 mini added", "Make", w.remove_added, icon="trash",
                enabled=w.has_added),
        Command("make.fill_in_sentences", "Fill in what a sentence leaves open", "Make", w.toggle_fill_in,
                checked=lambda: w.app.settings.generation.fill_in),
        Command("make.captions", "Copy all captions", "Make", w.copy_captions, ("Ctrl+Shift+C",), "caption",
                enabled=w.has_objects),
    ]  # fmt: skip


def _help(w: "MainWindow") -> list[Command]:
    return [
        Command("help.keys", "Keys and mouse", "Help", w.show_shortcuts, ("?", "F1"), "help"),
        Command("help.tour", "Guided tour", "Help", w.start_tour, icon="tour"),
        Command("help.about", "About SD3 Studio", "Help", w.show_about, icon="info"),
    ]
