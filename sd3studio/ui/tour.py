"""The guided tour: five steps from a sentence to a picture that is compared with its layout.

A card points at the real widget and goes on by itself once the user did the step. It can be skipped at any time.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from sd3studio.core.scene.values import Scene
from sd3studio.ui import theme

if TYPE_CHECKING:
    from sd3studio.ui.main_window import MainWindow

CARD_PX = 330
GAP_PX = 12


@dataclass(frozen=True, slots=True)
class TourStep:
    """One step.

    Parameters
    ----------
    title, text : what to do
    target : the widget that the card points at
    dock : name of the panel that has to be in front; empty for none
    is_done : of the window and the scene with which the step began
    """

    title: str
    text: str
    target: Callable[["MainWindow"], QWidget]
    is_done: Callable[["MainWindow", Scene], bool]
    dock: str = ""


def _moved(w: "MainWindow", before: Scene) -> bool:
    now = w.session.document.committed.objects
    return any(key in now and now[key].center != thing.center for key, thing in before.objects.items())


def _added(w: "MainWindow", before: Scene) -> bool:
    return bool(w.session.document.committed.objects.keys() - before.objects.keys())


STEPS: tuple[TourStep, ...] = (
    TourStep(
        "Describe a scene",
        "Type “a lamp on a table to the left of a sofa” here and press Enter. Chinese works as well.",
        lambda w: w.sentence,
        _added,
    ),
    TourStep(
        "Move something",
        "Drag one of the things with the left mouse button. What stands on it comes along; captions and maps follow.",
        lambda w: w.view,
        _moved,
    ),
    TourStep(
        "Add a thing",
        "Search the catalogue, then double-click something or drag it into the view.",
        lambda w: w.catalogue_panel,
        _added,
        dock="catalogue",
    ),
    TourStep(
        "Make a picture",
        "Press Generate. SD3 mini paints the layout; the picture is read back and checked against the scene.",
        lambda w: w.generate_panel.go,
        lambda w, before: w.tour is not None and w.tour.made_picture,
        dock="generate",
    ),
    TourStep(
        "Look closely",
        "Double-click your picture. The viewer compares it with the layout (Alt+Down) and brings back what made it.",
        lambda w: w.results,
        lambda w, before: w.pictures.viewer is not None and w.pictures.viewer.isVisible(),
        dock="results",
    ),
)


class Tour(QObject):
    """Leads through the steps in a window. `ended` says whether all were done."""

    ended = Signal(bool)

    def __init__(self, window: "MainWindow", steps: Sequence[TourStep] = STEPS) -> None:
        super().__init__(window)
        self.w, self.steps = window, tuple(steps)
        self.number = -1
        self.made_picture = False
        self._before = Scene()
        self.ring, self.card = TourRing(window), TourCard(window, len(self.steps))
        self.card.next_button.clicked.connect(self._on_next)
        self.card.skip_button.clicked.connect(self.stop)

    def start(self) -> None:
        """Begin with the first step that is still to do: a scene that is there need not be described."""
        self.w.installEventFilter(self)
        self.w.session.document.history_changed.connect(self._check)
        self.w.work.image_made.connect(self._on_image)
        self.w.pictures.viewed.connect(self._check)
        self._go(1 if self.w.has_objects() else 0)

    def stop(self) -> None:
        """End the tour."""
        self._end(False)

    @property
    def step(self) -> TourStep:
        """The step that is shown."""
        return self.steps[self.number]

    def _go(self, number: int) -> None:
        if number >= len(self.steps):
            self.w.notices.say("good", "That was the tour. F1 shows all keys, Ctrl+Shift+P finds any command.")
            self._end(True)
            return
        self.number, self._before, self.made_picture = number, self.w.session.document.committed, False
        if self.step.dock:
            self.w.docks[self.step.dock].show()
            self.w.docks[self.step.dock].raise_()
        self.card.show_step(number, self.step)
        self.place()
        self._check()

    def place(self) -> None:
        """Put ring and card at the widget that the step is about."""
        target = self.step.target(self.w)
        at = QRect(target.mapTo(self.w, QPoint(0, 0)), target.size())
        self.ring.setGeometry(at.adjusted(-4, -4, 4, 4).intersected(self.w.rect()))
        self.card.adjustSize()
        self.card.move(_beside(at, self.card.size().width(), self.card.size().height(), self.w.rect()))
        for widget in (self.ring, self.card):
            widget.show()
            widget.raise_()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.Resize, QEvent.Type.LayoutRequest) and self.number >= 0:
            self.place()
        return super().eventFilter(watched, event)

    def _on_next(self) -> None:
        self._go(self.number + 1)

    def _on_image(self) -> None:
        self.made_picture = True
        self._check()

    def _check(self) -> None:
        if self.number >= 0 and self.step.is_done(self.w, self._before):
            self._go(self.number + 1)

    def _end(self, whole: bool) -> None:
        self.number = -1
        self.w.removeEventFilter(self)
        self.w.session.document.history_changed.disconnect(self._check)
        self.w.work.image_made.disconnect(self._on_image)
        self.w.pictures.viewed.disconnect(self._check)
        for widget in (self.ring, self.card):
            widget.hide()
            widget.deleteLater()
        self.ended.emit(whole)


class TourRing(QWidget):
    """A line around the widget that the tour speaks of; the mouse goes through it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(theme.current().selection), 3))
        painter.drawRoundedRect(self.rect().adjusted(2, 2, -2, -2), 7, 7)


