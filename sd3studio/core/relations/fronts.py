"""Which things have a front that people speak of, and which stand with their back to walls: priors by category."""

import math
from functools import lru_cache

from sd3studio.core.scene.values import SceneObject

# fmt: off
FRONTED: frozenset[str] = frozenset((
    "person", "man", "woman", "boy", "girl", "child", "baby", "people", "dog", "cat", "horse", "cow", "sheep",
    "elephant", "bear", "zebra", "giraffe", "bird", "duck", "teddy", "chair", "armchair", "couch", "sofa",
    "bench", "seat", "loveseat", "toilet", "tv", "television", "laptop", "monitor", "computer", "screen",
    "clock", "camera", "car", "bus", "truck", "van", "train", "motorcycle", "bicycle", "bike", "scooter",
    "airplane", "plane", "boat", "refrigerator", "fridge", "oven", "microwave", "wardrobe", "cupboard",
    "cabinet", "bookcase", "bookshelf", "fireplace", "piano", "statue", "robot", "doll",
))
BACKED: frozenset[str] = frozenset((
    "couch", "sofa", "armchair", "loveseat", "bench", "bed", "bookcase", "bookshelf", "shelf", "shelves",
    "cabinet", "cupboard", "wardrobe", "dresser", "sideboard", "locker", "desk", "piano", "fireplace",
    "radiator", "tv", "television", "stand", "refrigerator", "fridge", "oven", "stove", "sink", "toilet",
    "dishwasher", "mirror", "whiteboard", "picture", "painting", "poster", "washing machine", "vending machine",
))
# fmt: on
"""Last words of categories and labels."""


def has_front(thing: SceneObject) -> bool:
    """True for things that can be said to face something: people, animals, seats, screens, vehicles."""
    return _has_front(thing.category or "", thing.label)


def has_back(thing: SceneObject) -> bool:
    """True for things that stand, or hang, with their back to a wall where there is one: most furniture."""
    return _has_back(thing.category or "", thing.label)


def yaw_facing(direction: tuple[float, float]) -> float:
    """Yaw (rad) of a thing that faces along a horizontal direction (m, world)."""
    return math.atan2(direction[0], -direction[1])


@lru_cache(maxsize=4_096)
def _has_front(*names: str) -> bool:
    return any(name.lower().rsplit(" ", 1)[-1] in FRONTED for name in names)


@lru_cache(maxsize=4_096)
def _has_back(*names: str) -> bool:
    words = [name.lower().split() for name in names]
    return any(" ".join(one[-count:]) in BACKED for one in words for count in (1, 2))
