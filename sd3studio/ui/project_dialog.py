"""What goes into a project bundle besides the scene."""

from PySide6.QtWidgets import QCheckBox, QComboBox, QDialog, QDialogButtonBox, QFormLayout, QVBoxLayout, QWidget

from sd3studio.ui.panels.fields import muted

PICTURES = {"starred": "those with a star", "all": "all in the strip", "none": "none"}


class ProjectDialog(QDialog):
    """Asks which pictures, and whether history and waiting pictures go along.

    Parameters
    ----------
    counts : how many pictures each choice means
    waiting : how many pictures wait in the queue
    """

    def __init__(self, counts: dict[str, int], waiting: int, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle("Save project")
        self._pictures = QComboBox()
        for key, title in PICTURES.items():
            count = counts.get(key, 0)
            self._pictures.addItem(title if key == "none" else f"{title} ({count})", key)
        self._pictures.setCurrentIndex(0 if counts.get("starred") else 1 if counts.get("all") else 2)
        self._history = QCheckBox("The history of the scene, so that undo goes on", checked=True)
        self._waiting = QCheckBox(f"The {waiting} pictures that wait in the queue", checked=bool(waiting))
        self._waiting.setEnabled(bool(waiting))
        form = QFormLayout()
        form.addRow(muted("One file with the scene and what belongs to it, to keep or to send."))
        form.addRow("Pictures", self._pictures)
        form.addRow(self._history)
        form.addRow(self._waiting)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Save | QDialogButtonBox.StandardButton.Cancel)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addLayout(form)
        layout.addWidget(buttons)
        self.resize(420, 180)

    @property
    def pictures(self) -> str:
        """Key of `PICTURES`."""
        return self._pictures.currentData()

    @property
    def history(self) -> bool:
        """Whether the history goes along."""
        return self._history.isChecked()

    @property
    def waiting(self) -> bool:
        """Whether the requests that wait go along."""
        return self._waiting.isChecked()
