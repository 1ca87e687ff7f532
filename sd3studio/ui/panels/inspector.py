"""The inspector: everything about the selected object, in numbers and words."""

import math
from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import (
    QCheckBox,
    QColorDialog,
    QComboBox,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QStackedLayout,
    QVBoxLayout,
    QWidget,
)

from sd3studio.core.catalogue import Catalogue
from sd3studio.core.edits import (
    DrawAs,
    Recolour,
    RenameObject,
    SetAttributes,
    SetBox,
    SetFlags,
    SetHidden,
    SetLocked,
    SetPrompt,
)
from sd3studio.core.edits.base import Edit
from sd3studio.core.scene.values import SceneObject
from sd3studio.services.mesh_import import own_mesh_name
from sd3studio.ui import theme
from sd3studio.ui.itemmodels.scene_tree import about
from sd3studio.ui.panels.arrange import ArrangePanel
from sd3studio.ui.panels.fields import TripleField, heading, muted, shrinkable


class Inspector(QWidget):
    """Shows one object; every change leaves as `edit_requested` with a ready edit."""

    edit_requested = Signal(object)

    def __init__(self, catalogue: Catalogue) -> None:
        super().__init__()
        self._catalogue = catalogue
        self._thing: SceneObject | None = None
        self._stack = QStackedLayout(self)
        self._nothing = muted("Select an object to see its place, size, colour and words.")
        self._nothing.setContentsMargins(16, 16, 16, 16)
        self._stack.addWidget(self._nothing)
        self._build()
        self.arrange = ArrangePanel()
        self._stack.addWidget(self.arrange)

    def _build(self) -> None:
        self.name = QLineEdit()
        self.attributes = QLineEdit(placeholderText="blue, wooden, lying")
        self.model = QComboBox()
        shrinkable(self.model)
        now = theme.current()
        axes = (now.axis_x, now.axis_y, now.axis_z)
        self.place = TripleField("XYZ", axes, " m", -1e4, 0.05)
        self.place.setToolTip(
            "Middle of the base: X to the right, Y away from the default camera, Z height above ground"
        )
        self.size = TripleField("WDH", axes, " m", 0.01, 0.05)
        self.size.setToolTip("Width, depth, height")
        self.turn = TripleField("ZXY", (axes[2], axes[0], axes[1]), "°", -360.0, 5.0)
        self.turn.setToolTip("Heading (yaw), pitch and roll in degrees; heading 0 faces the default camera")
        self.colour = QPushButton("Colour")
        self.reset_colour = QPushButton("Reset")
        self.prompt = QLineEdit(placeholderText="words for this object in the picture")
        self.prompt.setToolTip(
            "Words for this object alone. SD3 mini follows their colours and materials, GLIGEN models take them as the "
            "phrase of its box, others read them in the prompt"
        )
        self.locked = QCheckBox("Locked")
        self.hidden = QCheckBox("Hidden")
        self.truncated = QCheckBox("Truncated")
        self.truncated.setToolTip("Cut by the frame: a part of it lies outside the photo (T in Annotate)")
        self.occluded = QCheckBox("Occluded")
        self.occluded.setToolTip("Another thing hides a part of it in the photo (O in Annotate)")
        self.checked = QCheckBox("Checked")
        self.checked.setToolTip("Somebody has looked at it and found it right")
        self.origin = muted()
        self._connect()
        self._lay_out()

    def _lay_out(self) -> None:
        colours = QHBoxLayout()
        colours.addWidget(self.colour, 1)
        colours.addWidget(self.reset_colour)
        flags = QHBoxLayout(spacing=22)
        flags.addWidget(self.locked)
        flags.addWidget(self.hidden)
        flags.addWidget(self.checked, 1)
        seen = QHBoxLayout(spacing=22)
        seen.addWidget(self.truncated)
        seen.addWidget(self.occluded, 1)
        form = self._form = QFormLayout()
        self._colours, self._seen = colours, seen
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        form.setVerticalSpacing(7)
        for text, field in (
            ("Name", self.name),
            ("Attributes", self.attributes),
            ("Drawn as", self.model),
            ("Colour", colours),
            ("Prompt", self.prompt),
            ("", flags),
            ("", seen),
        ):
            form.addRow(text, field)
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(10, 10, 10, 10)
        column.addLayout(form)
        for text, field in (("Position", self.place), ("Size", self.size), ("Rotation", self.turn)):
            column.addWidget(heading(text))
            column.addWidget(field)
        column.addWidget(heading("Where it comes from"))
        column.addWidget(self.origin)
        column.addStretch(1)
        area = QScrollArea(widgetResizable=True)
        area.setWidget(page)
        self._stack.addWidget(area)

    def _connect(self) -> None:
        self.name.editingFinished.connect(self._on_name)
        self.attributes.editingFinished.connect(self._on_attributes)
        self.prompt.editingFinished.connect(self._on_prompt)
        self.model.activated.connect(self._on_model)
        for triple in (self.place, self.size, self.turn):
            triple.entered.connect(self._on_box)
        self.colour.clicked.connect(self._on_colour)
        self.reset_colour.clicked.connect(self._on_reset_colour)
        self.locked.clicked.connect(self._on_locked)
        self.hidden.clicked.connect(self._on_hidden)
        for box in (self.truncated, self.occluded, self.checked):
            box.clicked.connect(self._on_flags)

    def show_things(self, things: Sequence[SceneObject]) -> None:
        """Show the selected object, or say how many are selected."""
        if len(things) != 1:
            self._thing = None
            if things:
                self.arrange.show_count(len(things))
            self._stack.setCurrentWidget(self.arrange if things else self._nothing)
            return
        old, self._thing = self._thing, things[0]
        if old is not self._thing:
            self._show(self._thing, same_object=old is not None and old.id == self._thing.id)
        self._stack.setCurrentIndex(1)

    def _show(self, thing: SceneObject, same_object: bool) -> None:
        for field, text in (
            (self.name, thing.label),
            (self.attributes, ", ".join(thing.attributes)),
            (self.prompt, thing.prompt),
        ):
            if not (same_object and field.hasFocus()):
                field.setText(text)
                field.setCursorPosition(0)
        for row in (self.model, self._colours, self.prompt):  # a concept is not drawn: its parts are
            self._form.setRowVisible(row, thing.kind != "concept")
        self._form.setRowVisible(self._seen, _is_of_photo(thing))
        self.place.show_value((thing.center[0], thing.center[1], thing.center[2] - thing.size[2] / 2.0))
        self.size.show_value(thing.size)
        self.turn.show_value([math.degrees(a) for a in (thing.yaw, thing.pitch, thing.roll)])
        self._show_colour(thing)
        self._show_models(thing)
        for box, on in (
            (self.locked, thing.locked),
            (self.hidden, thing.hidden),
            (self.truncated, thing.truncated),
            (self.occluded, thing.occluded),
            (self.checked, thing.checked),
        ):
            with QSignalBlocker(box):
                box.setChecked(on)
        self.origin.setText(about(thing))

    def _show_colour(self, thing: SceneObject) -> None:
        self.reset_colour.setEnabled(thing.colour is not None)
        if thing.colour is None:
            self.colour.setStyleSheet("")
            self.colour.setText("As the model")
            return
        colour = QColor.fromRgbF(*thing.colour)
        ink = "#000000" if colour.lightnessF() > 0.55 else "#ffffff"
        self.colour.setStyleSheet(f"background: {colour.name()}; color: {ink};")
        self.colour.setText(colour.name())

    def _show_models(self, thing: SceneObject) -> None:
        entries = self._catalogue.of_category(thing.category) if thing.category else ()
        wanted = [("plain box", None), *((entry.name, entry.id) for entry in entries)]
        if thing.mesh and all(mesh != thing.mesh for _, mesh in wanted):
            entry = self._catalogue.get(thing.mesh)
            own = own_mesh_name(thing.mesh)
            wanted.append((entry.name if entry else f"{own} (yours)" if own else thing.mesh, thing.mesh))
        with QSignalBlocker(self.model):
            self.model.clear()
            for text, mesh in wanted:
                self.model.addItem(text, mesh)
            self.model.setCurrentIndex(max(self.model.findData(thing.mesh), 0))

    def _ask(self, edit: Edit) -> None:
        self.edit_requested.emit(edit)

    def _on_name(self) -> None:
        if self._thing and self.name.text().strip() not in ("", self._thing.label):
            self._ask(RenameObject(self._thing.id, self.name.text()))

    def _on_attributes(self) -> None:
        words = tuple(word.strip() for word in self.attributes.text().replace(";", ",").split(",") if word.strip())
        if self._thing and words != self._thing.attributes:
            self._ask(SetAttributes(self._thing.id, words))

    def _on_prompt(self) -> None:
        if self._thing and self.prompt.text() != self._thing.prompt:
            self._ask(SetPrompt(self._thing.id, self.prompt.text()))

    def _on_model(self) -> None:
        if self._thing and self.model.currentData() != self._thing.mesh:
            self._ask(DrawAs(self._thing.id, self.model.currentData(), self._thing.category))

    def _on_box(self) -> None:
        if self._thing is None:
            return
        (x, y, base), size = self.place.exact(), self.size.exact()
        yaw, pitch, roll = (math.radians(angle) for angle in self.turn.exact())
        self._ask(SetBox(self._thing.id, (x, y, base + size[2] / 2.0), size, yaw, pitch, roll))

    def _on_colour(self) -> None:
        if self._thing is None:
            return
        start = QColor.fromRgbF(*self._thing.colour) if self._thing.colour else QColor("#8899aa")
        chosen = QColorDialog.getColor(start, self, f"Colour of {self._thing.label}")
        if chosen.isValid():
            self._ask(Recolour((self._thing.id,), (chosen.redF(), chosen.greenF(), chosen.blueF())))

    def _on_reset_colour(self) -> None:
        if self._thing:
            self._ask(Recolour((self._thing.id,), None))

    def _on_locked(self, on: bool) -> None:
        if self._thing:
            self._ask(SetLocked((self._thing.id,), on))

    def _on_hidden(self, on: bool) -> None:
        if self._thing:
            self._ask(SetHidden((self._thing.id,), on))

    def _on_flags(self) -> None:
        if self._thing:
            boxes = (self.truncated, self.occluded, self.checked)
            truncated, occluded, checked = (box.isChecked() for box in boxes)
            self._ask(SetFlags((self._thing.id,), truncated, occluded, checked))


def _is_of_photo(thing: SceneObject) -> bool:
    """Whether it was seen in a photo, by whose frame or by other things it may be cut off."""
    return thing.photo_box is not None or thing.provenance.source == "photo" or thing.truncated or thing.occluded
