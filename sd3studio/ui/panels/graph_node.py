"""What the graph view draws: nodes by their kind, links with arrow heads, verdicts of a check as colours."""

import math
from typing import TYPE_CHECKING

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPainterPath, QPen, QPolygonF
from PySide6.QtWidgets import QGraphicsItem, QGraphicsSceneHoverEvent, QStyleOptionGraphicsItem, QWidget

from sd3studio.core.scene.node_link import Node
from sd3studio.ui import theme

if TYPE_CHECKING:
    from sd3studio.ui.panels.graph_view import GraphView

PADDING = 10.0
PORT_PX = 6.5
"""Radius of the handle from which a relation is drawn."""
HEAD = 9.0
OBJECTS = ("object", "stuff", "concept")


class NodeItem(QGraphicsItem):
    """One node: a rounded box for objects, an oval for relations, plain text in a frame for attributes.

    An object under the cursor has a handle at its right end; a drag from there draws a relation.
    """

    def __init__(self, node: Node, view: "GraphView") -> None:
        super().__init__()
        self.node, self.view = node, view
        self.verdict = ""
        self.warned = self.under_cursor = False
        self.setFlags(
            QGraphicsItem.GraphicsItemFlag.ItemIsMovable
            | QGraphicsItem.GraphicsItemFlag.ItemIsSelectable
            | QGraphicsItem.GraphicsItemFlag.ItemSendsGeometryChanges
        )
        self.setAcceptHoverEvents(True)
        self.setZValue(2.0 if self.is_object else 1.0)
        self._tell()

    @property
    def is_object(self) -> bool:
        """Whether it can be an end of a relation."""
        return self.node.kind in OBJECTS

    def show_node(self, node: Node) -> None:
        """Show another value of the node."""
        if (node.text, node.stored, node.kind) != (self.node.text, self.node.stored, self.node.kind):
            self.prepareGeometryChange()
        self.node = node
        self.setPos(*node.at)
        self._tell()
        self.update()

    def show_verdict(self, verdict: str, why: str = "") -> None:
        """Colour it by the verdict of a check; an empty one takes the colour away."""
        if verdict != self.verdict:
            self.verdict = verdict
            self.update()
        self._tell(why)

    def _tell(self, why: str = "") -> None:
        lines = [f"{self.node.kind}: {self.node.text}", f"Check: {self.verdict}" if self.verdict else "", why]
        self.setToolTip("\n".join(line for line in lines if line))

    @property
    def is_dot(self) -> bool:
        """Whether it is "part of" a concept: there are many, so each is a dot without words."""
        return self.node.key.startswith("/p/")

    def box(self) -> QRectF:
        """The outline, about the middle."""
        if self.is_dot:
            return QRectF(-5.0, -5.0, 10.0, 10.0)
        metrics = QFontMetricsF(self.view.font())
        width = max(metrics.horizontalAdvance(self.node.text) + 2.0 * PADDING, 34.0)
        height = metrics.height() + (PADDING if self.is_object else 0.7 * PADDING)
        return QRectF(-width / 2.0, -height / 2.0, width, height)

    def port(self) -> QPointF:
        """Where a relation is drawn from."""
        return QPointF(self.box().right(), 0.0)

    def at_port(self, point: QPointF) -> bool:
        """Whether a point of the drawing is on the handle."""
        return self.is_object and QLineF(self.mapFromScene(point), self.port()).length() <= PORT_PX + 2.0

    def boundingRect(self) -> QRectF:
        return self.box().adjusted(-2.0, -2.0, 2.0 + PORT_PX, 2.0)

    def shape(self) -> QPainterPath:
        path = QPainterPath()
        path.addRect(self.box())
        if self.is_object:
            path.addEllipse(self.port(), PORT_PX + 2.0, PORT_PX + 2.0)
        return path

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        now, box = theme.current(), self.box()
        frame = QColor(now.selection if self.isSelected() else self.view.colour_of(self))
        pen = QPen(frame, 2.4 if self.isSelected() or self.verdict else 1.3)
        if not self.node.stored:
            pen.setStyle(Qt.PenStyle.DashLine)
        painter.setPen(pen)
        painter.setBrush(self._ground())
        radius = {"relation": box.height() / 2.0, "attribute": 2.0}.get(self.node.kind, 6.0)
        painter.drawRoundedRect(box, radius, radius)
        painter.setPen(QColor(now.text if self.node.kind != "attribute" else now.muted))
        painter.setFont(self.view.font())
        if not self.is_dot:
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, self.node.text)
        if self.is_object and self.under_cursor:
            painter.setPen(QPen(QColor(now.accent), 1.5))
            painter.setBrush(QColor(now.panel))
            painter.drawEllipse(self.port(), PORT_PX, PORT_PX)

    def _ground(self) -> QColor:
        now = theme.current()
        ground = QColor({"relation": now.panel, "attribute": now.field}.get(self.node.kind, now.raised))
        if self.verdict:
            tint, share = QColor(self.view.colour_of(self)), 0.22
            parts = [a * (1 - share) + b * share for a, b in zip(ground.getRgbF()[:3], tint.getRgbF()[:3], strict=True)]
            ground = QColor.fromRgbF(*parts)
        return ground

    def hoverEnterEvent(self, event: QGraphicsSceneHoverEvent) -> None:
        self.under_cursor = True
        self.update()

    def hoverLeaveEvent(self, event: QGraphicsSceneHoverEvent) -> None:
        self.under_cursor = False
        self.update()

    def itemChange(self, change: QGraphicsItem.GraphicsItemChange, value: object) -> object:
        if change is QGraphicsItem.GraphicsItemChange.ItemPositionHasChanged:
            self.view.follow(self.node.key)
        return super().itemChange(change, value)


