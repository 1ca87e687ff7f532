"""Typing mistakes in queries: words that nobody knows become the likest word of a label or of a relation.

Known are the words of the labels, of the relations, of the noun lists and of the embedding's vocabulary (30,000 words
of English), so that "playing" stays and "bycicle", "dgo" and "lfet" don't.
"""

import re
from collections.abc import Collection, Sequence
from functools import lru_cache

from sd3studio.core.errors import MissingModelError
from sd3studio.core.language.noun_net import noun_net
from sd3studio.core.language.nouns import NUMBERS
from sd3studio.core.language.vocabulary import english_phrases
from sd3studio.core.language.wording import plural

LEAST_LETTERS = 3
_WORD = re.compile(r"[A-Za-z]+")


def spelled(text: str, labels: Collection[str]) -> tuple[str, tuple[str, ...]]:
    """The text with words put right, and what was done: “dgo” is read as “dog”."""
    targets = _targets(frozenset(labels))
    notes: list[str] = []

    def put_right(found: re.Match[str]) -> str:
        word = found[0].lower()
        if len(word) < LEAST_LETTERS or word in targets or is_known(word):
            return found[0]
        better = likest(word, targets)
        if better is None:
            return found[0]
        notes.append(f"“{found[0]}” is read as “{better}”.")
        return better

    return _WORD.sub(put_right, text), tuple(dict.fromkeys(notes))


def likest(word: str, targets: Sequence[str]) -> str | None:
    """The target that a mistyped word most likely means; None if none is near."""
    most = 1 if len(word) < 6 else 2
    near = [(edits(word, target, most), target) for target in targets if abs(len(word) - len(target)) <= most]
    ranked = sorted((n, target[0] != word[0], len(target) < len(word), target) for n, target in near if n <= most)
    return ranked[0][-1] if ranked else None


def edits(a: str, b: str, most: int) -> int:
    """Letters that must be added, left out, changed or swapped with their neighbour to make `a` from `b`.

    Restricted Damerau-Levenshtein distance; stops with `most` + 1 where it is larger.
    """
    before: list[int] = []
    row = list(range(len(b) + 1))
    for i, letter in enumerate(a, start=1):
        after = [i]
        for j, other in enumerate(b, start=1):
            cost = min(row[j] + 1, after[j - 1] + 1, row[j - 1] + (letter != other))
            if i > 1 and j > 1 and letter == b[j - 2] and a[i - 2] == other:
                cost = min(cost, before[j - 2] + 1)
            after.append(cost)
        if min(after) > most:
            return most + 1
        before, row = row, after
    return row[-1]


@lru_cache(maxsize=4)
def _targets(labels: frozenset[str]) -> tuple[str, ...]:
    """Words that a query is made of."""
    found = {word for label in labels for name in (label, plural(label)) for word in _WORD.findall(name.lower())}
    found |= {word for phrase in english_phrases() for word in phrase if len(word) >= LEAST_LETTERS}
    found |= {word for word in NUMBERS if len(word) > LEAST_LETTERS}
    return tuple(sorted(found))


@lru_cache(maxsize=50_000)
def is_known(word: str) -> bool:
    """Whether a word (lower case) is one of English, as far as is known here."""
    from sd3studio.core.searching.telegram import is_noun

    return (
        is_noun(word) or word in noun_net().groups or word in _vocabulary() or word.removesuffix("s") in _vocabulary()
    )


@lru_cache(maxsize=1)
def _vocabulary() -> frozenset[str]:
    from sd3studio.ml.embedding import vocabulary

    try:
        return vocabulary()
    except MissingModelError:
        return frozenset()
