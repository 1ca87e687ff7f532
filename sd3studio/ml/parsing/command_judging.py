"""Clauses without a verb of doing that ask for a change: "the table is too small", "the rug should be 2 m by 3 m"."""

from collections.abc import Callable

from sd3studio.core.language.commands import Command
from sd3studio.ml.parsing.command_words import Cursor

Making = Callable[[Cursor, str], Command | str | None]
COPULAS = ("should be", "must be", "has to be", "have to be", "needs to be", "need to be", "is", "are", "looks", "look",
           "seems", "seem")  # fmt: skip
MENDED = {
    "small": "bigger", "tiny": "bigger", "little": "bigger", "big": "smaller", "large": "smaller", "huge": "smaller",
    "short": "taller", "low": "taller", "tall": "shorter", "high": "shorter", "wide": "narrower", "broad": "narrower",
    "long": "narrower", "narrow": "wider", "thick": "thinner", "deep": "thinner", "thin": "thicker", "flat": "taller",
}  # fmt: skip
"""What a thing is too much -> what it is to become."""
AMOUNTS = ("a little bit", "a little", "a bit", "slightly", "much", "far", "way", "a lot")


def judged(clause: list[str], make: Making) -> Command | None:
    """The command that a clause amounts to, read by `make` as "make <thing> <predicate>"; None for any other clause."""
    for at in range(1, len(clause)):
        cursor = Cursor(clause, at)
        if cursor.take(*COPULAS):
            return _made(clause[:at], _mended(Cursor(clause, cursor.at)), make, ("scale",))
    return _made(clause, [], make, ("scale", "colour")) if clause[0] in ("the", "both", "all", "it", "them") else None


def _mended(cursor: Cursor) -> list[str]:
    """ "much too small" as "much bigger"; other predicates as they are."""
    start = cursor.at
    cursor.take(*AMOUNTS)
    amount = cursor.tokens[start : cursor.at]
    if cursor.take("too") and cursor.peek() in MENDED:
        return [*amount, MENDED[cursor.peek()], *cursor.tokens[cursor.at + 1 :]]
    return cursor.tokens[start:]


def _made(subject: list[str], predicate: list[str], make: Making, wanted: tuple[str, ...]) -> Command | None:
    cursor = Cursor(["make", *subject, *predicate], 1)
    command = make(cursor, "make")
    fits = isinstance(command, Command) and cursor.done and command.action in wanted
    return command if fits and isinstance(command, Command) else None
