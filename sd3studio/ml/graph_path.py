"""2D graph -> 3D graph -> scene: what a sentence leaves open is filled in, and what a photo shows is told in space."""

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import torch

from sd3studio.core.catalogue import shipped_catalogue
from sd3studio.core.relations import RelationField
from sd3studio.core.relations.derive import TELLING
from sd3studio.core.scene.predicates import VSD_PREDICATES
from sd3studio.core.scene.values import Provenance, Relation, Scene
from sd3studio.ml.conditioning.graph_places import ROOM
from sd3studio.ml.conditioning.graph_tensors import KINDS, GraphVocabulary
from sd3studio.ml.diffusion.sampler import SamplerConfig
from sd3studio.ml.generation.graph_sampling import DEFAULT_SAMPLER, STEPS, Completed, completed
from sd3studio.ml.system import System
from sd3studio.ml.training.data.graphs import GraphObject, SceneGraph, Triple
from sd3studio.ml.training.sources.completions import words_condition

if TYPE_CHECKING:
    from sd3studio.ml.generation.graph_reading import ToRead
    from sd3studio.ml.nets.relation_reader import RelationReader

ALIKE = 0.5
"""Cosine of MiniLM embeddings from which on a tag that the vocabulary lacks is read as the nearest one it has."""

TOLD_FROM = 0.5
"""Relations of a photo that grade at most this are not told."""
SURE_FROM = 0.7
PHOTO_FACTS = 8
"""Relations of a photo that are kept, at most."""
TOLD_PREDICATES = frozenset(VSD_PREDICATES)


@dataclass(frozen=True)
class Reading:
    """A graph in the words of the vocabulary, and what had to be changed for it, in sentences.

    `kept` are the numbers of the given graph's things that it has, in its order.
    """

    graph: SceneGraph
    kept: tuple[int, ...]
    notes: tuple[str, ...]


def complete(
    graph: SceneGraph, text: str, seed: int, system: System, steps: int = STEPS, size_px: tuple[int, int] | None = None
) -> SceneGraph:
    """A 3D graph for a 2D one, sampled by the graph diffusion.

    Parameters
    ----------
    graph : what a text says (``tsg``) or a detector sees (``vsg``); things keep their key and the tag that they had
    text : the text itself, c^Y; may be empty
    steps : of the sampler
    size_px : width and height of the photo that boxes are in

    Returns
    -------
    What is told, as far as there is room (`graph_places.ROOM`), and what is added, which has no key and a score. An
    empty graph is completed to a scene out of the blue.
    """
    return completed_reading(read(graph, system.vocabulary), text, seed, system, steps, size_px).graph


def completed_reading(
    reading: Reading, text: str, seed: int, system: System, steps: int, size_px: tuple[int, int] | None = None
) -> Completed:
    """The completion of a graph, whose own things have their keys and tags again."""
    words, config = _words(text), _sampler(steps)
    generator = torch.Generator().manual_seed(seed)
    size = None if size_px is None else (float(size_px[0]), float(size_px[1]))
    found = completed(system, [reading.graph], generator, config, picture_px=[size], words=words)[0]
    things = []
    for thing, source in zip(found.graph.objects, found.of_source, strict=True):
        own = None if source is None else reading.graph.objects[source]
        things.append(thing if own is None else thing.replace(key=own.key))
    return Completed(found.graph.replace(objects=tuple(things)), found.of_source, found.left_out)


def read(graph: SceneGraph, vocabulary: GraphVocabulary) -> Reading:
    """The graph with tags that the vocabulary has, and no more things than there is room for.

    What a tag is not known by is, in this order: the category that the catalogue has it in, its last word, the nearest
    tag by meaning, and if none is near, unknown.
    """
    notes: list[str] = []
    room = dict(ROOM)
    kept: list[int] = []
    things: list[GraphObject] = []
    for k, thing in enumerate(graph.objects):
        if room[thing.kind] == 0:
            continue
        room[thing.kind] -= 1
        kept.append(k)
        tag = known_tag(thing.tag, thing.kind, vocabulary)
        if tag is None:
            notes.append(f"SD3 mini does not know “{thing.tag}”; it is filled in around it as around any thing.")
        elif tag != thing.tag:
            notes.append(f"SD3 mini does not know “{thing.tag}”; it takes it for “{tag}”.")
        things.append(thing.replace(tag=tag or thing.tag))
    if len(kept) < len(graph.objects):
        notes.append(
            f"The graph has {len(graph.objects):,} things; SD3 mini sees the first {len(kept)} of them "
            f"({ROOM['object']} objects at most). The others stay as they are."
        )
    new = {k: number for number, k in enumerate(kept)}
    triples: list[Triple] = [(new[s], p, new[o]) for s, p, o in graph.triples if s in new and o in new]
    return Reading(
        graph.replace(objects=tuple(things), triples=tuple(triples)), tuple(kept), tuple(dict.fromkeys(notes))
    )


def known_tag(tag: str, kind: str, vocabulary: GraphVocabulary) -> str | None:
    """The vocabulary's word for a tag, itself if it is one; None if none is near."""
    if (KINDS[kind], tag) in vocabulary.index or kind != "object":
        return tag if any((one, tag) in vocabulary.index for one in KINDS.values()) else None
    lowered = tag.strip().lower()
    last = lowered.rsplit(" ", 1)[-1]
    for candidate in (lowered, shipped_catalogue().category_of(lowered), last, shipped_catalogue().category_of(last)):
        if candidate is not None and (KINDS[kind], candidate) in vocabulary.index:
            return candidate
    return _nearest(lowered, vocabulary.objects)


