"""Spatial captions of a scene, made by rule from checked geometry: nothing is said that grades below 0.5."""

import zlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from sd3studio.core.language.naming import Name, names_of
from sd3studio.core.language.phrasing import fill, templates_of
from sd3studio.core.language.wording import counted, indefinite, is_plural, listed, number, plural, sentence
from sd3studio.core.relations import RelationField, derived_relations, grade_of
from sd3studio.core.scene.caption import Caption, Fact
from sd3studio.core.scene.predicates import GEOMETRIC_PREDICATES, Predicate
from sd3studio.core.scene.values import Scene, SceneObject

MAX_INVENTORY = 6
"""Kinds of things that the sentence about the whole scene lists."""

GROUND = frozenset(
    (
        "grass",
        "floor",
        "road",
        "street",
        "sand",
        "snow",
        "water",
        "ground",
        "carpet",
        "rug",
        "pavement",
        "sidewalk",
        "dirt",
    )
)
"""Last words of stuff that things stand on."""

GROUPED: dict[Predicate, str] = {
    Predicate.ON: "on",
    Predicate.IN: "in",
    Predicate.UNDER: "under",
    Predicate.ABOVE: "above",
    Predicate.BEHIND: "behind",
    Predicate.IN_FRONT_OF: "in front of",
    Predicate.NEXT_TO: "next to",
    Predicate.LEFT_OF: "to the left of",
    Predicate.RIGHT_OF: "to the right of",
}
"""Predicates that may be said of several like things at once."""


def captions_of(
    scene: Scene, limit: int = 12, seed: int = 0, field: RelationField | None = None
) -> tuple[Caption, ...]:
    """Captions of a scene: first one of the whole, then what was asserted and holds, then one per pair, salient first.

    Parameters
    ----------
    scene : the scene; hidden objects are not spoken of
    limit : at most this many captions in all
    seed : another seed chooses other wordings; the same scene and seed give the same captions
    field : the graded relations of this scene, if they are at hand (while dragging); else they are computed

    Returns
    -------
    captions whose facts all grade above 0.5; empty for an empty scene
    """
    if limit < 1 or not any(not thing.hidden for thing in scene.objects.values()):
        return ()
    field = field if field is not None and field.scene is scene else RelationField(scene)
    asserted = _asserted_facts(scene, field)
    pairs_said = {frozenset((fact.subject, fact.object)) for fact in asserted}
    derived = derived_relations(field, limit=2 * limit)
    facts = asserted + tuple(f for f in derived if frozenset((f.subject, f.object)) not in pairs_said)
    names = names_of(scene, field)
    overall = _scene_caption(scene, field, names, facts, seed)
    pairs = _pair_captions(scene, names, facts, seed)
    return ((overall,) if overall else ()) + tuple(pairs[: limit - (overall is not None)])


def _asserted_facts(scene: Scene, field: RelationField) -> tuple[Fact, ...]:
    """The stored relations between visible things that the geometry confirms, in their order."""
    facts = []
    for relation in scene.relations:
        if relation.predicate not in GEOMETRIC_PREDICATES or not {relation.subject, relation.object} <= set(
            field.index
        ):
            continue
        grade = field.grade(relation.subject, relation.predicate, relation.object, relation.frame)
        if grade > 0.5:
            ends = {"subject": relation.subject, "object": relation.object, "frame": relation.frame}
            facts.append(Fact(predicate=relation.predicate, grade=min(grade, 1.0), **ends))
    return tuple(facts)


def _pair_captions(scene: Scene, names: Mapping[str, Name], facts: Sequence[Fact], seed: int) -> list[Caption]:
    """One caption per fact; several like things in the same relation to one thing share a caption."""
    groups: dict[tuple[str, Predicate, str], list[Fact]] = {}
    for fact in facts:
        label = scene.objects[fact.subject].label.lower()
        alone = fact.predicate not in GROUPED or label == scene.objects[fact.object].label.lower()
        key = (fact.subject if alone else label, fact.predicate, fact.object)
        groups.setdefault(key, []).append(fact)
    captions = []
    for group in groups.values():
        text = say_fact(group[0], names, seed) if len(group) == 1 else _say_group(scene, group, names, seed)
        captions.append(Caption(text=text, facts=tuple(group), maker="rule", scope="pair"))
    return captions


