"""The model manager in the window: what runs and why not, folders, hashes, downloads that can be stopped and go on."""

import struct

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QMessageBox

from sd3studio.services.models import NEEDS, Fitness, fetching
from sd3studio.ui.models_dialog import PATH_ROLE
from tests.services.models.test_fetching import SHA256, WEIGHTS, shelf  # noqa: F401 (a fixture)

pytestmark = pytest.mark.gl
LEFT = Qt.MouseButton.LeftButton
SMALL = struct.pack("<Q", 2) + b"{}"


@pytest.fixture
def manager(window, qtbot):
    window.commands.actions["file.models"].trigger()
    qtbot.waitUntil(window.models.dialog.isVisible)
    return window.models


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "my-detector"
    made.mkdir()
    (made / "model.safetensors").write_bytes(SMALL + bytes(1_000))
    (made / "README.md").write_text("---\nlicense: mit\n---\n")
    return made


def row(dialog, name):
    items = [dialog.models.topLevelItem(k) for k in range(dialog.models.topLevelItemCount())]
    return next(item for item in items if item.text(0).startswith(name))


def add(manager, qtbot, folder, monkeypatch):
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *args: str(folder))
    QTest.mouseClick(manager.dialog.add, LEFT)
    qtbot.waitUntil(lambda: "right" in manager.dialog.said.text(), timeout=10_000)


def test_parts_say_whether_they_run_and_why_not(manager):
    table = manager.dialog.backends
    found = {table.topLevelItem(k).text(0): table.topLevelItem(k) for k in range(table.topLevelItemCount())}
    assert found["Render"].text(1) == "runs"
    diffusers = found["Stable Diffusion"]
    assert diffusers.text(1) == "no model chosen" and "No model is chosen" in diffusers.toolTip(1)
    assert any("No model is chosen" in diffusers.child(k).text(0) for k in range(diffusers.childCount()))
    assert row(manager.dialog, "nanodet").text(2).endswith("MB")


def test_a_folder_is_added_verified_used_and_forgotten(manager, qtbot, folder, monkeypatch):
    add(manager, qtbot, folder, monkeypatch)
    dialog, settings = manager.dialog, manager.app.settings
    assert settings.model_folders == (str(folder),)
    assert row(dialog, "my-detector").text(3) == "mit"
    (folder / "model.safetensors").write_bytes(SMALL + bytes(999) + b"x")
    row(dialog, "my-detector").setSelected(True)
    QTest.mouseClick(dialog.verify, LEFT)
    qtbot.waitUntil(lambda: "model.safetensors of my-detector" in dialog.said.text(), timeout=10_000)
    assert "differs" in row(dialog, "my-detector").text(4)
    use = next(action for action in dialog.use_menu.actions() if action.data() == "detector")
    use.trigger()
    assert manager.app.settings.models.detector == str(folder)
    assert not dialog.delete.isEnabled(), "what was not downloaded here is not deleted"
    QTest.mouseClick(dialog.forget, LEFT)
    assert manager.app.settings.model_folders == () and folder.is_dir()


def test_what_does_not_run_says_why_in_a_line_that_is_open(manager):
    missing = Fitness("render", NEEDS["render"], ("The package trimesh is missing.",), (), 0, 1)
    manager.dialog.show_backends([missing])
    item = manager.dialog.backends.topLevelItem(0)
    assert item.text(1) == "does not run" and item.isExpanded()
    assert item.child(0).text(0) == "The package trimesh is missing."


def test_the_users_own_models_come_first_and_small_sizes_are_told(manager, qtbot, folder, monkeypatch):
    add(manager, qtbot, folder, monkeypatch)
    first, detector = manager.dialog.models.topLevelItem(0), row(manager.dialog, "detector")
    assert first.text(0).startswith("my-detector") and detector.text(1) == "ships with the program"
    assert detector.text(2).endswith(" kB") and not detector.text(2).startswith("0.0")


def test_a_folder_of_no_weights_is_a_sentence(manager, qtbot, tmp_path, monkeypatch):
    (tmp_path / "empty").mkdir()
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *args: str(tmp_path / "empty"))
    QTest.mouseClick(manager.dialog.add, LEFT)
    assert "no weights" in manager.dialog.said.text() and manager.app.settings.model_folders == ()


def test_nothing_is_downloaded_while_offline(manager, qtbot, shelf):  # noqa: F811
    dialog = manager.dialog
    QTest.keyClicks(dialog.name, f"{shelf.address}/model.safetensors")
    assert dialog.offline.isChecked() and not dialog.download.isEnabled()
    QTest.keyClick(dialog.name, Qt.Key.Key_Return)
    manager.download(f"{shelf.address}/model.safetensors", SHA256)
    assert "off the network" in dialog.said.text() and not shelf.asked


def test_a_download_by_address_is_checked_listed_and_can_be_deleted(manager, qtbot, shelf, monkeypatch):  # noqa: F811
    dialog = manager.dialog
    dialog.offline.click()
    assert not manager.app.settings.engine.offline
    QTest.keyClicks(dialog.name, f"{shelf.address}/model.safetensors")
    QTest.keyClicks(dialog.hash, SHA256)
    QTest.mouseClick(dialog.download, LEFT)
    qtbot.waitUntil(lambda: "right" in dialog.said.text(), timeout=20_000)
    item = row(dialog, "model")
    assert (manager.app.home / "models" / "model" / "model.safetensors").read_bytes() == WEIGHTS
    item.setSelected(True)
    monkeypatch.setattr(QMessageBox, "question", lambda *args: QMessageBox.StandardButton.Yes)
    QTest.mouseClick(dialog.delete, LEFT)
    assert not (manager.app.home / "models" / "model").exists()
    paths = [dialog.models.topLevelItem(k).data(0, PATH_ROLE) for k in range(dialog.models.topLevelItemCount())]
    assert not any(path.endswith("models/model") for path in paths)


def test_a_download_that_is_cancelled_goes_on_later(manager, qtbot, shelf, monkeypatch):  # noqa: F811
    monkeypatch.setattr(fetching, "PAUSES_S", (1.0, 1.0))
    shelf.breaks += [100_000]
    dialog = manager.dialog
    dialog.offline.click()
    QTest.keyClicks(dialog.name, f"{shelf.address}/model.safetensors")
    QTest.mouseClick(dialog.download, LEFT)
    qtbot.waitUntil(lambda: dialog.bar.maximum() > 0, timeout=10_000)
    QTest.mouseClick(dialog.cancel, LEFT)
    qtbot.waitUntil(lambda: dialog.said.text().startswith("Stopped."), timeout=10_000)
    assert not (manager.app.home / "models" / "model" / "model.safetensors").exists()
    QTest.mouseClick(dialog.download, LEFT)
    qtbot.waitUntil(lambda: "right" in dialog.said.text(), timeout=20_000)
    assert (manager.app.home / "models" / "model" / "model.safetensors").read_bytes() == WEIGHTS
    assert shelf.asked[-1].startswith("bytes=1")
