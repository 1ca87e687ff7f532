"""Pictures with their maps, slots and words, read from the shards of a data set as they are asked for."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from functools import lru_cache
from pathlib import Path
from typing import Any, Self

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import ValidationError
from torch import Tensor

from sd3studio.core.errors import DataError
from sd3studio.core.language.prompt import prompt_of
from sd3studio.core.scene.values import Scene
from sd3studio.ml.conditioning.graph_tensors import GraphVocabulary, tensors_of
from sd3studio.ml.conditioning.layout_map import (
    WORD_WIDTH,
    Slots,
    camera_numbers,
    depth_of,
    layout_rows,
    light_codes,
    phrases_of_prompt,
    slots_of,
)
from sd3studio.ml.nets.grid_codec import GridCodec
from sd3studio.ml.nets.object_codec import ObjectCodec
from sd3studio.ml.nets.surface import shadow_map
from sd3studio.ml.system import System
from sd3studio.ml.training.data.graphs import SceneGraph
from sd3studio.ml.training.data.records import SceneRecord
from sd3studio.ml.training.data.shards import Dataset
from sd3studio.ml.training.losses import Batch

ENCODED_AT_ONCE = 8
LOOKS_LEFT_OUT = 0.35
"""Of slots whose attribute words are not told in training, so that a scene without any can be painted, too."""
MESH_LEFT_OUT = 0.1
PROMPT_LEFT_OUT = 0.1
"""Of pictures without a prompt."""
PROMPT_CUT = 0.4
"""Of pictures with a part of their prompt only, so that a short one is understood."""


@dataclass(eq=False)
class _Known:
    """What is kept of a picture once it was asked for."""

    record: SceneRecord
    slots: Slots
    slot_of_id: NDArray[np.uint8]
    light: NDArray[np.int64]
    rows: NDArray[np.int64]
    shadow: NDArray[np.uint8] | None = None
    codes: Tensor | None = None
    phrases: tuple[str, ...] | None = None


class PictureSource:
    """Batches of pictures.

    Keys: ``pixels`` (B, H, W, 3) uint8; with maps those of `nets.surface` and the slots' (`slot_inputs`); with words
    ``words`` (B, P, 384), ``words_mask`` (B, P) of the prompt and ``layout`` (B, S, C); with graphs ``graph_*``, the
    gold 3DSG. With `tokens` ``codes`` (B, N, F) come in place of pixels and maps: for nets that read tokens alone,
    while the codec doesn't learn.

    Parameters
    ----------
    dataset : shards with maps; several data sets are read one after the other
    codec : makes the tokens; an `ObjectCodec` also says which numbers categories and meshes have. None: pixels alone
    vocabulary : of the graphs; None where there are none
    slots : S, places in a batch, the light's included
    words, graphs, tokens : what batches have
    """

    def __init__(
        self,
        dataset: Dataset | Sequence[Dataset],
        codec: ObjectCodec | GridCodec | None,
        vocabulary: GraphVocabulary | None = None,
        slots: int = 20,
        words: bool = False,
        graphs: bool = False,
        tokens: bool = False,
    ) -> None:
        datasets = [dataset] if isinstance(dataset, Dataset) else list(dataset)
        for one in datasets:
            if not one.index.recipe.settings.maps:
                raise DataError(f"The data set {one.folder} has no pictures. Make one without --no-maps.")
        if len(sides := {one.index.recipe.settings.size_px for one in datasets}) != 1:
            raise DataError(f"Pictures of one size are needed; these data sets have {sorted(sides)} px.")
        self.side_px = sides.pop()
        self.codec, self.vocabulary, self.places = codec, vocabulary, slots
        self.maps = codec if isinstance(codec, ObjectCodec) else None
        self.words, self.graphs, self.tokens = words, graphs, tokens
        shards = [(one.folder / entry.name, entry.scenes) for one in datasets for entry in one.index.shards]
        self._where = [(path, row) for path, scenes in shards for row in range(scenes)]
        self._known: dict[int, _Known] = {}
        self._lines: dict[Path, list[bytes]] = {}
        self._texts = Words()

    @classmethod
    def open(cls, folder: Path, system: System, *, folders: Sequence[str] = ("",), **options: Any) -> Self:
        """The pictures of the data sets `folders` below `folder`; options as of the class."""
        datasets = [Dataset(folder / name) for name in folders]
        return cls(datasets, system.parts.get("image_codec"), system.vocabulary, **options)  # type: ignore[arg-type]

    def __len__(self) -> int:
        return len(self._where)

    def batch(self, indices: Sequence[int], generator: torch.Generator) -> Batch:
        """These pictures. Some meshes, looks and prompts are left out by the generator's draws."""
        batch: Batch = {}
        if not self.tokens:
            batch = self.pictures(indices)
            if self.maps is not None:
                kept = torch.rand(batch["slot_mesh"].shape, generator=generator) >= MESH_LEFT_OUT
                batch["slot_mesh"] = batch["slot_mesh"] * kept
        else:
            batch["codes"] = self._codes(indices)
            if self.maps is not None:
                batch["slot_mask"] = torch.from_numpy(
                    np.stack([np.arange(self.places) < len(self._look_up(k).slots) for k in indices])
                )
        if self.words:
            batch |= self._words([self._look_up(k) for k in indices], generator)
        if self.graphs:
            batch |= self._graphs([self._look_up(k).record.gold for k in indices], generator)
        return batch

    def pictures(self, indices: Sequence[int]) -> Batch:
        """Pixels, and with an `ObjectCodec` all maps; nothing is left out."""
        batch: Batch = {"pixels": torch.from_numpy(np.stack([self._map("rgb", index) for index in indices]))}
        if self.maps is not None:
            known = [self._look_up(index) for index in indices]
            batch |= self._maps(known, indices)
            batch["shadow"] = self._shadows(known, batch)
        return batch

    @torch.no_grad()
    def _codes(self, indices: Sequence[int]) -> Tensor:
        """(B, N, F); each picture is encoded once."""
        assert self.codec is not None
        missing = [k for k in indices if self._look_up(k).codes is None]
        for start in range(0, len(missing), ENCODED_AT_ONCE):
            some = missing[start : start + ENCODED_AT_ONCE]
            for k, codes in zip(some, self.codec.encode(self.pictures(some)), strict=True):
                self._look_up(k).codes = codes
        return torch.stack([self._look_up(k).codes for k in indices])  # type: ignore[misc]

    def record(self, index: int) -> SceneRecord:
        """The record of a picture."""
        return self._look_up(index).record

    def slots_of(self, index: int) -> Slots:
        """The slots of a picture."""
        return self._look_up(index).slots

    def _maps(self, known: Sequence[_Known], indices: Sequence[int]) -> Batch:
        drawn = [
            (one.slot_of_id[self._map("id", k)], depth_of(self._map("depth", k)), self._map("normal", k))
            for one, k in zip(known, indices, strict=True)
        ]
        slot_map, depth, normal = (torch.from_numpy(np.stack(part)) for part in zip(*drawn, strict=True))
        slots = [slot_inputs(one.slots, one.rows, self.places) for one in known]
        stacked = {name: torch.from_numpy(np.stack([one[name] for one in slots])) for name in slots[0]}
        camera = torch.from_numpy(np.stack([camera_numbers(one.record.scene.camera) for one in known]))
        light = torch.from_numpy(np.stack([one.light for one in known]))
        maps = {"slot_map": slot_map, "depth": depth, "normal": normal}
        for name in ("part", "chart"):
            maps[f"{name}_map"] = torch.from_numpy(np.stack([self._surface(name, k) for k in indices]))
        return maps | {"camera": camera, "light": light, **stacked}

    def _surface(self, name: str, index: int) -> NDArray[np.uint8]:
        """The map of parts (H, W) or of charts (H, W, 2); zeros where a data set was made without."""
        path = self._where[index][0].with_suffix(".safetensors")
        if name in _opened(path).keys():  # noqa: SIM118  (not a dict)
            return self._map(name, index)
        shape = (self.side_px, self.side_px)
        return np.zeros((*shape, 2) if name == "chart" else shape, np.uint8)

    def _shadows(self, known: Sequence[_Known], batch: Batch) -> Tensor:
        """(B, h, w) uint8, as `shadow_map` has them; found once for each picture."""
        missing = [k for k, one in enumerate(known) if one.shadow is None]
        if missing:
            chosen = {name: value[missing] for name, value in batch.items()}
            found = (shadow_map(chosen, chosen["light"]) * 255.0).byte().numpy()
            for k, shadow in zip(missing, found, strict=True):
                known[k].shadow = shadow
        return torch.from_numpy(np.stack([one.shadow for one in known]))  # type: ignore[arg-type]

    def _words(self, known: Sequence[_Known], generator: torch.Generator) -> Batch:
        """The prompt's phrases and the layout rows, some words left out."""
        for one in known:
            if one.phrases is None:
                one.phrases = prompt_phrases(one.record.scene)
                self._texts.want((*one.phrases, *one.slots.labels, *filter(None, one.slots.looks)))
        phrases, looks = [], []
        for one in known:
            assert one.phrases is not None
            shares = torch.rand(len(one.phrases) + 2, generator=generator).tolist()
            least = 0.5 if shares[-1] < PROMPT_CUT else 0.0
            kept = [phrase for phrase, share in zip(one.phrases, shares, strict=False) if share >= least]
            phrases.append(kept if shares[-2] >= PROMPT_LEFT_OUT else [])
            dropped = torch.rand(len(one.slots), generator=generator).tolist()
            looks.append(
                [look if share >= LOOKS_LEFT_OUT else "" for look, share in zip(one.slots.looks, dropped, strict=True)]
            )
        return self._told([one.slots for one in known], phrases, looks)

    def _told(self, slots: Sequence[Slots], phrases: Sequence[Sequence[str]], looks: Sequence[Sequence[str]]) -> Batch:
        """``words``, ``words_mask`` and ``layout`` of pictures of which these phrases and looks of slots are told."""
        self._texts.want(text for some in (*phrases, *looks) for text in some if text)
        rows = [layout_rows(one, self._texts, some) for one, some in zip(slots, looks, strict=True)]
        words, mask = padded([_stacked([self._texts[phrase] for phrase in some]) for some in phrases])
        batch: Batch = {"words": words, "words_mask": mask}
        if self.maps is not None:
            layout = np.zeros((len(rows), self.places, rows[0].shape[1]), np.float32)
            for k, row in enumerate(rows):
                layout[k, : len(row)] = row[: self.places]
            batch["layout"] = torch.from_numpy(layout)
        return batch

    def _graphs(self, graphs: Sequence[SceneGraph], generator: torch.Generator | None) -> Batch:
        """``graph_*``; none without a vocabulary."""
        if self.vocabulary is None:
            return {}
        tensors = tensors_of(graphs, self.vocabulary, generator)
        return {f"graph_{one.name}": getattr(tensors, one.name) for one in fields(tensors)}

    def _look_up(self, index: int) -> _Known:
        if index not in self._known:
            shard, row = self._where[index]
            record = self._record(shard, row)
            id_map = self._map("id", index)
            slots = slots_of(record.scene, id_map, depth_of(self._map("depth", index)), self.places)
            slot_of_id = np.zeros(256, np.uint8)
            slot_of_id[id_map.ravel()] = slots.slot_map.ravel()
            self._known[index] = _Known(
                record=record,
                slots=slots,
                slot_of_id=slot_of_id,
                light=light_codes(record.scene.light, record.scene.camera),
                rows=kind_rows(slots, self.maps),
            )
        return self._known[index]

    def _record(self, shard: Path, row: int) -> SceneRecord:
        path = shard.with_suffix(".jsonl")
        if shard not in self._lines:
            self._lines[shard] = path.read_bytes().splitlines()
        try:
            return SceneRecord.model_validate_json(self._lines[shard][row])
        except (ValidationError, IndexError) as error:
            raise DataError(f"{path}, line {row + 1}, is no record of a scene: {error}.") from error

    def _map(self, name: str, index: int) -> NDArray:
        shard, row = self._where[index]
        path = shard.with_suffix(".safetensors")
        try:
            return _opened(path).get_slice(name)[row]
        except (OSError, KeyError) as error:
            raise DataError(f"The map {name} of {path} can't be read: {error}.") from error


