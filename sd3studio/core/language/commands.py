"""What a sentence asks to be done to a scene, as values: the common ground of the English and the Chinese reader.

Nothing here knows the scene: a `Referent` only describes a thing ("the red chair left of the table"), and
`sd3studio.core.language.meant` finds which object of a scene is meant.
"""

from dataclasses import dataclass
from typing import Literal

from sd3studio.core.language.vocabulary import SpatialRule

Action = Literal[
    "move", "add", "remove", "colour", "describe", "scale", "turn", "face", "swap", "replace", "rename", "copy",
    "hide", "show", "lock", "unlock", "line", "space",
]  # fmt: skip

Pronoun = Literal["", "it", "them", "he", "she", "this", "everything", "rest"]

Pick = Literal["", "left", "right", "near", "far", "big", "small", "tall", "short", "high", "low", "first", "last"]
"""By what one of several things of a kind is chosen ("the leftmost chair", "the biggest table")."""


@dataclass(frozen=True, slots=True)
class Place:
    """A place phrase and what it refers to: "to the right of" the sofa.

    Parameters
    ----------
    rule : meaning of the phrase; its manner ``"between"`` takes two references
    of : what it refers to; empty for a place of the picture itself ("on the left")
    words : as written
    origin : True for "from": where a thing is now, not where it goes
    """

    rule: SpatialRule
    of: "tuple[Referent, ...]"
    words: str
    origin: bool = False


@dataclass(frozen=True, slots=True)
class Referent:
    """A thing as it is spoken of.

    Parameters
    ----------
    words : as written ("the red chair")
    nouns : names for it in English, the most exact first ("coffee table", "table"); empty for a pronoun
    attributes : "red", "wooden"
    count : how many; a plural without a number has 1 and `plural`
    every : all there are are meant ("both chairs", "all dogs")
    definite : it is said to be there already ("the"); False for "a", None where the language does not say
    other : another one than that which was spoken of last
    pick, rank : chosen by an extreme, and the how many-th from there ("the second chair from the left")
    places : where it is ("the lamp on the table")
    but : exceptions ("everything except the table")
    """

    words: str
    nouns: tuple[str, ...] = ()
    attributes: tuple[str, ...] = ()
    count: int = 1
    plural: bool = False
    every: bool = False
    definite: bool | None = None
    other: bool = False
    pronoun: Pronoun = ""
    pick: Pick = ""
    rank: int = 1
    places: tuple[Place, ...] = ()
    but: "tuple[Referent, ...]" = ()


@dataclass(frozen=True, slots=True)
class Shift:
    """A way from where a thing is, as the viewer sees it, metres: to the right, away from the camera, up."""

    right_m: float = 0.0
    away_m: float = 0.0
    up_m: float = 0.0


@dataclass(frozen=True, slots=True)
class Resize:
    """A change of size: `factors` of width, depth and height, or lengths to `set_m` or `add_m` (None: leave it)."""

    factors: tuple[float, float, float] = (1.0, 1.0, 1.0)
    set_m: tuple[float | None, float | None, float | None] = (None, None, None)
    add_m: tuple[float, float, float] = (0.0, 0.0, 0.0)
    keep_shape: bool = False
    """A length that is set scales the other two along."""


@dataclass(frozen=True, slots=True)
class Command:
    """One thing to do.

    Parameters
    ----------
    action : what
    things : to what
    places : where to, or where it is (which, depends on the action and on the scene)
    others : what to face, to swap with, to put in the place of the things, to be compared with in size
    away : for ``"face"``: turn the back to it
    word : a colour, an attribute, a new name
    times : how many copies
    text : the clause as written
    """

    action: Action
    things: tuple[Referent, ...] = ()
    places: tuple[Place, ...] = ()
    others: tuple[Referent, ...] = ()
    shift: Shift | None = None
    resize: Resize | None = None
    angle_rad: float = 0.0
    away: bool = False
    word: str = ""
    times: int = 1
    text: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """A text as commands, in their order.

    Parameters
    ----------
    steps : what was understood; a clause that says what is there rather than what to do stays as text
    unread : clauses of which nothing was understood
    """

    steps: tuple[Command | str, ...] = ()
    unread: tuple[str, ...] = ()
