"""The spatial predicates: names, inverses, and which of them geometry can decide."""

from enum import StrEnum


class Predicate(StrEnum):
    """The nine predicates of the VSD data sets, two of orientation, the subordinate one, and three comparatives."""

    ON = "on"
    IN = "in"
    UNDER = "under"
    ABOVE = "above"
    BEHIND = "behind"
    IN_FRONT_OF = "in front of"
    NEXT_TO = "next to"
    LEFT_OF = "to the left of"
    RIGHT_OF = "to the right of"
    FACING = "facing"
    FACING_AWAY = "facing away from"
    PART_OF = "part of"
    BIGGER = "bigger than"
    TALLER = "taller than"
    NEARER = "nearer than"


VSD_PREDICATES: tuple[Predicate, ...] = tuple(Predicate)[:9]
"""In the order in which the VSD papers list them; digits 1 to 9 pick them in the window."""

ORIENTATION_PREDICATES: tuple[Predicate, ...] = (Predicate.FACING, Predicate.FACING_AWAY)

COMPARATIVES: tuple[Predicate, ...] = (Predicate.BIGGER, Predicate.TALLER, Predicate.NEARER)

GEOMETRIC_PREDICATES: tuple[Predicate, ...] = VSD_PREDICATES + ORIENTATION_PREDICATES
"""Each is one graded function of two oriented boxes and a camera (`sd3studio.core.relations`)."""

INVERSE: dict[Predicate, Predicate] = {
    Predicate.LEFT_OF: Predicate.RIGHT_OF,
    Predicate.RIGHT_OF: Predicate.LEFT_OF,
    Predicate.BEHIND: Predicate.IN_FRONT_OF,
    Predicate.IN_FRONT_OF: Predicate.BEHIND,
    Predicate.ABOVE: Predicate.UNDER,
    Predicate.UNDER: Predicate.ABOVE,
    Predicate.NEXT_TO: Predicate.NEXT_TO,
}
"""`a P b` says the same as `b INVERSE[P] a`. The others have no inverse among the predicates."""
