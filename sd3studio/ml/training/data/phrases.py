"""At least 40 ways to say each predicate, as templates that our own sentence parser reads back.

Slots: ``{s}``, ``{S}`` the subject as new and as known ("a chair", "the chair"), ``{o}``, ``{O}`` the object; ``{is}``,
``{are}`` is or are, of subject and object; ``{it}`` pronoun of the object; ``{its}`` possessive of the subject;
``{stands}``, ``{sits}``, ``{appears}`` follow the subject's number; ``{haveO}`` the object's.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType

from sd3studio.core.scene.predicates import INVERSE, VSD_PREDICATES, Predicate

PREPOSITIONS: Mapping[Predicate, tuple[str, ...]] = MappingProxyType(
    {
        Predicate.ON: ("on", "on top of", "atop"),
        Predicate.IN: ("in", "inside", "inside of"),
        Predicate.UNDER: ("under", "beneath", "underneath", "below"),
        Predicate.ABOVE: ("above", "over"),
        Predicate.BEHIND: ("behind", "in back of"),
        Predicate.IN_FRONT_OF: ("in front of", "at the front of"),
        Predicate.NEXT_TO: ("next to", "beside", "close to", "near", "by"),
        Predicate.LEFT_OF: ("to the left of", "on the left of", "left of", "on the left side of", "at the left of"),
        Predicate.RIGHT_OF: (
            "to the right of", "on the right of", "right of", "on the right side of", "at the right of",
        ),
        Predicate.FACING: ("facing", "looking at", "turned towards", "looking towards", "facing towards"),
        Predicate.FACING_AWAY: (
            "facing away from", "turned away from", "looking away from", "with {its} back to",
            "with {its} back towards",
        ),
    }
)  # fmt: skip
"""Ways to write a predicate between subject and object, the plain one first."""

_FRAMES = (
    "{s} {is} {p} {O}",
    "{S} {is} {p} {O}",
    "{s} {is} {p} {o}",
    "there {is} {s} {p} {O}",
    "there {is} {s} {p} {o}",
    "{s} {p} {O}",
    "{s} {p} {o}",
    "{S} can be seen {p} {O}",
    "{s} can be seen {p} {o}",
    "we can see {s} {p} {O}",
    "you can see {s} {p} {O}",
    "look at {s} {p} {O}",
    "here {is} {s} {p} {O}",
    "{s} that {is} {p} {O}",
)
"""For every predicate."""

_PLACE_FRAMES = (
    "{s} {stands} {p} {O}",
    "{S} {is} situated {p} {O}",
    "{s} {sits} {p} {O}",
    "{s} {is} placed {p} {O}",
    "{S} {is} located {p} {O}",
    "{S} {is} positioned {p} {O}",
    "{s} placed {p} {O}",
    "{s} standing {p} {O}",
)
"""For predicates of place."""

_PLAIN_FRAMES = (
    "{p} {O} {is} {s}",
    "{p} {O} there {is} {s}",
    "{p} {O}, there {is} {s}",
    "{p} {O}, you can see {s}",
    "{o} with {s} {p} {it}",
    "{O} {haveO} {s} {p} {it}",
)
"""For the plain preposition of a predicate of place only: inversion and with-phrases."""

_INVERSE_FRAMES = (
    "{O} {are} {q} {S}",
    "{o} {are} {q} {S}",
    "there {are} {o} {q} {S}",
    "{o} {q} {S}",
    "{O} can be seen {q} {S}",
    "{o} that {are} {q} {S}",
)
"""The same said from the other side, with the inverse's preposition."""

_EXTRA: Mapping[Predicate, tuple[str, ...]] = MappingProxyType(
    {
        Predicate.IN: ("{O} {haveO} {s} inside", "{O} {holdsO} {s}", "{O} {containsO} {s}"),
        Predicate.FACING: (
            "{S} {looks} at {O}", "{s} {looks} towards {O}", "{S} {faces} {O}", "{s} {faces} {o}",
            "{S} {is} turned to {O}",
        ),
        Predicate.FACING_AWAY: (
            "{S} {looks} away from {O}", "{s} {looks} away from {o}", "{S} {faces} away from {O}",
            "{s} {faces} away from {o}",
        ),
    }
)  # fmt: skip

_NOT_READ = frozenset(
    (
        *("there {is} {s} right of {O}", "there {is} {s} right of {o}"),
        *("we can see {s} right of {O}", "you can see {s} right of {O}", "look at {s} right of {O}"),
    )
)
"""Templates that sound well but that our parser reads otherwise ("right" as an adverb)."""


def _spelled(predicate: Predicate) -> tuple[str, ...]:
    found: list[str] = []
    placed = predicate in VSD_PREDICATES
    for number, preposition in enumerate(PREPOSITIONS[predicate]):
        frames = _FRAMES + (_PLACE_FRAMES if placed else ()) + (_PLAIN_FRAMES if placed and not number else ())
        found += [frame.replace("{p}", preposition) for frame in frames]
    if predicate in INVERSE and predicate is not Predicate.NEXT_TO:
        for preposition in PREPOSITIONS[INVERSE[predicate]][:2]:
            found += [frame.replace("{q}", preposition) for frame in _INVERSE_FRAMES]
    found += _EXTRA.get(predicate, ())
    return tuple(template for template in dict.fromkeys(found) if template not in _NOT_READ)


PHRASINGS: Mapping[Predicate, tuple[str, ...]] = MappingProxyType(
    {predicate: _spelled(predicate) for predicate in PREPOSITIONS}
)
"""Predicate -> its templates: the nine of VSD, facing, facing away from."""


_VERBS = re.compile(r"\{(is|are|stands|sits|looks|turns|faces|appears|haveO|holdsO|containsO)\}|can (be )?seen?\b")


def is_clause(template: str) -> bool:
    """Whether a template is a whole clause, and not a noun phrase such as "a cup on the table"."""
    return " that " not in template and bool(_VERBS.search(template))


def slots_of(subject: tuple[str, str, bool], object: tuple[str, str, bool]) -> dict[str, str]:
    """What fills a template. Each side is (as new, as known, whether it is a plural)."""
    (new_s, known_s, many_s), (new_o, known_o, many_o) = subject, object
    verbs = ("stands", "sits", "looks", "turns", "faces", "appears")
    return {
        **{"s": new_s, "S": known_s, "o": new_o, "O": known_o},
        **{"is": "are" if many_s else "is", "are": "are" if many_o else "is"},
        **{"it": "them" if many_o else "it", "its": "their" if many_s else "its", "has": "have" if many_s else "has"},
        **{verb: verb.removesuffix("s") if many_s else verb for verb in verbs},
        **{"haveO": "have" if many_o else "has", "holdsO": "hold" if many_o else "holds"},
        "containsO": "contain" if many_o else "contains",
    }
