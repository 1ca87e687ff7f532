"""The graph of the scene as a drawing: objects, attributes and relations as nodes that can be dragged and edited.

Shows what it is given (`sd3studio.core.scene.node_link.Drawing`) and tells wishes by signals; a controller turns them
into edits (`sd3studio.core.edits.graph_nodes`). Draw with the right button, or with Ctrl held, from one object to
another to connect them; double click to rename; Delete removes what is selected.
"""

from collections.abc import Collection

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QKeyEvent, QMouseEvent, QPainter, QPen, QWheelEvent
from PySide6.QtWidgets import (
    QGraphicsItem,
    QGraphicsLineItem,
    QGraphicsScene,
    QGraphicsView,
    QStyleOptionGraphicsItem,
    QWidget,
)

from sd3studio.core.scene.node_link import Drawing, Node

PADDING = 10.0
ZOOM_STEP = 1.15
LEAST_ZOOM, MOST_ZOOM = 0.1, 4.0


class NodeItem(QGraphicsItem):
    """One node: a rounded box for objects, an oval for relations, plain text in a frame for attributes."""

    def __init__(self, node: Node, view: "GraphView") -> None:
        super().__init__()
        self.node = node
        self.view = view
        self.setFlags(
            QGraphicsItem.GraphicsItemFlag.ItemIsMovable
            | QGraphicsItem.GraphicsItemFlag.ItemIsSelectable
            | QGraphicsItem.GraphicsItemFlag.ItemSendsGeometryChanges
        )
        self.setZValue(1.0)
        self.setToolTip(f"{node.kind}: {node.text}")

    def show_node(self, node: Node) -> None:
        """Show another value of the node."""
        if node.text != self.node.text or node.stored != self.node.stored:
            self.prepareGeometryChange()
            self.setToolTip(f"{node.kind}: {node.text}")
            self.update()
        self.node = node
        self.setPos(*node.at)

    def boundingRect(self) -> QRectF:
        metrics = QFontMetricsF(self.view.font())
        width = metrics.horizontalAdvance(self.node.text) + 2.0 * PADDING
        height = metrics.height() + PADDING
        return QRectF(-width / 2.0, -height / 2.0, width, height)

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        palette = self.view.palette()
        frame = palette.highlight().color() if self.isSelected() else palette.mid().color()
        pen = QPen(frame, 2.0 if self.isSelected() else 1.0)
        if not self.node.stored:
            pen.setStyle(Qt.PenStyle.DashLine)
        painter.setPen(pen)
        painter.setBrush(palette.alternateBase() if self.node.kind == "relation" else palette.button())
        box = self.boundingRect().adjusted(1.0, 1.0, -1.0, -1.0)
        radius = box.height() / 2.0 if self.node.kind == "relation" else 2.0 if self.node.kind == "attribute" else 6.0
        painter.drawRoundedRect(box, radius, radius)
        painter.setPen(palette.buttonText().color())
        painter.setFont(self.view.font())
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, self.node.text)

    def itemChange(self, change: QGraphicsItem.GraphicsItemChange, value: object) -> object:
        if change is QGraphicsItem.GraphicsItemChange.ItemPositionHasChanged:
            self.view.follow(self.node.key)
        return super().itemChange(change, value)


