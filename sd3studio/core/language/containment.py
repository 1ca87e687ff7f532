"""Where a thing is that something else has: "the building has a window", "a room with a bed", "a man with a dog"."""

from sd3studio.core.language.nouns import ANIMATE, BODY_PARTS, CONTAINERS, PLACES, WORN, words
from sd3studio.core.scene.predicates import Predicate

DRAWN_UP = words("chair armchair stool bench seat ottoman")
"""What stands at a table that has it."""
TABLES = words("table desk counter bar")
ROOTED = words("tree bush hedge fence palm pine garden")
"""What stands on the ground beside a house that has it."""


def predicate_of_having(owner: str, thing: str) -> Predicate:
    """The predicate P of ``thing P owner``, from the head nouns of both (lemmas).

    Places and containers hold things inside; somebody's companion is next to him, as are chairs of a
    table and trees of a house; everything else is on its owner.
    """
    if owner in PLACES or (owner in CONTAINERS and thing not in CONTAINERS):
        return Predicate.IN
    if (owner in ANIMATE and thing in ANIMATE) or (owner in TABLES and thing in DRAWN_UP) or thing in ROOTED:
        return Predicate.NEXT_TO
    return Predicate.ON


def predicate_of_owning(owner: str, thing: str) -> Predicate | None:
    """The predicate of "the owner's thing", or None: somebody's car need not be anywhere near him."""
    if owner not in ANIMATE or thing in BODY_PARTS:
        return Predicate.PART_OF
    return Predicate.ON if thing in WORN else None
