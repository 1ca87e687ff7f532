"""Text graph -> the objects and relations of a scene, before anything is placed.

Of a text graph become *objects* the things that have a body of their own; *stuff* (grass, walls) and *concepts* (a
kitchen) get nodes without one. Body parts and clothes that somebody wears are words about their owner. Windows and
doors belong to the building that has them.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from sd3studio.core.catalogue import Catalogue
from sd3studio.core.language.colours import first_colour
from sd3studio.core.language.containment import DRAWN_UP
from sd3studio.core.language.nouns import (
    ALWAYS_PLURAL,
    ANIMATE,
    BODY_PARTS,
    CONCEPTS,
    FIXTURES,
    STUFF,
    UPRIGHT,
    WORN,
    words,
)
from sd3studio.core.language.text_graph import Mention, TextGraph, TextTriple
from sd3studio.core.layout.modelling import TOY, toy_size
from sd3studio.core.layout.sizing import TOLD
from sd3studio.core.scene.predicates import Predicate
from sd3studio.core.scene.value import Size3
from sd3studio.core.scene.values import ObjectKind, Provenance, Relation, Scene, SceneObject
from sd3studio.ml.parsing.command_phrases import VESSELS
from sd3studio.ml.parsing.command_words import DETERMINERS
from sd3studio.ml.parsing.drawn_as import LAID, WITH_CHAIRS, Drawing, drawing_of
from sd3studio.ml.parsing.likely import likely_relations

SOME = 3
"""How many are drawn of a plural that gives no number ("some weeds")."""
MOST_OBJECTS = 100
"""More would keep the solver busy for minutes; the rest of a longer text is left out with a note."""
ON_THE_HEAD = words("hat cap helmet crown headband wig bandana turban")
SCALES = {
    **dict.fromkeys(("small", "little", "short"), (0.8, 0.8, 0.8)),
    "tiny": (0.6, 0.6, 0.6),
    **dict.fromkeys(("big", "large"), (1.25, 1.25, 1.25)),
    **dict.fromkeys(("huge", "giant", "enormous"), (1.6, 1.6, 1.6)),
    "tall": (1.0, 1.0, 1.3),
    "long": (1.3, 1.0, 1.0),
    "wide": (1.3, 1.0, 1.0),
}
"""What a word does to width, depth and height; ours."""
MEASURE = re.compile(
    r"(\d+(?:[.,]\d+)?|\.\d+) ?(mm|cm|m|meters?|metres?|centimet(?:er|re)s?|feet|foot|ft|inch(?:es)?) (\w+)"
)
"""A length told as an attribute, "2 m tall": number, unit, along what."""
METRES = {"mm": 0.001, "c": 0.01, "m": 1.0, "f": 0.3048, "i": 0.0254}
"""First letters of a unit -> metres."""
ALONG = {"wide": 0, "long": 1, "deep": 1, "high": 2, "tall": 2}
SMALLEST_M, LARGEST_M = 0.005, 200.0
PEOPLE = words("man woman boy girl person people child kid")
SITTABLE = words("chair couch sofa bench armchair stool seat loveseat")
IMPLIED = ": a corner is between two walls."
BARE = words("bare empty clear cleared")
SET = frozenset({LAID, "set"})
"""Of a table on which there are dishes."""
SINGULARS = {
    "people": "person",
    "men": "man",
    "women": "woman",
    "children": "child",
    "cattle": "cow",
    "police": "policeman",
}
ONE_TO_ONE = frozenset(
    {Predicate.ON, Predicate.IN, Predicate.NEXT_TO, Predicate.FACING, Predicate.FACING_AWAY, Predicate.PART_OF}
)
HELD_WORDS = words("hold holding holds held carry carrying carries carried bear bearing has have having with")


@dataclass(slots=True)
class Draft:
    """A scene that is not laid out yet."""

    scene: Scene
    notes: list[str] = field(default_factory=list)
    fastened: list[tuple[str, str]] = field(default_factory=list)
    """Ids of a thing on the face of another, and of that other."""
    inside: dict[str, str] = field(default_factory=dict)
    """Object -> the concept that it is in."""
    likely: tuple[Relation, ...] = ()
    """Relations that the text does not state but suggests; they are tried in the layout and not stored."""


def kind_of(mention: Mention) -> ObjectKind:
    """Whether a mention is a thing, a stretch of stuff or a concept, by its noun."""
    if mention.head in CONCEPTS or mention.noun.replace(" ", "-") in CONCEPTS:
        return "concept"
    return "stuff" if mention.head in STUFF or mention.noun in STUFF else "object"


def draft_scene(graph: TextGraph, catalogue: Catalogue, title: str = "", laden: bool = False) -> Draft:
    """Objects with sizes and meshes and the relations that the text states; all centres are still at the origin.

    `laden`: something comes to be on the things, though this graph does not say so.
    """
    builder = _Builder(graph, catalogue, laden)
    return builder.build(title)


class _Builder:
    def __init__(self, graph: TextGraph, catalogue: Catalogue, laden: bool = False) -> None:
        self.graph = graph
        self.catalogue = catalogue
        self.laden = laden
        self.notes = list(graph.notes)
        self.fastened: list[tuple[str, str]] = []
        self.inside: dict[str, str] = {}
        self.said_of: dict[int, list[str]] = {}
        self.owner: dict[int, int] = {}
        """Mention without a node of its own -> the mention that it is told of."""

    def build(self, title: str) -> Draft:
        self._absorb()
        scene = Scene(title=title[:200], sentence=self.graph.text[:20_000])
        members: dict[int, list[str]] = {}
        for index, mention in enumerate(self.graph.mentions):
            if index in self.owner:
                continue
            ids = []
            for _ in range(self._count(mention)):
                if len(scene.objects) >= MOST_OBJECTS:
                    self.notes.append(f"Only the first {MOST_OBJECTS} objects of the text are in the scene.")
                    break
                thing = self._thing(scene, index, mention)
                scene = scene.with_objects(thing)
                ids.append(thing.id)
            members[index] = ids
            self._tell_how_drawn(mention, scene, ids)
        relations = tuple(self._relations(members))
        scene = scene.replace(relations=relations)
        return Draft(scene, list(dict.fromkeys(self.notes)), self.fastened, self.inside, tuple(likely_relations(scene)))

    def _absorb(self) -> None:
        """Find the mentions that only say something of another: body parts, worn clothes."""
        for triple in self.graph.triples:
            part, whole = self.graph.mentions[triple.subject], self.graph.mentions[triple.object]
            if (
                triple.predicate in (Predicate.PART_OF, Predicate.ON)
                and part.head in BODY_PARTS
                and whole.head in ANIMATE
            ):
                self._tell(triple.subject, triple.object, f"with {_with_article(part)}" if part.attributes else "")
            elif triple.predicate is Predicate.ON and _worn(part) and whole.head in ANIMATE:
                self._tell(triple.subject, triple.object, f"wearing {_with_article(part)}")
            elif triple.predicate is Predicate.IN and _worn(whole) and part.head in ANIMATE:
                self._tell(triple.object, triple.subject, f"in {_with_article(whole)}")
            elif self._fills(triple):
                self._tell(triple.subject, triple.object, f"of {' '.join((*part.attributes, part.noun))}")
        for index, mention in enumerate(self.graph.mentions):
            if mention.whole is not None and index not in self.owner and (mention.head in BODY_PARTS or _worn(mention)):
                self._tell(index, mention.whole, "")

    def _fills(self, triple: TextTriple) -> bool:
        """Whether the triple says what is in a vessel and has no body of its own: the coffee of "a cup of coffee"."""
        content, vessel = self.graph.mentions[triple.subject], self.graph.mentions[triple.object]
        bare = content.phrase.lower().split()[0] not in DETERMINERS
        one = content.count == 1 and not content.plural
        return triple.predicate is Predicate.IN and triple.words == "of" and vessel.head in VESSELS and bare and one

    def _tell(self, part: int, whole: int, words: str) -> None:
        if part in self.owner or whole in self.owner or part == whole:
            return
        self.owner[part] = whole
        if words:
            self.said_of.setdefault(whole, []).append(words)

    def _count(self, mention: Mention) -> int:
        if kind_of(mention) != "object":
            return 1
        if _unnumbered(mention):
            self.notes.append(f"“{mention.phrase}”: the text does not say how many; {SOME} are drawn.")
            return SOME
        return mention.count

    def _thing(self, scene: Scene, index: int, mention: Mention) -> SceneObject:
        kind = kind_of(mention)
        label = SINGULARS.get(mention.noun, mention.noun)
        head = SINGULARS.get(mention.head, mention.head)
        attributes = tuple(dict.fromkeys(mention.attributes))[:32]
        told = self.said_of.get(index, [])
        colour = first_colour(mention.attributes)
        if kind != "object":
            guesses = {"center": "placed by rule", "size": "chosen to hold the scene"}
            told_by = Provenance(
                source="model" if mention.implied else "text",
                detail=f"“{mention.phrase}”" + (IMPLIED if mention.implied else ""),
                priors=guesses,
            )
            return SceneObject(
                id=scene.free_id(label),
                label=label,
                kind=kind,
                attributes=attributes,
                colour=colour,
                provenance=told_by,
            )
        posture = self._posture(index, mention)
        said = (*attributes, *posture)
        filled = tuple(f"{label} {words}" for words in told if words.startswith("of "))
        nouns = tuple(dict.fromkeys((*filled, *self._standing(index, mention), label, head)))
        drawn = drawing_of(nouns, said, self.catalogue, " ".join((*said, *told)).split(), self._without(index, mention))
        if head in ALWAYS_PLURAL and drawn.category == f"{label}s":
            label = drawn.category
        if TOY.search(" ".join((*attributes, label))):
            drawn = _as_toy(drawn)
        size, size_prior = _scaled(drawn, mention.attributes)
        detail = f"“{mention.phrase}”" + (f"; {drawn.detail}" if drawn.detail else "")
        priors = {"center": "placed so that the stated relations hold", "size": size_prior}
        if posture:
            priors["attributes"] = f"{posture[0]}: usual for somebody on a seat"
        if _unnumbered(mention):
            priors["label"] = f"a plural without a number is drawn as {SOME}"
        return SceneObject(
            id=scene.free_id(label),
            label=label,
            category=drawn.category,
            attributes=(*attributes, *posture)[:32],
            size=size,
            center=(0.0, 0.0, size[2] / 2.0),
            mesh=drawn.entry.id if drawn.entry else None,
            colour=colour,
            prompt=" ".join((*attributes, label, " and ".join(told)))[:2_000] if told else "",
            provenance=Provenance(source="text", score=drawn.score, detail=detail[:1000], priors=priors),
        )

    def _standing(self, index: int, mention: Mention) -> tuple[str, ...]:
        """How a lamp that stands on the floor or at a wall is called; most lamps of the catalogue stand on tables."""
        if mention.noun != "lamp":
            return ()
        told = [t for t in self.graph.triples if t.subject == index]
        under = [self.graph.mentions[t.object].head for t in told if t.predicate is Predicate.ON]
        beside = [self.graph.mentions[t.object].head for t in told if t.predicate is Predicate.NEXT_TO]
        stands = set(under) <= {"floor", "carpet"} and (under or "wall" in beside)
        return ("floor lamp",) if stands else ()

    def _without(self, index: int, mention: Mention) -> set[str]:
        """What a table does not have by itself: what the text names."""
        seated = not DRAWN_UP.isdisjoint(other.head for other in self.graph.mentions)
        told = ((LAID, self._is_bare(index, mention)), (WITH_CHAIRS, seated))
        return {attribute for attribute, holds in told if holds}

    def _is_bare(self, index: int, mention: Mention) -> bool:
        """Whether nothing is on a thing but what the text puts there, as on a table with a vase."""
        if SET & {*mention.attributes, *mention.noun.split()}:
            return False
        placed = (t.predicate for t in self.graph.triples if t.object == index)
        before = self.graph.text[: mention.start].lower().rstrip()
        told = bool(BARE & {*mention.attributes}) or before.endswith(("nothing on", "nothing is on"))
        return self.laden or told or not {Predicate.ON, Predicate.IN}.isdisjoint(placed)

    def _posture(self, index: int, mention: Mention) -> tuple[str, ...]:
        """Somebody on a seat sits, unless it is said otherwise."""
        if mention.head not in ANIMATE or set(mention.attributes) & {
            "sitting",
            "lying",
            "standing",
            "sleeping",
            "jumping",
        }:
            return ()
        if mention.head not in PEOPLE and self.catalogue.category_of(mention.head) != "person":
            return ()
        seats = (t.object for t in self.graph.triples if t.subject == index and t.predicate is Predicate.ON)
        return ("sitting",) if any(self.graph.mentions[seat].head in SITTABLE for seat in seats) else ()

    def _tell_how_drawn(self, mention: Mention, scene: Scene, ids: list[str]) -> None:
        for thing in (scene.objects[i] for i in ids[:1]):
            drawn = thing.provenance.detail.partition("; ")[2]
            if drawn:
                self.notes.append(f"“{mention.phrase}” is {drawn}.")

    def _relations(self, members: dict[int, list[str]]) -> Iterable[Relation]:
        seen = set()
        carried = self._carriers()
        for triple in self.graph.triples:
            if self._is_dress(triple):
                continue  # "in a hat" is the hat on him, which stands beside it
            if self._lies(triple) and triple.subject in carried:
                triple = triple.replace(subject=carried[triple.subject])
            for subject, thing in self._pairs(triple, members):
                predicate = self._adapted(triple, subject, thing)
                relation = Relation(
                    subject=subject,
                    predicate=predicate,
                    object=thing,
                    frame=triple.frame,
                    provenance=Provenance(source="text", detail=f"“{triple.words}”"[:1000]),
                )
                if relation.key not in seen:
                    seen.add(relation.key)
                    yield relation

    def _is_dress(self, triple: TextTriple) -> bool:
        wearer, worn = self.graph.mentions[triple.subject].head, self.graph.mentions[triple.object].head
        return triple.predicate is Predicate.IN and worn in WORN and wearer in ANIMATE

    def _lies(self, triple: TextTriple) -> bool:
        """Whether the triple says on what ground something is."""
        return (
            triple.predicate in (Predicate.ON, Predicate.IN) and kind_of(self.graph.mentions[triple.object]) == "stuff"
        )

    def _carriers(self) -> dict[int, int]:
        """Who is on a thing -> that thing: of a boy on a horse on the grass the horse is on the grass."""
        return {
            triple.subject: triple.object
            for triple in self.graph.triples
            if triple.predicate is Predicate.ON and kind_of(self.graph.mentions[triple.object]) == "object"
        }

    def _pairs(self, triple: TextTriple, members: dict[int, list[str]]) -> Iterable[tuple[str, str]]:
        """Which single objects a triple between groups joins: all with all, or one with one where all can't be."""
        subjects, things = members.get(triple.subject, []), members.get(triple.object, [])
        if not subjects or not things:
            return
        if triple.predicate in ONE_TO_ONE or len(subjects) * len(things) > 25:
            for number in range(max(len(subjects), len(things)) if len(things) > 1 < len(subjects) else len(subjects)):
                yield subjects[number % len(subjects)], things[number % len(things)]
            return
        for subject in subjects:
            for thing in things:
                yield subject, thing

    def _adapted(self, triple: TextTriple, subject: str, thing: str) -> Predicate:
        part, whole = self.graph.mentions[triple.subject], self.graph.mentions[triple.object]
        if kind_of(whole) == "concept" and triple.predicate in (Predicate.IN, Predicate.ON, Predicate.PART_OF):
            self.inside.setdefault(subject, thing)
            return Predicate.IN
        fixture = part.head in FIXTURES and whole.head in UPRIGHT
        hangs = whole.head == "wall" and part.head not in ANIMATE and triple.predicate is Predicate.ON
        if hangs or (fixture and triple.predicate in (Predicate.ON, Predicate.IN, Predicate.PART_OF)):
            self.fastened.append((subject, thing))
            return Predicate.PART_OF
        held = bool(set(triple.words.lower().split()) & HELD_WORDS)
        if triple.predicate is Predicate.ON and whole.head in ANIMATE and part.head not in ON_THE_HEAD and held:
            return Predicate.NEXT_TO
        return triple.predicate


