"""What a sentence leaves unsaid but means: who shares a seat, how chairs stand around a table."""

from collections.abc import Iterable

from sd3studio.core.language.containment import DRAWN_UP, TABLES
from sd3studio.core.language.nouns import ANIMATE, words
from sd3studio.core.scene.predicates import Predicate
from sd3studio.core.scene.values import Provenance, Relation, Scene, SceneObject

AROUND = frozenset({"around", "round", "surrounding", "surround", "周围", "四周", "围着"})
HAVING = frozenset({"with", "has", "have", "有", "带", "带有"})
RING = (Predicate.LEFT_OF, Predicate.RIGHT_OF, Predicate.BEHIND, Predicate.IN_FRONT_OF)
LARGEST_ON_SEAT_M = 0.6
SEATS = words("couch sofa bench bed loveseat")


def likely_relations(scene: Scene) -> Iterable[Relation]:
    """Of a man on a couch next to a dog, the dog is likely on the couch too, if it is not said where it stands."""
    on = {r.subject: r.object for r in scene.relations if r.predicate is Predicate.ON}
    yield from _rings(scene)
    for relation in scene.relations:
        if relation.predicate is not Predicate.NEXT_TO:
            continue
        for one, other in ((relation.subject, relation.object), (relation.object, relation.subject)):
            seat = on.get(one)
            if seat is None or other in on or seat == other or scene.objects[seat].label.split()[-1] not in SEATS:
                continue
            if _may_share(scene.objects[other], scene.objects[seat]):
                yield Relation(
                    subject=other,
                    predicate=Predicate.ON,
                    object=seat,
                    provenance=Provenance(source="text", detail="likely"),
                )


def _may_share(thing: SceneObject, seat: SceneObject) -> bool:
    """Whether a thing fits on a seat beside somebody: living things and small ones, but no floor lamp and no table."""
    living = thing.label.split()[-1] in ANIMATE
    return (
        thing.kind == "object"
        and thing.size[0] < 0.6 * seat.size[0]
        and (living or max(thing.size) <= LARGEST_ON_SEAT_M)
    )


def _is_around(relation: Relation, scene: Scene) -> bool:
    """Whether it is said that things stand around another, or it is a table with its chairs."""
    said = relation.provenance.detail.strip("“”")
    seat, table = (scene.objects[end].label.split()[-1] for end in (relation.subject, relation.object))
    return said in AROUND or (said in HAVING and seat in DRAWN_UP and table in TABLES)


def rings_of(relations: Iterable[Relation], scene: Scene) -> dict[str, list[str]]:
    """What stands around what: a table -> its chairs, two or more."""
    rings: dict[str, list[str]] = {}
    for relation in relations:
        if relation.predicate is Predicate.NEXT_TO and _is_around(relation, scene):
            rings.setdefault(relation.object, []).append(relation.subject)
    return {middle: members for middle, members in rings.items() if len(members) > 1}


def _rings(scene: Scene) -> Iterable[Relation]:
    """Chairs around a table stand at different sides of it and face it."""
    likely = Provenance(source="text", detail="likely")
    for middle, members in rings_of(scene.relations, scene).items():
        for number, member in enumerate(members):
            yield Relation(subject=member, predicate=RING[number % 4], object=middle, provenance=likely)
            yield Relation(subject=member, predicate=Predicate.FACING, object=middle, provenance=likely)