class Words(dict[str, NDArray[np.float32]]):
    """Text -> its embedding (384,), computed when it is first asked for; `want` computes many at once."""

    def __missing__(self, text: str) -> NDArray[np.float32]:
        self.want([text])
        return self[text]

    def want(self, texts: Iterable[str]) -> None:
        """Compute those of these texts that aren't known."""
        from sd3studio.ml.embedding import embed

        missing = [text for text in dict.fromkeys(texts) if text not in self]
        if missing:
            self.update(zip(missing, embed(missing), strict=True))


def prompt_phrases(scene: Scene) -> tuple[str, ...]:
    """The scene's own prompt in phrases, its title (place and time of day) first."""
    return phrases_of_prompt(f"{scene.title}, {prompt_of(scene)}")


def slot_inputs(slots: Slots, rows: NDArray[np.int64], places: int) -> dict[str, NDArray]:
    """A picture's slots as arrays with `places` rows, (S, ...); rows (S, 2) are the codec's numbers (`kind_rows`)."""
    count = min(len(slots), places)
    frame = np.zeros((places, 3, 4), np.float32)
    frame[:, :, :3] = np.eye(3)
    frame[:count] = slots.frames[:count]
    kinds = np.zeros((places, 2), np.int64)
    kinds[:count] = rows[:count]
    mask = np.arange(places) < count
    stuff = np.zeros(places, bool)
    stuff[:count] = slots.stuff[:count]
    return {
        "slot_frame": frame,
        "slot_category": kinds[:, 0],
        "slot_mesh": kinds[:, 1],
        "slot_stuff": stuff,
        "slot_mask": mask,
    }


