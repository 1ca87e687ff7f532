"""Does a sentence say a fact, and anything that the scene contradicts? Judged on what our parser reads in it."""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from sd3studio.core.language.nouns import ANIMATE, words
from sd3studio.core.language.text_graph import Mention, TextGraph
from sd3studio.core.relations import RelationField
from sd3studio.core.scene.caption import Fact
from sd3studio.core.scene.predicates import GEOMETRIC_PREDICATES, INVERSE, Predicate
from sd3studio.core.scene.values import Scene
from sd3studio.ml.conditioning.text_tokens import NamedThing
from sd3studio.ml.metrics.sentences import mention_matches

PLACING_WORDS = words(
    "a an the is are was were be been being there here it its that which can seen found be located placed positioned "
    "situated sits sit stands stand lies lie rests rest resting hangs hang hanging sitting standing lying leaning "
    "has have with on in at to of by from than and as top upon atop under underneath beneath below above over behind "
    "front next beside near nearby close closer adjacent alongside left right side hand left-hand right-hand back "
    "facing faces face towards toward away inside within into outside against across viewer camera further farther "
    "nearer just directly visible we you see"
)
"""What sentences about a place are made of, besides names."""
ON_WHEELS = words("car truck bus van taxi bicycle bike motorcycle scooter train tractor vehicle lorry boat airplane")
_STUMBLES = re.compile(
    r"\b(?:next|near|close) to the (?:left|right|front|back|side)\b|\b(?:left|right|nearer|closer|farther|back|front) #"
)
_THERE_IS_THE = re.compile(r"(?:t?here) (?:is|are) (?:the|one of)\b", re.IGNORECASE)
_POSTURES = {
    "sitting": re.compile(r"\b(?:sits?|sitting|sat)\b", re.IGNORECASE),
    "standing": re.compile(r"\b(?:stands?|standing|stood)\b", re.IGNORECASE),
    "lying": re.compile(r"\b(?:lies?|lying|lay|lays|laying)\b", re.IGNORECASE),
}
APART = ("barrel", "ladder")
"""Nouns that stand for the first and the second of two things of a kind while their sentence is read."""
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


def is_plain(text: str, things: Sequence[NamedThing]) -> bool:
    """Whether a sentence names each thing once, as it is called, and has nothing else in it but words of place.

    So small a decoder stumbles at times: "the left left man bookshelf is in front of of ...".
    """
    rest = text.lower()
    for name in sorted((thing.label.lower() for thing in things), key=len, reverse=True):
        rest, found = re.subn(rf"(?<![\w-]){re.escape(name)}(?![\w-])", "#", rest)
        if found != 1:
            return False
    if _STUMBLES.search(rest):
        return False
    left = re.findall(r"[a-z'-]+", rest)
    wheels = any(thing.label.lower().split()[-1] in ON_WHEELS for thing in things)
    known = (
        PLACING_WORDS
        | ({"parked", "parks"} if wheels else set())
        | {word.lower() for thing in things for word in thing.attributes}
    )
    return all(word in known for word in left) and not any(a == b for a, b in pairwise(left))


def is_awkward(text: str) -> bool:
    """Whether a sentence presents what is known already: "There is the left dog behind the right one"."""
    return _THERE_IS_THE.match(text) is not None


def supposes(text: str, fact: Fact, scene: Scene) -> bool:
    """Whether a sentence says how somebody holds themselves though the scene doesn't ("the man is sitting")."""
    said = {posture for posture, pattern in _POSTURES.items() if pattern.search(text)}
    living = [scene.objects[key] for key in (fact.subject, fact.object) if _is_living(scene.objects[key].label)]
    return bool(living and said - {word for thing in living for word in thing.attributes})


def _is_living(label: str) -> bool:
    return bool(label) and label.lower().split()[-1] in ANIMATE


def told_apart(text: str, things: Sequence[NamedThing]) -> str:
    """The sentence with the names of two things of a kind exchanged for `APART`, which no parser confuses."""
    order = sorted(range(2), key=lambda k: -len(things[k].label))
    for k in order:
        text = re.sub(rf"(?<![\w-]){re.escape(things[k].label)}(?![\w-])", APART[k], text, flags=re.IGNORECASE)
    return text


def says_apart(graph: TextGraph, predicate: Predicate) -> bool:
    """Whether a sentence by `told_apart` says the predicate of the first thing and the second, and nothing else."""
    wanted = {(APART[0], predicate, APART[1]), (APART[1], INVERSE.get(predicate), APART[0])}
    told = set(graph.named())
    return bool(told) and told <= wanted


def claims(graph: TextGraph, fact: Fact, scene: Scene) -> Iterator[tuple[str, Predicate, str]]:
    """What the sentence says of the fact's two objects, by their ids; two of a kind both ways round."""
    for triple in graph.triples:
        for subject, object in ((fact.subject, fact.object), (fact.object, fact.subject)):
            mentions = (graph.mentions[triple.subject], graph.mentions[triple.object])
            if _means(mentions[0], subject, scene) and _means(mentions[1], object, scene):
                yield subject, triple.predicate, object


def _means(mention: Mention, key: str, scene: Scene) -> bool:
    return mention_matches(mention, scene.objects[key].label)
