"""What should be in a picture, what was seen in it, and which of the two can be the same."""

from collections.abc import Collection
from dataclasses import dataclass
from functools import cache

from sd3studio.core.catalogue import shipped_catalogue
from sd3studio.core.errors import MeshError
from sd3studio.core.scene.value import BoxPx
from sd3studio.core.scene.values import SceneObject

SEEN_AS: dict[str, tuple[str, ...]] = {
    "armchair": ("chair", "couch"), "stool": ("chair",), "ottoman": ("couch", "chair"), "deck chair": ("chair",),
    "office chair": ("chair",), "sofa": ("couch",), "loveseat": ("couch",), "wheelchair": ("chair",),
    "table": ("dining table",), "coffee table": ("dining table",), "desk": ("dining table",),
    "bunk bed": ("bed",), "crib": ("bed",), "monitor": ("tv",), "television": ("tv",), "computer": ("tv", "laptop"),
    "glass": ("wine glass", "cup"), "mug": ("cup",), "pot": ("bowl",), "salad": ("bowl",), "fruit bowl": ("bowl",),
    "pitcher": ("vase", "bottle", "cup"), "flowers": ("potted plant", "vase"), "bonsai": ("potted plant",),
    "cactus": ("potted plant",), "plant": ("potted plant",), "duck": ("bird",), "chicken": ("bird",),
    "telephone": ("cell phone",), "phone": ("cell phone",), "tablet": ("cell phone", "laptop"),
    "briefcase": ("suitcase", "handbag"), "bag": ("handbag", "backpack"), "cupcake": ("cake",),
    "hamburger": ("sandwich",), "urinal": ("toilet",), "forklift": ("truck",), "van": ("car", "truck", "bus"),
    "scooter": ("motorcycle",), "tricycle": ("bicycle",), "bike": ("bicycle",), "toy car": ("car",),
    "toy train": ("train",), "fridge": ("refrigerator",), "ball": ("sports ball",), "newspaper": ("book",),
    "man": ("person",), "woman": ("person",), "boy": ("person",), "girl": ("person",), "child": ("person",),
}  # fmt: skip
"""Category or noun -> classes of COCO under which detectors report such things (ours); COCO's own names are added."""


@dataclass(frozen=True, slots=True)
class Expected:
    """Where an object of the scene should be seen.

    Parameters
    ----------
    thing : the object
    box : around its visible pixels; None if none is visible
    whole : around all its pixels in the frame, were nothing before it; None if it is out of the picture
    seen_px, whole_px : how many pixels these are
    names : labels under which a detector may report it; empty if no class covers it
    control, control_score : what the detectors see of it in a true render of the scene, None if nothing
    """

    thing: SceneObject
    box: BoxPx | None
    whole: BoxPx | None
    seen_px: int
    whole_px: int
    names: frozenset[str] = frozenset()
    control: BoxPx | None = None
    control_score: float = 0.0

    @property
    def places(self) -> tuple[BoxPx, ...]:
        """Boxes that all mean "at its place": detectors box what is visible, or the whole, or only a telling part."""
        return tuple(box for box in (self.box, self.whole, self.control) if box is not None)


@dataclass(frozen=True, slots=True)
class Sighting:
    """Something seen in the picture.

    Parameters
    ----------
    label, score, box : as a detector gives them
    thing : the drawn object itself, where an id map tells; its placement is then known exactly
    """

    label: str
    score: float
    box: BoxPx
    thing: SceneObject | None = None


def detector_names(thing: SceneObject, classes: Collection[str]) -> frozenset[str]:
    """Which of a detector's `classes` may be said of an object; empty if none covers it.

    Its category decides; without one (or with one that the catalogue does not have) its label, then its last word.
    """
    label = thing.label.strip().lower()
    nouns = [thing.category or "", label, _category_of(label) or "", label.rsplit(" ", 1)[-1]]
    for noun in nouns:
        names = {name for name in (noun, *SEEN_AS.get(noun, ())) if name in classes}
        if names:
            return frozenset(names)
        if noun and noun in _categories():
            return frozenset()
    return frozenset()


@cache
def _categories() -> frozenset[str]:
    try:
        return frozenset(shipped_catalogue().categories)
    except MeshError:
        return frozenset()


def _category_of(label: str) -> str | None:
    return shipped_catalogue().category_of(label) if _categories() else None


def area_px(box: BoxPx) -> float:
    """Area of a box, 0 if it is inside out."""
    return max(box[2] - box[0], 0.0) * max(box[3] - box[1], 0.0)


def common_px(a: BoxPx, b: BoxPx) -> float:
    """Area that two boxes share."""
    return area_px((max(a[0], b[0]), max(a[1], b[1]), min(a[2], b[2]), min(a[3], b[3])))


def iou(a: BoxPx, b: BoxPx) -> float:
    """Intersection over union of two boxes, 0 if both are empty."""
    common = common_px(a, b)
    union = area_px(a) + area_px(b) - common
    return common / union if union > 0 else 0.0


def share_inside(inner: BoxPx, outer: BoxPx) -> float:
    """Share of a box that lies in another one."""
    return common_px(inner, outer) / area_px(inner) if area_px(inner) > 0 else 0.0


def overlap(expected: Expected, box: BoxPx) -> float:
    """How well a box fits the best of the places of an expected object, as intersection over union."""
    return max((iou(place, box) for place in expected.places), default=0.0)


def best_place(expected: Expected, box: BoxPx) -> BoxPx | None:
    """The place of an expected object that a box fits best."""
    return max(expected.places, key=lambda place: iou(place, box), default=None)
