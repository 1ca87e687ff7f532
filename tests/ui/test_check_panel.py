"""The check panel: it shows verdicts, and wishes leave it as signals."""

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from sd3studio.core.checking import AttributeCheck, CheckReport, ObjectCheck, RelationCheck
from sd3studio.core.messages import Try
from sd3studio.core.scene.predicates import Predicate
from sd3studio.ui import theme
from sd3studio.ui.panels.check import CheckPanel

REPORT = CheckReport(
    width=64,
    height=48,
    reader="id map",
    objects=(
        ObjectCheck(
            id="cat", label="cat", verdict="found", attributes=(AttributeCheck(attribute="red", verdict="holds"),)
        ),
        ObjectCheck(id="dog", label="dog", verdict="missing", why="No dog is seen.", expected=(4, 4, 20, 20)),
        ObjectCheck(id="extra-1", label="car", verdict="extra", found=(30, 4, 50, 20)),
    ),
    relations=(RelationCheck(subject="cat", predicate=Predicate.ON, object="dog", verdict="broken"),),
    notes=("A doubt.",),
)


@pytest.fixture
def panel(qtbot):
    made = CheckPanel()
    qtbot.addWidget(made)
    made.resize(420, 700)
    made.show()
    return made


def test_verdicts_are_listed_with_their_reasons_the_worst_first(panel):
    panel.show_report(REPORT, np.zeros((48, 64, 3), np.uint8))
    objects, relations = (panel.tree.topLevelItem(row) for row in (0, 1))
    assert [objects.child(row).text(1) for row in range(3)] == ["missing", "extra", "found"]
    assert objects.child(0).toolTip(0) == "No dog is seen." and objects.child(2).child(0).text(0) == "red"
    assert relations.child(0).text(0) == "cat on dog" and relations.child(0).text(1) == "broken"
    assert panel.summary.text().startswith("Score 0.40") and panel.doubts.text() == "A doubt."
    assert not panel.picture.pixmap().isNull()
    panel.clear_report()
    assert panel.tree.topLevelItemCount() == 0 and panel.picture.pixmap().isNull()


def test_a_chosen_line_names_its_objects(panel, qtbot):
    panel.show_report(REPORT)
    with qtbot.waitSignal(panel.objects_selected) as told:
        panel.tree.setCurrentItem(panel.tree.topLevelItem(1).child(0))
    assert told.args == [("cat", "dog")]


def test_the_search_is_asked_for_with_its_numbers(panel, qtbot):
    panel.target.setValue(0.8)
    panel.budget.setValue(7)
    panel.relations.setValue(2)
    with qtbot.waitSignal(panel.until_requested) as told:
        qtbot.mouseClick(panel.until_button, Qt.MouseButton.LeftButton)
    assert told.args == [pytest.approx(0.8), 7, 2]
    panel.show_searching(True)
    assert not panel.until_button.isEnabled() and panel.cancel_button.isVisible()


def test_tries_are_listed_and_one_can_be_shown(panel, qtbot):
    panel.show_tries((Try(2**62, b"", REPORT), Try(3, b"", REPORT)))
    assert panel.tries.count() == 2 and panel.tries.item(1).text().startswith("seed 3: 0.40, 1 found, 1 missing")
    with qtbot.waitSignal(panel.try_requested) as told:
        panel.tries.itemActivated.emit(panel.tries.item(0))
    assert told.args == [2**62]


def test_verdicts_take_the_colours_of_another_theme(panel, qapp):
    panel.show_report(REPORT)
    line = panel.tree.topLevelItem(0).child(0)
    before = line.foreground(1).color()
    try:
        theme.apply_theme(qapp, theme.LIGHT)
        panel.take_theme()
        assert line.foreground(1).color() != before and line.foreground(1).color().name() == theme.LIGHT.danger
    finally:
        theme.apply_theme(qapp, theme.DARK)


def test_in_a_low_panel_the_picture_is_small_and_the_verdicts_have_the_room(qtbot):
    panel = CheckPanel()
    qtbot.addWidget(panel)
    panel.show()
    panel.picture.show_pixels(np.zeros((64, 64, 3), np.uint8))
    heights = {}
    for height in (320, 900, 320):
        panel.resize(350, height)
        qtbot.waitUntil(lambda height=height: panel.height() == height)
        QTest.qWait(20)
        heights[height] = panel.picture.height(), panel.tree.height()
    assert panel.picture.isVisible() and heights[320][0] <= 90 < heights[900][0]
    assert heights[320][1] >= 100
