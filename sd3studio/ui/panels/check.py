"""The check: verdicts on a picture, drawn over it and listed, and the search over seeds until it holds.

Views only: what the user wants leaves as a signal; a controller asks for the job and hands the report back.
"""

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QBrush, QColor, QImage, QPixmap, QResizeEvent
from PySide6.QtWidgets import (
    QGridLayout,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QSizePolicy,
    QSpinBox,
    QTreeWidget,
    QTreeWidgetItem,
    QVBoxLayout,
    QWidget,
)

from sd3studio.core.checking import CheckReport, ObjectCheck, RelationCheck
from sd3studio.core.messages import Try
from sd3studio.ui import theme
from sd3studio.ui.icons import icon_button
from sd3studio.ui.panels.fields import NumberField, muted, scrolled

IDS_ROLE = Qt.ItemDataRole.UserRole
MOST_PX = 4_096
TALL_PX = 560
"""A panel of this height has room for a large picture above the verdicts; in others it stands beside the score."""
EMPTY = "Check a picture to see, object by object and relation by relation, where it does not show the scene."


class OverlayPicture(QLabel):
    """A picture with the verdicts drawn in, as large as there is room for."""

    def __init__(self) -> None:
        super().__init__()
        self._pixmap = QPixmap()
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.set_small(False)

    def set_small(self, small: bool) -> None:
        """A thumbnail, or as large as there is room for."""
        policy = QSizePolicy.Policy.Fixed if small else QSizePolicy.Policy.Ignored
        self.setSizePolicy(policy, policy)
        self.setMinimumSize(*((112, 84) if small else (0, 110)))
        self.setMaximumSize(*((112, 84) if small else (MOST_PX, MOST_PX)))

    def show_pixels(self, pixels: np.ndarray) -> None:
        """Show (H, W, 3) uint8 sRGB."""
        height, width = pixels.shape[:2]
        data = np.ascontiguousarray(pixels)
        image = QImage(data.data, width, height, 3 * width, QImage.Format.Format_RGB888)
        self._pixmap = QPixmap.fromImage(image.copy())
        self.show()
        self._fit()

    def clear_picture(self) -> None:
        """Show nothing."""
        self._pixmap = QPixmap()
        self.clear()
        self.hide()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        if self._pixmap.isNull():
            return
        ratio = self.devicePixelRatioF()
        keep, smooth = Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
        shown = self._pixmap.scaled(self.size() * ratio, keep, smooth)
        shown.setDevicePixelRatio(ratio)
        self.setPixmap(shown)


