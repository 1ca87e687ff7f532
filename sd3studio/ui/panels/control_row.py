"""One control map of a picture: whether it acts, how strongly, in which part of the steps, and by which ControlNet."""

from PySide6.QtWidgets import QCheckBox, QGridLayout, QLabel, QLineEdit, QWidget

from sd3studio.core.requests import Control
from sd3studio.ui.panels.fields import NumberField
from sd3studio.ui.panels.range_slider import RangeSlider

TITLES = {"depth": "Depth", "normal": "Normals", "class": "Classes", "boxes": "Boxes"}


class ControlRow(QWidget):
    """Two lines of fields for one map."""

    def __init__(self, name: str, folder: str, on: bool) -> None:
        super().__init__()
        self.name = name
        self.on = QCheckBox(TITLES[name], checked=on)
        self.on.setToolTip(f"Whether the {TITLES[name].lower()} steer the picture")
        self.strength = NumberField(low=0.0, high=2.0, step=0.05)
        self.strength.show_value(1.0)
        self.strength.setMaximumWidth(62)
        self.strength.setToolTip("Strength: 1 is as trained, 0 does nothing")
        self.strength.setAccessibleName(f"Strength of {name}")
        self.part = RangeSlider(0.0, 1.0, gap=0.01, name=f"Part of the steps in which {name} acts")
        self.part.setToolTip("Part of the steps in which it acts. Space takes the other handle, arrows move it")
        self.part_text = QLabel()
        self.part_text.setProperty("role", "muted")
        self.part_text.setMinimumWidth(80)
        self.folder = QLineEdit(folder, placeholderText="ControlNet folder or hub id")
        if name == "boxes":
            self.folder.setPlaceholderText("boxes need a GLIGEN model")
            self.folder.setEnabled(False)
            self.strength.setEnabled(False)
        self.on.toggled.connect(self._show_state)
        self.part.changed.connect(self._show_part)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 4)
        grid.setHorizontalSpacing(6)
        grid.setVerticalSpacing(3)
        grid.addWidget(self.on, 0, 0)
        grid.addWidget(self.strength, 0, 1)
        grid.addWidget(self.part, 0, 2)
        grid.addWidget(self.part_text, 0, 3)
        grid.addWidget(self.folder, 1, 1, 1, 3)
        grid.setColumnMinimumWidth(0, 84)
        grid.setColumnStretch(2, 1)
        self._show_state()

    def control(self) -> Control | None:
        """What it asks for, None where it is off."""
        if not self.on.isChecked():
            return None
        return Control(
            map=self.name,
            strength=self.strength.value(),
            start=round(self.part.low, 3),
            end=round(self.part.high, 3),
            model=self.folder.text().strip(),
        )

    def show_control(self, control: Control | None) -> None:
        """Show an earlier control, or that there was none."""
        self.on.setChecked(control is not None)
        if control is not None:
            self.strength.show_value(control.strength)
            self.part.show_range(control.start, control.end)
            if control.model:
                self.folder.setText(control.model)
        self._show_state()

    def _show_state(self) -> None:
        on = self.on.isChecked()
        self.strength.setEnabled(on and self.name != "boxes")
        self.part.setEnabled(on)
        self.folder.setVisible(on and self.name != "boxes")
        self._show_part()

    def _show_part(self) -> None:
        self.part_text.setText(f"{self.part.low:.0%} to {self.part.high:.0%}")
