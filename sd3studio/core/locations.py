"""Where things that ship with the program lie, and where the user's own data goes. No file is opened here."""

import os
from pathlib import Path

import platformdirs

_PACKAGE = Path(__file__).resolve().parents[1]


def _shipped(name: str) -> Path:
    """Folder `name` inside the installed package, else beside it (a checkout)."""
    inside = _PACKAGE / name
    return inside if inside.is_dir() else _PACKAGE.parent / name


RESOURCES: Path = _shipped("resources")
"""Meshes, icons, shaders, word lists, sample scenes and photos."""

MODELS: Path = _shipped("models")
"""Weights with their cards."""


SD3_MINI: Path = MODELS / "sd3-mini"
"""The trained system that ships with the program."""


def user_data() -> Path:
    """Folder for drafts, results and settings; `SD3STUDIO_HOME` overrides the place usual on this system."""
    chosen = os.environ.get("SD3STUDIO_HOME")
    return Path(chosen) if chosen else Path(platformdirs.user_data_dir("sd3studio", appauthor=False))
