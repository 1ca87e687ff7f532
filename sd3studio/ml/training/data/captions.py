"""Captions of composed scenes: one to three true facts in many phrasings, and the graph of what each says.

Every fact grades above `SURE` by the relation engine; the predicate is chosen first, so that rare ones are said too.
Where several like things stand in the same relation they may be told together ("two chairs are next to the table").
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from random import Random

import numpy as np

from sd3studio.core.language.captions import GROUPED
from sd3studio.core.language.naming import Name, adjectives, names_of
from sd3studio.core.language.phrasing import fill
from sd3studio.core.language.wording import counted, is_plural, plural, sentence
from sd3studio.core.relations import LAYER_INDEX, RelationField
from sd3studio.core.relations.fronts import has_front
from sd3studio.core.scene.caption import Caption, Fact
from sd3studio.core.scene.predicates import ORIENTATION_PREDICATES, VSD_PREDICATES, Predicate
from sd3studio.core.scene.values import Scene
from sd3studio.ml.training.data.graphs import SceneGraph, text_graph
from sd3studio.ml.training.data.phrases import PHRASINGS, is_clause, slots_of

SURE = 0.6
"""Facts that grade at most this are not said."""

ATTRIBUTE_CHANCE = 0.6
POSTURE_CHANCE = 0.5
FACTS_WEIGHTS = (0.5, 0.32, 0.18)
"""How often one, two or three facts are told."""

JOINS = (". ", ". ", ", and ", "; ", " and ")
CLAUSES = {predicate: tuple(t for t in templates if is_clause(t)) for predicate, templates in PHRASINGS.items()}
"""The templates that may be joined with others in one sentence."""


@dataclass(frozen=True, slots=True)
class Said:
    """A caption with the graph of what it says, and the templates that it is made of."""

    caption: Caption
    graph: SceneGraph
    templates: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Claim:
    """One clause to be: like facts with the same predicate and object."""

    facts: tuple[Fact, ...]

    @property
    def ids(self) -> tuple[str, ...]:
        return (*(fact.subject for fact in self.facts), self.facts[0].object)


class Captioner:
    """Says captions of one scene.

    Parameters
    ----------
    scene, field : the scene and its graded relations
    visible : ids of what may be spoken of
    """

    def __init__(self, scene: Scene, field: RelationField, visible: Collection[str]) -> None:
        self.scene = scene
        self.field = field
        plain = scene.with_objects(*(t.replace(attributes=()) for t in scene.solid_objects() if t.attributes))
        self.full, self.bare = names_of(scene, field), names_of(plain, field)
        self.claims = self._claims(visible)

    def _claims(self, visible: Collection[str]) -> dict[Predicate, list[_Claim]]:
        """What may be said, by predicate: each single fact, and each group of like ones."""
        claims: dict[Predicate, list[_Claim]] = {}
        for predicate in (*VSD_PREDICATES, *ORIENTATION_PREDICATES):
            facts = self._facts(predicate, visible)
            groups: dict[tuple[str, str], list[Fact]] = {}
            for fact in facts:
                groups.setdefault((self.scene.objects[fact.subject].label, fact.object), []).append(fact)
            several = [_Claim(tuple(group)) for group in groups.values() if len(group) > 1 and predicate in GROUPED]
            single = [_Claim((fact,)) for fact in facts if self._can_be_named(fact)]
            found = [claim for claim in several if self._is_named(claim.facts[0].object)] * 2 + single
            if found:
                claims[predicate] = found
        return claims

    def _facts(self, predicate: Predicate, visible: Collection[str]) -> list[Fact]:
        ids, grades = self.field.ids, self.field.grades[LAYER_INDEX[predicate, "camera"]]
        return [
            Fact(subject=ids[a], predicate=predicate, object=ids[b], grade=round(min(1.0, float(grades[a, b])), 4))
            for a, b in np.argwhere(grades > SURE).tolist()
            if ids[a] in visible
            and ids[b] in visible
            and (predicate not in ORIENTATION_PREDICATES or has_front(self.scene.objects[ids[a]]))
        ]

    def _is_named(self, key: str) -> bool:
        return " of the " not in self.full[key].known

    def _can_be_named(self, fact: Fact) -> bool:
        """Whether both have names that mean them alone."""
        return self._is_named(fact.subject) and self._is_named(fact.object)

    def say(self, rng: Random) -> Said | None:
        """One caption; None if there is nothing that can be said."""
        if not self.claims:
            return None
        wanted = rng.choices((1, 2, 3), FACTS_WEIGHTS)[0]
        chosen: list[_Claim] = []
        for _ in range(3 * wanted):
            claim = rng.choice(self.claims[rng.choice(list(self.claims))])
            if len(chosen) < wanted and not any(_says_the_same(claim, other) for other in chosen):
                chosen.append(claim)
        with_attributes = rng.random() < ATTRIBUTE_CHANCE
        names = self.full if with_attributes else self.bare
        said: dict[str, tuple[str, ...]] = {}
        clauses, templates = [], []
        join = rng.choice(JOINS)
        phrasings = PHRASINGS if len(chosen) == 1 or join == ". " else CLAUSES
        for claim in chosen:
            template, text = self._clause(claim, names, said, phrasings, rng)
            clauses.append(text)
            templates.append(template)
        facts = tuple(fact for claim in chosen for fact in claim.facts)
        text = _joined(clauses, join)
        return Said(Caption(text=text, facts=facts), text_graph(self.scene, facts, said), tuple(templates))

    def _clause(
        self,
        claim: _Claim,
        names: Mapping[str, Name],
        said: dict[str, tuple[str, ...]],
        phrasings: Mapping[Predicate, Sequence[str]],
        rng: Random,
    ) -> tuple[str, str]:
        """The template and the text of a clause. `said` gets what it names, in order."""
        first = claim.facts[0]
        predicate = first.predicate
        subject = self._subject(claim, names, said, rng)
        posture = names[first.subject].posture
        template = rng.choice(phrasings[predicate])
        told_posture = bool(posture) and predicate in GROUPED and rng.random() < POSTURE_CHANCE
        if told_posture:
            template = rng.choice(("{s}", "{S}")) + f" {{is}} {posture} {GROUPED[predicate]} {{O}}"
        object = _phrases(names[first.object], first.object in said)
        for fact in claim.facts:
            thing = self.scene.objects[fact.subject]
            words = adjectives(thing) if names is self.full and len(claim.facts) == 1 else ()
            said[fact.subject] = (
                *said.get(fact.subject, ()),
                *(w for w in words if w not in said.get(fact.subject, ())),
            )
            if told_posture and len(claim.facts) == 1:
                said[fact.subject] = tuple(dict.fromkeys((*said[fact.subject], posture)))
        if first.object not in said:
            said[first.object] = adjectives(self.scene.objects[first.object]) if names is self.full else ()
        return template, fill(template, slots_of(subject, object))

    def _subject(
        self, claim: _Claim, names: Mapping[str, Name], said: Mapping[str, object], rng: Random
    ) -> tuple[str, str, bool]:
        """The subject as new and as known, and whether it is a plural."""
        first = claim.facts[0]
        if len(claim.facts) == 1:
            return _phrases(names[first.subject], first.subject in said)
        label = self.scene.objects[first.subject].label
        if is_plural(label):
            return f"some {label}", f"the {label}", True
        many = counted(len(claim.facts), label)
        alone = sum(thing.label == label for thing in self.scene.solid_objects()) == len(claim.facts)
        return (
            many,
            f"the {many}" if alone and rng.random() < 0.5 else many if not alone else f"the {plural(label)}",
            True,
        )


def _phrases(name: Name, mentioned: bool) -> tuple[str, str, bool]:
    """(as new, as known, whether a plural) of one object; what was mentioned before is known."""
    return name.known if mentioned else name.new, name.known, name.many


def _says_the_same(claim: _Claim, other: _Claim) -> bool:
    """Whether two claims overlap: the same pair, in whatever direction and words."""
    mine = {frozenset((fact.subject, fact.object)) for fact in claim.facts}
    return any(frozenset((fact.subject, fact.object)) in mine for fact in other.facts)


def _joined(clauses: Sequence[str], join: str) -> str:
    """One sentence, or several."""
    text = clauses[0]
    for clause in clauses[1:]:
        text += join + (clause[:1].upper() + clause[1:] if join == ". " else clause)
    return sentence(text)
