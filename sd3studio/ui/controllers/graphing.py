"""The graph panel in step with the scene: drawings, selections, sentences, and edits from nodes."""

from collections.abc import Callable, Mapping
from functools import partial

from PySide6.QtCore import QObject, QPoint, QTimer
from PySide6.QtGui import QCursor
from PySide6.QtWidgets import QMenu

from sd3studio.core.catalogue import Catalogue
from sd3studio.core.checking import CheckReport
from sd3studio.core.edits import AddObjects, graph_nodes
from sd3studio.core.edits.base import Edit
from sd3studio.core.errors import StudioError
from sd3studio.core.layout.telling import statement
from sd3studio.core.scene.node_link import Drawing, Node, Point, drawn
from sd3studio.core.scene.values import Relation, RelationKey, Scene, SceneObject
from sd3studio.ui.controllers.editing import EditingController
from sd3studio.ui.controllers.relating import RelatingController
from sd3studio.ui.controllers.work import WorkController
from sd3studio.ui.panels.graph import GraphPanel
from sd3studio.ui.predicate_menu import PredicateMenu

SOON_MS = 40
MOST_OBJECTS = 150
"""Of a bigger scene only what is selected and what is related to it is drawn."""
MOST_DERIVED = 14
"""So many relations that the geometry implies are drawn, if any."""
MOST_SENTENCES = 3
BESIDE = 70.0
"""How far from an object its new attribute is written, in units of the drawing."""