def _chosen(options: Sequence[str], seed: int, *what: str) -> str:
    """One of the options, the same for the same seed and words, whatever else is in the scene."""
    return options[zlib.crc32("|".join((str(seed), *what)).encode()) % len(options)]


def say_fact(fact: Fact, names: Mapping[str, Name], seed: int = 0) -> str:
    """One sentence that states a fact."""
    subject, object = _pair_names(names[fact.subject], names[fact.object])
    key = (fact.subject, fact.predicate.value, fact.object)
    options = templates_of(fact.predicate, fact.frame)
    if object.known.startswith(("the other", "another")):
        options = tuple(option for option in options if 0 <= _first(option, "{s}", "{S}") < option.find("{O}"))
    elif subject.new == subject.known:
        options = tuple(option for option in options if not ("{s}" in option and "{S}" not in option)) or options
    if subject.posture and fact.predicate in GROUPED:
        options = tuple(f"{who} {{is}} {subject.posture} {GROUPED[fact.predicate]} {{O}}" for who in ("{s}", "{S}"))
    text = fill(_chosen(options, seed, *key), _slots(subject, object))
    if fact.apparent is not None and _chosen(("plain", "noted"), seed, "illusion", *key) == "noted":
        text += _illusion(fact.apparent, subject, object)
    return sentence(text)


def _first(text: str, *parts: str) -> int:
    """Place at which the first of these parts stands in the text, -1 if none does."""
    return min((text.find(part) for part in parts if part in text), default=-1)


def _illusion(apparent: Predicate, subject: Name, object: Name) -> str:
    place = GROUPED[apparent]
    seems, it = "they look" if subject.many else "it looks", "them" if object.many else "it"
    return f", although {seems} {place} {it} in the picture"


def _pair_names(subject: Name, object: Name) -> tuple[Name, Name]:
    """Names that go together: "one car ... the other car" for two of a kind that only their places tell apart."""
    if subject.noun.lower() != object.noun.lower() or subject.many:
        return subject, object
    if subject.new != subject.known and object.new != object.known:
        return subject, object  # their attributes tell them apart
    if subject.siblings > 2 and " of the " not in subject.known + object.known:
        return subject, object  # "the middle chair"
    other = f"the other {object.noun}" if object.siblings == 2 else f"another {object.noun}"
    one = f"one {subject.noun}"
    return subject.called(one, one), object.called(other, other)


def _slots(subject: Name, object: Name) -> dict[str, str]:
    s, o = subject.many, object.many
    return {
        "S": subject.known,
        "O": object.known,
        "s": subject.new,
        "is": "are" if s else "is",
        "are": "are" if o else "is",
        "it": "them" if o else "it",
        "its": "their" if s else "its",
        "has": "have" if s else "has",
        **{verb: verb.removesuffix("s") if s else verb for verb in ("rests", "looks", "turns", "belongs")},
        "haveO": "have" if o else "has",
        "holdsO": "hold" if o else "holds",
        "includesO": "include" if o else "includes",
    }


def _say_group(scene: Scene, group: Sequence[Fact], names: Mapping[str, Name], seed: int) -> str:
    """ "Two chairs are next to the table." """
    first = group[0]
    label, place = scene.objects[first.subject].label, GROUPED[first.predicate]
    who = f"{number(len(group))} {plural(label)}" if not is_plural(label) else f"several groups of {label}"
    options = (f"{who} are {place} {{O}}", f"there are {who} {place} {{O}}", f"{place} {{O}} are {who}")
    text = _chosen(options, seed, label, first.predicate.value, first.object)
    return sentence(fill(text, {"O": names[first.object].known}))


# The sentence about the whole scene


