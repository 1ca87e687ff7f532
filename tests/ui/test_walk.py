"""The whole loop by hand: build a room, make a picture, check it, change a thing, draw only that anew, undo, redo.

Once in one go, and once with the window killed in the middle of it, a thing in the hand.
"""

import io
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import QPoint, Qt

from sd3studio.core.relations import grade_of
from sd3studio.core.scene import Relation, Scene
from sd3studio.core.scene.json_form import read_scene
from sd3studio.services.scene_files import read_png_request
from tests.ui.walking import ALT, CTRL, SHIFT, WISHES, Walker, real_jobs

pytestmark = pytest.mark.gl
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def app(app):
    """The application with its real jobs: solver, renderer, check."""
    real_jobs(app)
    app.jobs.start_claiming()
    return app


@pytest.fixture
def walker(request, window):
    return Walker(window)


def test_the_room_of_the_slides_from_nothing_and_back(walker):
    walker.furnish()
    walker.relate()
    assert walker.actions <= 25
    assert_as_the_slides_say(walker.document.committed)
    change_and_go_to_both_ends(walker)


def test_a_kill_in_the_middle_loses_nothing_and_the_walk_goes_on(own_home, request):
    told = killed_window(own_home)
    walker = Walker(request.getfixturevalue("window"))
    scene = read_scene(json.dumps(told["scene"]).encode())
    assert told["actions"] <= 26 and told["held"] != told["scene"], "a thing was in the hand when the window died"
    assert walker.document.committed == scene
    assert len(walker.document.steps) == told["steps"]
    assert any("recovered" in text for text in walker.window.notices.texts())
    walker.wait(lambda: len(pictures(walker)) == 1)
    assert read_png_request(pictures(walker)[0]).scene.objects == scene.objects
    change_and_go_to_both_ends(walker)


def killed_window(home):
    """What another window tells of itself just before it is killed."""
    path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    command = [sys.executable, "-m", "tests.ui.walking", str(home)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": path}) as child:
        assert child.stdout is not None
        told = child.stdout.readline()
        child.send_signal(signal.SIGKILL)
    assert told, "the window ended by itself"
    return json.loads(told)


def assert_as_the_slides_say(scene):
    assert sorted(scene.objects) == ["book", "chair", "dining-table"]
    for subject, predicate, other in WISHES:
        assert grade_of(scene, subject, predicate, other, "camera") >= 0.5, (subject, predicate, other)
    assert {told.key for told in scene.relations} == {
        Relation(subject=subject, predicate=predicate, object=other).key for subject, predicate, other in WISHES
    }


def change_and_go_to_both_ends(walker):
    """Generate, check, move the chair, draw only that anew, undo to the start, redo to the end."""
    window, document = walker.window, walker.document
    if not pictures(walker):
        walker.key(Qt.Key.Key_Return, CTRL, into=window.view)
        walker.wait(lambda: len(pictures(walker)) == 1)
    (first,) = pictures(walker)
    walker.wait(lambda: window.results.paths() == [first])
    walker.wait(window.commands.actions["make.check"].isEnabled)
    walker.key(Qt.Key.Key_K, CTRL | SHIFT, into=window.view)
    walker.wait(lambda: first in window.checking.reports)
    report = window.checking.reports[first]
    assert report.score == 1.0 and {check.verdict for check in report.objects} == {"found"}, report
    before = document.committed
    walker.drag("chair", QPoint(-50, 0))
    assert all(document.committed.objects[key] != before.objects[key] for key in ("chair", "book")), "it is carried"
    assert document.committed.objects["dining-table"] == before.objects["dining-table"]
    assert_as_the_slides_say(document.committed)
    walker.key(Qt.Key.Key_Return, ALT, into=window.view)
    walker.wait(lambda: len(pictures(walker)) == 2)
    (second,) = set(pictures(walker)) - {first}
    assert read_png_request(second).keep is not None
    assert 0.0 < changed_part(first, second) < 0.5, "only what changed was drawn anew"
    last, steps = document.committed, len(document.steps)
    walker.undo_all()
    assert document.committed == Scene()
    walker.redo_all()
    assert document.committed == last and len(document.steps) == steps
    assert sorted(pictures(walker)) == sorted([first, second])


def pictures(walker):
    return list(walker.window.app.results.glob("*.png"))


def changed_part(first, second):
    """The share of pixels in which two pictures of the same size differ."""
    one, other = (np.asarray(Image.open(io.BytesIO(path.read_bytes())).convert("RGB")) for path in (first, second))
    return float((one != other).any(axis=2).mean())
