"""The versioned JSON form of a scene: what `scene.json` files, journals and pictures hold.

``{"format": "sd3studio-scene", "version": 1, "objects": [...], "relations": [...], "camera": {...}, ...}``; objects are
a list, in the order of the scene; every other field is named as in `Scene`.
"""

import json
from collections.abc import Callable
from typing import Any

from pydantic import ValidationError

from sd3studio.core.errors import SceneError
from sd3studio.core.scene.values import MAX_OBJECTS, Scene

FORMAT = "sd3studio-scene"
VERSION = 1
MAX_BYTES = 256_000_000

MIGRATIONS: dict[int, Callable[[dict[str, Any]], dict[str, Any]]] = {}
"""Version n -> function that turns a document of version n into one of version n + 1."""


LATER = ("bookmarks", "comments", "rejected")
LATER_OF_OBJECT = ("truncated", "occluded", "checked")
LATER_OF_RELATION = ("text", "kept")
"""Fields that came later. They are written only where they say something, so that every version 1 reads the others."""


def _leave_out(fields: dict[str, Any], later: tuple[str, ...]) -> None:
    for name in later:
        if not fields.get(name):
            fields.pop(name, None)


def scene_to_data(scene: Scene) -> dict[str, Any]:
    """The scene as plain JSON data."""
    data = scene.model_dump(mode="json", exclude_none=True)
    data["objects"] = list(data["objects"].values())
    for fields, later in ((data, LATER), *((item, LATER_OF_OBJECT) for item in data["objects"])):
        _leave_out(fields, later)
    for relation in (*data["relations"], *data.get("rejected", ())):
        _leave_out(relation, LATER_OF_RELATION)
    return {"format": FORMAT, "version": VERSION, **data}


def write_scene(scene: Scene, indent: int | None = 1) -> str:
    """The scene as JSON text; `read_scene` gives the equal scene back."""
    return json.dumps(scene_to_data(scene), indent=indent, ensure_ascii=False, allow_nan=False)


def read_scene(text: str | bytes, name: str = "the scene") -> Scene:
    """A scene from JSON text. Raises `SceneError` that names `name` and the field that is wrong."""
    if len(text) > MAX_BYTES:
        raise SceneError(f"{name} is too large: {len(text) / 1e6:.0f} MB, the limit is {MAX_BYTES / 1e6:.0f} MB.")
    try:
        data = json.loads(text, parse_constant=_refuse_constant)
    except UnicodeDecodeError as error:
        raise SceneError(f"{name} is not a text file in UTF-8.") from error
    except RecursionError as error:
        raise SceneError(f"{name} is nested too deeply to be a scene.") from error
    except ValueError as error:
        raise SceneError(f"{name} is not valid JSON: {error}.") from error
    return scene_from_data(data, name)


def scene_from_data(data: Any, name: str = "the scene") -> Scene:
    """A scene from plain JSON data. Raises `SceneError` that names `name` and the field that is wrong."""
    if not isinstance(data, dict) or data.get("format") != FORMAT:
        raise SceneError(f'{name} is not an SD3 Studio scene: "format" should be "{FORMAT}".')
    version = data.get("version")
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise SceneError(f'{name}: "version" should be a whole number from 1 on, not {version!r}.')
    if version > VERSION:
        raise SceneError(
            f"{name} was written by a newer SD3 Studio (scene version {version}; this one reads up to {VERSION}). "
            "Update the program to open it."
        )
    for step in range(version, VERSION):
        data = MIGRATIONS[step](data)
    return _validated({key: value for key, value in data.items() if key not in ("format", "version")}, name)


def _validated(fields: dict[str, Any], name: str) -> Scene:
    listed = fields.get("objects", [])
    if not isinstance(listed, list) or len(listed) > MAX_OBJECTS:
        raise SceneError(f'{name}: "objects" should be a list of at most {MAX_OBJECTS} objects.')
    objects: dict[str, Any] = {}
    for index, item in enumerate(listed):
        key = item.get("id") if isinstance(item, dict) else None
        if not isinstance(key, str):
            raise SceneError(f"{name}: objects[{index}] has no id.")
        if key in objects:
            raise SceneError(f"{name}: objects[{index}] has the id {key!r}, which another object has already.")
        objects[key] = item
    try:
        return Scene.model_validate({**fields, "objects": objects})
    except ValidationError as error:
        raise SceneError(f"{name}: {_first_problem(error, list(objects))}") from error


def _first_problem(error: ValidationError, ids: list[str]) -> str:
    first = error.errors()[0]
    path = ""
    for depth, part in enumerate(first["loc"]):
        if depth == 1 and first["loc"][0] == "objects" and part in ids:
            path += f"[{ids.index(str(part))}]"
        else:
            path += f"[{part}]" if isinstance(part, int) else f".{part}" if path else str(part)
    message = first["msg"].removeprefix("Value error, ")
    if first["type"] == "extra_forbidden":
        message = "is not a field of a scene"
    return f"{path}: {message}." if path else f"{message}."


def _refuse_constant(word: str) -> float:
    raise ValueError(f"{word} is not a number that a scene may hold")