class GraphController(QObject):
    """Draws the graph while its panel is on the screen, and turns wishes about nodes into edits."""

    def __init__(
        self,
        panel: GraphPanel,
        editing: EditingController,
        relating: RelatingController,
        work: WorkController,
        catalogue: Catalogue,
    ) -> None:
        super().__init__()
        self.panel, self.view = panel, panel.view
        self.editing, self.relating, self.work, self.catalogue = editing, relating, work, catalogue
        self.session, self.document = editing.session, editing.document
        self.drawing: Drawing | None = None
        self._positions: dict[str, Point] = {}
        self._report: CheckReport | None = None
        self._fitted = False
        self._then: Callable[[str], None] | None = None
        self._changing: Node | None = None
        self.predicates = PredicateMenu(panel)
        self.predicates.chosen.connect(self._on_predicate)
        self._soon = QTimer(self, singleShot=True, interval=SOON_MS)
        self._soon.timeout.connect(self.refresh)
        self._connect()

    def _connect(self) -> None:
        panel, view = self.panel, self.view
        self.document.changed.connect(self._on_changed)
        self.document.selection_changed.connect(self._on_selection)
        panel.shown.connect(self.refresh)
        panel.derived_toggled.connect(self.refresh)
        panel.add_requested.connect(self._on_add_button)
        panel.attribute_requested.connect(self._on_attribute)
        panel.rename_requested.connect(self._on_rename_button)
        panel.delete_requested.connect(self._on_delete_button)
        panel.sentence_entered.connect(self._on_sentence)
        view.connect_requested.connect(self._on_connect)
        view.delete_requested.connect(self.delete)
        view.rename_requested.connect(self.rename)
        view.add_requested.connect(self.add)
        view.menu_requested.connect(self._on_menu)
        view.selection_wished.connect(self.document.select)
        view.nodes_chosen.connect(self._on_chosen)
        view.nodes_dragged.connect(self._on_dragged)
        view.named.connect(self._on_named)
        self.work.sentence_done.connect(panel.change.clear)

    # -- showing -------------------------------------------------------------------------------------------------

    def refresh(self) -> None:
        """Draw the graph of the scene as it is now; nodes that were there stay where they are."""
        if not self.panel.isVisible():
            return
        scene = _drawable(self.session.scene, self.document.selection)
        rows = self.session.relations
        implied = [row.relation for row in rows if row.stored is None][:MOST_DERIVED]
        derived = implied if self.panel.derived.isChecked() else []
        derived += self._checked_relations(scene)
        unique = list({relation.key: relation for relation in derived}.values())
        self.drawing = drawn(scene, self._positions, unique)
        self._positions = {**self._positions, **self.drawing.positions}
        self.view.show_drawing(self.drawing, self.document.selection, {row.key: row.state for row in rows})
        self._show_verdicts()
        self._show_sentence()
        if not self._fitted and self.nodes:
            self.view.fit_readably()
            self._fitted = True

    @property
    def nodes(self) -> Mapping[str, Node]:
        """The nodes that are drawn, by key."""
        return self.drawing.nodes if self.drawing is not None else {}

    def show_report(self, report: CheckReport | None) -> None:
        """Colour the nodes by the verdicts of a check; None: by none."""
        self._report = report
        self.refresh()

    def _checked_relations(self, scene: Scene) -> list[Relation]:
        """The relations that a check looked at and nobody asserted."""
        if self._report is None:
            return []
        there = (r for r in self._report.relations if {r.subject, r.object} <= set(scene.objects) and not r.asserted)
        return [Relation(subject=r.subject, predicate=r.predicate, object=r.object, frame=r.frame) for r in there]

    def _show_verdicts(self) -> None:
        report = self._report
        self.panel.show_legend(report.picture.rsplit("/", 1)[-1] if report else None)
        objects = {check.id: (check.verdict, check.why) for check in report.objects} if report else {}
        relations: Mapping[RelationKey, tuple[str, str]] = (
            {(r.subject, r.predicate, r.object, r.frame): (r.verdict, r.why) for r in report.relations}
            if report
            else {}
        )
        self.view.show_verdicts(objects, relations)

    def _on_changed(self, old: Scene, new: Scene) -> None:
        if not set(old.objects) & set(new.objects):
            self._positions, self._fitted = {}, False  # another scene
        if not self._soon.isActive():
            self._soon.start()

    def _on_selection(self) -> None:
        if not self.panel.isVisible():
            return
        if len(self.session.scene.objects) > MOST_OBJECTS:
            self._soon.start()
        self.view.show_selection(self.document.selection)
        self._show_sentence()

    def _on_dragged(self, moved: dict[str, Point]) -> None:
        if self.drawing is not None:
            self._positions = {**self._positions, **self.drawing.moved_positions(moved)}
            self.refresh()

    # -- the sentence --------------------------------------------------------------------------------------------

    def _on_chosen(self, keys: tuple[str, ...]) -> None:
        nodes = [self.nodes[key] for key in keys if key in self.nodes]
        related = [node.relation for node in nodes if node.relation is not None]
        self.relating.view.show_hovered_relation(related[0].key if len(nodes) == 1 and related else None)
        self._show_sentence()

    def _show_sentence(self) -> None:
        nodes = [self.nodes[key] for key in self.view.chosen() if key in self.nodes]
        self.panel.show_chosen(len(nodes), len(nodes) == 1 and self.view.items_by_key[nodes[0].key].is_object)
        self.panel.show_sentence(" ".join(self._sentences(nodes)))

    def _sentences(self, nodes: list[Node]) -> list[str]:
        """What is said of these nodes: their relations, else the captions about them."""
        scene = self.session.scene
        told = [f"{_capital(statement(scene, n.relation))}." for n in nodes if n.relation and _is_in(scene, n.relation)]
        ids = {key for node in nodes if node.relation is None for key in node.of}
        if not ids:
            return told[:MOST_SENTENCES]
        captions = [caption for caption in self.session.captions if caption.scope != "scene"]
        needed = 2 if len(ids) > 1 else 1
        about = [c.text for c in captions if any(len({f.subject, f.object} & ids) >= needed for f in c.facts)]
        rows = [row for row in self.session.relations if len({row.subject, row.object} & ids) >= needed]
        about = about or [f"{_capital(statement(scene, row.relation))}." for row in rows]
        return [*told, *about][:MOST_SENTENCES]

    def _on_sentence(self, text: str) -> None:
        """A sentence changes the scene; "it" is what is selected, also through one of its nodes."""
        nodes = [self.nodes[key] for key in self.view.chosen() if key in self.nodes]
        if nodes and not self.document.selection:
            self.document.select(dict.fromkeys(key for node in nodes for key in node.of))
        self.work.edit_by_text(text)

    # -- edits ---------------------------------------------------------------------------------------------------

    def add(self, at: Point) -> None:
        """Ask for the name of a new object at a place of the drawing."""
        self._then = partial(self._add_object, at)
        self.view.ask_name("", at, "lamp, table …")

    def rename(self, key: str) -> None:
        """Ask for another text of a node; of a relation, for another predicate."""
        node = self.nodes[key]
        if node.relation is not None:
            self._ask_predicate(node.relation.subject, node.relation.object, node)
            return
        self._then = partial(self._rename_node, node)
        self.view.ask_name(node.text, node.at)

    def delete(self, keys: tuple[str, ...]) -> None:
        """Delete nodes, as one step."""
        nodes = [self.nodes[key] for key in keys if key in self.nodes]
        if nodes:
            self._try(lambda: graph_nodes.delete_all(self.document.committed, nodes))

    def _try(self, make: Callable[[], Edit]) -> None:
        """Make an edit from a node; why it can't be is said."""
        try:
            edit = make()
        except (StudioError, KeyError) as error:
            self.editing.said.emit("warning", str(error))
            return
        self.editing.apply(edit)

    def _on_named(self, text: str) -> None:
        then, self._then = self._then, None
        if then is not None:
            then(text)

    def _add_object(self, at: Point, name: str) -> None:
        from sd3studio.core.layout import place

        scene = self.document.committed
        category = self.catalogue.category_of(name)
        entries = self.catalogue.of_category(category) if category else ()
        key = scene.free_id(name)
        thing = (
            entries[0].as_object(key).replace(label=name[:200]) if entries else SceneObject(id=key, label=name[:200])
        )
        self._positions = {**self._positions, key: at}
        self._try(lambda: AddObjects((place(scene, thing),)))
        self.document.select((key,))

    def _rename_node(self, node: Node, text: str) -> None:
        self._try(lambda: graph_nodes.rename(self.document.committed, node, text))

    def _add_attribute(self, key: str, text: str) -> None:
        self._try(lambda: graph_nodes.add_attribute(self.document.committed, key, text))

    def _on_add_button(self) -> None:
        middle = self.view.mapToScene(self.view.viewport().rect().center())
        self.add((middle.x(), middle.y() - 60.0))

    def _on_rename_button(self) -> None:
        for key in self.view.chosen()[:1]:
            self.rename(key)

    def _on_delete_button(self) -> None:
        self.delete(self.view.chosen())

    def _on_attribute(self) -> None:
        for key in self.view.chosen()[:1]:
            self.ask_attribute(key)

    def ask_attribute(self, key: str) -> None:
        """Ask for a new attribute of an object."""
        x, y = self.nodes[key].at
        self._then = partial(self._add_attribute, key)
        self.view.ask_name("", (x, y - BESIDE), "blue, wooden …")

    def _on_connect(self, subject: str, other: str) -> None:
        self._ask_predicate(subject, other, None)

    def _ask_predicate(self, subject: str, other: str, changing: Node | None) -> None:
        scene = self.session.scene
        self._changing = changing
        names = scene.objects[subject].label, scene.objects[other].label
        concept = scene.objects[other].kind == "concept"
        self.predicates.ask((subject, other), names, self.session.field.grade, QCursor.pos(), concept)

    def _on_predicate(self, relation: Relation, how: str) -> None:
        scene, node = self.document.committed, self._changing
        if not _is_in(scene, relation):
            return
        if node is not None and node.stored:
            self._try(lambda: graph_nodes.change_predicate(scene, node, relation))
        else:
            self.relating.relate(relation, how)

    def _on_menu(self, key: str, place: QPoint) -> None:
        node = self.nodes.get(key)
        if node is None:
            return
        menu = QMenu(self.panel)
        menu.addAction("Rename" if node.relation is None else "Another predicate…", partial(self.rename, key))
        if node.kind in ("object", "stuff", "concept"):
            menu.addAction("Add an attribute", partial(self.ask_attribute, key))
        if node.relation is not None and not key.startswith("/p/"):
            relation, kept = node.relation, node.relation.kept
            menu.addAction("Turn it round", partial(self._reverse, node)).setEnabled(node.stored)
            menu.addAction("Let it go" if kept else "Keep it", partial(self.editing.keep, relation, not kept))
            menu.addAction("Make it so", partial(self.editing.satisfy, relation)).setEnabled(node.stored)
        menu.addSeparator()
        menu.addAction("Delete", partial(self.delete, (key,))).setEnabled(node.stored)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(place)

    def _reverse(self, node: Node) -> None:
        self._try(lambda: graph_nodes.reverse(self.document.committed, node))


def _drawable(scene: Scene, selection: tuple[str, ...]) -> Scene:
    """The scene, or of a big one what is selected and what is related to it."""
    if len(scene.objects) <= MOST_OBJECTS:
        return scene
    names = dict.fromkeys(key for key in selection if key in scene.objects)
    for relation in scene.relations:
        if relation.subject in selection or relation.object in selection:
            names.update({relation.subject: None, relation.object: None})
    kept = set(list(names)[:MOST_OBJECTS])
    things = [t if t.parent in kept else t.replace(parent=None) for key, t in scene.objects.items() if key in kept]
    relations = tuple(r for r in scene.relations if r.subject in kept and r.object in kept)
    return Scene.of(things, relations=relations, camera=scene.camera)


def _is_in(scene: Scene, relation: Relation) -> bool:
    return relation.subject in scene.objects and relation.object in scene.objects


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