def _nearest(tag: str, tags: tuple[str, ...]) -> str | None:
    from sd3studio.ml.embedding import embed

    likeness = _embedded(tags) @ embed([tag])[0]
    best = int(likeness.argmax())
    return tags[best] if likeness[best] >= ALIKE else None


@lru_cache(maxsize=2)
def _embedded(tags: tuple[str, ...]) -> np.ndarray:
    from sd3studio.ml.embedding import embed

    return embed(tags)


def graph_of_scene(scene: Scene, photo: bool = False) -> SceneGraph:
    """What a scene says as a 2D graph: things, attributes and stored relations; of a photo, things and their boxes."""
    shown = [
        thing
        for thing in scene.objects.values()
        if not thing.hidden and (not photo or (thing.kind == "object" and thing.photo_box is not None))
    ]
    index = {thing.id: k for k, thing in enumerate(shown)}
    nodes = tuple(
        GraphObject(
            key=thing.id,
            tag=thing.category if photo and thing.category else thing.label,
            kind=thing.kind,
            attributes=thing.attributes,
            box=thing.photo_box if photo else None,
            score=thing.provenance.score if photo else None,
        )
        for thing in shown
    )
    stated = [r for r in scene.relations if r.subject in index and r.object in index and r.frame == "camera"]
    triples = [(index[r.subject], r.predicate, index[r.object]) for r in stated]
    return SceneGraph(source="vsg" if photo else "tsg", objects=nodes, triples=tuple(dict.fromkeys(triples)))


def fill_in(scene: Scene, text: str, seed: int, system: System, steps: int = STEPS) -> tuple[Scene, tuple[str, ...]]:
    """A scene and what its sentence leaves open: companions, ground and room, each marked as added by the model.

    What is there stays as it is, so that its relations go on holding. What finds no room is left out. The system needs
    `companions.PARTS`.
    """
    from sd3studio.ml.generation.companions import with_companions
    from sd3studio.ml.graph_placing import with_added

    reading = read(graph_of_scene(scene), system.vocabulary)
    generator = torch.Generator().manual_seed(seed)
    found = with_companions(system, reading.graph, generator, _sampler(steps), _words(text))
    filled, left_out = with_added(scene, found, system.vocabulary.bins)
    notes = list(reading.notes)
    added = [thing.label for key, thing in filled.objects.items() if key not in scene.objects]
    notes.append(f"SD3 mini added: {', '.join(added)}." if added else "SD3 mini found nothing to add.")
    if left_out:
        notes.append(f"There was no room for: {', '.join(left_out)}.")
    return filled, tuple(notes)


def _sampler(steps: int) -> SamplerConfig:
    """The usual sampler in so many steps."""
    return replace(DEFAULT_SAMPLER, steps=steps)


def _words(text: str) -> torch.Tensor:
    """c^Y of one text, which may be empty."""
    return torch.from_numpy(words_condition([[text]] if text.strip() else [[]]).astype(np.float32))


def scene_of(graph: SceneGraph, base: Scene, system: System) -> Scene:
    """A scene with the things that a 3D graph has and it lacks (those without a key), placed."""
    from sd3studio.ml.graph_placing import with_added

    return with_added(base, graph, system.vocabulary.bins)[0]


def photo_facts(scene: Scene, system: System, limit: int = PHOTO_FACTS) -> tuple[Relation, ...]:
    """Relations in space between the things of a scene that was parsed from a photo; the most telling one of a pair.

    They are those that the relation reader sees in the boxes with at least `SURE_FROM` and that the measured geometry
    has, too. In pictures of 48 held-out scenes 92 % of them hold, and 81 % of the geometry's most salient ones
    (`metrics.photo_relations`). The system needs the part ``graph_relations``.
    """
    from sd3studio.ml.generation.graph_reading import read_relations

    to_read = _photo_to_read(scene, system)
    stated = read_relations(_reader(system), [to_read], system.vocabulary, SURE_FROM)[0]
    keys = [thing.key for thing in to_read.graph.objects]
    field = RelationField(scene)
    found: dict[frozenset[str], Relation] = {}
    likely = [one for one in stated if one.predicate in TOLD_PREDICATES]
    for one in sorted(likely, key=lambda one: -one.holding * TELLING[one.predicate]):
        subject, object = keys[one.subject], keys[one.object]
        if one.holding < SURE_FROM or frozenset((subject, object)) in found:
            continue
        if {subject, object} <= field.index.keys() and field.grade(subject, one.predicate, object) > TOLD_FROM:
            provenance = Provenance(source="model", score=round(min(one.holding, 1.0), 4), detail="SD3 mini")
            relation = Relation(subject=subject, predicate=one.predicate, object=object, provenance=provenance)
            found[frozenset((subject, object))] = relation
    return tuple(found.values())[:limit]


def _reader(system: System) -> "RelationReader":
    from sd3studio.ml.nets.relation_reader import RelationReader

    reader = system.parts["graph_relations"]
    assert isinstance(reader, RelationReader)
    return reader


def _photo_to_read(scene: Scene, system: System) -> "ToRead":
    """The boxes of a photo's things, by names that the vocabulary has, as the relation reader takes them."""
    from sd3studio.ml.generation.graph_reading import ToRead

    shown = scene.photo or scene.camera
    graph = read(graph_of_scene(scene, photo=True), system.vocabulary).graph.replace(triples=())
    count = len(graph.objects)
    return ToRead(graph, (1.0,) * count, (False,) * count, (float(shown.width), float(shown.height)))
