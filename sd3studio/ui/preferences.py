"""The preferences dialog, made from the settings models: a page per group, a widget per field."""

from typing import Any, Literal, get_args, get_origin

from pydantic import ValidationError
from pydantic.fields import FieldInfo
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QDoubleSpinBox,
    QFormLayout,
    QKeySequenceEdit,
    QLabel,
    QLineEdit,
    QScrollArea,
    QSpinBox,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from sd3studio.core.scene.value import Value
from sd3studio.core.settings import Settings
from sd3studio.ui.actions import Commands
from sd3studio.ui.controllers.editing import first_sentence


class Preferences(QDialog):
    """Edits a copy of the settings; `settings()` gives it once the dialog was accepted."""

    def __init__(self, settings: Settings, commands: Commands, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Preferences")
        self._settings, self._commands = settings, commands
        self._fields: dict[tuple[str, str], QWidget] = {}
        self._keys: dict[str, QKeySequenceEdit] = {}
        self.problem = QLabel(wordWrap=True, visible=False)
        self.problem.setProperty("role", "danger")
        tabs = QTabWidget()
        for name, info in Settings.model_fields.items():
            group = getattr(settings, name)
            if isinstance(group, Value):
                tabs.addTab(self._page(name, group), info.title or name)
        tabs.addTab(self._key_page(), "Shortcuts")
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Ok | QDialogButtonBox.StandardButton.Cancel)
        buttons.accepted.connect(self._on_accept)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        for widget in (tabs, self.problem, buttons):
            layout.addWidget(widget)
        self.resize(640, 560)

    def settings(self) -> Settings:
        """The settings as the fields say. Raises `pydantic.ValidationError` where a field is wrong."""
        groups: dict[str, Any] = {}
        for name in Settings.model_fields:
            group = getattr(self._settings, name)
            if isinstance(group, Value):
                values = {field: _value(self._fields[name, field]) for field in type(group).model_fields}
                groups[name] = type(group)(**values)
        return self._settings.replace(**groups, keys=self._chosen_keys())

    def _chosen_keys(self) -> dict[str, str]:
        chosen = {}
        for command in self._commands.table:
            keys = self._keys[command.id].keySequence().toString()
            usual = command.keys[0] if command.keys else ""
            if keys != QKeySequenceEdit(usual).keySequence().toString():
                chosen[command.id] = keys
        return chosen

    def _page(self, name: str, group: Value) -> QWidget:
        page = QWidget()
        form = QFormLayout(page)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        for field, info in type(group).model_fields.items():
            widget = self._fields[name, field] = _widget(info, getattr(group, field))
            widget.setToolTip(info.description or "")
            form.addRow(info.title or field, widget)
        return page

    def _key_page(self) -> QWidget:
        page = QWidget()
        form = QFormLayout(page)
        for command in self._commands.table:
            editor = self._keys[command.id] = QKeySequenceEdit(self._commands.actions[command.id].shortcut())
            editor.setMaximumSequenceLength(1)
            editor.setClearButtonEnabled(True)
            form.addRow(f"{command.menu}: {command.title}", editor)
        area = QScrollArea(widgetResizable=True)
        area.setWidget(page)
        return area

    def _on_accept(self) -> None:
        try:
            self.settings()
        except ValidationError as error:
            self.problem.setText(first_sentence(error))
            self.problem.show()
            return
        self.accept()


def _widget(info: FieldInfo, value: Any) -> QWidget:
    if get_origin(info.annotation) is Literal:
        box = QComboBox()
        box.addItems([str(choice) for choice in get_args(info.annotation)])
        box.setCurrentText(str(value))
        return box
    if isinstance(value, bool):
        return QCheckBox(checked=value)
    low, high = _bounds(info)
    if isinstance(value, int):
        return QSpinBox(minimum=int(low), maximum=int(min(high, 2**31 - 1)), value=value)
    if isinstance(value, float):
        return QDoubleSpinBox(minimum=low, maximum=high, decimals=3, value=value)
    return QLineEdit(str(value))


def _bounds(info: FieldInfo) -> tuple[float, float]:
    low, high = -1e9, 1e9
    for rule in info.metadata:
        low = getattr(rule, "ge", getattr(rule, "gt", low))
        high = getattr(rule, "le", getattr(rule, "lt", high))
    return low, high


def _value(widget: QWidget) -> Any:
    match widget:
        case QComboBox():
            return widget.currentText()
        case QCheckBox():
            return widget.isChecked()
        case QSpinBox() | QDoubleSpinBox():
            return widget.value()
        case QLineEdit():
            return widget.text()
    raise TypeError(type(widget).__name__)