class CheckPanel(QWidget):
    """Shows a `CheckReport` and the tries of a search.

    Signals
    -------
    check_requested : check the current picture
    until_requested : target score, budget (pictures), number of relations that must hold (0: any)
    cancel_requested : stop the search
    objects_selected : ids of the scene's objects that a chosen line is about
    try_requested : seed of the try that should be shown
    """

    check_requested = Signal()
    until_requested = Signal(float, int, int)
    cancel_requested = Signal()
    objects_selected = Signal(tuple)
    try_requested = Signal(object)
    report_shown = Signal(object)
    """The `CheckReport` that is on the screen from now on, or None."""

    def __init__(self) -> None:
        super().__init__()
        self.summary = QLabel(EMPTY, wordWrap=True)
        self.doubts = muted()
        self.picture = OverlayPicture()
        self.tree = QTreeWidget(columnCount=2, rootIsDecorated=True, alternatingRowColors=True)
        self.tree.setHeaderLabels(("What", "Verdict"))
        self.tree.setAccessibleName("Verdicts on objects and relations")
        self.tree.header().setStretchLastSection(False)
        self.tree.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.tree.header().setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        self.tree.setMinimumHeight(130)
        self.tree.itemSelectionChanged.connect(self._on_selected)
        self.tries = QListWidget()
        self.tries.setAccessibleName("Tried seeds, best first")
        self.tries.setMaximumHeight(120)
        self.tries.itemActivated.connect(self._on_try)
        self.tries.hide()
        self._make_search()
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        self._small = False
        self._top = top = QHBoxLayout()
        top.setContentsMargins(10, 8, 10, 2)
        top.setSpacing(8)
        top.addWidget(self.summary, 1)
        top.addWidget(self.check_button, alignment=Qt.AlignmentFlag.AlignTop)
        middle = QWidget()
        self._middle = layout = scrolled(middle)
        for widget, stretch in ((self.doubts, 0), (self.picture, 2), (self.tree, 3), (self.tries, 0)):
            layout.addWidget(widget, stretch)
        whole.addLayout(top)
        whole.addWidget(middle, 1)
        whole.addLayout(self._search_bar())
        self.doubts.hide()
        self.picture.hide()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        small = self.height() < TALL_PX
        if small != self._small:
            self._small = small
            self.picture.set_small(small)
            if small:
                self._top.insertWidget(0, self.picture)
            else:
                self._middle.insertWidget(1, self.picture, 2)

    def _search_bar(self) -> QGridLayout:
        """What is searched for, always in sight below the verdicts."""
        bar = QGridLayout()
        bar.setContentsMargins(10, 4, 10, 8)
        bar.setVerticalSpacing(2)
        bar.setHorizontalSpacing(8)
        fields = (("Score from", self.target), ("Pictures at most", self.budget), ("Relations held", self.relations))
        for column, (text, field) in enumerate(fields):
            bar.addWidget(muted(text), 0, column)
            bar.addWidget(field, 1, column)
            bar.setColumnStretch(column, 1)
        buttons = QHBoxLayout()
        buttons.setContentsMargins(0, 4, 0, 0)
        buttons.addWidget(self.until_button, 1)
        buttons.addWidget(self.cancel_button)
        bar.addLayout(buttons, 2, 0, 1, 3)
        return bar

    def _make_search(self) -> None:
        self.target = NumberField(low=0.0, high=1.0, step=0.05)
        self.target.show_value(0.9)
        self.budget = QSpinBox(minimum=1, maximum=1_000, value=20)
        self.budget.setAccessibleName("Pictures at most")
        self.relations = QSpinBox(minimum=0, maximum=10_000, specialValueText="any")
        self.relations.setToolTip("So many relations must hold")
        self.relations.setAccessibleName("Relations that must hold")
        self.target.setAccessibleName("Score from")
        self.check_button = icon_button("search", "Check", "Read the picture back and compare it with the scene")
        self.until_button = QPushButton("Generate until it holds")
        self.until_button.setToolTip("Tries seeds until the check of a picture is this good, the best one first")
        self.until_button.setProperty("primary", True)
        self.cancel_button = icon_button("stop", "Stop")
        self.cancel_button.hide()
        self.check_button.clicked.connect(self.check_requested)
        self.until_button.clicked.connect(self._on_until)
        self.cancel_button.clicked.connect(self.cancel_requested)

    def show_report(self, report: CheckReport, pixels: np.ndarray | None = None) -> None:
        """Show the verdicts; `pixels` ((H, W, 3) uint8) is the picture that they are drawn over."""
        by = report.detector or f"the {report.reader}"
        told = f"Score {report.score:.2f}: {report.coverage:.0%} could be decided, read by {by}."
        self.summary.setText(told)
        self.doubts.setText("\n".join(report.notes))
        self.doubts.setVisible(bool(report.notes))
        if pixels is None:
            self.picture.clear_picture()
        else:
            from sd3studio.services.check_overlay import overlay  # Pillow, not before it is needed

            self.picture.show_pixels(overlay(pixels, report))
        self.tree.clear()
        self._fill("Objects", [_object_line(check) for check in sorted(report.objects, key=_worst_first)])
        self._fill("Relations", [_relation_line(check) for check in sorted(report.relations, key=_worst_first)])
        self.report_shown.emit(report)

    def take_theme(self) -> None:
        """Use the colours of the current theme."""
        lines = [self.tree.topLevelItem(row) for row in range(self.tree.topLevelItemCount())]
        while lines:
            line = lines.pop()
            lines += [line.child(row) for row in range(line.childCount())]
            if line.text(1):
                line.setForeground(1, QBrush(QColor(verdict_colour(line.text(1)))))

    def clear_report(self) -> None:
        """Show that there is no report, or none of this scene any more."""
        self.summary.setText(EMPTY)
        self.doubts.hide()
        self.picture.clear_picture()
        self.tree.clear()
        self.report_shown.emit(None)

    def _fill(self, title: str, lines: Sequence[QTreeWidgetItem]) -> None:
        group = QTreeWidgetItem((f"{title} ({len(lines)})", ""))
        group.addChildren(lines)
        self.tree.addTopLevelItem(group)
        group.setExpanded(True)

    def show_searching(self, searching: bool) -> None:
        """Whether a search is running: it can then be stopped but not started."""
        self.until_button.setEnabled(not searching)
        self.check_button.setEnabled(not searching)
        self.cancel_button.setVisible(searching)

    def show_progress(self, text: str) -> None:
        """Say how far the search is."""
        self.summary.setText(text)

    def show_tries(self, tries: Sequence[Try]) -> None:
        """List the tries of a search, best first as they come."""
        self.tries.clear()
        for done in tries:
            counts = done.report.counts()
            text = (
                f"seed {done.seed}: {done.report.score:.2f}, {counts['found']} found, {counts['missing']} missing, "
                f"{counts['wrong place']} at the wrong place, {done.report.holding} relations hold"
            )
            item = QListWidgetItem(text)
            item.setData(IDS_ROLE, str(done.seed))  # text: a seed can be larger than Qt's numbers
            self.tries.addItem(item)
        self.tries.setVisible(bool(tries))

    def _on_until(self) -> None:
        self.until_requested.emit(self.target.exact(), self.budget.value(), self.relations.value())

    def _on_selected(self) -> None:
        chosen = self.tree.selectedItems()
        ids = chosen[0].data(0, IDS_ROLE) if chosen else None
        if ids:
            self.objects_selected.emit(tuple(ids))

    def _on_try(self, item: QListWidgetItem) -> None:
        self.try_requested.emit(int(item.data(IDS_ROLE)))


