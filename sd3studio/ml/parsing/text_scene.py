"""Text graph -> the objects and relations of a scene, before anything is placed.

Of a text graph become *objects* the things that have a body of their own; *stuff* (grass, walls) and *concepts* (a
kitchen) get nodes without one. Body parts and clothes that somebody wears are words about their owner. Windows and
doors belong to the building that has them.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from sd3studio.core.catalogue import Catalogue
from sd3studio.core.language.colours import first_colour
from sd3studio.core.language.nouns import ALWAYS_PLURAL, ANIMATE, BODY_PARTS, CONCEPTS, STUFF, WORN
from sd3studio.core.language.text_graph import Mention, TextGraph, TextTriple
from sd3studio.core.scene.predicates import Predicate
from sd3studio.core.scene.values import ObjectKind, Provenance, Relation, Scene, SceneObject
from sd3studio.ml.parsing.drawn_as import drawing_of

SOME = 3
"""How many are drawn of a plural that gives no number ("some weeds")."""
MOST_OBJECTS = 300
ON_THE_HEAD = frozenset("hat cap helmet crown headband wig bandana turban".split())
FIXTURES = frozenset("window door roof balcony chimney shutter sign clock awning gate porch handle sill curtain picture painting poster".split())
"""Things that are fastened to walls and buildings: "on" one of these means on its face, not on its top."""
UPRIGHT = frozenset("wall building house church tower skyscraper barn shop store garage cabin cottage palace castle fence".split())
SINGULARS = {"people": "person", "men": "man", "women": "woman", "children": "child", "cattle": "cow", "police": "policeman"}
ONE_TO_ONE = frozenset({Predicate.ON, Predicate.IN, Predicate.NEXT_TO, Predicate.FACING, Predicate.FACING_AWAY, Predicate.PART_OF})
HELD_WORDS = frozenset("hold holding holds held carry carrying carries carried bear bearing has have having with".split())


@dataclass(slots=True)
class Draft:
    """A scene that is not laid out yet."""

    scene: Scene
    notes: list[str] = field(default_factory=list)
    fastened: list[tuple[str, str]] = field(default_factory=list)
    """Ids of a thing on the face of another, and of that other."""
    inside: dict[str, str] = field(default_factory=dict)
    """Object -> the concept that it is in."""


def kind_of(mention: Mention) -> ObjectKind:
    """Whether a mention is a thing, a stretch of stuff or a concept, by its noun."""
    if mention.head in CONCEPTS or mention.noun.replace(" ", "-") in CONCEPTS:
        return "concept"
    return "stuff" if mention.head in STUFF or mention.noun in STUFF else "object"


def draft_scene(graph: TextGraph, catalogue: Catalogue, title: str = "") -> Draft:
    """Objects with sizes and meshes and the relations that the text states; all centres are still at the origin."""
    builder = _Builder(graph, catalogue)
    return builder.build(title)


class _Builder:
    def __init__(self, graph: TextGraph, catalogue: Catalogue) -> None:
        self.graph = graph
        self.catalogue = catalogue
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
        return Draft(scene.replace(relations=relations), list(dict.fromkeys(self.notes)), self.fastened, self.inside)

    def _absorb(self) -> None:
        """Find the mentions that only say something of another: body parts, worn clothes."""
        for triple in self.graph.triples:
            part, whole = self.graph.mentions[triple.subject], self.graph.mentions[triple.object]
            if triple.predicate in (Predicate.PART_OF, Predicate.ON) and part.head in BODY_PARTS and whole.head in ANIMATE:
                self._tell(triple.subject, triple.object, f"with {_with_article(part)}" if part.attributes else "")
            elif triple.predicate is Predicate.ON and _worn(part) and whole.head in ANIMATE:
                self._tell(triple.subject, triple.object, f"wearing {_with_article(part)}")
            elif triple.predicate is Predicate.IN and _worn(whole) and part.head in ANIMATE:
                self._tell(triple.object, triple.subject, f"in {_with_article(whole)}")
        for index, mention in enumerate(self.graph.mentions):
            if mention.whole is not None and index not in self.owner and (mention.head in BODY_PARTS or _worn(mention)):
                self._tell(index, mention.whole, "")

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
        attributes = tuple(dict.fromkeys((*mention.attributes, *self.said_of.get(index, ()))))[:32]
        colour = first_colour(mention.attributes)
        if kind != "object":
            return SceneObject(
                id=scene.free_id(label), label=label, kind=kind, attributes=attributes, colour=colour,
                provenance=Provenance(source="text", detail=f"“{mention.phrase}”"[:1000], priors={"center": "placed by rule", "size": "chosen to hold the scene"}),
            )  # fmt: skip
        posture = self._posture(index, mention)
        said = (*attributes, *posture)
        drawn = drawing_of(tuple(dict.fromkeys((label, head))), said, self.catalogue, " ".join(said).split())
        detail = f"“{mention.phrase}”" + (f"; {drawn.detail}" if drawn.detail else "")
        priors = {"center": "placed so that the stated relations hold", "size": drawn.size_prior}
        if posture:
            priors["attributes"] = f"{posture[0]}: usual for somebody on a seat"
        if _unnumbered(mention):
            priors["label"] = f"a plural without a number is drawn as {SOME}"
        return SceneObject(
            id=scene.free_id(label),
            label=label,
            category=drawn.category,
            attributes=(*attributes, *posture)[:32],
            size=drawn.size,
            center=(0.0, 0.0, drawn.size[2] / 2.0),
            mesh=drawn.entry.id if drawn.entry else None,
            colour=colour,
            provenance=Provenance(source="text", score=drawn.score, detail=detail[:1000], priors=priors),
        )

    def _posture(self, index: int, mention: Mention) -> tuple[str, ...]:
        """Somebody on a seat sits, unless it is said otherwise."""
        if mention.head not in ANIMATE or set(mention.attributes) & {"sitting", "lying", "standing", "sleeping", "jumping"}:
            return ()
        people = self.catalogue.category_of(mention.head) == "person" or mention.head in ("man", "woman", "boy", "girl", "person", "child")
        for triple in self.graph.triples:
            if triple.subject == index and triple.predicate is Predicate.ON and people:
                if self.graph.mentions[triple.object].head in ("chair", "couch", "sofa", "bench", "armchair", "stool", "seat"):
                    return ("sitting",)
        return ()

    def _tell_how_drawn(self, mention: Mention, scene: Scene, ids: list[str]) -> None:
        for thing in (scene.objects[i] for i in ids[:1]):
            drawn = thing.provenance.detail.partition("; ")[2]
            if drawn:
                self.notes.append(f"“{mention.phrase}” is {drawn}.")

    def _relations(self, members: dict[int, list[str]]) -> Iterable[Relation]:
        seen = set()
        for triple in self.graph.triples:
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
        if part.head in FIXTURES and whole.head in UPRIGHT and triple.predicate in (Predicate.ON, Predicate.IN, Predicate.PART_OF):
            self.fastened.append((subject, thing))
            return Predicate.PART_OF
        if triple.predicate is Predicate.ON and whole.head in ANIMATE and part.head not in ON_THE_HEAD | ANIMATE:
            if set(triple.words.lower().split()) & HELD_WORDS:
                return Predicate.NEXT_TO
        if triple.predicate is Predicate.ON and {part.head, whole.head} <= ANIMATE and set(triple.words.lower().split()) & HELD_WORDS:
            return Predicate.NEXT_TO
        return triple.predicate


def _unnumbered(mention: Mention) -> bool:
    return mention.plural and mention.count == 1 and mention.head not in ALWAYS_PLURAL


def _worn(mention: Mention) -> bool:
    return mention.head in WORN and mention.head not in ON_THE_HEAD


def _with_article(mention: Mention) -> str:
    words = " ".join((*mention.attributes, mention.noun))
    if mention.plural or mention.count > 1 or mention.head.endswith("s"):
        return mention.phrase if not mention.phrase.lower().startswith(("his ", "her ", "its ")) else words
    return ("an " if words[0] in "aeiou" else "a ") + words
