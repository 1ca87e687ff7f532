"""The styles of captions: their templates, with the variables to choose from and what they say of the marked photo."""

from collections.abc import Callable, Mapping

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from sd3studio.core.errors import StudioError
from sd3studio.core.language.caption_styles import OF_PHOTO, OF_SCENE, STYLES
from sd3studio.ui.panels.fields import heading, muted

NEW = "A new style"


class StyleDialog(QDialog):
    """Choose a style, or write one; `name`, `template` and `removed` tell what is wished.

    Parameters
    ----------
    styles : name -> template, the given ones included; those can be looked at and copied, not changed
    say : the caption that a template makes of the marked photo; raises `StudioError` for one that is not valid
    """

    def __init__(self, parent: QWidget, styles: Mapping[str, str], style: str, say: Callable[[str], str]) -> None:
        super().__init__(parent)
        self.setWindowTitle("Styles of captions")
        self.resize(720, 480)
        self._styles, self._say = dict(styles), say
        self.removed = ""
        self.list = QListWidget()
        self.list.setMaximumWidth(170)
        self.list.addItems([NEW, *self._styles])
        self.title, self.text = QLineEdit(placeholderText="a name of your own"), QPlainTextEdit()
        self.text.setMaximumHeight(90)
        self.text.setAccessibleName("Template")
        self.variables = QListWidget(wordWrap=True)
        self.variables.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        for name, told in {**OF_SCENE, **OF_PHOTO}.items():
            item = QListWidgetItem(f"{{{name}}}   {told}")
            item.setData(Qt.ItemDataRole.UserRole, f"{{{name}}}")
            self.variables.addItem(item)
        self.preview, self.problem = muted(), muted()
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.go = self.buttons.addButton("Keep this style", QDialogButtonBox.ButtonRole.AcceptRole)
        self.remove = QPushButton("Remove")
        self.buttons.addButton(self.remove, QDialogButtonBox.ButtonRole.DestructiveRole)
        self._lay_out()
        self.list.currentTextChanged.connect(self._on_chosen)
        self.title.textChanged.connect(self._refresh)
        self.text.textChanged.connect(self._refresh)
        self.variables.itemDoubleClicked.connect(self._on_variable)
        self.remove.clicked.connect(self._on_remove)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        self.list.setCurrentRow(list(self._styles).index(style) + 1 if style in self._styles else 0)

    def _lay_out(self) -> None:
        fields = QFormLayout()
        fields.addRow("Name", self.title)
        fields.addRow("Template", self.text)
        right = QVBoxLayout()
        right.addLayout(fields)
        right.addWidget(muted("What stands in [square brackets] goes away where a variable in it is not known."))
        right.addWidget(heading("Says of the marked photo"))
        right.addWidget(self.preview)
        right.addWidget(self.problem)
        right.addWidget(heading("Variables: double-click puts one in"))
        right.addWidget(self.variables, 1)
        row = QHBoxLayout()
        row.addWidget(self.list)
        row.addLayout(right, 1)
        layout = QVBoxLayout(self)
        layout.addLayout(row, 1)
        layout.addWidget(self.buttons)

    @property
    def name(self) -> str:
        """The style that is wished."""
        return self.title.text().strip()

    @property
    def template(self) -> str:
        """Its template."""
        return self.text.toPlainText().strip()

    def _on_chosen(self, name: str) -> None:
        self.title.setText("" if name == NEW else name)
        self.text.setPlainText(self._styles.get(name, "{caption}"))
        self._refresh()

    def _on_variable(self, item: QListWidgetItem) -> None:
        self.text.insertPlainText(item.data(Qt.ItemDataRole.UserRole))
        self.text.setFocus()

    def _on_remove(self) -> None:
        self.removed = self.name
        self.accept()

    def _refresh(self) -> None:
        given = self.name in STYLES
        self.remove.setVisible(self.name in self._styles and not given)
        try:
            said, problem = self._say(self.template), ""
        except StudioError as error:
            said, problem = "", str(error)
        if not problem and given and self.template != STYLES[self.name]:
            problem = "This style is always there as it is: give yours another name."
        elif not problem and not self.name:
            problem = "Give it a name."
        self.preview.setText(said)
        self.problem.setText(problem)
        self.problem.setVisible(bool(problem))
        self.go.setEnabled(not problem and not given)
