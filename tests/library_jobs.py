"""A stand-in for the work on a photo: a scene that follows from the file's bytes alone, so that runs can be compared.

Names of files ask for trouble: ``broken`` can't be read, ``deadly`` kills its process, ``once`` does so the first time.
"""

import hashlib
import os
import time
from collections.abc import Iterator
from pathlib import Path

from sd3studio.core.errors import PhotoError
from sd3studio.core.language.caption_styles import caption_in_style
from sd3studio.core.messages import Finished, JobMessage, PhotoFacts, PhotoWork
from sd3studio.core.requests import WorkOnPhoto
from sd3studio.core.scene.values import PhotoRef, Provenance, Scene, SceneObject
from sd3studio.core.searching.packed import pack_scene

LABELS = ("dog", "couch", "person", "chair", "cup")


def scene_of(path: Path) -> Scene:
    """A scene of two to five things, by the file's bytes."""
    digest = hashlib.sha256(path.read_bytes()).digest()
    things = [
        SceneObject(
            id=f"thing-{i}",
            label=LABELS[digest[i] % len(LABELS)],
            center=(digest[i + 8] / 40.0 - 3.0, digest[i + 16] / 60.0, 0.5),
            provenance=Provenance(source="photo", score=0.9),
        )
        for i in range(2 + digest[31] % 4)
    ]
    photo = PhotoRef(path=str(path), width=64, height=48, sha256=hashlib.sha256(path.read_bytes()).hexdigest())
    return Scene.of(things, photo=photo)


def run(request: WorkOnPhoto) -> Iterator[JobMessage]:
    """As `sd3studio.ml.librarian.run`, in no time."""
    path = Path(request.photo)
    if "broken" in path.name:
        raise PhotoError(f"The picture {path.name} is damaged.")
    if "deadly" in path.name or ("once" in path.name and _first_time(path)):
        os._exit(9)
    time.sleep(0.01)
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    facts = PhotoFacts(sha256, int(sha256[:15], 16), 64, 48) if "look" in request.steps else None
    scene = scene_of(path) if "parse" in request.steps else request.scene
    caption = caption_in_style(scene, request.template, request.about) if "caption" in request.steps else None
    packed = pack_scene(scene) if "parse" in request.steps else None
    yield Finished(PhotoWork(facts, packed, caption))


def _first_time(path: Path) -> bool:
    mark = path.with_suffix(".seen")
    if mark.exists():
        return False
    mark.touch()
    return True
