"""The graph of the scene as a drawing: objects, attributes and relations as nodes that can be dragged and edited.

Shows what it is given (`sd3studio.core.scene.node_link.Drawing`) and tells wishes by signals; a controller turns them
into edits (`sd3studio.core.edits.graph_nodes`). Drag from an object's handle, or with the right button, or with Ctrl
held, to another object to connect them; double click to rename, on the ground to add; Delete removes what is selected.
"""

from collections.abc import Collection, Mapping

from PySide6.QtCore import QLineF, QPoint, QPointF, QRect, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QContextMenuEvent, QKeyEvent, QMouseEvent, QPainter, QPen, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QGraphicsLineItem, QGraphicsScene, QGraphicsView, QLineEdit

from sd3studio.core.relations.listing import State
from sd3studio.core.scene.node_link import Drawing, Point
from sd3studio.core.scene.values import RelationKey
from sd3studio.ui import theme
from sd3studio.ui.canvas.edges import state_colour
from sd3studio.ui.panels.check import verdict_colour
from sd3studio.ui.panels.graph_node import OBJECTS, LinkItem, NodeItem

ZOOM_STEP = 1.15
LEAST_ZOOM, MOST_ZOOM = 0.1, 4.0
LEAST_READABLE = 0.6
"""Zoom below which the words can't be read."""
CLICK_PX = 4
USUAL_ZOOM = 1.25
"""A small graph is not blown up beyond this."""


class NameField(QLineEdit):
    """The text of a node while it is written, over the drawing. Esc or leaving it gives up."""

    given_up = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.given_up.emit()
        else:
            super().keyPressEvent(event)