def verdict_colour(verdict: str) -> str:
    """The theme's colour for a verdict, ``#rrggbb``."""
    now = theme.current()
    if verdict in ("found", "holds"):
        return now.good
    if verdict == "cannot decide":
        return now.muted
    return now.warning if verdict in ("wrong place", "extra") else now.danger


def _worst_first(check: ObjectCheck | RelationCheck) -> int:
    """What is wrong before what is right, what could not be decided last."""
    return {"found": 1, "holds": 1, "cannot decide": 2}.get(check.verdict, 0)


def _line(what: str, verdict: str, why: str, ids: Sequence[str]) -> QTreeWidgetItem:
    item = QTreeWidgetItem((what, verdict))
    item.setForeground(1, QBrush(QColor(verdict_colour(verdict))))
    for column in (0, 1):
        item.setToolTip(column, why)
    item.setData(0, IDS_ROLE, list(ids))
    return item


def _object_line(check: ObjectCheck) -> QTreeWidgetItem:
    ids = () if check.verdict == "extra" else (check.id,)
    item = _line(check.label, check.verdict, check.why, ids)
    for colour in check.attributes:
        item.addChild(_line(colour.attribute, colour.verdict, colour.why, ids))
    return item


def _relation_line(check: RelationCheck) -> QTreeWidgetItem:
    what = f"{check.subject} {check.predicate.value} {check.object}"
    return _line(
        what if check.asserted else f"{what} (implied)", check.verdict, check.why, (check.subject, check.object)
    )
