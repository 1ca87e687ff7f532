"""Buttons that line up and space several selected objects: all axes, low, middle and high."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QCheckBox, QGridLayout, QHBoxLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from sd3studio.core.edits.aligning import Direction, Line
from sd3studio.ui import theme
from sd3studio.ui.icons import icon_button, set_icon
from sd3studio.ui.panels.fields import heading, muted

ROWS: tuple[tuple[str, str, Direction, tuple[Line, Line, Line]], ...] = (
    ("X", "Across", "across", ("left", "centre", "right")),
    ("Y", "Along", "along", ("front", "middle", "back")),
    ("Z", "Up", "up", ("bottom", "level", "top")),
)
"""Axis, what it is called, and its three lines."""
ICONS = ("align-low", "align-centre", "align-high")


class ArrangePanel(QWidget):
    """Shows how many are selected; what the user wants leaves as a signal."""

    align_requested = Signal(str)
    distribute_requested = Signal(str, str)
    group_requested = Signal()
    frame_toggled = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.about = QLabel(wordWrap=True)
        self.buttons: dict[str, QToolButton] = {}
        grid = QGridLayout()
        grid.setSpacing(4)
        for column, text in enumerate(("", "", "Low", "Mid", "High", "Gaps", "Centres")):
            label = QLabel(text, alignment=Qt.AlignmentFlag.AlignHCenter)
            label.setProperty("role", "muted")
            grid.addWidget(label, 0, column)
        now = theme.current()
        colours = {"X": now.axis_x, "Y": now.axis_y, "Z": now.axis_z}
        for row, (axis, title, direction, lines) in enumerate(ROWS, start=1):
            mark = QLabel(axis)
            mark.setStyleSheet(f"color: {colours[axis]}; font-weight: 600;")
            grid.addWidget(mark, row, 0)
            grid.addWidget(QLabel(title), row, 1)
            way = "" if axis == "X" else "-upright"
            for column, (line, icon) in enumerate(zip(lines, ICONS, strict=True), start=2):
                grid.addWidget(self._button(f"align-{line}", icon + way, f"Align: {line}"), row, column)
            for column, even in enumerate(("gaps", "centres"), start=5):
                tip = f"Equal {even} {title.lower()}"
                grid.addWidget(self._button(f"distribute-{direction}-{even}", f"distribute{way}", tip), row, column)
        grid.setColumnStretch(1, 1)
        self.as_seen = QCheckBox("As the camera sees it")
        self.as_seen.setToolTip("Left, right, front and back as in the picture instead of along the world's axes")
        self.as_seen.clicked.connect(self.frame_toggled)
        self.group = icon_button("group", "Group…", "Put them together under a concept (Ctrl+G)")
        self.group.clicked.connect(self.group_requested)
        bottom = QHBoxLayout()
        bottom.addWidget(self.as_seen, 1)
        bottom.addWidget(self.group)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 12, 12, 12)
        layout.addWidget(self.about)
        layout.addWidget(heading("Line up and space evenly"))
        layout.addLayout(grid)
        layout.addLayout(bottom)
        layout.addWidget(muted("Locked ones stay and the others go to them; spacing needs three or more."))
        layout.addStretch(1)

    def _button(self, name: str, icon: str, tip: str) -> QToolButton:
        button = self.buttons[name] = QToolButton(objectName=name, toolTip=tip)
        button.setAccessibleName(tip)
        set_icon(button, icon)
        button.clicked.connect(self._on_clicked)
        return button

    def show_count(self, count: int) -> None:
        """Say how many are selected; spacing needs three."""
        self.about.setText(f"{count} objects are selected. Drag them together, or pick one to see its numbers.")
        for name, button in self.buttons.items():
            button.setEnabled(count >= (3 if name.startswith("distribute") else 2))

    def show_frame(self, as_seen: bool) -> None:
        """Show whether lines are meant as the camera sees them."""
        self.as_seen.setChecked(as_seen)

    def _on_clicked(self) -> None:
        what, *rest = self.sender().objectName().split("-")
        if what == "align":
            self.align_requested.emit(rest[0])
        else:
            self.distribute_requested.emit(rest[0], rest[1])