def _as_toy(drawn: Drawing) -> Drawing:
    """A drawing of a large thing at the size of a toy; what is no larger stays as it is."""
    size = None if drawn.entry is None else toy_size(drawn.entry)
    return drawn if size is None else replace(drawn, size=size, size_prior=f"{TOLD} it is called a toy")


def _scaled(drawn: Drawing, attributes: Iterable[str]) -> tuple[Size3, str]:
    """The size of a drawing, made smaller or bigger if the text says so, within what such things measure."""
    attributes = tuple(attributes)
    if measures := [found for word in attributes if (found := MEASURE.fullmatch(word))]:
        return _measured(drawn, measures)
    word = next((a for a in attributes if a in SCALES), None)
    if word is None:
        return drawn.size, drawn.size_prior
    wanted = [length * factor for length, factor in zip(drawn.size, SCALES[word], strict=True)]
    if drawn.entry is not None:
        bounds = zip(wanted, drawn.size, drawn.entry.size_low, drawn.entry.size_high, strict=True)
        wanted = [min(max(length, min(low, usual)), max(high, usual)) for length, usual, low, high in bounds]
    return (wanted[0], wanted[1], wanted[2]), f"{drawn.size_prior}, changed because it is called {word}"


def _measured(drawn: Drawing, measures: Sequence[re.Match[str]]) -> tuple[Size3, str]:
    """The size of a drawing with the lengths that are told; the others follow the first of them."""
    told: dict[int, float] = {}
    for number, unit, along in (found.groups() for found in measures):
        factor = METRES["mm"] if unit == "mm" else METRES[unit[0]]
        if along in ALONG:
            told[ALONG[along]] = min(max(float(number.replace(",", ".")) * factor, SMALLEST_M), LARGEST_M)
    axis = next(iter(told), None)
    factor = 1.0 if axis is None else told[axis] / drawn.size[axis]
    size = [told.get(k, length * factor) for k, length in enumerate(drawn.size)]
    return (size[0], size[1], size[2]), "as the sentence says" if told else drawn.size_prior


def _unnumbered(mention: Mention) -> bool:
    return mention.plural and mention.count == 1 and mention.head not in ALWAYS_PLURAL


def _worn(mention: Mention) -> bool:
    return mention.head in WORN and mention.head not in ON_THE_HEAD


def _with_article(mention: Mention) -> str:
    words = " ".join((*mention.attributes, mention.noun))
    if mention.plural or mention.count > 1 or mention.head.endswith("s"):
        return mention.phrase if not mention.phrase.lower().startswith(("his ", "her ", "its ")) else words
    return ("an " if words[0] in "aeiou" else "a ") + words
