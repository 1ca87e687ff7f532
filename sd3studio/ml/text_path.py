"""A graph of what is to be said -> a sentence, by the text diffusion and its decoder, checked against the geometry.

G_T draws sentences from the graph alone, and writes others after drafts of the text diffusion; the one that all agree
on most is chosen (`writing.consensus`). Only the former judge: the drafts of so small a diffusion are less sure. Where
people's way of writing is free (VSD v2), sentence plans judge beside it (`sentence_plans`).
Captions of a scene are read back by the parser of sentences before they are shown: one that the scene contradicts or
from which the fact can't be read gives way to the caption made by rule, which says so (`Caption.maker`).
"""

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from sd3studio.core.errors import MissingModelError
from sd3studio.core.language.captions import captions_of
from sd3studio.core.language.naming import Name, names_of
from sd3studio.core.locations import SD3_MINI
from sd3studio.core.relations import RelationField
from sd3studio.core.scene.caption import Caption, Fact
from sd3studio.core.scene.predicates import VSD_PREDICATES, Predicate
from sd3studio.core.scene.values import Scene
from sd3studio.ml.conditioning.said import condition_of, said_batch, things_of
from sd3studio.ml.conditioning.text_tokens import NamedThing
from sd3studio.ml.drafts import CANVASES, draw_drafts
from sd3studio.ml.reading_back import contradicts, is_awkward, is_plain, says, says_apart, supposes, told_apart
from sd3studio.ml.sentence_plans import Asked, SentencePlans
from sd3studio.ml.training.data.annotated import AnnotatedImage
from sd3studio.ml.training.data.graphs import GraphObject, SceneGraph
from sd3studio.ml.training.sources.texts import vsd_graph
from sd3studio.ml.writing import Taste, consensus, draw_sentences

if TYPE_CHECKING:
    from sd3studio.ml.nets.text_codec import TextCodec
    from sd3studio.ml.parsing.relation_model import RelationModel
    from sd3studio.ml.system import System

DRAFTS = 4
"""Drafts of the text diffusion for each graph."""
DRAFTED = 2
"""Sentences that the decoder writes after each draft."""
SAMPLES = 48
"""Sentences that the decoder draws after no draft, from the graph alone: they tell which words are likely."""
CAPTION_SAMPLES = 16
BATCH_ROWS = 1_024
CHECKED = 4
"""Of the sentences about a fact, so many of the best are read back until one passes."""

TASTES: dict[str, Taste] = {
    "short": Taste(5.7, (0.95, 0.87, 0.79, 0.72), (7.6, 6.6, 5.6, 4.6), by_likelihood=True),
    "rich": Taste(1.0, (0.66, 0.42, 0.27, 0.19), (8.0, 7.0, 6.0, 5.0), word_gain=0.15),
    "plain": Taste(2.0, (0.9, 0.8, 0.7, 0.6), (8.0, 7.0, 6.0, 5.0), by_likelihood=True),
}
"""By style, see `writing.Taste`: round figures near those of runs, for "rich" on training images that were held out."""

PLANNED = ("rich",)
"""Styles with sentence plans."""
PLAN_SHARE = 0.5
"""How much the sentence plans say beside the decoder; BLEU-4 of held-out training images changed little around it."""

_VERB = re.compile(
    r"\b(is|are|has|have|can|there|sits?|stands?|lies?|rests?|hangs?|faces?|looks?|turns?)\b", re.IGNORECASE
)
"""Whole sentences are shown, no noun phrases ("a cup on the table")."""

RELATIONS = "relations"
"""Folder of the system with the relation model that is fitted on the training part of VSD only."""
PLANS = "sentence_plans"
"""Folder of the system with the sentence plans of VSD v2."""


@dataclass(frozen=True, slots=True)
class Told:
    """Sentences about one graph, best first."""

    sentences: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Drawn:
    """Sentences about one graph as ids: drawn from the graph alone, their log-likelihoods, and written after drafts."""

    ids: list[list[int]]
    likelihoods: list[float]
    drafted: list[list[int]]


