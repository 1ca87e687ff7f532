"""The second look: what windows of a picture show that the whole did not, each thing once."""

import numpy as np

from sd3studio.core.checking.expecting import Expected, Sighting
from sd3studio.core.scene.values import Scene, SceneObject
from sd3studio.ml.checking import checker as module
from sd3studio.ml.checking.closer import closer_sightings, closer_windows, each_once
from sd3studio.ml.parsing.detection import Detection


class ShortSighted:
    """Sees a bright square, but only if it fills 5 % of what it is shown."""

    name = "short-sighted"

    def detect(self, pixels, threshold):
        rows, columns = np.nonzero(pixels[..., 0] > 200)
        if len(rows) < 0.05 * pixels[..., 0].size:
            return []
        box = (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
        return [Detection("cup", 0.8, tuple(map(float, box)))]


def test_a_small_thing_is_seen_in_a_window_at_its_place_in_the_picture():
    pixels = np.zeros((200, 300, 3), np.uint8)
    pixels[20:64, 20:66] = 255  # 3.4 % of the picture, 9 % of a window
    detector = ShortSighted()
    assert not detector.detect(pixels, 0.1)
    found = closer_sightings(detector, pixels, 0.1)
    assert [(one.label, one.box) for one in found] == [("cup", (20.0, 20.0, 66.0, 64.0))]


def test_what_the_edge_of_a_window_cuts_is_not_taken():
    pixels = np.zeros((200, 300, 3), np.uint8)
    pixels[100:200, 140:200] = 255  # every window but those that hold it whole cuts it
    boxes = {one.box for one in closer_sightings(ShortSighted(), pixels, 0.1)}
    assert boxes <= {(140.0, 100.0, 200.0, 200.0)}
    assert len(closer_windows(300, 200)) == 5


def test_one_thing_in_several_windows_counts_once_by_its_surest_sighting():
    seen = [
        Sighting("cup", 0.4, (0, 0, 10, 10)),
        Sighting("cup", 0.7, (0, 0, 10, 11)),
        Sighting("bowl", 0.5, (0, 0, 9, 9)),
    ]
    seen.append(Sighting("cup", 0.6, (50, 50, 60, 60)))
    assert [(one.label, one.score) for one in each_once(seen)] == [("cup", 0.7), ("cup", 0.6), ("bowl", 0.5)]


def test_a_thing_inside_the_sighting_of_another_one_is_told_apart_from_a_new_one(monkeypatch):
    chair = SceneObject(id="chair", label="chair")
    wanted = Expected(chair, (10, 10, 40, 60), (10, 10, 40, 60), 100, 100, frozenset({"chair"}))
    one = Sighting("chair", 0.9, (0, 0, 60, 100))
    inside, apart = Sighting("chair", 0.4, (10, 10, 40, 60)), Sighting("chair", 0.5, (100, 0, 140, 60))
    again = Sighting("chair", 0.8, (0, 0, 60, 98))
    monkeypatch.setattr(module, "layout_of", lambda *_: None)
    checker = module.Checker(Scene.of([chair]), 200, 200)
    checker.__dict__.update(controlled=(wanted,), _closer_control=())
    monkeypatch.setattr(checker, "_closer", lambda pixels: (inside, apart, again))
    seen, parts = checker._second_look(np.zeros((200, 200, 3), np.uint8), (one,), frozenset({"chair"}))
    assert seen == (one, apart) and parts == (inside,)
