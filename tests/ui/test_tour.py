"""The guided tour points at real widgets and goes on when the user did the step, by real events."""

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtTest import QTest

from tests import fake_jobs
from tests.fake_jobs import two_things
from tests.ui.test_window import drag, on_screen

pytestmark = pytest.mark.gl
LEFT = Qt.MouseButton.LeftButton


@pytest.fixture(autouse=True)
def forget_jobs():
    fake_jobs.asked.clear()
    fake_jobs.fail_with.clear()


def area(window, widget):
    return QRect(widget.mapTo(window, QPoint(0, 0)), widget.size())


def test_five_steps_by_doing_them(window, qtbot):
    whole = []
    window.commands.actions["help.tour"].trigger()
    tour = window.tour
    tour.ended.connect(whole.append)
    assert tour.card.where.text() == "1 of 5"
    assert area(window, window.sentence).intersects(tour.ring.geometry())
    assert not tour.card.geometry().intersects(area(window, window.sentence))

    QTest.keyClicks(window.sentence, "a cup on a table")
    QTest.keyClick(window.sentence, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: tour.number == 1, timeout=5_000)
    start = on_screen(window, (0.3, -0.4, 0.6))
    drag(window.view, start, start + QPoint(80, 0))
    assert tour.number == 2 and window.catalogue_panel.isVisible()
    window.catalogue_panel.search.setText("chair")
    QTest.keyClick(window.catalogue_panel.search, Qt.Key.Key_Return)
    assert tour.number == 3
    qtbot.waitUntil(window.generate_panel.go.isVisible)
    QTest.mouseClick(window.generate_panel.go, LEFT)
    qtbot.waitUntil(lambda: tour.number == 4, timeout=5_000)
    card = tour.card
    strip = window.results.list
    item = next(strip.item(k) for k in range(strip.count()) if strip.item(k).text())
    place = strip.visualItemRect(item).center()
    QTest.mouseClick(strip.viewport(), LEFT, pos=place)
    QTest.mouseDClick(strip.viewport(), LEFT, pos=place)
    qtbot.waitUntil(lambda: whole == [True])
    assert window.tour is None and not card.isVisible()


def test_it_can_be_left_and_steps_can_be_skipped(window, qtbot):
    window.session.document.open(two_things())
    window.start_tour()
    tour = window.tour
    assert tour.number == 1, "a scene that is there need not be described"
    QTest.mouseClick(tour.card.next_button, LEFT)
    assert tour.number == 2
    QTest.mouseClick(tour.card.skip_button, LEFT)
    assert window.tour is None
    window.editing.nudge(0.1, 0.0)  # nothing listens any more


def test_the_welcome_offers_it(window, qtbot):
    from PySide6.QtWidgets import QPushButton

    button = next(b for b in window.welcome.findChildren(QPushButton) if b.text() == "Take the tour")
    QTest.mouseClick(button, LEFT)
    assert window.tour is not None
    window.resize(window.width() - 200, window.height() - 100)
    qtbot.waitUntil(lambda: window.rect().contains(window.tour.card.geometry()))
