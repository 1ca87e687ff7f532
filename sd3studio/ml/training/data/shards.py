"""A data set on disk: shards of samples, each a JSON-lines file and a safetensors file, and an index.

``index.json`` says how the data set was asked for, its classes, and the shards with their hashes. ``shard-00000.jsonl``
has one `SceneRecord` a line, ``shard-00000.safetensors`` the maps (N, H, W[, 3]) in the same order, and
``shard-00000.json``, which is written last, their hashes: a shard without it does not exist. Nothing is ever pickled.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any, Self, TypeVar

import numpy as np
from pydantic import BaseModel, Field, ValidationError

from sd3studio.core.errors import DataError
from sd3studio.core.files import read_bounded, write_atomic
from sd3studio.core.scene.value import Value
from sd3studio.core.synthesis import KINDS
from sd3studio.ml.training.data.files import sha256
from sd3studio.ml.training.data.records import MAP_TYPES, Sample, SampleSettings, SceneRecord, class_names

V = TypeVar("V", bound=BaseModel)

VERSION = 1
INDEX = "index.json"
MAX_JSON_BYTES = 20_000_000
MAX_LINES_BYTES = 400_000_000
MAX_SHARDS = 100_000
KIND_NAMES = "|".join((*KINDS, "own"))
SPLITS = ("train", "dev")
"""Folders of a data set that is split: what is learnt from, and what is judged by."""


class DatasetRecipe(Value):
    """All that a data set's bytes depend on, besides the version of the program and, for maps, the OpenGL driver.

    Scene number i has the seed ``seed + i``. Scenes of the user's own have the kind ``"own"`` (see `own`), and
    `scenes_sha256` tells which ones.
    """

    kind: Annotated[str, Field(pattern=f"^({KIND_NAMES})$")]
    scenes_sha256: Annotated[str, Field(pattern="^([0-9a-f]{64})?$")] = ""
    count: Annotated[int, Field(ge=1, le=10_000_000)]
    seed: Annotated[int, Field(ge=0, le=2**53)] = 0
    shard_scenes: Annotated[int, Field(ge=1, le=4_096)] = 256
    settings: SampleSettings = SampleSettings()

    @property
    def shards(self) -> int:
        """How many shards it has."""
        return -(-self.count // self.shard_scenes)

    def seeds(self, shard: int) -> range:
        """Seeds of the scenes of a shard."""
        start = shard * self.shard_scenes
        return range(self.seed + start, self.seed + min(start + self.shard_scenes, self.count))


class ShardEntry(Value):
    """A finished shard: its name, number of scenes, and hashes of its two files (no maps: an empty one)."""

    name: Annotated[str, Field(pattern=r"^shard-\d{5}$")]
    scenes: Annotated[int, Field(ge=1)]
    records_sha256: str
    maps_sha256: str = ""


class DatasetIndex(Value):
    """What ``index.json`` holds."""

    version: int = VERSION
    recipe: DatasetRecipe
    classes: tuple[str, ...]
    complete: bool = False
    shards: Annotated[tuple[ShardEntry, ...], Field(max_length=MAX_SHARDS)] = ()


def version_in(folder: Path) -> str:
    """SHA-256 that tells a data set, or a part of one, from others: of its scenes, or of the recipe that made them.

    Raises `DataError` if there is none.
    """
    recipe = read_index(folder).recipe
    return recipe.scenes_sha256 or sha256(recipe.model_dump_json().encode())


def shard_name(number: int) -> str:
    """``shard-00012``."""
    return f"shard-{number:05d}"


def learnt_part(folder: Path) -> Path:
    """The part of a data set to learn from: of one that is split its ``train``, else all of it.

    Raises `DataError` if there is only a part to judge by.
    """
    if (folder / SPLITS[0] / INDEX).is_file():
        return folder / SPLITS[0]
    if (folder / SPLITS[1] / INDEX).is_file():
        raise DataError(
            f"The data set {folder} has nothing to learn from: its few scenes all belong to the part to judge by. One "
            "photo in five does, by what is in its file: add some more."
        )
    return folder


def write_shard(folder: Path, number: int, samples: Sequence[Sample]) -> ShardEntry:
    """Write one shard, its entry last. Raises `DataError` naming the file."""
    from safetensors.numpy import save

    name = shard_name(number)
    lines = b"".join(sample.record.model_dump_json(exclude_defaults=True).encode() + b"\n" for sample in samples)
    digest = ""
    if samples[0].maps:
        arrays = {key: np.stack([sample.maps[key] for sample in samples]) for key in MAP_TYPES}
        packed = save(arrays, {"format": "sd3studio-maps", "version": str(VERSION)})
        write_atomic(folder / f"{name}.safetensors", packed)
        digest = sha256(packed)
    write_atomic(folder / f"{name}.jsonl", lines)
    entry = ShardEntry(name=name, scenes=len(samples), records_sha256=sha256(lines), maps_sha256=digest)
    write_atomic(folder / f"{name}.json", entry.model_dump_json().encode())
    return entry


def finished_shard(folder: Path, number: int, recipe: DatasetRecipe) -> ShardEntry | None:
    """The entry of a shard that is there whole (its records are hashed again), else None."""
    name = shard_name(number)
    try:
        entry = ShardEntry.model_validate_json((folder / f"{name}.json").read_bytes())
        lines = (folder / f"{name}.jsonl").read_bytes()
    except (OSError, ValidationError):
        return None
    whole = entry.scenes == len(recipe.seeds(number)) and entry.records_sha256 == sha256(lines)
    has_maps = not recipe.settings.maps or (folder / f"{name}.safetensors").is_file()
    return entry if whole and entry.name == name and has_maps else None


def write_index(folder: Path, recipe: DatasetRecipe, shards: Sequence[ShardEntry], complete: bool) -> DatasetIndex:
    """Write ``index.json``."""
    index = DatasetIndex(recipe=recipe, classes=class_names(), complete=complete, shards=tuple(shards))
    write_atomic(folder / INDEX, index.model_dump_json(indent=1).encode())
    return index


def read_index(folder: Path) -> DatasetIndex:
    """The index of a data set. Raises `DataError` naming file and field."""
    path = folder / INDEX
    if not path.is_file():
        raise DataError(f"There is no data set in {folder}: {INDEX} is missing. Make one with: sd3studio dataset make")
    return _validated(DatasetIndex, read_bounded(path, MAX_JSON_BYTES, DataError), str(path))


class Dataset:
    """A data set that is read as it is needed: records by line, maps by slice.

    Raises `DataError` naming file and field for whatever is not as it should be.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = Path(folder)
        self.index = read_index(self.folder)

    @classmethod
    def complete(cls, folder: Path) -> Self:
        """A data set of which every shard is there. Raises `DataError` if one is missing."""
        found = cls(folder)
        if not found.index.complete:
            raise DataError(f"The data set {folder} is not finished. Go on with: sd3studio dataset make --resume")
        return found

    def __len__(self) -> int:
        return sum(entry.scenes for entry in self.index.shards)

    def records(self, shards: Sequence[int] | None = None) -> Iterator[SceneRecord]:
        """The records of some or all shards, by their place in the index, one after the other."""
        for entry in self._chosen(shards):
            yield from self._lines(entry)

    def samples(self, names: Sequence[str] = tuple(MAP_TYPES), shards: Sequence[int] | None = None) -> Iterator[Sample]:
        """Records with these maps; a shard's maps are read slice by slice."""
        from safetensors import SafetensorError, safe_open

        for entry in self._chosen(shards):
            path = self.folder / f"{entry.name}.safetensors"
            try:
                with safe_open(path, "np") as maps:
                    slices = {name: self._slice(maps, name, entry, path) for name in names}
                    for number, record in enumerate(self._lines(entry)):
                        yield Sample(record, {name: part[number] for name, part in slices.items()})
            except (OSError, SafetensorError) as error:
                raise DataError(f"The maps of a shard, {path}, can't be read: {error}.") from error

    def _slice(self, maps: Any, name: str, entry: ShardEntry, path: Path) -> Any:
        if name not in maps.keys():  # noqa: SIM118  (not a dict)
            raise DataError(f"{path} has no map {name!r}; it has: {', '.join(maps.keys())}.")
        part = maps.get_slice(name)
        size = self.index.recipe.settings.size_px
        if part.get_shape()[:3] != [entry.scenes, size, size]:
            raise DataError(
                f"{path}: {name} has the shape {part.get_shape()}, not [{entry.scenes}, {size}, {size}, ...]."
            )
        return part

    def _chosen(self, shards: Sequence[int] | None) -> Iterator[ShardEntry]:
        for number in range(len(self.index.shards)) if shards is None else shards:
            yield self.index.shards[number]

    def _lines(self, entry: ShardEntry) -> Iterator[SceneRecord]:
        path = self.folder / f"{entry.name}.jsonl"
        lines = read_bounded(path, MAX_LINES_BYTES, DataError)
        if sha256(lines) != entry.records_sha256:
            raise DataError(f"{path} is not what the index says (its hash differs). Delete it and go on with --resume.")
        for number, line in enumerate(lines.splitlines(), start=1):
            yield _validated(SceneRecord, line, f"{path}, line {number}")


def _validated(kind: type[V], data: bytes, where: str) -> V:
    """The value in JSON bytes. Raises `DataError` naming place and field."""
    try:
        return kind.model_validate_json(data)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        raise DataError(f"{where}: {field}: {first['msg']}.") from error
