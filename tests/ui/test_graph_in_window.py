"""The graph panel in the window with real events: it follows the scene, and nodes that are edited edit the scene."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from sd3studio.core.checking import CheckReport, ObjectCheck, RelationCheck
from sd3studio.core.relations import grade_of
from sd3studio.core.scene import Camera, Predicate, Relation, Scene, SceneObject

pytestmark = pytest.mark.gl
P = Predicate
LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def room(window, qtbot):
    """A red sofa and a lamp beside it; the graph is on the screen."""
    things = [
        SceneObject(id="sofa", label="sofa", attributes=("red", "soft"), center=(0, 0, 0.4), size=(1.8, 0.8, 0.8)),
        SceneObject(id="lamp", label="lamp", center=(2.5, 0, 0.8), size=(0.4, 0.4, 1.6)),
    ]
    told = Relation(subject="lamp", predicate=P.RIGHT_OF, object="sofa")
    camera = Camera(position=(0.0, -8.0, 3.0), target=(0.0, 0.0, 0.4))
    window.session.document.open(Scene.of(things, relations=(told,), camera=camera))
    window.docks["graph"].setFloating(True)
    window.docks["graph"].resize(700, 600)
    window.docks["graph"].show()
    qtbot.waitUntil(lambda: {"sofa", "lamp", "/r0"} <= set(window.graph.view.items_by_key))
    window.graph.view.fit()
    return window


def spot(window, key) -> QPoint:
    return window.graph.view.mapFromScene(window.graph.view.items_by_key[key].pos())


def write(window, text):
    field = window.graph.view.field
    assert field.isVisible()
    field.setText(text)
    QTest.keyClick(field, Qt.Key.Key_Return)


def places(window):
    return {key: item.pos() for key, item in window.graph.view.items_by_key.items()}


def test_selections_follow_each_other_and_the_sentence_is_that_of_the_nodes(room, qtbot):
    window, view = room, room.graph.view
    QTest.mouseClick(view.viewport(), LEFT, pos=spot(window, "lamp"))
    assert window.session.document.selection == ("lamp",)
    assert "lamp" in window.graph.sentence.text().lower()
    window.session.document.select(("sofa",))
    assert view.items_by_key["sofa"].isSelected() and not view.items_by_key["lamp"].isSelected()
    QTest.mouseClick(view.viewport(), LEFT, pos=spot(window, "/r0"))
    assert window.graph.sentence.text() == "The lamp is to the right of the sofa."
    assert window.view.edges.hovered == window.session.scene.relations[0].key


def test_nodes_are_renamed_added_given_attributes_and_deleted_and_the_others_stay(room, qtbot):
    window, view, document = room, room.graph.view, room.session.document
    before = places(window)
    QTest.mouseDClick(view.viewport(), LEFT, pos=spot(window, "lamp"))
    write(window, "floor lamp")
    assert document.committed.objects["lamp"].label == "floor lamp"
    QTest.mouseDClick(view.viewport(), LEFT, pos=QPoint(25, 25))
    write(window, "chair")
    assert document.committed.objects["chair"].label == "chair" and document.selection == ("chair",)
    qtbot.waitUntil(lambda: "chair" in view.items_by_key)
    QTest.mouseClick(window.graph.attribute, LEFT)
    write(window, "wooden")
    assert document.committed.objects["chair"].attributes == ("wooden",)
    qtbot.waitUntil(lambda: "chair/a0" in view.items_by_key)
    QTest.mouseClick(view.viewport(), LEFT, pos=spot(window, "sofa/a0"))
    QTest.keyClick(view, Qt.Key.Key_Delete)
    assert document.committed.objects["sofa"].attributes == ("soft",)
    QTest.mouseClick(view.viewport(), LEFT, pos=spot(window, "sofa"))
    QTest.keyClick(view, Qt.Key.Key_Delete)
    assert "sofa" not in document.committed.objects
    qtbot.waitUntil(lambda: "sofa" not in view.items_by_key)
    assert places(window)["lamp"] == before["lamp"]
    for _ in range(5):
        document.undo()
    qtbot.waitUntil(lambda: set(view.items_by_key) == set(before))
    assert places(window) == before


def test_an_edge_is_drawn_from_the_handle_and_a_digit_chooses_the_predicate(room, qtbot):
    window, view = room, room.graph.view
    lamp = view.items_by_key["lamp"]
    handle = view.mapFromScene(lamp.pos() + lamp.port())
    QTest.mousePress(view.viewport(), LEFT, pos=handle)
    QTest.mouseMove(view.viewport(), spot(window, "sofa"))
    QTest.mouseRelease(view.viewport(), LEFT, pos=spot(window, "sofa"))
    menu = window.graphing.predicates
    qtbot.waitUntil(menu.isVisible)
    assert "100%" in menu.rows[P.RIGHT_OF].text()
    QTest.keyClick(menu, Qt.Key.Key_K)
    QTest.keyClick(menu, Qt.Key.Key_5)
    assert not menu.isVisible()
    qtbot.waitUntil(lambda: len(window.session.scene.relations) == 2, timeout=10_000)
    (behind,) = (r for r in window.session.scene.relations if r.predicate is P.BEHIND)
    assert behind.kept and grade_of(window.session.scene, *behind.key) >= 0.5


def test_dragged_node_stays_and_verdicts_of_a_check_colour_the_nodes(room, qtbot):
    window, view = room, room.graph.view
    start = spot(window, "lamp")
    QTest.mousePress(view.viewport(), LEFT, pos=start)
    for step in range(1, 5):
        QTest.mouseMove(view.viewport(), start + QPoint(10 * step, 6 * step))
    QTest.mouseRelease(view.viewport(), LEFT, pos=start + QPoint(40, 24))
    moved = view.items_by_key["lamp"].pos()
    assert (moved - view.mapToScene(start + QPoint(40, 24))).manhattanLength() < 3
    told = window.session.scene.relations[0]
    objects = tuple(
        ObjectCheck(id=key, label=key, verdict=said) for key, said in (("sofa", "found"), ("lamp", "missing"))
    )
    broken = RelationCheck(subject=told.subject, predicate=told.predicate, object=told.object, verdict="broken")
    report = CheckReport(width=64, height=48, reader="detectors", objects=objects, relations=(broken,))
    window.check_panel.show_report(report)
    assert {key: item.verdict for key, item in view.items_by_key.items() if item.verdict} == {
        "sofa": "found", "lamp": "missing", "/r0": "broken",
    }  # fmt: skip
    assert window.graph.legend.isVisible() and view.items_by_key["lamp"].pos() == moved
    window.check_panel.clear_report()
    assert not any(item.verdict for item in view.items_by_key.values()) and not window.graph.legend.isVisible()