def _scene_caption(
    scene: Scene, field: RelationField, names: Mapping[str, Name], facts: Sequence[Fact], seed: int
) -> Caption | None:
    things = list(scene.solid_objects())
    concept = _concept(scene)
    if not things:
        stuff = [thing.label for thing in scene.objects.values() if thing.kind == "stuff" and not thing.hidden]
        text = listed([indefinite(name, name) for name in dict.fromkeys(stuff)][:MAX_INVENTORY]) or concept
        return Caption(text=sentence(text), scope="scene") if text else None
    inventory = _inventory(things, facts)
    ground, stated = _ground(scene, things)
    opening = f"{concept} with {inventory}" if concept else inventory
    opening += f" on the {ground}" if ground else ""
    clauses = [say_fact(fact.replace(apparent=None), names, seed)[:-1] for fact in _highlights(facts)]
    clauses = [
        clause if len(clause.split(" ")[0]) > 1 and clause.split(" ")[0].isupper() else clause[:1].lower() + clause[1:]
        for clause in clauses
    ]
    text = f"{opening}: {listed(clauses) if len(clauses) < 3 else '; '.join(clauses)}" if clauses else opening
    return Caption(text=sentence(text), facts=(*stated, *_highlights(facts)), maker="rule", scope="scene")


def _highlights(facts: Sequence[Fact]) -> tuple[Fact, ...]:
    """The two most salient facts that have no object in common, else the first alone."""
    chosen: list[Fact] = []
    for fact in facts:
        if all({fact.subject, fact.object}.isdisjoint((other.subject, other.object)) for other in chosen):
            chosen.append(fact)
        if len(chosen) == 2:
            break
    return tuple(chosen)


def _concept(scene: Scene) -> str:
    """ "a living room": the concept with most parts, or empty."""
    concepts = {thing.id: thing for thing in scene.objects.values() if thing.kind == "concept" and not thing.hidden}
    if not concepts:
        return ""
    parts = Counter(thing.parent for thing in scene.objects.values() if thing.parent in concepts)
    chosen = max(concepts.values(), key=lambda thing: parts[thing.id])
    return indefinite(chosen.label, chosen.label)


def _inventory(things: Sequence[SceneObject], facts: Iterable[Fact]) -> str:
    """ "two chairs, a table and a lamp"; the things that the facts speak of come first."""
    order = {name: rank for rank, fact in enumerate(facts) for name in (fact.object, fact.subject)}
    counts: Counter[str] = Counter()
    ranks: dict[str, int] = {}
    for thing in things:
        counts[thing.label] += 1
        ranks[thing.label] = min(ranks.get(thing.label, len(order) + 1), order.get(thing.id, len(order) + 1))
    labels = sorted(counts, key=lambda label: (ranks[label], -counts[label]))
    said = [_counted_label(counts[label], label) for label in labels[:MAX_INVENTORY]]
    rest = sum(counts[label] for label in labels[MAX_INVENTORY:])
    return listed([*said, f"{number(rest)} more thing{'s' if rest > 1 else ''}"] if rest else said)


def _counted_label(count: int, label: str) -> str:
    return indefinite(label, label) if is_plural(label) else counted(count, label)


def _ground(scene: Scene, things: Sequence[SceneObject]) -> tuple[str, tuple[Fact, ...]]:
    """Stuff on which every listed thing stands by its box, and the facts that say so; empty if there is none."""
    for stuff in scene.objects.values():
        if stuff.kind != "stuff" or stuff.hidden or stuff.label.lower().rsplit(" ", 1)[-1] not in GROUND:
            continue
        grades = [(thing.id, grade_of(scene, thing.id, Predicate.ON, stuff.id)) for thing in things[:MAX_INVENTORY]]
        if len(things) <= MAX_INVENTORY and all(grade > 0.5 for _, grade in grades):
            facts = (Fact(subject=n, predicate=Predicate.ON, object=stuff.id, grade=grade) for n, grade in grades)
            return stuff.label, tuple(facts)
    return "", ()
