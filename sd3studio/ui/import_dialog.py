"""How large a model or a picture of the user's is and which way is up, seen in the scene while it is chosen."""

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QComboBox, QDialog, QDialogButtonBox, QFormLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from sd3studio.core.scene.value import Size3
from sd3studio.services.mesh_import import UNITS, Up
from sd3studio.ui.panels.fields import NumberField, muted

UNIT_NAMES = {"m": "metres", "cm": "centimetres", "mm": "millimetres", "in": "inches", "ft": "feet"}
UP_NAMES: dict[Up, str] = {"y": "Y is up (glTF)", "z": "Z is up (CAD, printing)"}
OWN = ""
"""Stands for a scale that is told by the height."""


class ImportDialog(QDialog):
    """Asks for name, unit, the axis that is up, and height; `changed` follows each choice.

    Parameters
    ----------
    extent : width, depth and height (Z) in the file's own unit, with Y up
    unit, up : what is likely
    picture : it is one: only name and height are asked for
    """

    changed = Signal()

    def __init__(
        self, name: str, extent: Size3, unit: str = "m", up: Up = "y", picture: bool = False,
        parent: QWidget | None = None,
    ) -> None:  # fmt: skip
        super().__init__(parent)
        self.setWindowTitle("A picture as a billboard" if picture else "Import a 3D model")
        self._extent = extent
        self.name = QLineEdit(name)
        self.unit, self.up = QComboBox(), QComboBox()
        for key, text in UNIT_NAMES.items():
            self.unit.addItem(text, key)
        self.unit.addItem("by its height", OWN)
        for axis, text in UP_NAMES.items():
            self.up.addItem(text, axis)
        self.unit.setCurrentIndex(self.unit.findData(unit))
        self.up.setCurrentIndex(self.up.findData(up))
        self.height_m = NumberField(" m", low=0.001, high=1_000.0, step=0.1, digits=3)
        self.size_told, self.problem = QLabel(), muted()
        self.problem.setProperty("role", "danger")
        form = QFormLayout()
        rows = [("Name", self.name), ("Measured in", self.unit), ("Upright", self.up), ("Height", self.height_m)]
        for text, field in rows if not picture else [rows[0], rows[3]]:
            form.addRow(text, field)
        form.addRow("Size", self.size_told)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.add = buttons.addButton("Add to the scene", QDialogButtonBox.ButtonRole.AcceptRole)
        self.add.setProperty("primary", "true")
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addLayout(form)
        layout.addWidget(muted("The 3D view shows it as it will stand."))
        layout.addWidget(self.problem)
        layout.addWidget(buttons)
        self.metres = UNITS[unit]
        """Metres that a unit of the file is."""
        self.unit.activated.connect(self._on_unit)
        self.up.activated.connect(self._show)
        self.height_m.entered.connect(self._on_height)
        self.resize(380, 250)
        self._show()

    @property
    def axis(self) -> Up:
        """The axis of the file that is up."""
        return self.up.currentData()

    @property
    def size_m(self) -> Size3:
        """Width, depth and height, metres."""
        width, depth, height = (length * self.metres for length in self._extent)
        return (width, depth, height) if self.axis == "y" else (width, height, depth)

    def show_problem(self, text: str) -> None:
        """Say why it can't be added as it is; nothing if it can."""
        self.problem.setText(text)
        self.problem.setVisible(bool(text))
        self.add.setEnabled(not text)

    def _on_unit(self) -> None:
        if self.unit.currentData():
            self.metres = UNITS[self.unit.currentData()]
        self._show()

    def _on_height(self) -> None:
        height = self.size_m[2]
        if height > 0.0:
            self.metres *= self.height_m.exact() / height
            with QSignalBlocker(self.unit):
                self.unit.setCurrentIndex(self.unit.findData(OWN))
        self._show()

    def _show(self) -> None:
        width, depth, height = self.size_m
        self.height_m.show_value(height)
        self.size_told.setText(f"{width:.3g} × {depth:.3g} × {height:.3g} m (width, depth, height)")
        self.show_problem("")
        self.changed.emit()