def kind_rows(slots: Slots, codec: ObjectCodec | None) -> NDArray[np.int64]:
    """(S, 2): the codec's numbers of category and mesh of each slot; zeros without one."""
    if codec is None:
        return np.zeros((len(slots), 2), np.int64)
    pairs = zip(slots.categories, slots.meshes, strict=True)
    return np.array([(codec.category_row(kind), codec.mesh_row(mesh)) for kind, mesh in pairs], np.int64)


def _stacked(vectors: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
    return np.stack(vectors) if vectors else np.zeros((0, WORD_WIDTH), np.float32)


def padded(rows: Sequence[NDArray]) -> tuple[Tensor, Tensor]:
    """Rows (n, C) of several samples as (B, N, C) float32 and their (B, N) bool mask; N is at least 1."""
    longest = max(1, *(len(some) for some in rows))
    values = np.zeros((len(rows), longest, rows[0].shape[1]), np.float32)
    mask = np.zeros((len(rows), longest), bool)
    for k, some in enumerate(rows):
        values[k, : len(some)], mask[k, : len(some)] = some, True
    return torch.from_numpy(values), torch.from_numpy(mask)


@lru_cache(maxsize=64)
def _opened(path: Path) -> Any:
    """The maps of a shard; the file stays mapped."""
    from safetensors import SafetensorError, safe_open

    try:
        return safe_open(path, "np")
    except (OSError, SafetensorError) as error:
        raise DataError(f"The maps of a shard, {path}, can't be read: {error}.") from error
