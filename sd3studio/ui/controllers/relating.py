"""Relations in the window: what is listed and drawn, what is kept while dragging, why some clash, and the repairs."""

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import QObject, QTimer
from PySide6.QtGui import QAction, QCursor

from sd3studio.core.edits.graph_nodes import connect
from sd3studio.core.layout.clashing import Repair
from sd3studio.core.layout.explaining import Explanation
from sd3studio.core.layout.keeping import live_constraints
from sd3studio.core.requests import ExplainConflicts
from sd3studio.core.scene.predicates import Predicate
from sd3studio.core.scene.values import Relation, RelationKey, Scene
from sd3studio.ui.canvas.tools.base import short_name
from sd3studio.ui.canvas.tools.relate import RelateTool
from sd3studio.ui.canvas.view import SceneView
from sd3studio.ui.controllers.editing import EditingController
from sd3studio.ui.jobs import JobBridge
from sd3studio.ui.panels.relations import RelationsPanel
from sd3studio.ui.predicate_menu import PredicateMenu
from sd3studio.ui.session import Session

REST_MS = 350
"""A conflict is explained once the scene has rested this long."""


class RelatingController(QObject):
    """Listens to the list, the arrows in the view and the document; turns wishes about relations into edits."""

    def __init__(
        self, session: Session, editing: EditingController, bridge: JobBridge, view: SceneView, panel: RelationsPanel
    ) -> None:
        super().__init__()
        self.session, self.document = session, session.document
        self.editing, self.bridge, self.view, self.panel = editing, bridge, view, panel
        self.tool = RelateTool(view, self.ask_predicate)
        self.predicates = PredicateMenu(view)
        self.predicates.chosen.connect(self.relate)
        self.predicates.aboutToHide.connect(self._leave_tool)
        self._explained: Scene | None = None
        self._previewing = False
        self._rest = QTimer(self, singleShot=True, interval=REST_MS)
        self._rest.timeout.connect(self._ask_why)
        view.who_has_last_word = live_constraints
        view.relation_hovered.connect(panel.show_hovered)
        self.document.history_changed.connect(self._on_history)
        panel.filter_changed.connect(self.refresh)
        panel.hovered.connect(self._on_row_hovered)
        panel.select_requested.connect(self.document.select)
        panel.assert_requested.connect(self.relate)
        panel.keep_requested.connect(editing.keep)
        panel.retract_requested.connect(editing.retract)
        panel.satisfy_requested.connect(editing.satisfy)
        panel.conflict.repair_requested.connect(self._on_repair)
        panel.conflict.preview_requested.connect(self._on_preview)

    def show_lines_menu(self, actions: Sequence[QAction]) -> None:
        """Offer the commands that say what is drawn in the filter's menu too."""
        self.panel.filter.choices.add_heading("Lines in the 3D view")
        self.panel.filter.choices.addActions(list(actions))

    def refresh(self) -> None:
        """Show the relations as they are now, in the list and in the view."""
        rows, selection = self.session.relations, self.document.selection
        drawn = self.panel.filter.wanted()
        listed = replace(drawn, of=frozenset(selection)) if self.panel.only_selection else drawn
        self.panel.show_rows(self.session.scene, rows, listed.of_rows(rows), selection)
        self.view.edges.show_rows(rows if drawn.keeps_all else drawn.of_rows(rows))
        self.view.refresh_edges()

    @property
    def tool_is_on(self) -> bool:
        """Whether the left button is the relation tool's."""
        return self.view.tool is self.tool

    def has_two(self) -> bool:
        """Whether there are two things to relate."""
        return len(self.session.scene.solid_objects()) > 1

    def toggle_tool(self) -> None:
        """Give the left button to the relation tool, or back. Two selected things are asked about at once."""
        if self.tool_is_on:
            self.view.use_tool(None)
            return
        chosen = [key for key in self.document.selection if self.session.scene.objects[key].kind != "stuff"]
        if len(chosen) == 2:
            self.ask_predicate(chosen[0], chosen[1])
            return
        self.view.use_tool(self.tool)
        self.tool.finish()  # says what comes first
        self.view.setFocus()

    def ask_predicate(self, subject: str, other: str) -> None:
        """Open the menu of predicates at the cursor, or at the first thing if the cursor is elsewhere."""
        objects = self.session.scene.objects
        place = QCursor.pos()
        if not self.view.rect().contains(self.view.mapFromGlobal(place)):
            place = self.view.mapToGlobal(self.view.rect().center())
        names = short_name(objects[subject].label), short_name(objects[other].label)
        concept = objects[other].kind == "concept"
        self.predicates.ask((subject, other), names, self.session.field.grade, place, concept)

    def _leave_tool(self) -> None:
        if self.tool_is_on:
            self.view.use_tool(None)

    def relate(self, relation: Relation, how: str) -> None:
        """Make a relation hold, and store it (``"assert"``), keep it (``"keep"``) or do neither (``"once"``)."""
        scene = self.document.committed
        if relation.predicate is Predicate.PART_OF:
            self.editing.apply(connect(scene, relation.subject, relation.predicate, relation.object))
            return
        self.editing.assert_relation(relation.replace(kept=how == "keep"), store=how != "once")

    def close(self) -> None:
        """The window closes: nothing more is asked for."""
        self._rest.stop()
        self.document.history_changed.disconnect(self._on_history)

    def _on_row_hovered(self, key: RelationKey | None) -> None:
        self.view.show_hovered_relation(key)

    def _on_history(self) -> None:
        """The committed scene is another one: what was explained may no longer be so."""
        self._previewing = False
        self._rest.start()

    def _ask_why(self) -> None:
        scene = self.document.committed
        if self.document.scene is not scene:
            self._rest.start()  # something is previewed: later
            return
        if scene is self._explained:
            return
        wrong = self.session.conflicts
        self._explained = scene
        if not wrong:
            self.panel.conflict.clear()
            return
        self.panel.conflict.show_searching(wrong[0])

        def take(explanation: Explanation | None) -> None:
            if self.document.committed is scene and explanation is not None:
                self.panel.conflict.show_explanation(explanation)

        self.bridge.submit(ExplainConflicts(scene=scene), take, group="explain")

    def _on_preview(self, repair: Repair | None) -> None:
        """Show what a repair would do while the cursor is on it."""
        if repair is not None and self.document.scene is self.document.committed:
            self._previewing = True
            self.document.preview(repair.edit)
        elif repair is not None and self._previewing:
            self.document.preview(repair.edit)
        elif self._previewing:
            self._previewing = False
            self.document.end_preview()

    def _on_repair(self, repair: Repair) -> None:
        self._previewing = False
        self.editing.apply(repair.edit)
