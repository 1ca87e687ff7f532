"""Scene graphs as training data: the gold 3DSG, what a caption says (TSG), what a detector sees (VSG), in one form.

As in the paper there are object, attribute and relation nodes; here attributes are kept with their object and relations
as triples, from which a codec makes nodes of its own.
"""

from collections.abc import Collection, Sequence
from typing import Annotated, Literal, Self

import numpy as np
from pydantic import Field, model_validator

from sd3studio.core.language.captions import GROUND
from sd3studio.core.relations import Bodies, Pairs, RelationField, View, derived_relations, grade_pairs
from sd3studio.core.scene.caption import Fact
from sd3studio.core.scene.predicates import Predicate
from sd3studio.core.scene.value import BoxPx, Unit, Value
from sd3studio.core.scene.values import Name, ObjectKind, Scene, SceneObject
from sd3studio.ml.training.data.tags import LayoutTags, TagBins

GraphSource = Literal["3dsg", "tsg", "vsg"]
Triple = tuple[Annotated[int, Field(ge=0)], Predicate, Annotated[int, Field(ge=0)]]
MAX_NODES = 500
TRUE_FROM = 0.5
"""A relation that grades at most this is not so."""

GROUND_LEVEL_M = 0.03


class GraphObject(Value):
    """An object node with its attribute nodes.

    Parameters
    ----------
    key : id of the scene's object that it stands for; empty for what is not there (a detector's mistake)
    tag : what it is called
    box, score : a detector's
    layout : tags of its geometry; None in 2D graphs
    """

    key: Annotated[str, Field(max_length=64)] = ""
    tag: Name
    kind: ObjectKind = "object"
    attributes: tuple[Name, ...] = ()
    box: BoxPx | None = None
    score: Unit | None = None
    layout: LayoutTags | None = None


class SceneGraph(Value):
    """Objects and (subject, predicate, object) by their index. Raises ValueError for indices that don't fit."""

    source: GraphSource
    objects: Annotated[tuple[GraphObject, ...], Field(max_length=MAX_NODES)] = ()
    triples: tuple[Triple, ...] = ()

    @model_validator(mode="after")
    def _indices_fit(self) -> Self:
        for subject, predicate, object in self.triples:
            if max(subject, object) >= len(self.objects) or subject == object:
                raise ValueError(f"the triple ({subject}, {predicate.value}, {object}) does not join two objects")
        return self

    def named(self) -> tuple[tuple[str, str, str], ...]:
        """The triples by tags, as TriRec compares them."""
        return tuple((self.objects[s].tag, p.value, self.objects[o].tag) for s, p, o in self.triples)


def gold_facts(field: RelationField, visible: Collection[str], per_object: float = 2.0) -> tuple[Fact, ...]:
    """The true relations between visible objects that say most, about `per_object` for each; at most two a pair."""
    facts = derived_relations(field, per_pair=2)
    kept = [fact for fact in facts if fact.subject in visible and fact.object in visible]
    return tuple(kept[: max(4, round(per_object * len(visible)))])


def gold_graph(scene: Scene, facts: Sequence[Fact], bins: TagBins, visible: Collection[str]) -> SceneGraph:
    """The 3DSG of a view: concept, stuff and visible objects; relations, what stands on the ground, and *part of*.

    Parameters
    ----------
    facts : relations between visible objects (`gold_facts`)
    bins : how layout tags are cut
    visible : ids of the objects and the stuff that the view shows; concepts are always in the graph
    """
    shown = [thing for thing in scene.objects.values() if thing.kind == "concept" or thing.id in visible]
    index = {thing.id: k for k, thing in enumerate(shown)}
    nodes = tuple(_node(thing, scene, bins) for thing in shown)
    triples: list[Triple] = [(index[f.subject], f.predicate, index[f.object]) for f in facts]
    triples += [(index[s], Predicate.ON, index[o]) for s, o in grounded(scene, visible)]
    triples += [(k, Predicate.PART_OF, index[thing.parent]) for k, thing in enumerate(shown) if thing.parent in index]
    return SceneGraph(source="3dsg", objects=nodes, triples=tuple(dict.fromkeys(triples)))


def _node(thing: SceneObject, scene: Scene, bins: TagBins) -> GraphObject:
    layout = bins.encode(thing, scene.camera) if thing.kind == "object" else None
    return GraphObject(key=thing.id, tag=thing.label, kind=thing.kind, attributes=thing.attributes, layout=layout)


def grounded(scene: Scene, visible: Collection[str]) -> list[tuple[str, str]]:
    """Visible objects that stand on a stretch of visible ground, and that ground."""
    stuff = [t for t in scene.objects.values() if t.kind == "stuff" and t.id in visible and is_ground(t.label)]
    low = [t for t in scene.solid_objects() if t.id in visible and t.center[2] - t.size[2] / 2.0 < GROUND_LEVEL_M]
    if not stuff or not low:
        return []
    grades = grade_pairs(Pairs(Bodies.of(low), Bodies.of(stuff)), Predicate.ON, View.of(scene.camera))
    return [(low[i].id, stuff[j].id) for i, j in np.argwhere(grades > TRUE_FROM).tolist()]


def is_ground(label: str) -> bool:
    """Whether stuff of this name is what things stand on."""
    return label.rsplit(" ", 1)[-1] in GROUND or label in ("tiles", "path", "lawn", "meadow", "beach")


def text_graph(scene: Scene, facts: Sequence[Fact], said: dict[str, tuple[str, ...]]) -> SceneGraph:
    """The TSG of a caption: only the objects, attributes and relations that it names.

    Parameters
    ----------
    facts : what it states
    said : object id -> the attributes that it names, in the order of the objects' first mention
    """
    index = {key: k for k, key in enumerate(said)}
    nodes = tuple(
        GraphObject(key=key, tag=scene.objects[key].label, kind=scene.objects[key].kind, attributes=attributes)
        for key, attributes in said.items()
    )
    triples = tuple((index[fact.subject], fact.predicate, index[fact.object]) for fact in facts)
    return SceneGraph(source="tsg", objects=nodes, triples=tuple(dict.fromkeys(triples)))
