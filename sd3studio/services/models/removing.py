"""Forgetting a model of the user's, and deleting the files of one that this program downloaded."""

import shutil
from pathlib import Path

from sd3studio.core.errors import InputError
from sd3studio.core.settings import Settings
from sd3studio.services.models.inventory import remove_folder
from sd3studio.services.models.verifying import forget_hashes


def is_downloaded(home: Path, folder: Path) -> bool:
    """Whether this program downloaded a model to its own folder, so that it may delete it."""
    return folder.resolve().is_relative_to((home / "models").resolve())


def remove_model(home: Path, settings: Settings, name: str, *, delete: bool = False) -> tuple[Settings, Path]:
    """The settings without the user's folder of this name or path, and the folder; its hashes are forgotten.

    With `delete` its files go too. Raises `InputError` when there is no such folder, several of the name, or it is not
    this program's to delete.
    """
    changed, folder = remove_folder(settings, name)
    if delete and not is_downloaded(home, folder):
        raise InputError(
            f"{folder} was not downloaded by this program, so it is not deleted. Remove it without deleting."
        )
    forget_hashes(home, folder)
    if delete:
        shutil.rmtree(folder, ignore_errors=True)
    return changed, folder
