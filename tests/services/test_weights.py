"""Weights are compared with their cards."""

import hashlib
from pathlib import Path

from sd3studio.services.weights import shipped_weights


def test_a_file_is_compared_with_the_card_beside_it(tmp_path: Path) -> None:
    for name in ("good", "changed", "bare"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "model.onnx").write_bytes(name.encode())
    hashed = hashlib.sha256(b"good").hexdigest()
    (tmp_path / "good" / "README.md").write_text(f"SHA-256 `{hashed.upper()}`")
    (tmp_path / "changed" / "README.md").write_text(f"SHA-256 `{hashed}`")
    (tmp_path / "good" / "notes.txt").write_text("no weights")
    found = {file.name: file.verdict for file in shipped_weights(tmp_path)}
    assert found == {
        "bare/model.onnx": "has no card",
        "changed/model.onnx": "differs from its card",
        "good/model.onnx": "as on its card",
    }


def test_no_folder_means_no_weights(tmp_path: Path) -> None:
    assert shipped_weights(tmp_path / "nothing") == ()


def test_the_weights_that_ship_are_as_on_their_cards() -> None:
    assert {file.verdict for file in shipped_weights()} == {"as on its card"}
