"""Shared by all tests: a home of their own, where the real data lies, and the platform for Qt."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("studio", deadline=None, derandomize=True)  # a busy machine is no failure; the same cases
settings.register_profile("search", deadline=None)  # HYPOTHESIS_PROFILE=search: other cases each time
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "studio"))

os.environ.pop("QT_QPA_PLATFORM", None)
os.environ.setdefault("HF_HUB_OFFLINE", "1")

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(autouse=True)
def own_home(tmp_path, monkeypatch):
    """Settings, drafts and results of a test go to a folder of its own."""
    home = tmp_path / "studio-home"
    monkeypatch.setenv("SD3STUDIO_HOME", str(home))
    return home


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Folder with the real data to test against; skips where there is none."""
    folder = Path(os.environ.get("SD3STUDIO_TEST_DATA") or ROOT.parent / "shared" / "data")
    if not folder.is_dir():
        pytest.skip(f"real data is not at {folder} (set SD3STUDIO_TEST_DATA)")
    return folder
