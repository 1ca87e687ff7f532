"""From a catalogue entry to an object of a composed scene: its noun, its colour and material, a little of its size."""

from collections.abc import Mapping, Sequence
from random import Random

from sd3studio.core.catalogue import CatalogueEntry, shipped_catalogue
from sd3studio.core.language.colours import COLOURS
from sd3studio.core.scene.value import Colour
from sd3studio.core.scene.values import Provenance, SceneObject

COMPOSED = Provenance(source="sample", detail="composed by seed")

SCENE_COLOURS = (
    *("black", "white", "gray", "red", "pink", "orange", "brown", "beige"),
    *("yellow", "green", "teal", "blue", "navy", "purple"),
)
"""Colour words that things are painted in."""

WALL_COLOURS = ("white", "beige", "cream", "gray", "lavender", "tan", "yellow", "green", "blue", "pink")

_WOODS: tuple[Colour, ...] = (
    (0.58, 0.40, 0.24), (0.70, 0.52, 0.33), (0.43, 0.28, 0.17), (0.33, 0.21, 0.13), (0.80, 0.66, 0.47),
)  # fmt: skip

PAINTED = frozenset(
    (
        *("chair", "armchair", "couch", "stool", "ottoman", "dining table", "coffee table", "desk", "bed", "pillow"),
        *("wardrobe", "bookcase", "cabinet", "dresser", "nightstand", "tv stand", "box", "basket", "lamp", "desk lamp"),
        *("floor lamp", "vase", "rug", "curtain", "towel", "cup", "bowl", "plate", "bottle", "teapot", "umbrella"),
        *("suitcase", "backpack", "handbag", "car", "bicycle", "motorcycle", "truck", "bus", "bench", "trash can"),
        *("mailbox", "book", "gift", "bucket", "balloon", "hat", "shoe", "surfboard", "snowboard", "frisbee", "kite"),
        *("toy car", "toy train", "door", "sports ball", "tent", "stroller", "deck chair", "refrigerator", "toaster"),
        *("coffee maker", "microwave", "filing cabinet", "guitar", "crib", "bunk bed", "skateboard", "barrel", "boat"),
        *("pitcher", "scooter", "helmet", "piano", "clock", "flower box", "dog house", "locker", "bathtub"),
    )
)
"""Categories that come in any colour; whatever else keeps the colours of its mesh."""

MANY_COLOURS = frozenset(("dining-table-laid", "dining-table-round-laid", "dining-table-wine", "dining-table-set"))
"""Meshes of those that are made of several things, so that one colour for all of it would be wrong."""

PAINT_CHANCE = 0.6
WOOD_CHANCE = 0.7
_MATERIALS = frozenset(("wooden", "leather", "glass", "metal", "stone", "brick", "round", "open"))
_POSTURES = frozenset(("sitting", "lying", "standing"))

NOUNS: Mapping[str, Sequence[str]] = {
    "couch": ("couch", "couch", "sofa"),
    "dining table": ("table", "table", "dining table"),
    "tv": ("tv", "television"),
    "potted plant": ("plant", "potted plant"),
    "cell phone": ("phone", "cell phone"),
    "picture": ("picture", "painting"),
    "sports ball": ("ball",),
    "handbag": ("bag", "handbag"),
    "bookcase": ("bookcase", "bookshelf"),
    "nightstand": ("nightstand",),
    "refrigerator": ("refrigerator", "fridge"),
    "trash can": ("trash can",),
    "motorcycle": ("motorcycle",),
    "street lamp": ("street lamp", "lamp post"),
    "oven": ("oven", "stove"),
    "glass": ("glass",),
    "toilet paper": ("toilet paper",),
}
"""Nouns by which a category is called; others are called by their name."""

_NOUN_OF_MESH = {"book-stack": "books", "books-standing": "books", "piano-grand": "piano"}
_PEOPLE = ("man", "woman", "boy", "girl")

LEFT_OUT = frozenset(
    (
        # they sit on seats that are not there
        *("person-man-sitting", "person-man-suit-sitting", "person-woman-sitting", "person-boy-sitting"),
        "person-girl-sitting",
        *("mannequin-man", "mannequin-woman", "traffic-light-head", "stop-sign-plate", "cabinet-upper", "sink-small"),
        *("umbrella-folded", "plate-set", "kitchen-scale", "chair-child", "chair-high", "bathtub-corner", "bed-child"),
        *("desk-hutch", "desk-workbench", "dining-table-cloth", "oven-built-in", "couch-corner", "trash-can-office"),
        "dining-table-set",
        *("mailbox-wall", "clock-alarm", "tv-wall", "picture-frame", "cushion", "toilet-paper", "tv-stand-cabinet"),
        *("person-man-lying-front", "person-woman-lying", "truck-semi", "truck-peterbilt", "bottle-baby"),
        *("street-lamp-modern", "street-lamp-globe", "doormat", "jacket-suit", "curtain-shower", "piano-grand"),
        *(
            "tree-sycamore",
            "palm-tree-tall",
            "pitcher-jar",
            "chair-office",
            "chair-office-black",
            "bench-simple",
            "pine-tree-snow",
        ),
        "basket-laundry",
        # not everywhere: recipes name them where people sit or lie on the ground
        *("person-man-sitting-ground", "person-woman-sitting-ground", "person-woman-legs-out", "person-man-lying"),
        *("person-girl-sitting-ground", "person-boy-lying"),
    )
)
"""Meshes that don't do by themselves, or not by their category's name."""


