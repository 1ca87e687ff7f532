"""`sd3studio dataset`: makes, resumes, counts; and says what is wrong."""

import json
from pathlib import Path

import pytest

from sd3studio.cli.main import main
from sd3studio.core.synthesis import KINDS

pytestmark = pytest.mark.gl
MAKE = "dataset make --kind streets --count 3 --seed 5 --size 64 --shard 2 --captions 2 --quality draft --workers 1"


def test_a_data_set_is_made_and_counted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = tmp_path / "set"
    assert main([*MAKE.split(), "-o", str(place), "--json"]) == 0
    made = json.loads(capsys.readouterr().out)
    assert made["complete"]
    assert [shard["scenes"] for shard in made["shards"]] == [2, 1]
    assert main(["dataset", "show", str(place), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["scenes"] == 3 and len(told["version"]) == 64
    assert main(["dataset", "show", str(place)]) == 0
    assert "predicates_said" in capsys.readouterr().out
    assert main([*MAKE.split(), "-o", str(place)]) == 2
    assert "--resume" in capsys.readouterr().err
    assert main([*MAKE.split(), "-o", str(place), "--resume"]) == 0


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_scenes_can_be_asked_for(kind: str, tmp_path: Path) -> None:
    words = f"dataset make --kind {kind} --count 1 --size 64 --captions 1 --no-maps --workers 1"
    assert main([*words.split(), "-o", str(tmp_path / "set")]) == 0


def test_one_in_five_is_kept_to_judge_by(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    place = tmp_path / "set"
    words = "dataset make --kind rooms --count 10 --size 64 --captions 1 --quality draft --workers 1 --no-maps --split"
    assert main([*words.split(), "-o", str(place), "--json"]) == 0
    made = json.loads(capsys.readouterr().out)
    assert {name: (part["recipe"]["seed"], part["recipe"]["count"]) for name, part in made.items()} == {
        "train": (0, 8),
        "dev": (8, 2),
    }


def test_bad_numbers_are_sentences(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["dataset", "make", "--count", "0", "-o", str(tmp_path / "x")]) == 2
    assert "count" in capsys.readouterr().err
    assert main(["dataset", "show", str(tmp_path)]) == 2
    assert "no data set" in capsys.readouterr().err
