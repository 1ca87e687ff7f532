"""Which things of a scene a few words of a question mean: "the left man", "red cars", "it"."""

import re
from collections.abc import Callable, Sequence

from sd3studio.core.language.nouns import NUMBERS, words
from sd3studio.core.searching.index import IndexedThing, SceneIndex
from sd3studio.core.searching.labels import likeness

_LEFT_OUT = words("a an the any some of there here photo picture image this that these those his her its")
_ORDERS: dict[str, tuple[Callable[[IndexedThing], float], bool]] = {
    "left": (lambda t: _middle(t, 0), False), "leftmost": (lambda t: _middle(t, 0), False),
    "right": (lambda t: _middle(t, 0), True), "rightmost": (lambda t: _middle(t, 0), True),
    "upper": (lambda t: _middle(t, 1), False), "lower": (lambda t: _middle(t, 1), True),
    "nearest": (lambda t: t.distance_m, False), "closest": (lambda t: t.distance_m, False),
    "nearer": (lambda t: t.distance_m, False), "closer": (lambda t: t.distance_m, False),
    "farthest": (lambda t: t.distance_m, True), "farther": (lambda t: t.distance_m, True),
    "furthest": (lambda t: t.distance_m, True), "biggest": (lambda t: t.area, True),
    "largest": (lambda t: t.area, True), "smallest": (lambda t: t.area, False),
}  # fmt: skip
"""Words that pick one of several: by which value, and whether the greatest."""


def things_meant(said: str, index: SceneIndex) -> tuple[int, ...]:
    """Rows of the things that words mean; empty where nothing in the scene is called so."""
    tokens = [
        token for token in re.findall(r"[\w'-]+", said.lower()) if token not in _LEFT_OUT and token not in NUMBERS
    ]
    labels = {thing.label for thing in index.things}
    for start in range(len(tokens)):
        found = likeness(" ".join(tokens[start:]), labels)
        if found:
            best = max(found.values())
            rows = [row for row, thing in enumerate(index.things) if found.get(thing.label, 0.0) >= best - 0.11]
            solid = [row for row in rows if index.things[row].kind == "object"]
            return _picked(solid or rows, tokens[:start], index)
    return ()


def order_of(word: str) -> tuple[Callable[[IndexedThing], float], bool] | None:
    """What "nearest" or "biggest" goes by, and whether the greatest is meant."""
    return _ORDERS.get(word)


def _picked(rows: Sequence[int], adjectives: Sequence[str], index: SceneIndex) -> tuple[int, ...]:
    for word in adjectives:
        if word in _ORDERS:
            value, greatest = _ORDERS[word]
            rows = sorted(rows, key=lambda row: value(index.things[row]), reverse=greatest)[:1]
        else:
            rows = [row for row in rows if word in index.things[row].attributes]
    return tuple(rows)


def _middle(thing: IndexedThing, axis: int) -> float:
    return (thing.box[axis] + thing.box[axis + 2]) / 2.0 if thing.box else 0.5