class GraphView(QGraphicsView):
    """The drawing of a graph.

    Signals: `connect_requested` (id, id), `delete_requested` (keys of nodes), `rename_requested` (key of a node),
    `add_requested` (place), `menu_requested` (key of a node, place on the screen), `selection_wished` (ids of
    objects), `nodes_chosen` (keys of all selected nodes), `nodes_dragged` (key -> place, for `moved_positions`).
    """

    connect_requested = Signal(str, str)
    delete_requested = Signal(tuple)
    rename_requested = Signal(str)
    add_requested = Signal(tuple)
    menu_requested = Signal(str, QPoint)
    selection_wished = Signal(tuple)
    nodes_chosen = Signal(tuple)
    nodes_dragged = Signal(dict)
    named = Signal(str)
    """The text that was asked for by `ask_name`."""

    def __init__(self) -> None:
        super().__init__()
        self.setScene(QGraphicsScene(self))
        self.setRenderHint(QPainter.RenderHint.Antialiasing)
        self.setDragMode(QGraphicsView.DragMode.RubberBandDrag)
        self.setTransformationAnchor(QGraphicsView.ViewportAnchor.AnchorUnderMouse)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        for turn_off in (self.setHorizontalScrollBarPolicy, self.setVerticalScrollBarPolicy):
            turn_off(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFrameShape(QGraphicsView.Shape.NoFrame)
        self.setAccessibleName("Graph of the scene")
        self.items_by_key: dict[str, NodeItem] = {}
        self._states: Mapping[RelationKey, State] = {}
        self._links: list[LinkItem] = []
        self._of_node: dict[str, list[LinkItem]] = {}
        self._start: NodeItem | None = None
        self._pressed = self._panned = QPoint()
        self._panning = self._showing = self._fitted = False
        self._rubber: QGraphicsLineItem | None = None
        self.field = NameField(self.viewport())
        self.field.hide()
        self.field.returnPressed.connect(self._on_named)
        self.field.given_up.connect(self._close_field)
        self.field.editingFinished.connect(self.field.hide)
        self.scene().selectionChanged.connect(self._on_selection_changed)

    # -- showing -------------------------------------------------------------------------------------------------

    def show_drawing(
        self, drawing: Drawing, selected: Collection[str] = (), states: Mapping[RelationKey, State] | None = None
    ) -> None:
        """Show a drawing; nodes that stay keep their items.

        `selected` are ids of objects; `states` colour the relation nodes as in the list and the 3D view.
        """
        self._showing = True
        self._states = states or {}
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
        for link in self._links:
            self.scene().removeItem(link)
        self._links, self._of_node = [], {}
        for wanted in drawing.links:
            ends = self.items_by_key[wanted.start], self.items_by_key[wanted.end]
            link = LinkItem(*ends, wanted.directed)
            self.scene().addItem(link)
            self._links.append(link)
            for key in (wanted.start, wanted.end):
                self._of_node.setdefault(key, []).append(link)

    def show_selection(self, ids: Collection[str]) -> None:
        """Mark the nodes of these objects as selected; attributes and relations that were stay so."""
        before, self._showing = self._showing, True
        for key, item in self.items_by_key.items():
            if item.is_object:
                item.setSelected(key in ids)
        self._showing = before

    def show_verdicts(
        self, objects: Mapping[str, tuple[str, str]], relations: Mapping[RelationKey, tuple[str, str]]
    ) -> None:
        """Colour nodes by the verdicts of a check: id or key of a relation -> verdict and why."""
        for key, item in self.items_by_key.items():
            told = objects.get(key) if item.is_object else None
            if item.node.relation is not None:
                told = relations.get(item.node.relation.key)
            item.show_verdict(*(told or ("", "")))
        self.viewport().update()

    def colour_of(self, item: NodeItem) -> str:
        """Colour of a node's frame and of the links of a relation, ``#rrggbb``."""
        if item.verdict:
            return verdict_colour(item.verdict)
        if item.node.kind != "relation" or item.node.relation is None or item.is_dot:
            now = theme.current()
            return now.accent if item.node.kind == "concept" else now.border
        return state_colour(self._states.get(item.node.relation.key, "asserted" if item.node.stored else "derived"))

    def follow(self, key: str) -> None:
        """Draw the links of a node anew, which was moved."""
        for link in self._of_node.get(key, ()):
            link.follow()

    def fit(self) -> None:
        """Show the whole graph."""
        bounds = self._bounds().adjusted(-24, -24, 24, 24)
        self.setSceneRect(bounds.adjusted(-2_000, -2_000, 2_000, 2_000))
        self.fitInView(bounds, Qt.AspectRatioMode.KeepAspectRatio)
        if self.transform().m11() > USUAL_ZOOM:
            self.resetTransform()
            self.scale(USUAL_ZOOM, USUAL_ZOOM)
            self.centerOn(bounds.center())

    def fit_readably(self) -> None:
        """Show the whole graph, or as much of it around what is selected as can be read."""
        self.fit()
        if self.transform().m11() < LEAST_READABLE:
            self.resetTransform()
            self.scale(LEAST_READABLE, LEAST_READABLE)
            chosen = [item for item in self.items_by_key.values() if item.isSelected()]
            self.centerOn(chosen[0].pos() if chosen else self._bounds().center())
        self._fitted = True

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._fitted:
            self.fit_readably()

    def _bounds(self) -> QRectF:
        bounds = QRectF()
        for item in self.items_by_key.values():
            bounds = bounds.united(item.sceneBoundingRect())
        return bounds

    def take_theme(self) -> None:
        """Use the colours of the current theme."""
        self.setBackgroundBrush(QColor(theme.current().field))
        self.viewport().update()

    # -- writing texts -------------------------------------------------------------------------------------------

    def ask_name(self, text: str, at: Point, hint: str = "") -> None:
        """Let a text be written at a place of the drawing; `named` tells it."""
        middle = self.mapFromScene(QPointF(*at))
        width = max(120, self.fontMetrics().horizontalAdvance(text) + 50)
        place = QRect(middle.x() - width // 2, middle.y() - 14, width, 28)
        self.field.setGeometry(place)
        self.field.setText(text)
        self.field.setPlaceholderText(hint)
        self.field.selectAll()
        self.field.show()
        self.field.raise_()
        self.field.setFocus()

    def _on_named(self) -> None:
        text = self.field.text().strip()
        self._close_field()
        if text:
            self.named.emit(text)

    def _close_field(self) -> None:
        self.field.hide()
        self.setFocus()

    # -- mouse and keys ------------------------------------------------------------------------------------------

    def _node_at(self, place: QPoint) -> NodeItem | None:
        item = self.itemAt(place)
        return item if isinstance(item, NodeItem) else None

    def mousePressEvent(self, event: QMouseEvent) -> None:
        place = self._pressed = event.position().toPoint()
        item, left = self._node_at(place), event.button() is Qt.MouseButton.LeftButton
        if event.button() is Qt.MouseButton.MiddleButton:
            self._panning, self._panned, self._fitted = True, place, False
            return
        ctrl = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
        connects = (
            item is not None
            and item.is_object
            and (
                event.button() is Qt.MouseButton.RightButton
                or (left and (ctrl or item.at_port(self.mapToScene(place))))
            )
        )
        self._start = item if connects else None
        if self._start is not None:
            spot = QLineF(self._start.pos(), self.mapToScene(place))
            self._rubber = self.scene().addLine(spot, QPen(QColor(theme.current().selection), 2.0))
        elif left:
            super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        place = event.position().toPoint()
        if self._panning:
            step, self._panned = place - self._panned, place
            self.horizontalScrollBar().setValue(self.horizontalScrollBar().value() - step.x())
            self.verticalScrollBar().setValue(self.verticalScrollBar().value() - step.y())
        elif self._start is not None and self._rubber is not None:
            self._rubber.setLine(QLineF(self._start.pos(), self.mapToScene(place)))
        else:
            super().mouseMoveEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        place = event.position().toPoint()
        self._panning = False
        start, self._start = self._start, None
        if self._rubber is not None:
            self.scene().removeItem(self._rubber)
            self._rubber = None
        item = self._node_at(place)
        if start is not None and item is not None and item is not start and item.is_object:
            self.connect_requested.emit(start.node.key, item.node.key)
        elif event.button() is Qt.MouseButton.RightButton:
            if item is not None and (place - self._pressed).manhattanLength() < CLICK_PX:
                self.menu_requested.emit(item.node.key, self.viewport().mapToGlobal(place))
        elif start is None:
            super().mouseReleaseEvent(event)
            self._tell_places()

    def _tell_places(self) -> None:
        """Tell which nodes were dragged to where."""
        moved = {}
        for key, item in self.items_by_key.items():
            at = item.pos()
            if abs(at.x() - item.node.at[0]) + abs(at.y() - item.node.at[1]) > 0.01:
                moved[key] = (round(at.x(), 3), round(at.y(), 3))
        if moved:
            self._fitted = False
            self.nodes_dragged.emit(moved)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        place = event.position().toPoint()
        item = self._node_at(place)
        if item is not None:
            self.rename_requested.emit(item.node.key)
        else:
            spot = self.mapToScene(place)
            self.add_requested.emit((spot.x(), spot.y()))

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        chosen = self.chosen()
        if event.reason() is QContextMenuEvent.Reason.Keyboard and chosen:
            place = self.mapFromScene(self.items_by_key[chosen[0]].pos())
            self.menu_requested.emit(chosen[0], self.viewport().mapToGlobal(place))

    def chosen(self) -> tuple[str, ...]:
        """Keys of the selected nodes."""
        return tuple(key for key, item in self.items_by_key.items() if item.isSelected())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        chosen = self.chosen()
        if event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace) and chosen:
            self.delete_requested.emit(chosen)
        elif event.key() in (Qt.Key.Key_F2, Qt.Key.Key_Return) and len(chosen) == 1:
            self.rename_requested.emit(chosen[0])
        elif event.key() in (Qt.Key.Key_F, Qt.Key.Key_Home):
            self.fit()
        else:
            super().keyPressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        factor = ZOOM_STEP if event.angleDelta().y() > 0 else 1.0 / ZOOM_STEP
        if LEAST_ZOOM <= self.transform().m11() * factor <= MOST_ZOOM:
            self.scale(factor, factor)
            self._fitted = False

    def _on_selection_changed(self) -> None:
        if not self._showing:
            chosen = self.chosen()
            self.nodes_chosen.emit(chosen)
            self.selection_wished.emit(tuple(k for k in chosen if self.items_by_key[k].node.kind in OBJECTS))
