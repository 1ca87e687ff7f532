"""Relations in the window with real events: lines, list, filters, kept while dragging, conflicts and their repairs."""

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from sd3studio.core.edits import AssertRelation
from sd3studio.core.relations import grade_of
from sd3studio.core.scene import Camera, Predicate, Provenance, Relation, Scene, SceneObject
from sd3studio.ui.itemmodels.relation_list import SAID
from sd3studio.ui.predicate_menu import LETTERS
from tests.ui.window_events import click, drag_to, hover, on_screen

pytestmark = pytest.mark.gl
P = Predicate
ICON_PX = 24


def rel(subject, predicate, other, **fields):
    return Relation(subject=subject, predicate=predicate, object=other, **fields)


@pytest.fixture
def room(window, qtbot):
    """Three boxes in a row, seen from the front; the relations panel is in front."""
    things = [
        SceneObject(id=key, label=key, center=(2.0 * k - 2.0, 1.3 * (k == 2), 0.4), size=(0.8, 0.8, 0.8))
        for k, key in enumerate(("sofa", "lamp", "table"))
    ]
    read = rel("lamp", P.RIGHT_OF, "sofa", provenance=Provenance(source="text"))
    camera = Camera(position=(0.0, -8.0, 3.0), target=(0.0, 0.0, 0.4))
    window.session.document.open(Scene.of(things, relations=(read,), camera=camera))
    window.docks["relations"].raise_()
    qtbot.waitUntil(lambda: window.relations.table.rowCount() > 2)
    return window


def row_of(window, key):
    return next(k for k, row in enumerate(window.relations.table.rows) if row.key == key)


def click_row(window, row, column):
    view = window.relations.view
    place = view.visualRect(window.relations.table.index(row, column)).center()
    QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=place)


def test_lines_and_list_point_at_each_other(room, qtbot):
    window, key = room, room.session.scene.relations[0].key
    window.commands.actions["view.edges"].trigger()
    middle = on_screen(window, (-1.0, 0.0, 0.4))
    with qtbot.waitSignal(window.view.relation_hovered):
        hover(window.view, middle)
    assert window.view.edges.hovered[:1] + window.view.edges.hovered[2:3] == ("lamp", "sofa")
    assert window.relations.table.rows[window.relations.table.hovered].key == window.view.edges.hovered
    assert any("lamp to the right of sofa" in tag.text for tag in window.view.overlay.state.tags)
    hover(window.view, QPoint(5, 5))
    assert window.view.edges.hovered is None and window.relations.table.hovered is None
    place = window.relations.view.visualRect(window.relations.table.index(row_of(window, key), 1)).center()
    window.relations.hovered.emit(window.relations.table.rows[row_of(window, key)].key)
    assert window.view.edges.hovered == key and window.view.edges.pair.visible()
    QApplication.sendEvent(window.relations.view.viewport(), QEvent(QEvent.Type.Leave))
    assert window.view.edges.hovered is None and not place.isNull()


def test_filter_chooses_what_is_listed_and_drawn(room, qtbot):
    window, panel = room, room.relations
    window.commands.actions["view.edges"].trigger()
    assert {row.state for row in window.view.edges.shown} == {"parsed", "derived"}
    panel.filter.states["derived"].trigger()
    assert [row.state for row in panel.table.rows] == ["parsed"]
    assert [row.state for row in window.view.edges.shown] == ["parsed"]
    assert panel.counts.text().startswith("1 of ")
    panel.filter.show_everything()
    panel.filter.predicates[P.RIGHT_OF].trigger()
    assert all(row.predicate is not P.RIGHT_OF for row in panel.table.rows)
    panel.filter.show_everything()
    window.session.document.select(("table",))
    window.commands.actions["view.edges_selection"].trigger()
    assert window.view.edges.shown and all("table" in (r.subject, r.object) for r in window.view.edges.shown)


def test_a_thing_is_not_offered_to_be_related_to_itself(room, qtbot):
    panel = room.relations
    for name in ("lamp", "sofa", "table"):
        room.session.document.select((name,))
        qtbot.waitUntil(lambda name=name: panel.subject.currentData() == name)
        assert panel.object.currentData() != name and panel.add.isEnabled()
    panel.object.setCurrentIndex(panel.subject.currentIndex())
    assert not panel.add.isEnabled()


def test_both_names_can_be_read_in_the_list_of_usual_width(room):
    panel = room.relations
    said, view = panel.table.index(0, SAID), panel.view
    wide = view.fontMetrics().horizontalAdvance("floor lamp  right of  sofa")
    assert view.columnWidth(SAID) >= wide + ICON_PX
    assert "(parsed, from sentence)" in said.data(Qt.ItemDataRole.ToolTipRole)


