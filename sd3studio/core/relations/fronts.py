"""Which things have a front that people speak of: a prior by category, for sentences only."""

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
# fmt: on
"""Last words of categories and labels."""


def has_front(thing: SceneObject) -> bool:
    """True for things that can be said to face something: people, animals, seats, screens, vehicles."""
    return _has_front(thing.category or "", thing.label)


@lru_cache(maxsize=4_096)
def _has_front(*names: str) -> bool:
    return any(name.lower().rsplit(" ", 1)[-1] in FRONTED for name in names)
