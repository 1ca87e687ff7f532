"""What of a picture differs from its layout, small: marks on a thumbnail, and the same in words."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from sd3studio.core.checking import CheckReport
from sd3studio.ui.panels.check import verdict_colour

WRONG = ("missing", "wrong place", "extra")
Part = tuple[float, float, float, float]
"""x0, y0, x1, y1 as parts of the picture's width and height."""
MOST_TOLD = 6


@dataclass(frozen=True, slots=True)
class Marks:
    """What a check says of one picture.

    Parameters
    ----------
    boxes : verdict and place of what is wrong; `expected` ones, where something should be, are dashed
    kept, failed, undecided : numbers of statements
    told : what is wrong, a line each
    """

    boxes: tuple[tuple[str, Part, bool], ...]
    kept: int
    failed: int
    undecided: int
    told: tuple[str, ...]

    @classmethod
    def of(cls, report: CheckReport) -> "Marks":
        """The marks of a report."""
        boxes = []
        for one in report.objects:
            if one.verdict not in WRONG:
                continue
            for box, expected in ((one.expected, True), (one.found if one.verdict != "missing" else None, False)):
                if box is not None:
                    x0, y0, x1, y1 = box
                    part = (x0 / report.width, y0 / report.height, x1 / report.width, y1 / report.height)
                    boxes.append((one.verdict, part, expected))
        names = {one.id: one.label for one in report.objects}
        lines = [f"{one.verdict}: {one.label}" for one in report.objects if one.verdict in WRONG]
        lines += [
            f"broken: {names.get(r.subject, r.subject)} {r.predicate.value} {names.get(r.object, r.object)}"
            for r in report.relations
            if r.verdict == "broken"
        ]
        lines += [
            f"{one.label} is not {colour.attribute}"
            for one in report.objects
            for colour in one.attributes
            if colour.verdict == "broken"
        ]
        statements = report.statements
        return cls(tuple(boxes), statements.count(True), statements.count(False), statements.count(None), tuple(lines))

    @property
    def sentence(self) -> str:
        """The difference to the layout in lines."""
        if not self.failed:
            return "Nothing differs from the layout" if self.kept else "Nothing could be decided"
        more = len(self.told) - MOST_TOLD
        return "\n".join(
            ["Differs from the layout:", *self.told[:MOST_TOLD], *([f"and {more} more"] if more > 0 else [])]
        )


def paint_marks(painter: QPainter, place: QRect, marks: Marks) -> None:
    """The boxes of what is wrong over a thumbnail, and below them a bar of what is kept, fails and is undecided."""
    painter.save()
    painter.setClipRect(place)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for verdict, (x0, y0, x1, y1), expected in marks.boxes:
        corners = [
            QPointF(place.left() + x * place.width(), place.top() + y * place.height()) for x, y in ((x0, y0), (x1, y1))
        ]
        box = QRectF(*corners).intersected(QRectF(place).adjusted(1, 1, -1, -1))
        style = Qt.PenStyle.DashLine if expected else Qt.PenStyle.SolidLine
        for colour, width in ((QColor(0, 0, 0, 140), 3.4), (QColor(verdict_colour(verdict)), 1.8)):
            painter.setPen(QPen(colour, width, style if width < 3.0 else Qt.PenStyle.SolidLine))
            painter.drawRect(box)
    _paint_bar(painter, place, ((marks.kept, "found"), (marks.failed, "missing"), (marks.undecided, "cannot decide")))
    painter.restore()


def _paint_bar(painter: QPainter, place: QRect, parts: Sequence[tuple[int, str]]) -> None:
    whole = sum(count for count, _ in parts)
    left = float(place.left())
    for count, verdict in parts:
        width = place.width() * count / max(whole, 1)
        painter.fillRect(QRectF(left, place.bottom() - 4.0, width, 5.0), QColor(verdict_colour(verdict)))
        left += width
