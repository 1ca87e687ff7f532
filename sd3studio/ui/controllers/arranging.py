"""Wishes about several objects at once: clipboard, lining up, spacing, groups, rooms."""

import math
from contextlib import suppress
from typing import TYPE_CHECKING

from PySide6.QtCore import QMimeData, QObject, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QInputDialog, QLineEdit

from sd3studio.core.clipboard import PasteObjects, clip_text, copied, read_clip
from sd3studio.core.edits import (
    AddObjects,
    AlignObjects,
    DistributeObjects,
    GroupUnderConcept,
    PutToWall,
    RemoveObjects,
    Ungroup,
)
from sd3studio.core.edits import Sequence as EditSequence
from sd3studio.core.edits.aligning import Direction, Line, Seen
from sd3studio.core.errors import StudioError
from sd3studio.core.room_reading import changed, read_room, room_of
from sd3studio.core.rooms import Room, grouped, outdoors
from sd3studio.core.scene.value import Vec3
from sd3studio.core.walls import is_wall

if TYPE_CHECKING:
    from sd3studio.ui.main_window import MainWindow
    from sd3studio.ui.room_builder import RoomBuilder

CLIP_MIME = "application/x-sd3studio-objects"


class ArrangingController(QObject):
    """Changes several objects in one step; what goes wrong is said."""

    said = Signal(str, str)

    def __init__(self, window: "MainWindow") -> None:
        super().__init__(window)
        self.w, self.editing = window, window.editing
        self.document = window.session.document
        self.as_seen = False
        self.said.connect(window.notices.say)
        panel = window.inspector.arrange
        panel.align_requested.connect(self.align)
        panel.distribute_requested.connect(self.distribute)
        panel.group_requested.connect(self.ask_group)
        panel.frame_toggled.connect(self.toggle_as_seen)

    @property
    def chosen(self) -> tuple[str, ...]:
        """What is selected, with what is part of selected concepts."""
        return self.editing.chosen

    @property
    def solid(self) -> tuple[str, ...]:
        """The chosen things that have a place of their own: no concepts."""
        objects = self.document.committed.objects
        return tuple(key for key in self.chosen if key in objects and objects[key].kind != "concept")

    def has(self, count: int) -> bool:
        """Whether at least so many things are chosen."""
        return len(self.document.selection) >= count or len(self.solid) >= count

    # -- clipboard -----------------------------------------------------------------------------------------------

    def copy(self) -> None:
        """Put what is selected on the system's clipboard, for any window of this program."""
        try:
            clip = copied(self.document.scene, self.chosen)
        except StudioError as error:
            self.said.emit("info", str(error))
            return
        data, text = QMimeData(), clip_text(clip)
        data.setText(text)
        data.setData(CLIP_MIME, text.encode())
        QGuiApplication.clipboard().setMimeData(data)
        self.said.emit("info", f"Copied {_counted(len(clip.objects))}.")

    def cut(self) -> None:
        """Copy what is selected and delete it."""
        if self.chosen:
            self.copy()
            self.editing.apply(RemoveObjects(self.chosen))

    def paste(self) -> None:
        """Put the clipboard's objects under the mouse; where they were if it is not over the view."""
        self._paste(self._place())

    def paste_in_place(self) -> None:
        """Put the clipboard's objects where they were in their scene."""
        self._paste(None)

    def _paste(self, place: Vec3 | None) -> None:
        data = QGuiApplication.clipboard().mimeData()
        own = bytes(data.data(CLIP_MIME).data()).decode(errors="replace") if data.hasFormat(CLIP_MIME) else ""
        try:
            clip = read_clip(own or data.text())
        except StudioError as error:
            self.said.emit("info", str(error))
            return
        edit = PasteObjects(clip, place)
        names = edit.names(self.document.committed)
        self.editing.apply(edit)
        top = [names[thing.id] for thing in clip.objects if thing.parent is None]
        self.document.select(top)

    def _place(self) -> Vec3 | None:
        """The point under the mouse: on the top of what is there, else on the ground."""
        view = self.w.view
        if not view.underMouse():
            return None
        position = view.overlay.state.cursor_px
        key = view.pick(position)
        point = view.surface(position)
        if point is None:
            return None
        x, y, _ = point.point
        thing = self.document.scene.objects.get(key) if key else None
        return x, y, (thing.center[2] + thing.size[2] / 2.0 if thing else 0.0)

    # -- lining up -----------------------------------------------------------------------------------------------

    @property
    def frame(self) -> Seen:
        """Along the world's axes, or as the scene's camera sees them."""
        return "camera" if self.as_seen else "world"

    def toggle_as_seen(self) -> None:
        """Line up along the world's axes, or as the camera sees them."""
        self.as_seen = not self.as_seen
        self.w.commands.refresh()
        self.w.inspector.arrange.show_frame(self.as_seen)

    def align(self, line: Line) -> None:
        """Bring a side or the middles of what is selected onto one line, with what stands on each."""
        self.editing.apply(AlignObjects(self.solid, line, self.frame))

    def distribute(self, direction: Direction, even: str = "gaps") -> None:
        """Space what is selected evenly."""
        self.editing.apply(DistributeObjects(self.solid, direction, even, self.frame))  # type: ignore[arg-type]

    def can_go_to_wall(self) -> bool:
        """Whether something is selected and there is a wall."""
        return bool(self.solid) and any(is_wall(thing) for thing in self.document.committed.objects.values())

    def put_to_wall(self) -> None:
        """Put what is selected against the nearest wall, with its back to it."""
        puts = tuple(PutToWall(key, self.w.session.carried_by((key,))) for key in self.solid)
        self.editing.apply(puts[0] if len(puts) == 1 else EditSequence(puts, "Put against the wall"))

    # -- groups --------------------------------------------------------------------------------------------------

    def ask_group(self) -> None:
        """Ask for a name and put what is selected under a concept."""
        name, good = QInputDialog.getText(
            self.w,
            "Group",
            "What is it together? (living room, table set …)",
            QLineEdit.EchoMode.Normal,
            "group",
        )
        if good:
            self.group(name)

    def group(self, name: str) -> None:
        """Put what is selected under a concept of this name, and select that."""
        edit = GroupUnderConcept(self.document.selection, name)
        key = edit.key(self.document.committed)
        self.editing.apply(edit)
        self.document.select((key,))

    def concepts(self) -> tuple[str, ...]:
        """The selected concepts, or those that the selected things are part of."""
        objects = self.document.committed.objects
        chosen = [objects[key] for key in self.document.selection if key in objects]
        found = [thing.id if thing.kind == "concept" else thing.parent for thing in chosen]
        return tuple(dict.fromkeys(key for key in found if key))

    def can_ungroup(self) -> bool:
        """Whether there is a group to dissolve."""
        return bool(self.concepts())

    def ungroup(self) -> None:
        """Dissolve the selected groups; their members are selected."""
        for key in self.concepts():
            objects = self.document.committed.objects
            members = [thing.id for thing in objects.values() if thing.parent == key]
            self.editing.apply(Ungroup(key))
            self.document.select(members)

    # -- rooms ---------------------------------------------------------------------------------------------------

    def show_room_builder(self) -> None:
        """Open the room builder."""
        from sd3studio.ui.room_builder import RoomBuilder

        dialog = RoomBuilder(self.document.committed, self.w)
        dialog.preview_requested.connect(self._preview_room)
        dialog.room_requested.connect(self.build_room)
        dialog.ground_requested.connect(self.add_ground)
        self._run(dialog)

    def _run(self, dialog: "RoomBuilder") -> None:
        """Open the dialog; what it plans is seen in it too, for it may lie over the view."""
        from sd3studio.ui.room_preview import RoomPreview

        preview = RoomPreview(self.document, self.w.scene_pictures)
        dialog.take_preview(preview)
        dialog.exec()
        preview.stop()
        self.document.end_preview()

    def standing_room(self) -> str | None:
        """Id of the room that is selected, or that something selected is part of."""
        scene = self.document.committed
        return next((key for key in (room_of(scene, one) for one in self.document.selection) if key), None)

    def change_room(self) -> None:
        """Open the selected room in the room builder."""
        from sd3studio.ui.room_builder import RoomBuilder

        scene, key = self.document.committed, self.standing_room()
        if key is None:
            self.said.emit("info", "Select a room, or a part of one, to change it.")
            return
        try:
            old = read_room(scene, key)
        except StudioError as error:
            self.said.emit("info", str(error))
            return
        name = scene.objects[key].label

        def preview(room: Room | None) -> None:
            self.document.end_preview()
            if room is not None:
                with suppress(StudioError):
                    self.document.preview(changed(scene, old, room, name))

        bare = RemoveObjects(old.parts).apply(scene)
        dialog = RoomBuilder(old.pose.drawn_scene(bare), self.w, old.room, name, math.degrees(old.pose.yaw))
        dialog.preview_requested.connect(preview)
        dialog.room_requested.connect(lambda room, called: self.editing.apply(changed(scene, old, room, called)))
        self._run(dialog)
        self.document.select((key,))

    def build_room(self, room: Room, name: str) -> None:
        """Add a room, its parts under a concept of this name."""
        try:
            things = grouped(self.document.committed, room, name)
        except StudioError as error:
            self.said.emit("danger", str(error))
            return
        self.editing.apply(AddObjects(things))
        self.document.select((things[0].id,))

    def add_ground(self, label: str, width_m: float, depth_m: float) -> None:
        """Add a stretch of outdoor ground around the origin."""
        self.editing.apply(AddObjects((outdoors(self.document.committed, label, width_m, depth_m),)))

    def _preview_room(self, room: Room | None) -> None:
        """Show a room that is still being planned; one that can't be built shows nothing."""
        self.document.end_preview()
        if room is not None:
            with suppress(StudioError):
                self.document.preview(AddObjects(grouped(self.document.committed, room)))


def _counted(count: int) -> str:
    return "one object" if count == 1 else f"{count} objects"
