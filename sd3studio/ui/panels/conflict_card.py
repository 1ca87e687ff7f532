"""Which relations clash and what can be done about it: a sentence, the best repair as a button, others in a menu."""

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QAction, QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QMenu,
    QPushButton,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
)

from sd3studio.core.layout.explaining import Explanation
from sd3studio.core.relations import Conflict
from sd3studio.ui.icons import icon_button, set_icon


class ConflictCard(QFrame):
    """Hidden while nothing is in conflict.

    Signals: `repair_requested` (a `Repair`), `preview_requested` (a `Repair` under the cursor, or None).
    """

    repair_requested = Signal(object)
    preview_requested = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self.explanation: Explanation | None = None
        self.sentence = QLabel(wordWrap=True)
        self.sentence.setProperty("role", "danger")
        self.sentence.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.best: QPushButton = icon_button("solve", "Repair")
        self.best.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.best.setStyleSheet("text-align: left;")
        self.best.installEventFilter(self)
        self.best.clicked.connect(self._on_best)
        self.more = QToolButton(popupMode=QToolButton.ToolButtonPopupMode.InstantPopup)
        self.more.setToolTip("Other ways out")
        set_icon(self.more, "chevron-down")
        self.others = QMenu(self)
        self.others.hovered.connect(self._on_hovered)
        self.others.aboutToHide.connect(self._on_hidden)
        self.more.setMenu(self.others)
        row = QHBoxLayout()
        row.addWidget(self.best, 1)
        row.addWidget(self.more)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 6, 8, 8)
        layout.setSpacing(5)
        layout.addWidget(self.sentence)
        layout.addLayout(row)
        self.hide()

    def show_searching(self, conflict: Conflict) -> None:
        """Say what is wrong while it is found out why."""
        self._show(conflict.sentence)
        self.best.hide()
        self.more.hide()

    def show_explanation(self, explanation: Explanation) -> None:
        """Say what clashes and offer the repairs."""
        self._show(explanation.sentence)
        self.explanation = explanation
        self.best.setVisible(bool(explanation.repairs))
        self.more.setVisible(len(explanation.repairs) > 1)
        if explanation.repairs:
            self.best.setToolTip(f"{explanation.repairs[0].sentence}\nWhile you point at it you see what it would do")
            self._fit()
        self.others.clear()
        for number, repair in enumerate(explanation.repairs):
            action = self.others.addAction(repair.sentence)
            action.setData(number)
            action.triggered.connect(self._on_chosen)

    def clear(self) -> None:
        """Nothing is in conflict."""
        self.explanation = None
        self.hide()

    def _show(self, sentence: str) -> None:
        self.explanation = None
        self.sentence.setText(sentence)
        self.show()
        self._fit()

    def _fit(self) -> None:
        """All lines of the sentence, and the best repair in as many letters as there is room for."""
        self.sentence.setMinimumHeight(max(self.sentence.heightForWidth(max(self.width() - 20, 120)), 0))
        if self.explanation and self.explanation.repairs:
            room = max(self.best.width() - 44, 40)
            text = self.explanation.repairs[0].sentence
            self.best.setText(self.best.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, room))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _on_best(self) -> None:
        if self.explanation and self.explanation.repairs:
            self.repair_requested.emit(self.explanation.repairs[0])

    def _on_chosen(self) -> None:
        action = self.sender()
        if self.explanation and isinstance(action, QAction):
            self.repair_requested.emit(self.explanation.repairs[action.data()])

    def _on_hovered(self, action: QAction) -> None:
        if self.explanation:
            self.preview_requested.emit(self.explanation.repairs[action.data()])

    def _on_hidden(self) -> None:
        self.preview_requested.emit(None)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Enter and self.explanation and self.explanation.repairs:
            self.preview_requested.emit(self.explanation.repairs[0])
        elif event.type() == QEvent.Type.Leave:
            self.preview_requested.emit(None)
        return super().eventFilter(watched, event)