class LinkItem(QGraphicsItem):
    """A line between two nodes that ends at their outlines, with an arrow head where it is directed."""

    def __init__(self, start: NodeItem, end: NodeItem, directed: bool) -> None:
        super().__init__()
        self.start, self.end, self.directed = start, end, directed
        self._line = QLineF()
        self.follow()

    def follow(self) -> None:
        """Be where its ends are now."""
        self.prepareGeometryChange()
        a, b = self.start.pos(), self.end.pos()
        self._line = QLineF(a + _edge(self.start.box(), b - a), b + _edge(self.end.box(), a - b))
        self.update()

    def boundingRect(self) -> QRectF:
        return QRectF(self._line.p1(), self._line.p2()).normalized().adjusted(-HEAD, -HEAD, HEAD, HEAD)

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        relation = self.start if self.start.node.kind == "relation" else self.end
        is_attribute = self.end.node.kind == "attribute" or relation.is_dot
        colour = QColor(theme.current().border if is_attribute else self.start.view.colour_of(relation))
        pen = QPen(colour, 1.0 if is_attribute else 1.5)
        if not relation.node.stored:
            pen.setStyle(Qt.PenStyle.DashLine)
        painter.setPen(pen)
        if self._line.length() < 1.0:
            return
        painter.drawLine(self._line)
        if self.directed and not is_attribute:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colour)
            painter.drawPolygon(_head(self._line))


def _edge(box: QRectF, way: QPointF) -> QPointF:
    """Where a way from the middle of a box leaves it."""
    across = box.width() / 2.0 / max(abs(way.x()), 1e-6)
    down = box.height() / 2.0 / max(abs(way.y()), 1e-6)
    return way * min(across, down, 1.0)


def _head(line: QLineF) -> QPolygonF:
    angle = math.atan2(line.dy(), line.dx())
    corners = [line.p2()]
    for turn in (math.pi - 0.42, math.pi + 0.42):
        corners.append(line.p2() + HEAD * QPointF(math.cos(angle + turn), math.sin(angle + turn)))
    return QPolygonF(corners)
