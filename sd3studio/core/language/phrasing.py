"""The many ways to say one relation in English.

A template has the slots ``{S}`` and ``{O}`` (subject and object as known: "the chair"), ``{s}`` (the subject as new: "a
chair"), ``{is}`` (is or are, of the subject), ``{are}`` (of the object), ``{it}`` (pronoun of the object), ``{its}``
(possessive of the subject), and verbs that follow the subject's number: ``{rests}``, ``{looks}``, ``{has}``,
``{turns}``, ``{belongs}``; ``{haveO}``, ``{holdsO}``, ``{includesO}`` follow the object's.
"""

from collections.abc import Mapping

from sd3studio.core.scene.predicates import Predicate
from sd3studio.core.scene.values import Frame

PREPOSITIONS: dict[Predicate, tuple[str, ...]] = {
    Predicate.ON: ("on", "on top of"),
    Predicate.IN: ("in", "inside"),
    Predicate.UNDER: ("under", "beneath", "underneath", "below"),
    Predicate.ABOVE: ("above", "over"),
    Predicate.BEHIND: ("behind", "farther back than"),
    Predicate.IN_FRONT_OF: ("in front of", "closer to the viewer than"),
    Predicate.NEXT_TO: ("next to", "beside", "close to", "by"),
    Predicate.LEFT_OF: ("to the left of", "on the left of", "left of", "on the left side of"),
    Predicate.RIGHT_OF: ("to the right of", "on the right of", "right of", "on the right side of"),
    Predicate.FACING: ("facing", "turned towards"),
    Predicate.FACING_AWAY: ("facing away from", "turned away from"),
    Predicate.PART_OF: ("part of", "in"),
    Predicate.BIGGER: ("bigger than", "larger than"),
    Predicate.TALLER: ("taller than", "higher than"),
    Predicate.NEARER: ("nearer than", "closer than"),
}
"""Ways to write each predicate between subject and object; the first is the plain one."""

OWN_SIDE: dict[Predicate, str] = {
    Predicate.LEFT_OF: "at the left-hand side of",
    Predicate.RIGHT_OF: "at the right-hand side of",
    Predicate.BEHIND: "at the back of",
    Predicate.IN_FRONT_OF: "right before the front of",
}
"""The same in the reference object's own frame."""

_FRAMES = ("{s} {is} {p} {O}", "{S} {is} {p} {O}", "there {is} {s} {p} {O}", "{p} {O} {is} {s}")
"""Frames for any preposition; the last only for the plain ones."""

_EXTRA: dict[Predicate, tuple[str, ...]] = {
    Predicate.ON: ("{O} {haveO} {s} on {it}", "{S} {rests} on {O}"),
    Predicate.IN: ("{O} {haveO} {s} in {it}", "{O} {holdsO} {s}", "{S} {is} within {O}"),
    Predicate.UNDER: ("{O} {are} above {S}", "{O} {haveO} {s} under {it}"),
    Predicate.ABOVE: ("{O} {are} below {S}", "{O} {haveO} {s} above {it}"),
    Predicate.BEHIND: ("{O} {are} in front of {S}", "{O} {haveO} {s} behind {it}"),
    Predicate.IN_FRONT_OF: ("{O} {are} behind {S}", "{O} {haveO} {s} in front of {it}"),
    Predicate.NEXT_TO: ("{O} {haveO} {s} next to {it}", "{S} and {O} are side by side"),
    Predicate.LEFT_OF: ("{O} {are} to the right of {S}", "from here, {s} {is} to the left of {O}"),
    Predicate.RIGHT_OF: ("{O} {are} to the left of {S}", "from here, {s} {is} to the right of {O}"),
    Predicate.FACING: ("{S} {looks} towards {O}", "{S} {has} {its} front towards {O}"),
    Predicate.FACING_AWAY: (
        "{S} {has} {its} back to {O}",
        "{S} {looks} away from {O}",
        "{S} {turns} {its} back on {O}",
    ),
    Predicate.PART_OF: ("{S} {belongs} to {O}",),
}
"""Sentences of one predicate's own."""

_NO_INVERSION = (
    *(Predicate.FACING, Predicate.FACING_AWAY, Predicate.PART_OF),
    *(Predicate.BIGGER, Predicate.TALLER, Predicate.NEARER),
)


def _spelled(predicate: Predicate) -> tuple[str, ...]:
    """All templates of a predicate in the viewer's frame, without repetition; at least six."""
    prepositions = PREPOSITIONS[predicate]
    found = [_FRAMES[0].replace("{p}", p) for p in prepositions]
    found += [_FRAMES[1].replace("{p}", p) for p in prepositions]
    if predicate not in _NO_INVERSION:
        found += [_FRAMES[2].replace("{p}", p) for p in prepositions[:2]]
        found.append(_FRAMES[3].replace("{p}", prepositions[0]))
    elif predicate in (Predicate.FACING, Predicate.FACING_AWAY):
        found.append(_FRAMES[2].replace("{p}", prepositions[0]))
    elif predicate in (Predicate.BIGGER, Predicate.TALLER, Predicate.NEARER):
        found += [f"compared with {{O}}, {{S}} {{is}} {p.removesuffix(' than')}" for p in prepositions]
    else:
        found += ["{O} {includesO} {s}", "{O} {includesO} {S}"]
    return tuple(dict.fromkeys((*found, *_EXTRA.get(predicate, ()))))


TEMPLATES: dict[Predicate, tuple[str, ...]] = {predicate: _spelled(predicate) for predicate in Predicate}
"""Ways to say each predicate."""

OWN_SIDE_TEMPLATES: dict[Predicate, tuple[str, ...]] = {
    predicate: tuple(frame.replace("{p}", phrase) for frame in _FRAMES[:3]) for predicate, phrase in OWN_SIDE.items()
}


def templates_of(predicate: Predicate, frame: Frame = "camera") -> tuple[str, ...]:
    """Ways to say a predicate in a frame."""
    if frame == "object" and predicate in OWN_SIDE_TEMPLATES:
        return OWN_SIDE_TEMPLATES[predicate]
    return TEMPLATES[predicate]


def fill(template: str, slots: Mapping[str, str]) -> str:
    """The template with its slots filled."""
    for slot, text in slots.items():
        template = template.replace(f"{{{slot}}}", text)
    return template
