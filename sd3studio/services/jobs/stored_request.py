"""Requests as rows of the queue's file: the scene is kept once per content, the rest of each request beside it."""

import hashlib
import json
from collections.abc import Callable
from typing import Any

from pydantic import ValidationError

from sd3studio.core.errors import JobError, StudioError
from sd3studio.core.requests import REQUEST, Request
from sd3studio.core.scene.json_form import read_scene, write_scene
from sd3studio.core.scene.values import Scene

KEPT_SCENES = 64
"""How many scenes that were read last are remembered, so that a batch shares one."""


def scene_text(request: Request) -> tuple[str, str]:
    """Hash and JSON text of the request's scene; two empty texts if it has none."""
    scene = getattr(request, "scene", None)
    if scene is None:
        return "", ""
    text = write_scene(scene, indent=None)
    return hashlib.sha256(text.encode("utf-8")).hexdigest(), text


def rest_text(request: Request) -> str:
    """JSON text of everything in the request but its scene."""
    return json.dumps(request.model_dump(mode="json", exclude={"scene"}), ensure_ascii=False, allow_nan=False)


class RequestReader:
    """Makes requests of rows again; equal scenes are read once."""

    def __init__(self) -> None:
        self._scenes: dict[str, Scene] = {}

    def read(self, rest: str, scene_hash: str, text_of: Callable[[str], str], name: str) -> Request:
        """The request; `text_of` gives the JSON text of a scene by its hash.

        Raises `JobError` naming the job and what this program can't read in it.
        """
        try:
            fields: dict[str, Any] = json.loads(rest)
            if scene_hash:
                fields["scene"] = self._scene(scene_hash, text_of, name)
            return REQUEST.validate_python(fields)
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"])
            raise JobError(f"{name} can't be read: field {where}: {first['msg']}. Add it once more.") from error
        except (StudioError, ValueError, TypeError) as error:
            raise JobError(f"{name} can't be read: {error} Add it once more.") from error

    def _scene(self, scene_hash: str, text_of: Callable[[str], str], name: str) -> Scene:
        if scene_hash not in self._scenes:
            while len(self._scenes) >= KEPT_SCENES:
                del self._scenes[next(iter(self._scenes))]
            self._scenes[scene_hash] = read_scene(text_of(scene_hash), f"the scene of {name}")
        return self._scenes[scene_hash]
