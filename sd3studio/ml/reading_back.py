"""Does a sentence say a fact, and anything that the scene contradicts? Judged on what our parser reads in it."""

from collections.abc import Iterator

from sd3studio.core.language.text_graph import Mention, TextGraph
from sd3studio.core.relations import RelationField
from sd3studio.core.scene.caption import Fact
from sd3studio.core.scene.predicates import GEOMETRIC_PREDICATES, INVERSE, Predicate
from sd3studio.core.scene.values import Scene
from sd3studio.ml.metrics.sentences import mention_matches

TRUE_FROM = 0.5
"""A relation that grades at most this is not so."""


def says(graph: TextGraph, fact: Fact, scene: Scene) -> bool:
    """Whether the sentence states the fact, in its own words or turned round ("the dog is behind the cat")."""
    wanted = (fact.subject, fact.predicate, fact.object)
    turned = (fact.object, INVERSE.get(fact.predicate), fact.subject)
    return any(claim in (wanted, turned) for claim in claims(graph, fact, scene))


def contradicts(graph: TextGraph, fact: Fact, scene: Scene, field: RelationField) -> bool:
    """Whether the sentence states anything between the fact's objects that isn't so, in whichever way it is meant."""
    same = scene.objects[fact.subject].label.lower() == scene.objects[fact.object].label.lower()
    for subject, predicate, object in claims(graph, fact, scene):
        if same and (subject, object) != (fact.subject, fact.object):
            continue  # of two of a kind the parser can't tell which is which
        if predicate in GEOMETRIC_PREDICATES and field.grade(subject, predicate, object) <= TRUE_FROM:
            return True
    return False


def claims(graph: TextGraph, fact: Fact, scene: Scene) -> Iterator[tuple[str, Predicate, str]]:
    """What the sentence says of the fact's two objects, by their ids; two of a kind both ways round."""
    for triple in graph.triples:
        for subject, object in ((fact.subject, fact.object), (fact.object, fact.subject)):
            mentions = (graph.mentions[triple.subject], graph.mentions[triple.object])
            if _means(mentions[0], subject, scene) and _means(mentions[1], object, scene):
                yield subject, triple.predicate, object


def _means(mention: Mention, key: str, scene: Scene) -> bool:
    return mention_matches(mention, scene.objects[key].label)
