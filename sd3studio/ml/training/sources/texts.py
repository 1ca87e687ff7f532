"""Sentences with the graph of what they say: the captions of rendered scenes, and those of VSD v1 and v2.

Of VSD only the images of the "train" split are used (see `annotated.split_of`), so that the others can be evaluated on.
Its captions have styles of their own (`said.STYLES`). A batch is of sentences of similar length: its first number
chooses the bucket, the others are taken from the same one.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import torch

from sd3studio.core.scene.predicates import Predicate
from sd3studio.ml.conditioning.graph_tensors import GraphVocabulary
from sd3studio.ml.conditioning.said import embeddings_of, said_batch, things_of, words_of
from sd3studio.ml.conditioning.text_tokens import PAD_ID, TextTokenizer, pointed
from sd3studio.ml.system import System
from sd3studio.ml.training.data.annotated import AnnotatedImage
from sd3studio.ml.training.data.graphs import GraphObject, SceneGraph
from sd3studio.ml.training.data.shards import Dataset
from sd3studio.ml.training.data.vsd import load_vsd
from sd3studio.ml.training.losses import Batch

MAX_TOKENS = 32
"""Longer sentences are left out."""

VSD_STYLES = {"vsd_v1": "short", "vsd_v2": "rich"}
MAX_FACTS = 4
PER_SCENE = 4
BUCKET = 2_048


@dataclass(frozen=True, slots=True)
class SaidText:
    """A sentence, the graph of what it says, and its style."""

    text: str
    graph: SceneGraph
    style: str


class TextSource:
    """Batches of texts: ``text`` (B, T) ids and what `said_batch` gives.

    Attributes
    ----------
    texts, ids : by length
    places : which of the given texts they are
    """

    def __init__(self, texts: Sequence[SaidText], tokenizer: TextTokenizer, vocabulary: GraphVocabulary | None) -> None:
        ids = tokenizer.encode_many([pointed(one.text, things_of(one.graph)) for one in texts])
        kept = (k for k, tokens in enumerate(ids) if len(tokens) <= MAX_TOKENS)
        self.places = sorted(kept, key=lambda k: (len(ids[k]), k))
        self.texts = [texts[k] for k in self.places]
        self.ids = [ids[k] for k in self.places]
        self.names = embeddings_of([word for one in self.texts for word in words_of(one.graph)])
        self.vocabulary = vocabulary

    @classmethod
    def open(
        cls,
        folder: Path,
        system: System,
        *,
        scenes: str = "graphs",
        vsd: str = "vsd",
        limit: int = 30_000,
        repeat_v1: int = 1,
        repeat_v2: int = 3,
    ) -> Self:
        """Read the data below a folder.

        Parameters
        ----------
        scenes : folder of the rendered data set; empty: none
        vsd : folder with ``vsd_v1_val.json`` and ``vsd_v2_val.json``; empty: none
        limit : at most so many captions of rendered scenes
        repeat_v1, repeat_v2 : how often the captions of VSD are counted
        """
        texts: list[SaidText] = []
        if scenes:
            texts += rendered_texts(Dataset(Path(folder) / scenes), limit)
        for name, repeat in (("vsd_v1", repeat_v1), ("vsd_v2", repeat_v2)) if vsd else ():
            images = load_vsd(Path(folder) / vsd / f"{name}_val.json")
            texts += [*vsd_texts((image for image in images if image.split == "train"), VSD_STYLES[name])] * repeat
        return cls(texts, system.tokenizer, system.vocabulary)

    def __len__(self) -> int:
        return len(self.texts)

    def batch(self, indices: Sequence[int], generator: torch.Generator) -> Batch:
        """Texts of one bucket: of the first index's; the other indices count within it."""
        start = indices[0] // BUCKET * BUCKET
        size = min(BUCKET, len(self) - start)
        return self.batch_of([start + index % size for index in indices], generator)

    def batch_of(self, chosen: Sequence[int], generator: torch.Generator | None) -> Batch:
        """These texts, in this order."""
        texts = [self.texts[k] for k in chosen]
        ids = padded([self.ids[k] for k in chosen])
        return {"text": ids} | said_batch(
            [one.graph for one in texts], [one.style for one in texts], self.vocabulary, generator, self.names
        )


def padded(rows: Sequence[Sequence[int]]) -> torch.Tensor:
    """(B, T) ids of rows of different lengths."""
    longest = max(map(len, rows), default=0)
    return torch.tensor([[*row, *[PAD_ID] * (longest - len(row))] for row in rows], dtype=torch.int64)


def rendered_texts(dataset: Dataset, limit: int) -> list[SaidText]:
    """At most `limit` captions of rendered scenes, the first `PER_SCENE` of each; no more is read than is needed."""
    texts: list[SaidText] = []
    for record in dataset.records():
        told = record.sentences[:PER_SCENE]
        texts += [SaidText(sentence.caption.text, sentence.graph, "plain") for sentence in told]
        if len(texts) >= limit:
            break
    return texts[:limit]


def vsd_texts(images: Iterable[AnnotatedImage], style: str) -> Iterator[SaidText]:
    """All captions of images."""
    for image in images:
        graph = vsd_graph(image)
        for caption in image.captions:
            if caption.strip():
                yield SaidText(caption, graph, style)


def vsd_graph(image: AnnotatedImage) -> SceneGraph:
    """The annotated triples with their boxes as the graph of what is to be said; the first `MAX_FACTS`."""
    triples = tuple(dict.fromkeys(image.triples))[:MAX_FACTS]
    used = list(dict.fromkeys(end for subject, _, object in triples for end in (subject, object)))
    place = {box: k for k, box in enumerate(used)}
    objects = tuple(
        GraphObject(tag=one.label, attributes=one.attributes, box=one.box) for one in (image.boxes[k] for k in used)
    )
    return SceneGraph(
        source="tsg",
        objects=objects,
        triples=tuple((place[s], Predicate(p), place[o]) for s, p, o in triples if s != o),
    )
