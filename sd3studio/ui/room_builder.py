"""The room builder: a plan to drag in and numbers beside it, a preview in the 3D view; and outdoor ground."""

from itertools import pairwise

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from sd3studio.core.errors import StudioError
from sd3studio.core.room_shaping import (
    SHAPES,
    Shape,
    at_of_left,
    from_left_m,
    length_m,
    placed,
    resized,
    shaped,
    side_name,
    size_m,
)
from sd3studio.core.rooms import Opening, Room, built
from sd3studio.core.scene.boxes import Boxes
from sd3studio.core.scene.values import Scene
from sd3studio.ui.icons import icon_button
from sd3studio.ui.panels.fields import NumberField, heading, muted
from sd3studio.ui.room_plan import RoomPlan

FLOORS = ("wooden floor", "floor tiles", "carpet", "stone pavement")
WALLS = ("wall", "wall tiles", "wall of bricks")
"""The last word that the renderer knows decides how a floor or a wall looks."""
GROUNDS = ("grass", "road", "pavement", "sand", "snow", "gravel", "water", "earth")
SPACE_M = 0.8
"""Free space around what is there when a room is built around it."""
SHAPE_NAMES: dict[Shape, str] = {"rectangle": "Rectangle", "L": "L-shape"}


class RoomBuilder(QDialog):
    """Plans a room, or changes one that stands. `preview_requested` follows each change; *Build* does it.

    `standing` is the room that is changed; `scene` is then all that is around it, both as the plan lies, which stands
    turned by `turned_deg` in the scene.
    """

    preview_requested = Signal(object)
    room_requested = Signal(object, str)
    ground_requested = Signal(str, float, float)

    def __init__(
        self, scene: Scene, parent: QWidget | None = None, standing: Room | None = None, name: str = "room",
        turned_deg: float = 0.0,
    ) -> None:  # fmt: skip
        super().__init__(parent)
        self.setWindowTitle("Room builder" if standing is None else f"Change {name}")
        self._scene, self._verb = scene, "Build" if standing is None else "Change"
        self.room = standing or Room.rectangle(4.0, 3.0, floor=FLOORS[0], open_sides=frozenset({0}))
        self.selected = -1
        self._make_fields()
        self.tabs = QTabWidget()
        self.tabs.addTab(self._room_page(), "Room")
        self.tabs.addTab(self._ground_page(), "Outdoor ground")
        self.tabs.setTabVisible(1, standing is None)
        self.plan.turned_deg = turned_deg
        self.plan.show_things(scene.solid_objects())
        if standing is not None:
            self._show_words(standing, name)
        self.problem = muted()
        self.problem.setProperty("role", "danger")
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        self.build = buttons.addButton(self._verb, QDialogButtonBox.ButtonRole.AcceptRole)
        self.build.setProperty("primary", "true")
        buttons.accepted.connect(self._on_build)
        buttons.rejected.connect(self.reject)
        self.tabs.currentChanged.connect(self._show)
        layout = QVBoxLayout(self)
        for widget in (self.tabs, self.problem, buttons):
            layout.addWidget(widget)
        self.resize(940, 600)
        self._show()

    # -- building ------------------------------------------------------------------------------------------------

    def _make_fields(self) -> None:
        self.plan = RoomPlan()
        self.name = QLineEdit("room")
        self.shape = QComboBox()
        for shape in SHAPES:
            self.shape.addItem(SHAPE_NAMES[shape], shape)
        self.width_m, self.depth_m = (NumberField(" m", low=0.6, high=200.0, step=0.1) for _ in "wd")
        self.height_m = NumberField(" m", low=0.5, high=30.0, step=0.1)
        self.thickness_m = NumberField(" m", low=0.01, high=2.0, step=0.01)
        self.floor, self.wall = QComboBox(editable=True), QComboBox(editable=True)
        self.floor.addItems(FLOORS)
        self.wall.addItems(WALLS)
        self.ceiling = QCheckBox("Ceiling")
        self.around = QPushButton("Around what is there")
        self.around.setEnabled(bool(self._scene.solid_objects()))
        self.sides = QComboBox()
        self.is_open = QCheckBox("no wall there")
        self.kind = QComboBox()
        self.kind.addItems(("door", "window", "passage"))
        self.side = QComboBox()
        self.left_m, self.opening_width_m, self.opening_height_m = (
            NumberField(" m", low=0.0, high=200.0, step=0.1) for _ in "lwh"
        )
        self.sill_m = NumberField(" m", low=0.0, high=30.0, step=0.1)
        self.ground = QComboBox(editable=True)
        self.ground.addItems(GROUNDS)
        self.ground_width_m, self.ground_depth_m = (NumberField(" m", low=1.0, high=1_000.0, step=1.0) for _ in "wd")
        self.ground_width_m.show_value(40.0)
        self.ground_depth_m.show_value(40.0)
        self._connect()

    def _connect(self) -> None:
        self.plan.room_changed.connect(self._take)
        self.plan.opening_selected.connect(self._select)
        self.shape.activated.connect(self._on_shape)
        for field in (self.width_m, self.depth_m):
            field.entered.connect(self._on_size)
        for field in (self.height_m, self.thickness_m):
            field.entered.connect(self._on_walls)
        self.floor.currentTextChanged.connect(self._on_walls)
        self.wall.currentTextChanged.connect(self._on_walls)
        self.ceiling.clicked.connect(self._on_walls)
        self.around.clicked.connect(self._on_around)
        self.sides.activated.connect(self._show)
        self.is_open.clicked.connect(self._on_open)
        self.kind.activated.connect(self._on_opening)
        self.side.activated.connect(self._on_opening)
        for field in (self.left_m, self.opening_width_m, self.opening_height_m, self.sill_m):
            field.entered.connect(self._on_opening)

    def _room_page(self) -> QWidget:
        form = QFormLayout()
        size = QGridLayout()
        size.addWidget(self.width_m, 0, 0)
        size.addWidget(self.depth_m, 0, 1)
        walls = QGridLayout()
        walls.addWidget(self.height_m, 0, 0)
        walls.addWidget(self.thickness_m, 0, 1)
        sides = QHBoxLayout()
        sides.addWidget(self.sides, 1)
        sides.addWidget(self.is_open)
        for text, field in (
            ("Name", self.name), ("Shape", self.shape), ("Width, depth", size), ("Height, thickness", walls),
            ("Floor", self.floor), ("Walls", self.wall), ("", self.ceiling), ("Side", sides),
        ):  # fmt: skip
            form.addRow(text, field)  # type: ignore[arg-type]
        add = QHBoxLayout()
        self.add_buttons = {}
        for kind in ("door", "window", "passage"):
            button = self.add_buttons[kind] = icon_button("plus", kind.capitalize(), f"Add a {kind} to the chosen side")
            button.setProperty("kind", kind)
            button.clicked.connect(self._on_add)
            add.addWidget(button)
        column = QVBoxLayout()
        column.addLayout(form)
        column.addWidget(self.around)
        column.addWidget(heading("Doors and windows"))
        column.addLayout(add)
        self.opening_box = self._opening_box()
        column.addWidget(self.opening_box)
        column.addStretch(1)
        page = QWidget()
        row = QHBoxLayout(page)
        self._looks = QVBoxLayout()
        self._looks.addWidget(self.plan, 1)
        row.addLayout(self._looks, 1)
        row.addLayout(column)
        return page

    def _opening_box(self) -> QWidget:
        box = QWidget()
        form = QFormLayout(box)
        form.setContentsMargins(0, 0, 0, 0)
        size = QGridLayout()
        size.addWidget(self.opening_width_m, 0, 0)
        size.addWidget(self.opening_height_m, 0, 1)
        self.left_m.setToolTip("Middle of the opening, from the left end of the wall as seen from inside")
        remove = icon_button("trash", "Remove")
        remove.clicked.connect(self._on_remove)
        for text, field in (
            ("Kind", self.kind), ("In the side", self.side), ("From the left", self.left_m), ("Width, height", size),
            ("Above the floor", self.sill_m), ("", remove),
        ):  # fmt: skip
            form.addRow(text, field)  # type: ignore[arg-type]
        return box

    def _ground_page(self) -> QWidget:
        page = QWidget()
        form = QFormLayout(page)
        form.addRow("What", self.ground)
        form.addRow("Width", self.ground_width_m)
        form.addRow("Depth", self.ground_depth_m)
        form.addRow(muted("A stretch of ground around the origin; its top is where things stand."))
        return page

    def take_preview(self, preview: QWidget) -> None:
        """Show below the plan how the room will look."""
        self._looks.addWidget(preview)

    # -- showing -------------------------------------------------------------------------------------------------

    def _show_words(self, room: Room, name: str) -> None:
        """What a standing room is called and made of, in the fields that `_show` leaves alone."""
        self.name.setText(name)
        blocked = [QSignalBlocker(field) for field in (self.floor, self.wall)]
        self.floor.setCurrentText(room.floor)
        self.wall.setCurrentText(room.wall)
        del blocked
        self.ceiling.setChecked(room.ceiling)
        self.shape.setCurrentIndex(0 if len(room.outline) == 4 else 1)

    @property
    def plans_room(self) -> bool:
        """Whether the page of the room is in front."""
        return self.tabs.currentIndex() == 0

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._show()  # who listens to the preview came after the first one

    def _take(self, room: Room) -> None:
        self.room = room
        self.selected = min(self.selected, len(room.openings) - 1)
        self._show()

    def _select(self, row: int) -> None:
        self.selected = row
        self._show()

    def _show(self) -> None:
        """Show the room everywhere: fields, plan, preview; and what is wrong with it."""
        room = self.room
        width, depth = size_m(room)
        for field, value in (
            (self.width_m, width), (self.depth_m, depth), (self.height_m, room.height_m),
            (self.thickness_m, room.thickness_m),
        ):  # fmt: skip
            field.show_value(value)
        names = [side_name(room, side) for side in range(len(room.outline))]
        for box in (self.sides, self.side):
            row = max(box.currentIndex(), 0)
            with QSignalBlocker(box):
                box.clear()
                box.addItems(names)
                box.setCurrentIndex(min(row, len(names) - 1))
        with QSignalBlocker(self.is_open):
            self.is_open.setChecked(self.sides.currentIndex() in room.open_sides)
        self._show_opening()
        self.plan.show_room(room, self.selected)
        self._show_problem()
        self.preview_requested.emit(room if self.plans_room else None)

    def _show_opening(self) -> None:
        self.opening_box.setVisible(self.selected >= 0)
        if self.selected < 0:
            return
        opening = self.room.openings[self.selected]
        width, low, high = opening.box_m
        with QSignalBlocker(self.kind), QSignalBlocker(self.side):
            self.kind.setCurrentText(opening.kind)
            self.side.setCurrentIndex(opening.wall)
        for field, value in (
            (self.left_m, from_left_m(self.room, opening)), (self.opening_width_m, width),
            (self.opening_height_m, high - low), (self.sill_m, low),
        ):  # fmt: skip
            field.show_value(value)

    def _show_problem(self) -> None:
        text = ""
        if self.plans_room:
            try:
                built(self._scene, self.room)
            except StudioError as error:
                text = str(error)
        self.problem.setText(text)
        self.problem.setVisible(bool(text))
        self.build.setEnabled(not text)
        self.build.setText(self._verb if self.plans_room else "Add the ground")

    # -- wishes --------------------------------------------------------------------------------------------------

    def _on_shape(self) -> None:
        self._take(shaped(self.room, self.shape.currentData(), *size_m(self.room)))

    def _on_size(self) -> None:
        self._take(resized(self.room, self.width_m.exact(), self.depth_m.exact()))

    def _on_walls(self) -> None:
        floor, wall = self.floor.currentText().strip() or "floor", self.wall.currentText().strip() or "wall"
        self._take(
            self.room.replace(
                height_m=self.height_m.exact(),
                thickness_m=self.thickness_m.exact(),
                floor=floor[:200],
                wall=wall[:200],
                ceiling=self.ceiling.isChecked(),
            )
        )

    def _on_around(self) -> None:
        """A rectangle around all that is in the scene, with some space."""
        low, high = Boxes.of(self._scene.solid_objects()).bounds()
        (x0, y0, _), (x1, y1, _) = low.min(axis=0) - SPACE_M, high.max(axis=0) + SPACE_M
        corners = [(x0, y0), (x1, y0), (x1, y1), (x0, y1)]
        self.shape.setCurrentIndex(0)
        outline = tuple((round(float(x), 2), round(float(y), 2)) for x, y in corners)
        room = shaped(self.room, "rectangle", x1 - x0, y1 - y0)
        self._take(room.replace(outline=outline))

    def _on_open(self, on: bool) -> None:
        side = self.sides.currentIndex()
        sides = self.room.open_sides | {side} if on else self.room.open_sides - {side}
        kept = tuple(one for one in self.room.openings if one.wall not in sides)
        self._take(self.room.replace(open_sides=frozenset(sides), openings=kept))

    def _on_add(self) -> None:
        kind = self.sender().property("kind")
        side = max(self.sides.currentIndex(), 0)
        if side in self.room.open_sides:
            free = [s for s in range(len(self.room.outline)) if s not in self.room.open_sides]
            side = max(free, key=lambda s: (s == 2, length_m(self.room, s)), default=-1)
        if side < 0:
            return
        opening = placed(self.room, Opening(wall=side, at_m=0.0, kind=kind), self._free_place(side))
        if opening is not None:
            self.selected = len(self.room.openings)
            self._take(self.room.replace(openings=(*self.room.openings, opening)))

    def _free_place(self, side: int) -> float:
        """Middle of the widest free stretch of a wall, from its beginning."""
        taken = sorted(
            (one.at_m - one.box_m[0] / 2.0, one.at_m + one.box_m[0] / 2.0)
            for one in self.room.openings
            if one.wall == side
        )
        ends = [(0.0, 0.0), *taken, (length_m(self.room, side),) * 2]
        gaps = [(after[0] - before[1], (after[0] + before[1]) / 2.0) for before, after in pairwise(ends)]
        return max(gaps)[1]

    def _on_opening(self) -> None:
        if self.selected < 0:
            return
        old = self.room.openings[self.selected]
        kind, wall = self.kind.currentText(), self.side.currentIndex()
        sizes: dict[str, float | None] = {"width_m": None, "height_m": None, "sill_m": None}
        if kind == old.kind:
            sizes = {
                "width_m": max(self.opening_width_m.exact(), 0.05),
                "height_m": max(self.opening_height_m.exact(), 0.05),
                "sill_m": self.sill_m.exact(),
            }
        wanted = Opening(wall=wall, at_m=0.0, kind=kind, **sizes)  # type: ignore[arg-type]
        moved = placed(self.room, wanted, at_of_left(self.room, wall, self.left_m.exact()))
        if moved is None:
            self.problem.setText(f"The {kind} is wider than that side.")
            self.problem.show()
            return
        before, after = self.room.openings[: self.selected], self.room.openings[self.selected + 1 :]
        self._take(self.room.replace(openings=(*before, moved, *after)))

    def _on_remove(self) -> None:
        kept = tuple(one for row, one in enumerate(self.room.openings) if row != self.selected)
        self.selected = -1
        self._take(self.room.replace(openings=kept))

    def _on_build(self) -> None:
        if self.plans_room:
            self.preview_requested.emit(None)
            self.room_requested.emit(self.room, " ".join(self.name.text().split())[:200] or "room")
        else:
            label = " ".join(self.ground.currentText().split())[:200] or GROUNDS[0]
            self.ground_requested.emit(label, self.ground_width_m.exact(), self.ground_depth_m.exact())
        self.accept()
