"""The way of a user through the window, by real mouse and key events, each of which is counted.

As a program (``python -m tests.ui.walking HOME``) it walks half of it, then waits in the middle of a drag to be killed.
"""

import json
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from sd3studio.app import JOBS, App
from sd3studio.core.scene import Predicate, Relation
from sd3studio.core.scene.json_form import write_scene
from sd3studio.services.jobs import InlineRunner
from tests.ui.window_events import LEFT, NONE, click, drag_to, hover, on_screen, send_mouse

CTRL, SHIFT, ALT = (
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.AltModifier,
)
THINGS = ("dining table", "wooden chair", "closed book")
WISHES = (
    ("chair", Predicate.LEFT_OF, "dining-table"),
    ("chair", Predicate.FACING_AWAY, "dining-table"),
    ("book", Predicate.ON, "chair"),
)
"""The slides' prompt: the chair at the left of the table, its back to the table, the book on the chair."""


class Walker:
    """A user of a window: does one thing after another and counts clicks, drags, key chords and typed texts."""

    def __init__(self, window) -> None:
        self.window, self.actions = window, 0
        window.activateWindow()
        self.wait(window.isActiveWindow)

    @property
    def document(self):
        return self.window.session.document

    def key(self, key: Qt.Key, keys=Qt.KeyboardModifier.NoModifier, into: QWidget | None = None) -> None:
        """A key chord, in what has the focus."""
        self.actions += 1
        QTest.keyClick(into or QApplication.focusWidget() or self.window, key, keys)

    def type(self, text: str) -> None:
        """A text, in what has the focus."""
        self.actions += 1
        QTest.keyClicks(QApplication.focusWidget(), text)

    def click_on(self, name: str) -> None:
        """A click on a thing in the view."""
        self.actions += 1
        hover(self.window.view, self.place_of(name))
        click(self.window.view, self.place_of(name))

    def drag(self, name: str, by: QPoint) -> None:
        """Pull a thing over the floor."""
        self.actions += 1
        start = self.place_of(name)
        drag_to(self.window.view, start, start + by)

    def begin_drag(self, name: str, by: QPoint) -> None:
        """Pull a thing and hold the button."""
        view, start = self.window.view, self.place_of(name)
        hover(view, start)
        send_mouse(view, QEvent.Type.MouseButtonPress, start, LEFT, LEFT)
        send_mouse(view, QEvent.Type.MouseMove, start + by, NONE, LEFT)

    def place_of(self, name: str) -> QPoint:
        """A point of the view where the thing is seen and nothing is in front of it."""
        self.wait(lambda: self._spot_of(name) is not None)
        spot = self._spot_of(name)
        assert spot is not None
        return spot

    def _spot_of(self, name: str) -> QPoint | None:
        view, thing = self.window.view, self.document.scene.objects[name]
        (x, y, z), (w, d, h) = thing.center, thing.size
        parts = (0.0, 0.15, -0.15, 0.3, -0.3, 0.45, -0.45)
        spots = ((x + w * i, y + d * j, z + h * k) for k in (0.49, 0.3, 0.0, -0.3) for i in parts for j in parts)
        seen = (on_screen(self.window, spot) for spot in spots)
        good = (spot for spot in seen if view.pick((spot.x(), spot.y())) == name and not self._handle_at(spot))
        return next(good, None)

    def _handle_at(self, spot: QPoint) -> bool:
        gizmo = self.window.view.overlay.state.gizmo
        return gizmo is not None and gizmo.hit((spot.x(), spot.y())) is not None

    def choose(self, predicate: Predicate) -> None:
        """A digit, or a click on the row, in the menu of predicates."""
        menu = self.window.relating.predicates
        number = list(Predicate).index(predicate) + 1
        if number <= 9:
            self.key(Qt.Key(Qt.Key.Key_0 + number), into=menu)
        else:
            self.actions += 1
            QTest.mouseClick(menu, LEFT, pos=menu.actionGeometry(menu.rows[predicate]).center())

    def wait(self, until: Callable[[], bool], timeout_s: float = 60.0) -> None:
        """Let the window go on until something is so."""
        end = time.monotonic() + timeout_s
        while not until():
            if time.monotonic() > end:
                raise AssertionError(f"waited in vain; the window says {self.window.notices.texts()}")
            QTest.qWait(20)

    # -- the way ---------------------------------------------------------------------------------------------------

    def furnish(self) -> None:
        """Table, chair and book from the catalogue."""
        for name in THINGS:
            count = len(self.document.scene.objects)
            self.key(Qt.Key.Key_A, SHIFT, into=self.window.view)
            self.window.catalogue_panel.search.selectAll()
            self.type(name)
            self.key(Qt.Key.Key_Return)
            self.wait(lambda count=count: len(self.document.scene.objects) == count + 1)

    def relate(self) -> None:
        """Say of them what the slides say, with the relation tool."""
        for subject, predicate, other in WISHES:
            wanted = Relation(subject=subject, predicate=predicate, object=other).key
            self.key(Qt.Key.Key_R, ALT, into=self.window.view)
            self.click_on(subject)
            self.click_on(other)
            self.choose(predicate)
            self.wait(lambda wanted=wanted: wanted in {told.key for told in self.document.committed.relations})

    def undo_all(self) -> None:
        """To the beginning of the history."""
        while self.document.can_undo:
            self.key(Qt.Key.Key_Z, CTRL, into=self.window.view)

    def redo_all(self) -> None:
        """To its end."""
        while self.document.can_redo:
            self.key(Qt.Key.Key_Z, CTRL | SHIFT, into=self.window.view)


def real_jobs(app: App) -> None:
    """Let the jobs be the real ones, in this process; pictures are rendered, which needs no weights."""
    chosen = {"backend": "render", "width": 256, "height": 256, "check_pictures": False, "model_captions": False}
    app.settings = app.settings.replace(generation=app.settings.generation.replace(**chosen))
    app.jobs.close()
    app.jobs = app.make_queue(JOBS, _lanes())
    app.start = app.jobs.start_claiming


def _lanes() -> Mapping[str, InlineRunner]:
    return {name: InlineRunner() for name in ("engine", "quick", "downloads", "library")}


def main(home: str) -> None:
    """Half of the way: the room is built, a picture is asked for, the chair is in hand. Tells the scene, waits."""
    from sd3studio.ui import theme
    from sd3studio.ui.canvas.gl_format import set_default_format
    from sd3studio.ui.main_window import MainWindow

    set_default_format()
    qt = QApplication([])
    theme.apply_theme(qt, theme.DARK)
    app = App(Path(home))
    real_jobs(app)
    window = MainWindow(app)
    window.show()
    window.start()
    walker = Walker(window)
    walker.furnish()
    walker.relate()
    walker.key(Qt.Key.Key_Return, CTRL, into=window.view)
    walker.begin_drag("chair", QPoint(-60, 10))
    told = {
        "scene": json.loads(write_scene(walker.document.committed)),
        "held": json.loads(write_scene(walker.document.scene)),
        "steps": len(walker.document.steps),
        "actions": walker.actions,
    }
    print(json.dumps(told), flush=True)
    qt.exec()


if __name__ == "__main__":
    main(sys.argv[1])
