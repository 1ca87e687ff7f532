"""What a description or a detector tells of a scene, and the 3D graph that it is to be completed to.

A *description* is some captions of a scene taken together, with or without its setting (the concept and the stuff, as
prompts name them). The 3D graph to be found has all that the source tells of rightly, and beyond that every object
that is salient: of which at least `SALIENT` of the picture shows.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Self

import numpy as np
import torch
from numpy.typing import NDArray

from sd3studio.core.errors import DataError, InputError
from sd3studio.core.files import write_atomic
from sd3studio.ml.conditioning.graph_places import (
    FIRST_PLACE,
    OBJECT_PLACES,
    PLACES,
    Placed,
    given_places,
    on_canvas,
    placed,
    tensors_of_placed,
    unused_fields,
)
from sd3studio.ml.conditioning.graph_tensors import GraphVocabulary
from sd3studio.ml.nets.graph_codec import GraphCodec
from sd3studio.ml.system import System
from sd3studio.ml.training.data.files import sha256
from sd3studio.ml.training.data.graphs import GraphObject, SceneGraph, Triple
from sd3studio.ml.training.data.records import SceneRecord
from sd3studio.ml.training.data.shards import INDEX, Dataset
from sd3studio.ml.training.losses import Batch

SALIENT = 0.005
"""Half of what `DetectorErrors` calls small; below it a detector misses more than half."""

SETTING_TOLD = 0.5
"""Share of descriptions that name the setting."""
MORE_FACTS = 0.3
"""Share of descriptions to which facts of the gold graph are added, as if captions had told them, too."""
VARIANTS = 2
"""Descriptions of a scene that are drawn; later visits see one of them again."""

PHOTO_CELLS = 3
"""The photo condition is a grid of so many rows and columns of features."""
SENTENCES = 2
"""Captions whose embeddings are given, c^Y."""


@dataclass(frozen=True)
class Pair:
    """A source graph and the 3D graph that it is to be completed to, both on the canvas.

    Attributes
    ----------
    stated : (PLACES, 8) bool, nodes of the target that the source tells for certain
    """

    source: Placed
    target: Placed
    stated: NDArray[np.bool_]


def description(
    record: SceneRecord, sentences: Sequence[int], setting: bool, more: Sequence[Triple] = ()
) -> SceneGraph:
    """The graph of what some captions of a scene say together.

    Parameters
    ----------
    sentences : which of the record's
    setting : whether concept and stuff are named, too
    more : triples of the gold graph that are told besides
    """
    return union_of([record.sentences[k].graph for k in sentences], record.gold, setting, more)


def union_of(graphs: Sequence[SceneGraph], gold: SceneGraph, setting: bool, more: Sequence[Triple] = ()) -> SceneGraph:
    """One graph of several about the same things (by key), with the gold graph's setting or facts if asked.

    Things without a key are left out: nobody knows which of the scene's they are.
    """
    things: dict[str, GraphObject] = {}
    triples: list[tuple[str, str, str]] = []

    def take(thing: GraphObject, attributes: Sequence[str]) -> None:
        known = things.get(thing.key)
        told = tuple(dict.fromkeys((*(known.attributes if known else ()), *attributes)))
        things[thing.key] = GraphObject(key=thing.key, tag=thing.tag, kind=thing.kind, attributes=told)

    for graph in graphs:
        keys = [thing.key for thing in graph.objects]
        for thing in graph.objects:
            if thing.key:
                take(thing, thing.attributes)
        triples += [(keys[s], p, keys[o]) for s, p, o in graph.triples if keys[s] and keys[o] and keys[s] != keys[o]]
    for s, p, o in more:
        for k in (s, o):
            take(gold.objects[k], ())
        triples.append((gold.objects[s].key, p, gold.objects[o].key))
    if setting:
        for thing in gold.objects:
            if thing.kind != "object":
                take(thing, ())
    index = {key: k for k, key in enumerate(things)}
    joined = tuple(dict.fromkeys((index[s], p, index[o]) for s, p, o in triples))
    return SceneGraph(source="tsg", objects=tuple(things.values()), triples=joined)  # type: ignore[arg-type]


def pair_of(source: SceneGraph, record: SceneRecord, vocabulary: GraphVocabulary, salient: float = SALIENT) -> Pair:
    """The target of a source: its things keep their places; what is salient and not told takes the free ones.

    A thing that the scene does not have (a detector's invention), or has once (its second report), is to vanish.
    """
    side = _side(record)
    of_key: dict[str, int] = {}
    taken: set[int] = set()
    places = given_places(source)
    for thing, place in zip(source.objects, places, strict=True):
        if place is not None:
            taken.add(place)
            if thing.key:
                of_key.setdefault(thing.key, place)
    told = {thing.key: thing.attributes for thing in source.objects if source.source == "tsg"}
    goal: list[int | None] = []
    things: list[GraphObject] = []
    free = {kind: [p for p in _places(kind) if p not in taken] for kind in FIRST_PLACE}
    objects = [k for k, thing in enumerate(record.gold.objects) if thing.kind == "object"]
    order = [k for k, thing in enumerate(record.gold.objects) if thing.kind != "object"]  # ground comes first
    order += sorted(objects, key=lambda k: -record.pixels.get(record.gold.objects[k].key, 0))
    given: dict[int, int | None] = {}
    for k in order:
        thing = record.gold.objects[k]
        shown = record.pixels.get(thing.key, 0) / side**2
        if thing.key in of_key:
            given[k] = of_key[thing.key]
        elif thing.kind != "object" or shown >= salient:
            given[k] = free[thing.kind].pop(0) if free[thing.kind] else None
        else:
            given[k] = None
    for k, thing in enumerate(record.gold.objects):
        attributes = tuple(dict.fromkeys((*told.get(thing.key, ()), *thing.attributes)))
        things.append(thing.replace(attributes=attributes))
        goal.append(given[k])
    target = placed(record.gold.replace(objects=tuple(things)), goal, vocabulary)
    stated = np.zeros((PLACES, 8), bool)
    if source.source == "tsg":
        for key, place in of_key.items():
            stated[place, 0] = True
            stated[place, 6] = bool(told.get(key)) and place < OBJECT_PLACES
    return Pair(placed(source, places, vocabulary, picture_px=(side, side)), target, stated)


class CompletionSource:
    """Batches of pairs from both sources of each scene.

    Keys, for ``said`` (a description) and ``seen`` (a detector's graph): ``*_codes`` (B, M, 6) and ``*_mask`` (B, M) of
    the source graph's nodes, ``*_cells`` (B, M) where they lie on the canvas, ``*_target`` (B, PLACES, FIELDS) codes,
    ``*_stated`` (B, PLACES, FIELDS) bool. With conditions ``said_words`` (B, K, 384), ``seen_photo`` (B, L, 1280) and
    their masks ``said_words_mask``, ``seen_photo_mask``; scenes without have rows of False.
    """

    def __init__(
        self, records: Sequence[SceneRecord], system: System, conditions: Sequence["Conditions"] = (), seed: int = 0
    ) -> None:
        codec = system.parts.get("graph_codec")
        if system.vocabulary is None or not isinstance(codec, GraphCodec):
            raise InputError("The source completions needs a system with a vocabulary and a graph codec.")
        self.records, self.vocabulary, self.codec, self.seed = records, system.vocabulary, codec, seed
        self.conditions = tuple(conditions)
        self.photo = np.concatenate([one.photo for one in conditions]) if conditions else None
        self.words = np.concatenate([one.words for one in conditions]) if conditions else None
        self._pairs: dict[tuple[str, int, int], Pair] = {}

    @classmethod
    def open(
        cls,
        folder: Path,
        system: System,
        *,
        folders: Sequence[str] = ("",),
        conditions: bool = False,
        cache: str = "",
        seed: int = 0,
        scenes: int | None = None,
    ) -> Self:
        """All scenes of the data sets `folders` below `folder`, or the first `scenes` of each.

        Parameters
        ----------
        conditions : whether c^Y and c^I are given (c^I of data sets with pictures)
        cache : folder in which they are kept once computed
        """
        records: list[SceneRecord] = []
        found: list[Conditions] = []
        for name in folders:
            dataset = Dataset(Path(folder) / name)
            own = [record for record in dataset.records() if record.sentences][:scenes]
            if not own:
                raise DataError(f"There is no scene with a caption in {dataset.folder}.")
            records += own
            if conditions:
                found.append(conditions_of(dataset, own, cache))
        return cls(records, system, found, seed)

    def __len__(self) -> int:
        return len(self.records)

    def pair(self, kind: str, index: int, variant: int) -> Pair:
        """The pair of a scene from a ``"said"`` or ``"seen"`` source."""
        key = (kind, index, variant)
        if key not in self._pairs:
            record = self.records[index]
            source = record.detected if kind == "seen" else drawn_description(record, f"{self.seed}/{index}/{variant}")
            self._pairs[key] = pair_of(source, record, self.vocabulary)
        return self._pairs[key]

    def batch(self, indices: Sequence[int], generator: torch.Generator) -> Batch:
        """These scenes; which description is drawn."""
        variants = torch.randint(VARIANTS, (len(indices),), generator=generator).tolist()
        batch: Batch = {}
        for kind in ("said", "seen"):
            chosen = [0] * len(indices) if kind == "seen" else variants
            pairs = [self.pair(kind, index, k) for index, k in zip(indices, chosen, strict=True)]
            batch |= batch_of_pairs(pairs, kind, self.codec)
        for name, values in (("seen_photo", self.photo), ("said_words", self.words)):
            if values is not None:
                rows = torch.from_numpy(values[list(indices)].astype(np.float32))
                batch[name], batch[f"{name}_mask"] = rows, rows.abs().sum(-1) > 0.0
        return batch


@dataclass(frozen=True)
class Conditions:
    """c^I (N, L, 1280) float16 and c^Y (N, K, 384) float16 of scenes; zeros where there is none."""

    photo: NDArray[np.float16]
    words: NDArray[np.float16]


def batch_of_pairs(pairs: Sequence[Pair], kind: str, codec: GraphCodec) -> Batch:
    """Codes, cells and target of pairs, as entries ``kind_*`` of a batch."""
    batch = batch_of_sources([pair.source for pair in pairs], kind, codec)
    tensors, cells = tensors_of_placed([pair.target for pair in pairs])
    stated = torch.from_numpy(np.stack([pair.stated for pair in pairs]))
    batch[f"{kind}_target"] = on_canvas(codec.encode(tensors), cells, codec.empty_code())
    batch[f"{kind}_stated"] = stated.repeat_interleave(6, -1) | unused_fields()
    return batch


def batch_of_sources(sources: Sequence[Placed], kind: str, codec: GraphCodec) -> Batch:
    """Codes and cells of source graphs, as entries ``kind_*`` of a batch."""
    tensors, cells = tensors_of_placed(sources)
    return {f"{kind}_codes": codec.encode(tensors), f"{kind}_mask": tensors.mask, f"{kind}_cells": cells}


def drawn_description(record: SceneRecord, seed: str) -> SceneGraph:
    """A description of one to all captions of a scene."""
    rng = Random(f"description/{seed}")
    count = rng.choice((1, 2, 3, 4, 6, 8, 8))
    chosen = sorted(rng.sample(range(len(record.sentences)), min(count, len(record.sentences))))
    more: list[Triple] = []
    if rng.random() < MORE_FACTS:
        kinds = [thing.kind for thing in record.gold.objects]
        between = [t for t in record.gold.triples if kinds[t[0]] == kinds[t[2]] == "object"]
        more = [triple for triple in between if rng.random() < 0.5]
    return description(record, chosen, rng.random() < SETTING_TOLD, more)


def conditions_of(dataset: Dataset, records: Sequence[SceneRecord], cache: str = "", words: bool = True) -> Conditions:
    """c^I and c^Y of the first scenes of a data set, from the cache folder if they are there."""
    from safetensors.numpy import load_file, save

    digest = sha256((dataset.folder / INDEX).read_bytes() + f"{len(records)}/{PHOTO_CELLS}/{SENTENCES}".encode())[:16]
    kept = Path(cache) / f"conditions-{digest}.safetensors" if cache else None
    if kept is not None and kept.is_file():
        return Conditions(**load_file(kept))
    cells = PHOTO_CELLS**2
    photo = np.zeros((len(records), cells, 1280), np.float16)
    said = np.zeros((len(records), SENTENCES, 384), np.float16)
    if dataset.index.recipe.settings.maps:
        known = {record.seed: k for k, record in enumerate(records)}
        rows, pixels = [], []
        for sample in dataset.samples(("rgb",)):
            if sample.record.seed in known:
                rows.append(known[sample.record.seed])
                pixels.append(np.asarray(sample.maps["rgb"]))
            if len(pixels) == 32:
                photo[rows], rows, pixels = photo_condition(pixels), [], []
        if rows:
            photo[rows] = photo_condition(pixels)
        if words:
            said = words_condition([[one.caption.text for one in record.sentences] for record in records])
    found = Conditions(photo, said)
    if kept is not None:
        kept.parent.mkdir(parents=True, exist_ok=True)
        write_atomic(kept, save({"photo": found.photo, "words": found.words}))
    return found


def photo_condition(pixels: Sequence[NDArray[np.uint8]]) -> NDArray[np.float16]:
    """c^I of pictures: (B, PHOTO_CELLS ** 2, 1280), the net's grid averaged over larger cells."""
    from sd3studio.ml.features import image_features

    grid = torch.from_numpy(image_features(pixels).grid).permute(0, 3, 1, 2)
    pooled = torch.nn.functional.adaptive_avg_pool2d(grid, PHOTO_CELLS).flatten(2).transpose(1, 2)
    return pooled.numpy().astype(np.float16)


def words_condition(texts: Sequence[Sequence[str]]) -> NDArray[np.float16]:
    """c^Y: (B, SENTENCES, 384) MiniLM embeddings of the first sentences, zeros where there are fewer."""
    from sd3studio.ml.embedding import embed

    words = np.zeros((len(texts), SENTENCES, 384), np.float16)
    flat = [(row, k, text) for row, some in enumerate(texts) for k, text in enumerate(some[:SENTENCES])]
    if flat:
        vectors = embed([text for _, _, text in flat])
        for (row, k, _), vector in zip(flat, vectors, strict=True):
            words[row, k] = vector
    return words


def _side(record: SceneRecord) -> float:
    return float(record.scene.camera.width)


def _places(kind: str) -> range:
    starts = sorted((*FIRST_PLACE.values(), PLACES))
    start = FIRST_PLACE[kind]
    return range(start, starts[starts.index(start) + 1])