def test_a_pinned_relation_goes_on_holding_while_dragging_and_is_one_undo_step(room, qtbot):
    window, told = room, room.session.scene.relations[0]
    click_row(window, row_of(window, told.key), 0)
    assert window.session.document.committed.relations == (told.replace(kept=True),)
    before = window.session.document.committed
    window.view.setFocus()
    drag_to(window.view, on_screen(window, (-2.0, -0.4, 0.4)), on_screen(window, (1.2, -0.4, 0.4)))
    after = window.session.document.committed
    assert after.objects["sofa"].center[0] > 0.5
    assert grade_of(after, *told.key) >= 0.5 and after.objects["lamp"].center[0] > after.objects["sofa"].center[0]
    window.commands.actions["edit.undo"].trigger()
    assert window.session.document.committed == before
    qtbot.waitUntil(window.relations.keep.isChecked)
    QTest.mouseClick(window.relations.keep, Qt.MouseButton.LeftButton)
    assert not window.session.document.committed.relations[0].kept


def test_clash_is_named_and_repaired_with_one_click_after_a_preview(room, qtbot):
    window, card = room, room.relations.conflict
    for told in (rel("sofa", P.RIGHT_OF, "table"), rel("table", P.RIGHT_OF, "lamp")):
        window.editing.apply(AssertRelation(told))
    qtbot.waitUntil(lambda: card.explanation is not None, timeout=20_000)
    assert len(card.explanation.clash.wishes) == 3 and "can't all be true" in card.sentence.text()
    committed, best = window.session.document.committed, card.explanation.repairs[0]
    QApplication.sendEvent(card.best, QEvent(QEvent.Type.Enter))
    assert window.session.document.scene == best.edit.apply(committed)
    QApplication.sendEvent(card.best, QEvent(QEvent.Type.Leave))
    assert window.session.document.scene is committed
    QTest.mouseClick(card.best, Qt.MouseButton.LeftButton)
    assert not window.session.conflicts
    qtbot.waitUntil(lambda: not card.isVisible(), timeout=5_000)


def test_applied_once_moves_and_stores_nothing(room, qtbot):
    window, panel = room, room.relations
    window.session.document.select(("table", "sofa"))
    qtbot.waitUntil(lambda: panel.subject.currentData() == "table" and panel.object.currentData() == "sofa")
    panel.predicate.setCurrentIndex(panel.predicate.findData(P.LEFT_OF))
    panel.how.setCurrentIndex(panel.how.findData("once"))
    QTest.mouseClick(panel.add, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: grade_of(window.session.scene, "table", P.LEFT_OF, "sofa") >= 0.5, timeout=10_000)
    assert len(window.session.scene.relations) == 1


@pytest.mark.skipif("sys.platform != 'linux'", reason="scan codes of X11")
def test_digits_choose_by_their_place_on_a_french_keyboard(room, qtbot):
    window, menu, asked = room, room.relating.predicates, []
    menu.chosen.connect(lambda relation, how: asked.append(relation.predicate))
    menu.chosen.disconnect(window.relating.relate)
    window.relating.ask_predicate("table", "sofa")
    key, none = Qt.Key.Key_ParenLeft, Qt.KeyboardModifier.NoModifier
    QApplication.sendEvent(menu, QKeyEvent(QEvent.Type.KeyPress, key, none, 14, 0, 0, "("))
    assert asked == [P.BEHIND] and not menu.isVisible()


def test_each_predicate_of_the_menu_has_a_key_of_its_own(room, qtbot):
    window, menu, asked = room, room.relating.predicates, []
    menu.chosen.connect(lambda relation, how: asked.append(relation.predicate))
    menu.chosen.disconnect(window.relating.relate)
    keys = {predicate: action.text()[0] for predicate, action in menu.rows.items()}
    assert len({*keys.values(), *LETTERS.values()}) == len(keys) + len(LETTERS)
    for predicate in (P.ON, P.FACING, P.FACING_AWAY):
        window.relating.ask_predicate("table", "sofa")
        QTest.keyClick(menu, keys[predicate])
        assert asked[-1] is predicate and not menu.isVisible()


def test_relation_tool_by_key_two_clicks_and_a_digit(room, qtbot):
    window, menu = room, room.relating.predicates
    window.view.setFocus()
    QTest.keyClick(window, Qt.Key.Key_R, Qt.KeyboardModifier.AltModifier)
    qtbot.waitUntil(lambda: window.relating.tool_is_on)
    click(window.view, on_screen(window, (2.0, 0.9, 0.4)))
    click(window.view, on_screen(window, (-2.0, -0.4, 0.4)))
    qtbot.waitUntil(menu.isVisible)
    assert menu.rows[P.RIGHT_OF].text().startswith("9") and "%" in menu.rows[P.RIGHT_OF].text()
    steps = window.session.document.position
    QTest.keyClick(menu, Qt.Key.Key_Escape)
    assert not menu.isVisible() and not window.relating.tool_is_on
    assert window.session.document.position == steps
    window.session.document.select(("table", "sofa"))
    window.commands.actions["object.relate"].trigger()  # two that are selected are asked about at once
    qtbot.waitUntil(menu.isVisible)
    QTest.keyClick(menu, Qt.Key.Key_F)
    assert menu.frame.isChecked()
    QTest.keyClick(menu, Qt.Key.Key_F)
    QTest.keyClick(menu, Qt.Key.Key_5)
    wanted = rel("table", P.BEHIND, "sofa")
    qtbot.waitUntil(lambda: wanted in window.session.scene.relations, timeout=10_000)
    assert grade_of(window.session.scene, *wanted.key) >= 0.5 and window.session.document.position == steps + 1
