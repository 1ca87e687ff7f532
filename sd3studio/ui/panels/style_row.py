"""Style presets in the generation panel: choose one, keep the words at hand as one, delete one's own."""

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QVBoxLayout, QWidget

from sd3studio.core.picture_controls import Style
from sd3studio.ui.icons import icon_button
from sd3studio.ui.panels.fields import compact, muted, shrinkable


class StyleRow(QWidget):
    """Shows the presets; wishes leave as signals."""

    chosen = Signal(object)
    """The Style that the user chose, or None."""
    save_requested = Signal()
    delete_requested = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._own: frozenset[str] = frozenset()
        self.box = QComboBox()
        self.box.setAccessibleName("Style")
        shrinkable(self.box)
        self.save = compact(icon_button("plus", tip="Keep the words and numbers here as a style of your own…"))
        self.delete = compact(icon_button("trash", tip="Delete this style of yours"))
        self.words = muted()
        self.box.activated.connect(self._on_chosen)
        self.save.clicked.connect(self.save_requested)
        self.delete.clicked.connect(self._on_delete)
        row = QHBoxLayout()
        row.setSpacing(4)
        row.addWidget(self.box, 1)
        row.addWidget(self.save)
        row.addWidget(self.delete)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(3)
        column.addLayout(row)
        column.addWidget(self.words)
        self.show_styles((), ())

    def show_styles(self, styles: Sequence[Style], own: Sequence[str]) -> None:
        """Show these presets; those named in `own` are the user's."""
        current = self.style_chosen()
        self._own = frozenset(own)
        self.box.clear()
        self.box.addItem("None", None)
        for style in styles:
            self.box.addItem(f"{style.name} (yours)" if style.name in self._own else style.name, style)
            self.box.setItemData(self.box.count() - 1, _told(style), 3)  # Qt.ItemDataRole.ToolTipRole
        self.show_style(current)

    def style_chosen(self) -> Style | None:
        """The preset that is on show."""
        return self.box.currentData()

    def show_style(self, style: Style | None) -> None:
        """Show a preset; one that is not in the list (of an earlier picture) is added."""
        names = [None if value is None else value.name for value in map(self.box.itemData, range(self.box.count()))]
        name = None if style is None else style.name
        if name not in names:
            self.box.addItem(str(name), style)
            names.append(name)
        elif style is not None:
            self.box.setItemData(names.index(name), style)
        self.box.setCurrentIndex(names.index(name))
        self._show_words()

    def _show_words(self) -> None:
        style = self.style_chosen()
        self.words.setText(_told(style) if style else "")
        self.words.setVisible(style is not None)
        self.delete.setEnabled(style is not None and style.name in self._own)

    def _on_chosen(self) -> None:
        self._show_words()
        self.chosen.emit(self.style_chosen())

    def _on_delete(self) -> None:
        style = self.style_chosen()
        if style is not None:
            self.delete_requested.emit(style.name)


def _told(style: Style) -> str:
    without = f" Without: {style.negative}." if style.negative else ""
    return f"Adds: {style.prompt or 'nothing'}.{without} {style.about}".strip()
