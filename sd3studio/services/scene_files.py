"""Reading a scene, or the request behind a picture, from a file: `scene.json`, a PNG of ours, a project."""

from pathlib import Path

from sd3studio.core.errors import SceneError
from sd3studio.core.files import read_bounded
from sd3studio.core.png import SCENE_KEY, PictureRecord, is_png, read_record
from sd3studio.core.requests import GenerateImage
from sd3studio.core.scene.json_form import MAX_BYTES, read_scene
from sd3studio.core.scene.values import Scene
from sd3studio.services.projects import is_project, read_project_scene


def read_scene_file(path: Path) -> Scene:
    """The scene in a JSON file, a picture or a project. Raises `StudioError` naming the file and the field."""
    if is_project(_start_of(path), path):
        return read_project_scene(path)
    data = read_bounded(path, MAX_BYTES, SceneError)
    if is_png(data):
        return read_record(data, str(path)).request.scene
    return read_scene(data, str(path))


def read_png_record(path: Path) -> PictureRecord:
    """What a picture of ours carries. Raises `StudioError` naming the file."""
    return read_record(read_bounded(path, MAX_BYTES, SceneError), str(path))


def read_png_request(path: Path) -> GenerateImage:
    """The request that made a picture, so that it can be made again. Raises `StudioError` naming the file."""
    return read_png_record(path).request


def holds_scene(path: Path) -> bool:
    """Whether a file is to be read as a scene (JSON, a picture of ours, a project), not as a photo. Never raises."""
    if is_project(_start_of(path), path):
        return True
    try:
        with open(path, "rb") as file:
            start = file.read(64)
            if is_png(start):
                return SCENE_KEY.encode("latin-1") in start + file.read(65_536)
    except OSError:
        return path.suffix.lower() == ".json"
    return path.suffix.lower() == ".json" or start.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{")


def _start_of(path: Path) -> bytes:
    """The first bytes of a file; none if it can't be read, which whoever reads it whole then says."""
    try:
        with open(path, "rb") as file:
            return file.read(16)
    except OSError:
        return b""
