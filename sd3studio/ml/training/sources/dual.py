"""Pictures with one of their sentences, in SD3 mini's own formats: what both directions of the duality term read.

The paper's: one scene gives the picture i and the sentence y of p(i|y) and p(y|i). Ours, where it is silent: p(i|y) is
told the sentence in all the ways in which the picture's diffusion can be told anything, and of the picture nothing else
than its geometry: the 3DSG with all that the sentence states (graph), the sentence cut into phrases (words), and the
attributes that it names (looks). p(y|i) is told the graph of what is to be said of the picture, as captions are made.

Beside the pairs a batch has the pictures told in the ordinary way (`sources.pictures`) and ordinary texts
(`sources.texts`, people's captions among them), so that neither diffusion forgets what it has learnt.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import torch

from sd3studio.core.errors import DataError, InputError
from sd3studio.ml.conditioning.layout_map import phrases_of_prompt
from sd3studio.ml.drafts import CANVASES
from sd3studio.ml.system import System
from sd3studio.ml.training.data.graphs import SceneGraph
from sd3studio.ml.training.data.shards import Dataset
from sd3studio.ml.training.losses import Batch
from sd3studio.ml.training.sources.pictures import PictureSource
from sd3studio.ml.training.sources.texts import SaidText, TextSource
from sd3studio.ml.training.sources.triples import joined_graph

PAIR = "pair_"
"""What is told of a picture and its sentence has this before the name that its own source gives it."""


class DualSource(PictureSource):
    """Batches of pictures that have a sentence, with one of theirs each.

    Keys: those of `PictureSource` with words, graphs and tokens; those of `TextSource`, if there are `texts`, as many
    as pictures; and of the same pictures and their sentences ``pair_words``, ``pair_words_mask``, ``pair_layout``,
    ``pair_graph_*``, ``pair_text`` and ``pair_said*``.

    The sentences of a batch are of one canvas, which the generator draws, where each picture has such a one.

    Parameters
    ----------
    system : with codecs, vocabulary and tokenizer
    texts : ordinary ones
    slots : as of `PictureSource`
    """

    def __init__(
        self, datasets: Sequence[Dataset], system: System, texts: TextSource | None = None, slots: int = 20
    ) -> None:
        if system.vocabulary is None or system.tokenizer is None:
            raise InputError("The source dual needs a system with a vocabulary and a tokenizer.")
        codec: Any = system.parts["image_codec"]
        super().__init__(datasets, codec, system.vocabulary, slots, words=True, graphs=True, tokens=True)
        told = [
            [SaidText(sentence.caption.text, sentence.graph, "plain") for sentence in record.sentences]
            for dataset in datasets
            for record in dataset.records()
        ]
        owners = [row for row, some in enumerate(told) for _ in some]
        self.texts = texts
        self.sentences = TextSource([one for some in told for one in some], system.tokenizer, system.vocabulary)
        of_row: dict[int, list[int]] = {}
        for number, place in enumerate(self.sentences.places):
            of_row.setdefault(owners[place], []).append(number)
        rows = sorted(of_row)
        self._where = [self._where[row] for row in rows]
        self.sentences_of = [of_row[row] for row in rows]
        """Of each picture the numbers of its sentences in `sentences`, shorter ones first."""

    @classmethod
    def open(  # type: ignore[override]
        cls,
        folder: Path,
        system: System,
        *,
        folders: Sequence[str] = ("",),
        texts: Mapping[str, Any] | None = None,
        **options: Any,
    ) -> Self:
        """The pictures of the data sets `folders` below `folder`, and with `texts` the options of a `TextSource` there.

        Raises `DataError` if no picture has a sentence.
        """
        ordinary = None if texts is None else TextSource.open(folder, system, **texts)
        found = cls([Dataset(Path(folder) / name) for name in folders], system, ordinary, **options)
        if not len(found):
            raise DataError(f"No scene of {folder} has a caption of at most {CANVASES[-1]} tokens.")
        return found

    def batch(self, indices: Sequence[int], generator: torch.Generator) -> Batch:
        """These pictures; which sentences and ordinary texts is drawn."""
        batch = super().batch(indices, generator)
        if self.texts is not None:
            numbers = torch.randint(len(self.texts), (len(indices),), generator=generator).tolist()
            batch |= self.texts.batch(numbers, generator)
        canvas = CANVASES[int(torch.randint(len(CANVASES), (), generator=generator))]
        shares = torch.rand(len(indices), generator=generator).tolist()
        chosen = [self._sentence(k, canvas, share) for k, share in zip(indices, shares, strict=True)]
        return batch | self.pairs(indices, chosen, generator)

    def pairs(self, indices: Sequence[int], chosen: Sequence[int], generator: torch.Generator | None = None) -> Batch:
        """``pair_*`` of pictures, each with its sentence, by their numbers in `sentences`."""
        known = [self._look_up(k) for k in indices]
        said = [self.sentences.texts[number] for number in chosen]
        phrases = [phrases_of_prompt(one.text) for one in said]
        looks = [looks_said(one.graph, picture.slots.keys) for one, picture in zip(said, known, strict=True)]
        self._texts.want(label for one in known for label in one.slots.labels)
        pair = self._told([one.slots for one in known], phrases, looks)
        graphs = [joined_graph(picture.record.gold, one.graph) for one, picture in zip(said, known, strict=True)]
        pair |= self._graphs(graphs, generator) | self.sentences.batch_of(chosen, generator)
        return {f"{PAIR}{name}": value for name, value in pair.items()}

    def _sentence(self, index: int, canvas: int, share: float) -> int:
        """One of a picture's sentences that fill a canvas and not the next smaller one; of all, if none does."""
        numbers = self.sentences_of[index]
        fitting = [number for number in numbers if _canvas(len(self.sentences.ids[number])) == canvas]
        return (some := fitting or numbers)[int(share * len(some))]


def looks_said(said: SceneGraph, keys: Sequence[str]) -> list[str]:
    """Attribute words of slots as far as a sentence names them; `keys` are the things' ids, "" for the light."""
    told = {thing.key: " ".join(thing.attributes) for thing in said.objects if thing.key}
    return [told.get(key, "") for key in keys]


def _canvas(tokens: int) -> int:
    return next(size for size in CANVASES if tokens <= size)
