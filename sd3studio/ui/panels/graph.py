"""The graph panel: the drawing with its tools, the sentence about what is selected, and the legend of a check."""

from PySide6.QtCore import Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLabel, QLineEdit, QVBoxLayout, QWidget

from sd3studio.ui.icons import icon_button
from sd3studio.ui.panels.check import verdict_colour
from sd3studio.ui.panels.fields import compact
from sd3studio.ui.panels.graph_view import GraphView

VERDICTS = ("found", "missing", "wrong place", "cannot decide", "holds", "broken")
EMPTY = "Select nodes to read the sentence about them."


class GraphPanel(QWidget):
    """Shows the graph; wishes leave through the signals of `view`, and these.

    Signals
    -------
    add_requested, attribute_requested, rename_requested, delete_requested : the buttons
    derived_toggled : whether what the geometry implies is drawn too
    sentence_entered : a sentence that changes the scene
    shown : the panel came on the screen
    """

    add_requested = Signal()
    attribute_requested = Signal()
    rename_requested = Signal()
    delete_requested = Signal()
    derived_toggled = Signal(bool)
    sentence_entered = Signal(str)
    shown = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.view = GraphView()
        self.add = icon_button("plus", "", "Add an object (double-click on the ground)")
        self.attribute = icon_button("text", "", "Add an attribute to the selected object")
        self.rename = icon_button("caption", "", "Rename the selected node (F2, double-click)")
        self.delete = icon_button("trash", "", "Delete the selected nodes (Del)")
        self.fit = icon_button("frame", "", "Show the whole graph (F)")
        self.derived = QCheckBox("Implied")
        self.derived.setToolTip("Draw the most telling relations that the geometry implies, too")
        for button, name in (
            (self.add, "Add an object"),
            (self.attribute, "Add an attribute"),
            (self.rename, "Rename"),
            (self.delete, "Delete"),
            (self.fit, "Show the whole graph"),
        ):
            compact(button).setAccessibleName(name)
        self.sentence = QLabel(EMPTY, wordWrap=True)
        self.sentence.setProperty("role", "muted")
        self.change = QLineEdit(placeholderText="Change it by a sentence: put the lamp behind it")
        self.change.setClearButtonEnabled(True)
        self.change.setAccessibleName("Sentence that changes the selected nodes")
        self.legend = QLabel(wordWrap=True)
        self.legend.hide()
        self._lay_out()
        self.add.clicked.connect(self.add_requested)
        self.attribute.clicked.connect(self.attribute_requested)
        self.rename.clicked.connect(self.rename_requested)
        self.delete.clicked.connect(self.delete_requested)
        self.fit.clicked.connect(self.view.fit)
        self.derived.toggled.connect(self.derived_toggled)
        self.change.returnPressed.connect(self._on_change)
        self.view.take_theme()
        self.show_chosen(0, False)

    def _lay_out(self) -> None:
        tools = QHBoxLayout()
        for widget in (self.add, self.attribute, self.rename, self.delete, self.fit, self.derived):
            tools.addWidget(widget)
        tools.addStretch(1)
        below = QVBoxLayout()
        below.setContentsMargins(8, 0, 8, 8)
        below.addWidget(self.legend)
        below.addWidget(self.sentence)
        below.addWidget(self.change)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 8, 0, 0)
        layout.setSpacing(6)
        tools.setContentsMargins(8, 0, 8, 0)
        layout.addLayout(tools)
        layout.addWidget(self.view, 1)
        layout.addLayout(below)

    def show_chosen(self, count: int, one_object: bool) -> None:
        """So many nodes are selected; `one_object` if it is a single object."""
        self.rename.setEnabled(count == 1)
        self.delete.setEnabled(count > 0)
        self.attribute.setEnabled(one_object)

    def show_sentence(self, text: str) -> None:
        """Show what is said of the selected nodes."""
        self.sentence.setText(text or EMPTY)

    def show_legend(self, picture: str | None) -> None:
        """Say that nodes are coloured by the check of a picture, and how; None: they are not."""
        self.legend.setVisible(picture is not None)
        if picture is not None:
            parts = [
                f'<span style="color:{verdict_colour(v)}">■</span>&nbsp;{v.replace(" ", "&nbsp;")}' for v in VERDICTS
            ]
            self.legend.setText(f"Check: {'&ensp;'.join(parts)}")
            self.legend.setToolTip(f"Nodes have the colours of the check of {picture}" if picture else "")

    def take_theme(self) -> None:
        """Use the colours of the current theme."""
        self.view.take_theme()

    def _on_change(self) -> None:
        text = self.change.text().strip()
        if text:
            self.sentence_entered.emit(text)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.shown.emit()
