"""What stands on what, and dropping things."""

import pytest

from sd3studio.core.errors import SceneError
from sd3studio.core.layout import drop_to_support
from sd3studio.core.layout.standing import FLOOR, FREE, standing_of
from sd3studio.core.scene import Scene, SceneObject

TABLE = SceneObject(id="table", label="table", category="dining table", center=(0, 0, 0.375), size=(1.4, 0.8, 0.75))
CHAIR = SceneObject(id="chair", label="chair", category="chair", center=(3, 0, 0.45), size=(0.5, 0.5, 0.9))


def cup(x, y, base):
    return SceneObject(id="cup", label="cup", category="cup", center=(x, y, base + 0.05), size=(0.1, 0.1, 0.1))


def test_things_stand_on_the_floor_on_tables_on_seats_or_hang_free():
    things = [TABLE, CHAIR, cup(0.2, 0, 0.75), cup(3, 0, 0.45).replace(id="b"), cup(5, 5, 1.5).replace(id="c")]
    assert standing_of(things).on.tolist() == [FLOOR, FLOOR, 0, 1, FREE]


def test_what_is_carried_at_any_level_goes_along():
    tray = SceneObject(id="tray", label="tray", center=(0, 0, 0.77), size=(0.4, 0.3, 0.04))
    standing = standing_of([TABLE, tray, cup(0, 0, 0.79)])
    assert sorted(standing.carried_by(0)) == [1, 2]


def test_a_thing_in_a_crate_goes_along_with_it_but_a_couch_holds_nothing_inside():
    crate = SceneObject(id="crate", label="crate", center=(0, 0, 0.3), size=(0.6, 0.6, 0.6))
    assert standing_of([crate, cup(0, 0, 0.1)]).within.tolist() == [False, True]
    assert standing_of([crate.replace(category="couch"), cup(0, 0, 0.05)]).within.tolist() == [False, False]


@pytest.mark.parametrize(
    ("x", "y", "base", "level"),
    [
        (0, 0, 2.0, 0.75),
        (0, 0, 0.72, 0.75),
        (0, 0, 0.3, 0.0),
        (3, 0, 1.5, 0.9),
        (3, 0, 0.6, 0.45),
        (8, 8, 1.0, 0.0),
        (8, 8, -0.4, 0.0),
    ],
    ids=[
        "onto the table",
        "out of the table top",
        "below it",
        "onto the backrest",
        "onto the seat",
        "floor",
        "up to the floor",
    ],
)
def test_a_cup_drops_to_what_is_below_it(x, y, base, level):
    scene = Scene.of([TABLE, CHAIR, cup(x, y, base)])
    assert drop_to_support(scene, "cup").center == pytest.approx((x, y, level + 0.05))


def test_an_unknown_object_is_named():
    with pytest.raises(SceneError, match="ghost"):
        drop_to_support(Scene(), "ghost")
