"""The graph view shows a drawing and tells wishes; it changes nothing itself."""

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication

from sd3studio.core.scene import Predicate, Relation, Scene, SceneObject
from sd3studio.core.scene.node_link import drawn
from sd3studio.ui.panels.graph_view import GraphView

SCENE = Scene.of(
    [
        SceneObject(id="cup", label="cup", attributes=("blue",)),
        SceneObject(id="table", label="table", center=(3.0, 0.0, 0.5)),
    ],
    relations=(Relation(subject="cup", predicate=Predicate.NEXT_TO, object="table"),),
)


@pytest.fixture
def view(qtbot):
    widget = GraphView()
    qtbot.addWidget(widget)
    widget.resize(800, 600)
    widget.show_drawing(drawn(SCENE))
    widget.show()
    widget.fit()
    return widget


def spot(view, key) -> QPoint:
    return view.mapFromScene(view.items_by_key[key].pos())


def test_every_node_is_shown(view):
    assert set(view.items_by_key) == set(drawn(SCENE).nodes)


def test_drawing_from_one_object_to_another_asks_to_connect_them(view, qtbot):
    with qtbot.waitSignal(view.connect_requested, timeout=2_000) as asked:
        qtbot.mousePress(view.viewport(), Qt.MouseButton.RightButton, pos=spot(view, "cup"))
        qtbot.mouseMove(view.viewport(), spot(view, "table"))
        qtbot.mouseRelease(view.viewport(), Qt.MouseButton.RightButton, pos=spot(view, "table"))
    assert asked.args == ["cup", "table"]


def test_click_wishes_a_selection_and_delete_a_removal(view, qtbot):
    with qtbot.waitSignal(view.selection_wished, timeout=2_000) as asked:
        qtbot.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=spot(view, "table"))
    assert asked.args == [("table",)]
    with qtbot.waitSignal(view.delete_requested, timeout=2_000) as asked:
        qtbot.keyClick(view, Qt.Key.Key_Delete)
    assert asked.args == [("table",)]


def test_double_click_asks_to_rename(view, qtbot):
    with qtbot.waitSignal(view.rename_requested, timeout=2_000) as asked:
        qtbot.mouseDClick(view.viewport(), Qt.MouseButton.LeftButton, pos=spot(view, "cup/a0"))
    assert asked.args == ["cup/a0"]


def test_showing_another_scene_keeps_the_items_that_stay(view, qtbot):
    kept = view.items_by_key["table"]
    fewer = Scene.of([SCENE.objects["table"]])
    with qtbot.assertNotEmitted(view.selection_wished):
        view.show_drawing(drawn(fewer, drawn(SCENE).positions), ["table"])
    assert set(view.items_by_key) == {"table"} and view.items_by_key["table"] is kept and kept.isSelected()


def test_a_fitted_graph_stays_in_sight_when_the_view_becomes_smaller_until_it_is_zoomed(view, qtbot):
    view.fit_readably()
    view.resize(300, 160)
    inside = view.viewport().rect()
    assert all(inside.contains(spot(view, key)) for key in view.items_by_key)
    middle = QPointF(inside.center())
    turn = QWheelEvent(
        middle, view.mapToGlobal(middle), QPoint(), QPoint(0, 120), Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(view.viewport(), turn)
    zoom = view.transform().m11()
    view.resize(600, 500)
    assert view.transform().m11() == zoom
