"""Promoting weights and going back; what is damaged or gone is passed over or told."""

import pytest

from sd3studio.core.errors import InputError
from sd3studio.core.training.in_use import SHIPPED, promote, promoted, roll_back, weights_in_use


def result(tmp_path, name):
    folder = tmp_path / name
    folder.mkdir()
    (folder / "model.safetensors").write_bytes(name.encode())
    return folder


def test_promoted_weights_are_copies_that_can_be_taken_back(tmp_path):
    home = tmp_path / "home"
    assert weights_in_use("sd3", home) == SHIPPED["sd3"]
    first = promote("sd3", "one", result(tmp_path, "a"), home)
    second = promote("sd3", "two", result(tmp_path, "b"), home)
    assert weights_in_use("sd3", home) == second
    assert (second / "model.safetensors").read_bytes() == b"b"
    assert roll_back("sd3", home) == first
    assert roll_back("sd3", home) == SHIPPED["sd3"]
    with pytest.raises(InputError, match="nothing to go back"):
        roll_back("sd3", home)
    assert weights_in_use("relations", home) == SHIPPED["relations"]


def test_a_promoted_folder_that_is_gone_is_passed_over(tmp_path):
    home = tmp_path / "home"
    first = promote("sizes", "one", result(tmp_path, "a"), home)
    second = promote("sizes", "two", result(tmp_path, "b"), home)
    (second / "model.safetensors").unlink()
    second.rmdir()
    assert weights_in_use("sizes", home) == first


def test_nothing_to_promote_and_a_damaged_list_are_sentences(tmp_path):
    with pytest.raises(InputError, match="no weights"):
        promote("sd3", "one", tmp_path / "nothing", tmp_path)
    (tmp_path / "in-use.json").write_text("{]")
    with pytest.raises(InputError, match=r"in-use.json"):
        promoted(tmp_path)
