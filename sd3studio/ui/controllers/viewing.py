"""Wishes about how the scene is looked at: panes, marks, camera bookmarks, the measure tool."""

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QInputDialog, QLineEdit

from sd3studio.core.edits import AddBookmark, GoToBookmark, RemoveBookmark, RenameBookmark
from sd3studio.core.measuring import between
from sd3studio.core.scene.values import Bookmark
from sd3studio.ui.canvas.tools.measure import MeasureTool

if TYPE_CHECKING:
    from sd3studio.ui.main_window import MainWindow

HOW_TO_MEASURE = "Click two points or two objects. Esc clears, Esc again ends measuring."


class ViewingController(QObject):
    """Toggles of the view and the bookmarks of the scene; what goes wrong is said."""

    said = Signal(str, str)

    def __init__(self, window: "MainWindow") -> None:
        super().__init__(window)
        self.w, self.view = window, window.view
        self.document = window.session.document
        self.measure_tool = MeasureTool(self.view)
        self.said.connect(window.notices.say)
        self.view.digit_pressed.connect(self.run_digit)
        self.view.tool_changed.connect(self._on_tool)
        window.generate_panel.size.currentIndexChanged.connect(self._on_picture_size)
        self._on_picture_size()
        panel = window.camera_panel
        panel.bookmark_requested.connect(self.ask_bookmark)
        panel.bookmark_chosen.connect(self.go_to_bookmark)
        panel.bookmark_removed.connect(self.remove_bookmark)
        panel.bookmark_renamed.connect(self.rename_bookmark)

    def run_digit(self, digit: int) -> None:
        """A key of the digit row that types something else on this keyboard: the view command of its place."""
        self.w.commands.run_key(str(digit))

    def _on_picture_size(self) -> None:
        self.view.picture_size = self.w.generate_panel.size.currentData()
        self.view.refresh()

    def _on_tool(self) -> None:
        if not self.measuring:
            self.w.notices.take_back(HOW_TO_MEASURE)
        self.w.commands.refresh()

    def _changed(self) -> None:
        self.view.refresh()
        self.w.commands.refresh()

    def toggle(self, name: str) -> None:
        """Switch a flag of the view: "magnetism", "show_horizon", "show_safe_areas", "show_camera"."""
        setattr(self.view, name, not getattr(self.view, name))
        self._changed()

    def is_on(self, name: str) -> bool:
        """Whether a flag of the view is on."""
        return bool(getattr(self.view, name))

    def toggle_four(self) -> None:
        """Four views or one."""
        self.view.show_four(not self.view.panes.four)
        self.w.commands.refresh()

    # -- measuring -----------------------------------------------------------------------------------------------

    @property
    def measuring(self) -> bool:
        """Whether the measure tool is on."""
        return self.view.tool is self.measure_tool

    def toggle_measuring(self) -> None:
        """Give the left button to the measure tool, or back. Two selected objects are measured at once."""
        if self.measuring:
            self.measure_tool.kept.clear()
            self.view.use_tool(None)
            return
        self.measure_tool.kept.clear()
        self.view.use_tool(self.measure_tool)
        self.view.setFocus()
        objects = self.document.scene.objects
        chosen = [objects[key] for key in self.document.selection if key in objects]
        if len(chosen) == 2:
            self.measure_tool.keep(between(*chosen))
        else:
            self.said.emit("info", HOW_TO_MEASURE)

    # -- camera bookmarks ----------------------------------------------------------------------------------------

    def has_bookmarks(self) -> bool:
        """Whether the scene has any camera bookmarks."""
        return bool(self.document.committed.bookmarks)

    def ask_bookmark(self) -> None:
        """Ask for a name and keep the scene's camera under it."""
        number = len(self.document.committed.bookmarks) + 1
        name, good = QInputDialog.getText(
            self.w, "Camera bookmark", "Name", QLineEdit.EchoMode.Normal, f"Camera {number}"
        )
        if good:
            self.add_bookmark(name)

    def add_bookmark(self, name: str) -> None:
        """Keep what is seen (through the scene's camera, or freely) under a name."""
        name = " ".join(name.split())[:200]
        if not name:
            self.said.emit("danger", "A bookmark needs a name.")
            return
        scene = self.document.committed
        camera = self.view.panes.main.scene_camera(scene.camera)
        self.w.editing.apply(AddBookmark(Bookmark(name=name, camera=camera)))

    def go_to_bookmark(self, name: str) -> None:
        """Look at the scene from a bookmark; it becomes the scene's camera."""
        self.w.editing.apply(GoToBookmark(name))
        self.view.look_through_camera(True)

    def rename_bookmark(self, old: str, new: str) -> None:
        """Call a bookmark something else; it stays where it is in the list."""
        name = " ".join(new.split())[:200]
        if name and name != old:
            self.w.editing.apply(RenameBookmark(old, name))

    def remove_bookmark(self, name: str) -> None:
        """Forget a bookmark."""
        self.w.editing.apply(RemoveBookmark(name))

    def step_bookmark(self, step: int) -> None:
        """Go to the next or the previous bookmark, after the one that the camera is at."""
        bookmarks = self.document.committed.bookmarks
        if not bookmarks:
            self.said.emit("info", "There are no camera bookmarks yet: Ctrl+Alt+B keeps the first one.")
            return
        camera = self.document.committed.camera
        here = [row for row, one in enumerate(bookmarks) if _same_view(one.camera, camera)]
        row = (here[0] + step) % len(bookmarks) if here else (0 if step > 0 else -1)
        self.go_to_bookmark(bookmarks[row].name)


def _same_view(one: object, other: object) -> bool:
    names = ("position", "target", "fov_y", "roll")
    return all(getattr(one, name) == getattr(other, name) for name in names)
