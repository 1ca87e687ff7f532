"""`sd3studio edit --room ... --in-place-of`: another plan for a room that stands."""

import pytest

from sd3studio.cli.main import main
from sd3studio.services.scene_files import read_scene_file


def test_a_room_gets_another_plan_in_its_place(tmp_path, capsys):
    first, then = tmp_path / "a.json", tmp_path / "b.json"
    assert main(["edit", "new", "--room", "4x3", "--door", "back", "-o", str(first)]) == 0
    assert main(["edit", str(first), "--room", "6x4x3", "--in-place-of", "room", "-o", str(then)]) == 0
    old, new = (read_scene_file(path) for path in (first, then))
    assert new.objects["floor"].size[:2] == pytest.approx((6.0, 4.0))
    assert "door" in old.objects and "door" not in new.objects
    assert main(["edit", str(first), "--room", "6x4", "--in-place-of", "nothing"]) == 2
    assert "no room 'nothing'" in capsys.readouterr().err