class TourCard(QFrame):
    """What to do now, how far the tour is, and how to leave it."""

    def __init__(self, parent: QWidget, count: int) -> None:
        super().__init__(parent)
        self._count = count
        self.setObjectName("tour-card")
        self.setAccessibleName("Guided tour")
        self.where, self.title, self.text = QLabel(), QLabel(), QLabel(wordWrap=True)
        self.skip_button = QPushButton("Leave the tour")
        self.next_button = QPushButton("Skip this step")
        row = QHBoxLayout()
        row.addWidget(self.where)
        row.addStretch(1)
        row.addWidget(self.skip_button)
        row.addWidget(self.next_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(16, 12, 12, 12)
        layout.setSpacing(8)
        layout.addWidget(self.title)
        layout.addWidget(self.text)
        layout.addLayout(row)
        self.setFixedWidth(CARD_PX)
        self.hide()

    def show_step(self, number: int, step: TourStep) -> None:
        """Show a step."""
        now = theme.current()
        self.setStyleSheet(
            f"#tour-card {{ background: {now.panel}; border: 1px solid {now.selection}; border-radius: 10px; }}"
        )
        self.title.setStyleSheet("font-size: 15px; font-weight: 600;")
        self.where.setStyleSheet(f"color: {now.muted};")
        self.title.setText(step.title)
        self.text.setText(step.text)
        self.where.setText(f"{number + 1} of {self._count}")
        self.setAccessibleDescription(f"{step.title}. {step.text}")
        self.next_button.setText("Skip this step" if number < self._count - 1 else "Finish")


def _beside(at: QRect, width: int, height: int, room: QRect) -> QPoint:
    """Where a card of this size goes: below its target, else above, to the right, to the left, else inside."""
    middle_x, middle_y = at.center().x() - width // 2, at.center().y() - height // 2
    tries = (
        QPoint(middle_x, at.bottom() + GAP_PX),
        QPoint(middle_x, at.top() - height - GAP_PX),
        QPoint(at.left() - width - GAP_PX, middle_y),
        QPoint(at.right() + GAP_PX, middle_y),
    )
    for corner in tries:
        kept = _inside(corner, width, height, room)
        if not QRect(kept.x(), kept.y(), width, height).intersects(at):
            return kept
    return _inside(QPoint(at.left() + GAP_PX, at.bottom() - height - GAP_PX), width, height, room)


def _inside(corner: QPoint, width: int, height: int, room: QRect) -> QPoint:
    x = min(max(corner.x(), room.left() + 6), room.right() - width - 6)
    y = min(max(corner.y(), room.top() + 6), room.bottom() - height - 6)
    return QPoint(x, y)