class Dresser:
    """Makes the objects of one scene: same words for the same things, colours from one palette.

    Parameters
    ----------
    rng : source of all choices
    painted : of things that come in any colour, how many get one
    """

    def __init__(self, rng: Random, painted: float = PAINT_CHANCE) -> None:
        self.rng = rng
        self.painted = painted
        self.palette = tuple(rng.sample(SCENE_COLOURS, 4))
        self._nouns: dict[str, str] = {}
        self._mesh_of: dict[str, CatalogueEntry] = {}
        self._counts: dict[str, int] = {}

    def entry(self, category: str, same: bool = False) -> CatalogueEntry:
        """One of the meshes of a category; with `same` the one that was taken before. Raises KeyError if none is."""
        if same and category in self._mesh_of:
            return self._mesh_of[category]
        catalogue = shipped_catalogue()
        named = catalogue.get(category.removeprefix("=")) if category.startswith("=") else None
        entries = [named] if named else [e for e in catalogue.of_category(category) if e.id not in LEFT_OUT]
        if not entries:
            raise KeyError(f"the catalogue has no {category!r}")
        self._mesh_of[category] = entry = entries[self.rng.randrange(len(entries))]
        return entry

    def thing(self, category: str, same: bool = False, like: SceneObject | None = None) -> SceneObject:
        """A new object of a category (or of one mesh, ``"=mesh-id"``) at the origin; `like` gives colour and size."""
        entry = self.entry(category, same)
        label = self._noun(entry)
        attributes, colour = (like.attributes, like.colour) if like else self._looks(entry)
        scale = self.rng.uniform(0.93, 1.07)
        width, depth, height = entry.size
        size = like.size if like else (round(width * scale, 4), round(depth * scale, 4), round(height * scale, 4))
        number = self._counts[label] = self._counts.get(label, 0) + 1
        stem = label.replace(" ", "-").replace("'", "")
        return SceneObject(
            id=stem if number == 1 else f"{stem}-{number}",
            label=label,
            category=entry.category,
            attributes=attributes,
            size=size,
            mesh=entry.id,
            colour=colour,
            center=(0.0, 0.0, entry.elevation_m + size[2] / 2.0),
            provenance=COMPOSED,
        )

    def _noun(self, entry: CatalogueEntry) -> str:
        if entry.id in _NOUN_OF_MESH:
            return _NOUN_OF_MESH[entry.id]
        if entry.category == "person":
            return next(word for word in _PEOPLE if word in entry.attributes)
        if entry.category not in self._nouns:
            self._nouns[entry.category] = self.rng.choice(NOUNS.get(entry.category, (entry.category,)))
        return self._nouns[entry.category]

    def _looks(self, entry: CatalogueEntry) -> tuple[tuple[str, ...], Colour | None]:
        """Attribute words and tint. A colour is named only where the thing is really painted in it."""
        kept = [word for word in entry.attributes if word in _MATERIALS]
        posture = [word for word in entry.attributes if word in _POSTURES]
        if posture and (posture[0] != "standing" or self.rng.random() < 0.3):
            kept += posture[:1]
        if entry.id in MANY_COLOURS:
            return tuple(kept), None
        if entry.category in PAINTED and "glass" not in kept and self.rng.random() < self.painted:
            word = self.rng.choice(self.palette if self.rng.random() < 0.7 else SCENE_COLOURS)
            kept = [known for known in kept if known != "wooden"]
            return (word, *kept), varied(COLOURS[word], self.rng)
        if "wooden" in kept and self.rng.random() < WOOD_CHANCE:
            return tuple(kept), varied(self.rng.choice(_WOODS), self.rng)
        return tuple(kept), None


def pale(colour: Colour, share: float = 0.45) -> Colour:
    """A colour mixed with white, as walls are painted."""
    red, green, blue = (round(channel + (0.97 - channel) * share, 3) for channel in colour)
    return red, green, blue


def varied(colour: Colour, rng: Random, spread: float = 0.035) -> Colour:
    """A colour close to this one."""
    shift = rng.uniform(-spread, spread)
    red, green, blue = (
        round(min(1.0, max(0.02, channel + shift + rng.uniform(-spread, spread) / 2.0)), 3) for channel in colour
    )
    return red, green, blue
