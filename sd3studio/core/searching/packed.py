"""A scene as it is kept in a library: compressed JSON, its hash, and what is searched."""

import hashlib
import zlib
from dataclasses import dataclass

from sd3studio.core.errors import DataError
from sd3studio.core.relations import RelationField
from sd3studio.core.scene.json_form import MAX_BYTES, read_scene, write_scene
from sd3studio.core.scene.values import Scene
from sd3studio.core.searching.index import index_of
from sd3studio.core.searching.signature import signature_bytes


@dataclass(frozen=True, slots=True)
class PackedScene:
    """A scene as it is stored, with what is searched; made where there is time for it (a worker process).

    Parameters
    ----------
    data : compressed JSON
    hash : SHA-256 of the JSON
    things : the search index, as text
    signature : vector for "more like this", half floats
    """

    data: bytes
    hash: str
    things: str
    signature: bytes


def pack_scene(scene: Scene, field: RelationField | None = None) -> PackedScene:
    """The scene as it is stored. `field` are its graded relations, if they are at hand."""
    text = write_scene(scene, indent=None).encode()
    index = index_of(scene, field)
    return PackedScene(
        zlib.compress(text, 6), hashlib.sha256(text).hexdigest(), index.to_text(), signature_bytes(index)
    )


def unpack_scene(data: bytes, name: str) -> Scene:
    """The scene in a stored form. Raises `SceneError` or `DataError` naming it."""
    try:
        text = zlib.decompressobj().decompress(data, MAX_BYTES)
    except zlib.error as error:
        raise DataError(f"The scene of {name} is damaged ({error}). Parse the photo again.") from error
    return read_scene(text, f"the scene of {name}")