class GraphView(QGraphicsView):
    """The drawing of a graph.

    Signals: `connect_requested` (id, id), `delete_requested` (keys of nodes), `rename_requested` (key of a node),
    `selection_wished` (ids of objects), `nodes_dragged` (key -> place, for `Drawing.moved_positions`).
    """

    connect_requested = Signal(str, str)
    delete_requested = Signal(tuple)
    rename_requested = Signal(str)
    selection_wished = Signal(tuple)
    nodes_dragged = Signal(dict)

    def __init__(self) -> None:
        super().__init__()
        self.setScene(QGraphicsScene(self))
        self.setRenderHint(QPainter.RenderHint.Antialiasing)
        self.setDragMode(QGraphicsView.DragMode.RubberBandDrag)
        self.setTransformationAnchor(QGraphicsView.ViewportAnchor.AnchorUnderMouse)
        self.setAccessibleName("Graph of the scene")
        self.items_by_key: dict[str, NodeItem] = {}
        self._lines: dict[str, list[tuple[QGraphicsLineItem, str, str]]] = {}
        self._links: list[tuple[QGraphicsLineItem, str, str]] = []
        self._start: NodeItem | None = None
        self._rubber: QGraphicsLineItem | None = None
        self._showing = False
        self.scene().selectionChanged.connect(self._on_selection_changed)

    def show_drawing(self, drawing: Drawing, selected: Collection[str] = ()) -> None:
        """Show a drawing; nodes that stay keep their items. `selected` are ids of objects."""
        self._showing = True
        for key in [key for key in self.items_by_key if key not in drawing.nodes]:
            self.scene().removeItem(self.items_by_key.pop(key))
        for key, node in drawing.nodes.items():
            item = self.items_by_key.get(key)
            if item is None:
                item = self.items_by_key[key] = NodeItem(node, self)
                self.scene().addItem(item)
            item.show_node(node)
        self._show_links(drawing)
        self.show_selection(selected)
        self._showing = False

    def _show_links(self, drawing: Drawing) -> None:
        for line, _, _ in self._links:
            self.scene().removeItem(line)
        self._links, self._lines = [], {}
        pen = QPen(QColor(self.palette().mid().color()), 1.2)
        for link in drawing.links:
            line = self.scene().addLine(QLineF(), pen)
            entry = (line, link.start, link.end)
            self._links.append(entry)
            for end in (link.start, link.end):
                self._lines.setdefault(end, []).append(entry)
            self._place(entry)

    def show_selection(self, ids: Collection[str]) -> None:
        """Mark the nodes of these objects as selected."""
        before, self._showing = self._showing, True
        for key, item in self.items_by_key.items():
            item.setSelected(key in ids)
        self._showing = before

    def follow(self, key: str) -> None:
        """Draw the lines of a node anew, which was moved."""
        for entry in self._lines.get(key, ()):
            self._place(entry)

    def _place(self, entry: tuple[QGraphicsLineItem, str, str]) -> None:
        line, start, end = entry
        if start in self.items_by_key and end in self.items_by_key:
            line.setLine(QLineF(self.items_by_key[start].pos(), self.items_by_key[end].pos()))

    def fit(self) -> None:
        """Show the whole graph."""
        self.fitInView(self.scene().itemsBoundingRect().adjusted(-20, -20, 20, 20), Qt.AspectRatioMode.KeepAspectRatio)

    def _object_at(self, event: QMouseEvent) -> NodeItem | None:
        item = self.itemAt(event.position().toPoint())
        is_object = isinstance(item, NodeItem) and item.node.kind in ("object", "stuff", "concept")
        return item if is_object else None  # type: ignore[return-value]

    def mousePressEvent(self, event: QMouseEvent) -> None:
        connects = event.button() is Qt.MouseButton.RightButton or (
            event.button() is Qt.MouseButton.LeftButton and event.modifiers() & Qt.KeyboardModifier.ControlModifier
        )
        self._start = self._object_at(event) if connects else None
        if self._start is None:
            super().mousePressEvent(event)
            return
        spot = QLineF(self._start.pos(), self._start.pos())
        self._rubber = self.scene().addLine(spot, QPen(self.palette().highlight().color(), 2.0))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._start is None or self._rubber is None:
            super().mouseMoveEvent(event)
            return
        end = self.mapToScene(event.position().toPoint())
        self._rubber.setLine(QLineF(self._start.pos(), QPointF(end)))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        start, self._start = self._start, None
        if self._rubber is not None:
            self.scene().removeItem(self._rubber)
            self._rubber = None
        if start is None:
            super().mouseReleaseEvent(event)
            self._tell_places()
            return
        goal = self._object_at(event)
        if goal is not None and goal is not start:
            self.connect_requested.emit(start.node.key, goal.node.key)

    def _tell_places(self) -> None:
        """Tell which nodes were dragged to where."""
        moved = {}
        for key, item in self.items_by_key.items():
            at = item.pos()
            if abs(at.x() - item.node.at[0]) + abs(at.y() - item.node.at[1]) > 0.01:
                moved[key] = (round(at.x(), 3), round(at.y(), 3))
        if moved:
            self.nodes_dragged.emit(moved)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        item = self.itemAt(event.position().toPoint())
        if isinstance(item, NodeItem):
            self.rename_requested.emit(item.node.key)
        else:
            self.fit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        chosen = tuple(key for key, item in self.items_by_key.items() if item.isSelected())
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace) and chosen:
            self.delete_requested.emit(chosen)
        elif event.key() is Qt.Key.Key_F2 and len(chosen) == 1:
            self.rename_requested.emit(chosen[0])
        else:
            super().keyPressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        factor = ZOOM_STEP if event.angleDelta().y() > 0 else 1.0 / ZOOM_STEP
        if LEAST_ZOOM <= self.transform().m11() * factor <= MOST_ZOOM:
            self.scale(factor, factor)

    def _on_selection_changed(self) -> None:
        if not self._showing:
            kinds = ("object", "stuff", "concept")
            keys = [k for k, item in self.items_by_key.items() if item.isSelected() and item.node.kind in kinds]
            self.selection_wished.emit(tuple(keys))