def write(
    graphs: Sequence[SceneGraph],
    system: "System",
    *,
    seed: int = 0,
    styles: Sequence[str] | None = None,
    samples: int = SAMPLES,
    things: Sequence[Sequence[NamedThing]] | None = None,
    planned: Sequence[Mapping[str, float]] | None = None,
) -> list[Told]:
    """Sentences about graphs, best first.

    Parameters
    ----------
    styles : of `said.STYLES`, one a graph; None: "plain" for all
    samples : sentences drawn for each
    things : how the objects are called, if not by their tags
    planned : for each graph sentences with weights by others, which judge beside the decoder
    """
    styles = ["plain"] * len(graphs) if styles is None else styles
    called = [things_of(graph) for graph in graphs] if things is None else things
    generator = torch.Generator().manual_seed(seed)
    told: list[Told] = [Told(())] * len(graphs)
    for canvas in CANVASES:
        chosen = [k for k, graph in enumerate(graphs) if _canvas(graph) == canvas]
        size = max(1, BATCH_ROWS // samples)
        for start in range(0, len(chosen), size):
            some = chosen[start : start + size]
            drawn = _drawn([graphs[k] for k in some], [styles[k] for k in some], system, samples, canvas, generator)
            for k, rows in zip(some, drawn, strict=True):
                told[k] = _ranked(rows, called[k], styles[k], system, planned[k] if planned else {})
    return told


def _canvas(graph: SceneGraph) -> int:
    """Places for a draft: the smaller canvas for one fact."""
    return CANVASES[0] if len(graph.triples) <= 1 else CANVASES[1]


@torch.no_grad()
def _drawn(
    graphs: Sequence[SceneGraph],
    styles: Sequence[str],
    system: "System",
    samples: int,
    canvas: int,
    generator: torch.Generator,
) -> list[Drawn]:
    codec: TextCodec = system.parts["text_codec"]  # type: ignore[assignment]
    batch = said_batch(graphs, styles, system.vocabulary)
    condition, mask = condition_of(system, batch)
    objects, count = batch["said_objects"], len(graphs)
    empty = torch.full((count, canvas), system.transitions["text"].classes)
    alone = codec.read(empty, condition, mask, objects)
    ids, told = draw_sentences(codec, alone.rows(_each(count, samples)), generator)
    rows = _each(count, DRAFTS)
    drafts = draw_drafts(system, condition[rows], mask[rows], canvas, generator)
    after = codec.read(drafts, condition[rows], mask[rows], objects[rows])
    written, _ = draw_sentences(codec, after.rows(_each(len(rows), DRAFTED)), generator, temperature=0.5)
    parts = ids.view(count, samples, -1), told.view(count, samples), written.view(count, DRAFTS * DRAFTED, -1)
    return [Drawn(*(part[k].tolist() for part in parts)) for k in range(count)]


def _each(count: int, times: int) -> Tensor:
    """0, 0, ..., 1, 1, ...: each row so many times."""
    return torch.arange(count).repeat_interleave(times)


def _ranked(
    drawn: Drawn, things: Sequence[NamedThing], style: str, system: "System", planned: Mapping[str, float]
) -> Told:
    """Sampled ids as sentences, best first. What is written after drafts competes, the rest also judges."""
    taste = TASTES[style]
    evidence: dict[str, float] = {}
    for row, likelihood in zip(drawn.ids, drawn.likelihoods, strict=True):
        text = system.tokenizer.decode(row, things)
        if taste.by_likelihood:
            evidence[text] = math.exp(likelihood)
        else:
            evidence[text] = evidence.get(text, 0.0) + 1.0
    others = [system.tokenizer.decode(row, things) for row in drawn.drafted]
    return Told(tuple(text for text in consensus(joined(evidence, planned), taste, others) if text))


def joined(drawn: Mapping[str, float], planned: Mapping[str, float]) -> dict[str, float]:
    """Weights of the sentences of both; those of the plans make up `PLAN_SHARE` in all, if there are any."""
    share = PLAN_SHARE if planned else 0.0
    told: dict[str, float] = {}
    for some, part in ((drawn, 1.0 - share), (planned, share)):
        total = sum(some.values()) or 1.0
        for text, weight in some.items():
            told[text] = told.get(text, 0.0) + part * weight / total
    return told


# ---- for the evaluation on VSD


def triple_sentences(
    items: Sequence[AnnotatedImage],
    system: "System",
    *,
    style: str = "short",
    seed: int = 0,
    plans: SentencePlans | None = None,
) -> list[str]:
    """A sentence for each annotated image that says its triples, in the style of VSD v1 ("short") or v2 ("rich").

    Parameters
    ----------
    plans : judge beside the decoder (see `plans_of`)
    """
    planned = plans.sentences([_asked(item) for item in items]) if plans is not None else None
    graphs = [vsd_graph(item) for item in items]
    told = write(graphs, system, seed=seed, styles=[style] * len(items), planned=planned)
    return [one.sentences[0] if one.sentences else "" for one in told]


def _asked(item: AnnotatedImage) -> Asked:
    """The first triple of an image."""
    subject, predicate, other = item.triples[0]
    first, second = item.boxes[subject], item.boxes[other]
    return Asked(first.label, Predicate(predicate), second.label, (first.box, second.box))


@cache
def plans_of(style: str, folder: Path = SD3_MINI) -> SentencePlans | None:
    """The sentence plans of a system for a style; None if there are none."""
    there = style in PLANNED and (folder / PLANS).is_dir()
    return SentencePlans.load(folder / PLANS) if there else None


def box_sentences(
    items: Sequence[AnnotatedImage],
    system: "System",
    *,
    style: str = "short",
    seed: int = 0,
    relations: "RelationModel | None" = None,
    plans: SentencePlans | None = None,
) -> list[tuple[Predicate, str]]:
    """From the boxes and labels of each image's first pair: the predicate, and a sentence that says it.

    Parameters
    ----------
    relations : tells the predicate; None: the one fitted on the training part of VSD, beside the shipped weights
    plans : as of `triple_sentences`
    """
    found = predicates_of(items, relations)
    pairs = [
        item.replace(triples=((item.triples[0][0], p.value, item.triples[0][2]),))
        for item, p in zip(items, found, strict=True)
    ]
    return list(zip(found, triple_sentences(pairs, system, style=style, seed=seed, plans=plans), strict=True))


def predicates_of(items: Sequence[AnnotatedImage], relations: "RelationModel | None" = None) -> list[Predicate]:
    """The likeliest predicate of each image's first pair, from labels and boxes alone."""
    model = relations or _relations()
    first, second = ([item.boxes[item.triples[0][end]] for item in items] for end in (0, 2))
    odds = model.probabilities(
        [one.label for one in first],
        [one.box for one in first],
        [one.label for one in second],
        [one.box for one in second],
    )
    return [VSD_PREDICATES[k] for k in odds.argmax(1).tolist()]


@cache
def _relations() -> "RelationModel":
    from sd3studio.ml.parsing.relation_model import RelationModel

    folder = SD3_MINI / RELATIONS
    if not folder.is_dir():
        raise MissingModelError(
            f"The relation model of the training part is not in {folder}. Make it with: "
            "python -m sd3studio.ml.training.relation_model --split train --data vsd_v1_val.json -o " + str(folder)
        )
    return RelationModel.load(folder)


# ---- captions of a scene


def captions(
    scene: Scene, limit: int, seed: int, system: "System", field: RelationField | None = None
) -> tuple[Caption, ...]:
    """Captions as `captions_of` chooses them, each about one fact said by the nets where that passes the check.

    The sentence of the whole scene and those of several facts stay as the rules make them.
    """
    field = field if field is not None and field.scene is scene else RelationField(scene)
    ruled = captions_of(scene, limit, seed, field)
    names = names_of(scene, field)
    asked = [k for k, caption in enumerate(ruled) if _can_be_written(caption, names)]
    facts = [ruled[k].facts[0] for k in asked]
    graphs = [_graph_of(scene, fact) for fact in facts]
    called = [tuple(_called(names[key], scene.objects[key].attributes) for key in (f.subject, f.object)) for f in facts]
    told = write(graphs, system, seed=seed, samples=CAPTION_SAMPLES, things=called)
    written = dict(zip(asked, _passing(scene, field, facts, called, told), strict=True))
    return tuple(written.get(k) or caption for k, caption in enumerate(ruled))


def _can_be_written(caption: Caption, names: dict[str, Name]) -> bool:
    """One fact about two things that have names of their own."""
    if caption.scope != "pair" or len(caption.facts) != 1:
        return False
    fact = caption.facts[0]
    return fact.frame == "camera" and all(" of the " not in names[key].known for key in (fact.subject, fact.object))


def _graph_of(scene: Scene, fact: Fact) -> SceneGraph:
    ends = [scene.objects[key] for key in (fact.subject, fact.object)]
    objects = tuple(GraphObject(key=one.id, tag=one.label, kind=one.kind, attributes=one.attributes) for one in ends)
    return SceneGraph(source="3dsg", objects=objects, triples=((0, fact.predicate, 1),))


def _called(name: Name, attributes: Sequence[str]) -> NamedThing:
    """How a thing is called: by its noun, or where there are others of the kind by what tells it from them."""
    if name.siblings == 1:
        return NamedThing(name.noun, tuple(attributes))
    return NamedThing(name.known.removeprefix("the "), definite=True)


def _passing(
    scene: Scene,
    field: RelationField,
    facts: Sequence[Fact],
    called: Sequence[Sequence[NamedThing]],
    told: Sequence[Told],
) -> Iterator[Caption | None]:
    """For each fact the best sentence that says it, and nothing that the scene contradicts or doesn't tell, or None."""
    from sd3studio.ml.parsing.english import parse_many_english

    tried = [
        [
            text
            for text in one.sentences
            if _VERB.search(text) and is_plain(text, names) and not (is_awkward(text) or supposes(text, fact, scene))
        ]
        for fact, names, one in zip(facts, called, told, strict=True)
    ]
    tried = [some[:CHECKED] for some in tried]
    alike = [scene.objects[f.subject].label.lower() == scene.objects[f.object].label.lower() for f in facts]
    parsed = parse_many_english(
        told_apart(text, names) if same else text
        for some, same, names in zip(tried, alike, called, strict=True)
        for text in some
    )
    for fact, same, sentences in zip(facts, alike, tried, strict=True):
        good = None
        for text, graph in [(text, next(parsed)) for text in sentences]:
            said = says_apart(graph, fact.predicate) if same else says(graph, fact, scene)
            if good is None and said and (same or not contradicts(graph, fact, scene, field)):
                good = text
        yield None if good is None else Caption(text=good, facts=(fact,), maker="model", scope="pair")
