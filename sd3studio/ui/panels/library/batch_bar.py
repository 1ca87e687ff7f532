"""The work in the background: what to start, how far it is, how fast, how long still; pause and stop."""

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QMenu, QProgressBar, QSizePolicy, QToolButton, QWidget

from sd3studio.ui.icons import icon_button, set_icon

THROTTLES = (("Full speed", 0.0), ("5 photos/s", 5.0), ("2 photos/s", 2.0), ("1 photo/s", 1.0), ("1 in 5 s", 0.2))
STEPS = (
    ("parse", "Parse", "cube", "Read the photos into 3D scenes, and write their captions"),
    ("caption", "Caption", "caption", "Write the caption of the chosen style"),
    ("check", "Check", "verify", "Tell how well each photo shows its scene"),
)


class BatchBar(QWidget):
    """A row of buttons and a bar. What is wanted leaves as signals."""

    start_requested = Signal(str)
    """A step: parse, caption, check."""
    pause_requested = Signal()
    resume_requested = Signal()
    stop_requested = Signal()
    problems_requested = Signal()
    duplicates_requested = Signal()
    export_requested = Signal()
    replace_requested = Signal()
    undo_requested = Signal()
    throttle_changed = Signal(float)

    def __init__(self) -> None:
        super().__init__()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.buttons = {}
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 5, 8, 5)
        row.setSpacing(6)
        for key, title, icon, tip in STEPS:
            button = icon_button(icon, title, f"{tip}: the marked photos, or all that are shown")
            button.clicked.connect(lambda _=False, key=key: self.start_requested.emit(key))
            self.buttons[key] = button
            row.addWidget(button)
        self.more = QToolButton(text="More", popupMode=QToolButton.ToolButtonPopupMode.InstantPopup)
        self.more.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        set_icon(self.more, "export")
        menu = QMenu(self.more)
        menu.addAction("Export captions or scenes…", self.export_requested.emit)
        menu.addAction("Find and replace in captions…", self.replace_requested.emit)
        menu.addAction("Undo the last export or replacement…", self.undo_requested.emit)
        menu.addSeparator()
        menu.addAction("Photos that can't be read", self.problems_requested.emit)
        menu.addAction("The same picture twice", self.duplicates_requested.emit)
        self.more.setMenu(menu)
        row.addWidget(self.more)
        self.text = QLabel()
        self.text.setProperty("role", "muted")
        self.text.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)  # a long text widens nothing
        self.bar = QProgressBar(textVisible=False)
        self.bar.setMinimumWidth(90)
        self.throttle = QComboBox()
        self.throttle.setAccessibleName("Speed of the next batch")
        self.throttle.setToolTip("How many photos a second the next batch may take")
        for text, rate in THROTTLES:
            self.throttle.addItem(text, rate)
        self.throttle.currentIndexChanged.connect(lambda _: self.throttle_changed.emit(self.rate))
        self.pause = QToolButton(iconSize=QSize(16, 16))
        self.pause.clicked.connect(self._on_pause)
        self.stop = QToolButton(iconSize=QSize(16, 16))
        self.stop.setToolTip("Give this batch up; what it did stays")
        self.stop.clicked.connect(self.stop_requested)
        set_icon(self.stop, "stop")
        row.addWidget(self.text, 1)
        for widget in (self.bar, self.pause, self.stop, self.throttle):
            row.addWidget(widget)
        self._running = False
        self.show_idle()

    @property
    def rate(self) -> float:
        """Photos a second that the next batch may take; 0 is no limit."""
        return float(self.throttle.currentData())

    def show_idle(self, text: str = "") -> None:
        """Nothing runs or waits."""
        self._show(text, running=False, waiting=False)

    def show_waiting(self, text: str, done: int, total: int) -> None:
        """A batch was paused or killed and can go on."""
        self._show(text, running=False, waiting=True)
        self._progress(done, total)

    def show_progress(self, text: str, done: int, total: int) -> None:
        """A batch runs."""
        self._show(text, running=True, waiting=True)
        self._progress(done, total)

    def _progress(self, done: int, total: int) -> None:
        self.bar.setMaximum(max(total, 1))
        self.bar.setValue(done)

    def _show(self, text: str, running: bool, waiting: bool) -> None:
        self._running = running
        self.text.setText(text)
        self.text.setToolTip(text)
        for widget in (self.bar, self.pause, self.stop):
            widget.setVisible(waiting)
        self.throttle.setVisible(not waiting)
        set_icon(self.pause, "pause" if running else "play")
        self.pause.setToolTip("Pause" if running else "Go on")
        for button in self.buttons.values():
            button.setEnabled(not waiting)
            button.setVisible(not waiting)  # the room is the text's

    def _on_pause(self) -> None:
        (self.pause_requested if self._running else self.resume_requested).emit()
