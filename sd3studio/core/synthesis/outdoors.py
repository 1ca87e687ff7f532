"""Recipes of places outside, and of still lifes: street, sidewalk, park, beach, farm, snow; things on a table."""

import math

from sd3studio.core.synthesis.steps import Recipe, Step, Stuff, Zone

_SKY = Stuff(("sky",), (-100.0, 60.0, -1.0), (100.0, 60.1, 60.0))
_EAST, _WEST = math.pi / 2.0, -math.pi / 2.0
_PEOPLE = ("person",)

STREET = Recipe(
    concept="street",
    width_m=(16.0, 16.0),
    depth_m=(18.0, 18.0),
    things=(4, 11),
    zones=(
        ("near lane", Zone(-3.6, 3.6, 1.4, 1.9, (_EAST,), 0.02)),
        ("far lane", Zone(-3.8, 3.8, 4.3, 4.8, (_WEST,), 0.02)),
        ("near sidewalk", Zone(-3.0, 3.0, -2.6, -0.5, (0.0,), 0.4)),
        ("kerb", Zone(-3.6, 3.6, -0.55, -0.4, (0.0,), 0.05)),
        ("far sidewalk", Zone(-4.0, 4.0, 6.8, 8.2, (0.0,), 0.3)),
    ),
    stuff=(
        Stuff(("road", "street"), (-30.0, 0.0, -0.04), (30.0, 6.0, -0.005)),
        Stuff(("sidewalk", "pavement"), (-30.0, -14.0, -0.04), (30.0, 0.0, 0.0)),
        Stuff(("sidewalk", "grass"), (-30.0, 6.0, -0.04), (30.0, 40.0, 0.0)),
        Stuff(
            ("building", "building", "trees"),
            (-30.0, 10.5, 0.0),
            (30.0, 11.0, 9.0),
            ("red", "beige", "gray", "tan", "brown"),
        ),
        _SKY,
    ),
    azimuth=0.55,
    elevation=(0.10, 0.38),
    first=(Step("floor", ("car", "car", "car", "truck", "motorcycle"), ("near lane", "far lane")),),
    more=(
        Step("floor", ("car", "car", "motorcycle", "=truck-van"), ("near lane", "far lane"), 1.6),
        Step("floor", ("bus",), ("far lane",), 0.35),
        Step("floor", ("bicycle", "motorcycle", "bench"), ("near sidewalk",), 1.0),
        Step(
            "floor",
            ("fire hydrant", "parking meter", "stop sign", "street lamp", "mailbox", "street sign", "traffic light"),
            ("kerb",),
            1.6,
        ),
        Step(
            "floor", ("bench", "tree", "street lamp", "trash can", "=tree-ficus", "flower box"), ("far sidewalk",), 1.2
        ),
        Step(
            "floor",
            ("trash can", "traffic cone", "potted plant", "stroller", "scooter"),
            ("near sidewalk", "kerb"),
            0.9,
            2,
        ),
        Step("floor", _PEOPLE, ("near sidewalk", "far sidewalk"), 1.8, 2),
        Step("near", ("dog", "suitcase", "stroller", "bicycle", "person"), _PEOPLE, 1.4, 1, (0.1, 0.5)),
        Step("near", _PEOPLE, ("car", "motorcycle", "bench", "person"), 0.9, 1, (0.15, 0.6)),
        Step("on", ("backpack", "handbag", "book", "cat", "hat"), ("bench",), 1.0),
        Step("beside", ("trash can", "street lamp", "potted plant", "bicycle"), ("bench",), 1.0, 2, (0.1, 0.4)),
    ),
)

SIDEWALK = Recipe(
    concept="street",
    width_m=(7.0, 7.0),
    depth_m=(6.0, 6.0),
    things=(4, 11),
    zones=(
        ("front", Zone(-2.4, 2.4, -2.2, 0.4, (0.0,), 0.7)),
        ("rear", Zone(-2.8, 2.8, 1.0, 2.3, (0.0,), 0.08)),
    ),
    stuff=(
        Stuff(("sidewalk", "pavement"), (-30.0, -14.0, -0.04), (30.0, 3.2, 0.0)),
        Stuff(
            ("building", "building", "wall"),
            (-30.0, 3.2, 0.0),
            (30.0, 3.7, 8.0),
            ("red", "beige", "gray", "tan", "brown", "white"),
        ),
    ),
    azimuth=0.7,
    elevation=(0.10, 0.42),
    first=(Step("floor", ("bench", "bicycle", "fire hydrant", "person", "motorcycle"), ("front", "rear")),),
    more=(
        Step("floor", ("bench", "trash can", "mailbox", "flower box", "potted plant"), ("rear",), 1.8),
        Step(
            "floor",
            ("bicycle", "motorcycle", "scooter", "suitcase", "backpack", "stroller", "dog", "cat", "bird"),
            ("front",),
            1.5,
        ),
        Step(
            "floor",
            ("fire hydrant", "parking meter", "traffic cone", "street lamp", "stop sign"),
            ("front", "rear"),
            1.1,
            2,
        ),
        Step("floor", _PEOPLE, ("front",), 1.4, 2),
        Step("near", ("dog", "suitcase", "backpack", "person", "stroller", "skateboard"), _PEOPLE, 1.6, 1, (0.1, 0.4)),
        Step("near", _PEOPLE, ("bench", "bicycle", "motorcycle", "person"), 1.2, 1, (0.15, 0.5)),
        Step("on", ("backpack", "handbag", "book", "cat", "hat", "sports ball"), ("bench",), 1.6),
        Step("under", ("cat", "sports ball", "bird", "shoe"), ("bench",), 0.7),
        Step("beside", ("trash can", "street lamp", "potted plant", "bicycle"), ("bench",), 1.2, 2, (0.1, 0.4)),
    ),
)

PARK = Recipe(
    concept="park",
    width_m=(9.0, 9.0),
    depth_m=(9.0, 9.0),
    things=(4, 12),
    zones=(
        ("lawn", Zone(-2.4, 2.4, -2.6, 1.0, (0.0,), 0.9)),
        ("behind", Zone(-3.0, 3.0, 1.4, 2.8, (0.0,), 0.3)),
    ),
    stuff=(
        Stuff(("grass", "lawn"), (-60.0, -20.0, -0.05), (60.0, 60.0, 0.0)),
        Stuff(("path",), (-60.0, -3.6, -0.02), (60.0, -2.2, 0.003)),
        Stuff(("trees", "hedge", "bushes"), (-60.0, 16.0, 0.0), (60.0, 17.0, 5.0)),
        _SKY,
    ),
    azimuth=0.8,
    elevation=(0.10, 0.42),
    first=(Step("floor", ("bench", "tree", "person", "fountain"), ("lawn", "behind")),),
    more=(
        Step("floor", ("=tree-ficus", "bush", "pine tree", "=cypress", "hedge", "rock"), ("behind",), 1.4, 2),
        Step(
            "floor",
            ("bench", "street lamp", "trash can", "flower box", "tent", "rock", "bush"),
            ("lawn", "behind"),
            1.3,
        ),
        Step(
            "floor",
            ("sports ball", "frisbee", "bicycle", "skateboard", "basket", "backpack", "duck", "rabbit"),
            ("lawn",),
            1.0,
        ),
        Step(
            "floor",
            ("person", "=person-woman-sitting-ground", "=person-man-sitting-ground", "=person-girl", "=person-boy"),
            ("lawn",),
            1.6,
            2,
        ),
        Step(
            "near",
            ("dog", "bicycle", "sports ball", "person", "backpack", "stroller", "kite"),
            _PEOPLE,
            1.8,
            1,
            (0.15, 0.7),
        ),
        Step("near", ("person", "dog"), ("dog", "person", "bench", "tree"), 1.1, 1, (0.2, 0.8)),
        Step("floor", ("swing", "seesaw", "=slide", "soccer goal", "hammock"), ("behind",), 0.7),
        Step("on", ("backpack", "handbag", "book", "cat", "hat"), ("bench",), 1.2),
        Step("under", ("=person-woman-sitting-ground", "dog", "sports ball", "bicycle", "rabbit"), ("tree",), 0.8),
        Step("in", ("bread", "banana", "apple", "sports ball"), ("basket",), 1.1),
    ),
)

BEACH = Recipe(
    concept="beach",
    width_m=(8.0, 8.0),
    depth_m=(7.0, 7.0),
    things=(4, 11),
    zones=(("sand", Zone(-2.3, 2.3, -2.2, 1.4, (0.0,), 0.7)), ("rear", Zone(-2.6, 2.6, 1.0, 2.4, (0.0,), 0.4))),
    stuff=(
        Stuff(("sand", "beach"), (-60.0, -20.0, -0.05), (60.0, 4.5, 0.0)),
        Stuff(("sea", "water"), (-80.0, 4.5, -0.06), (80.0, 60.0, -0.01)),
        _SKY,
    ),
    azimuth=0.5,
    elevation=(0.10, 0.40),
    first=(Step("floor", ("=umbrella-parasol", "deck chair", "person", "boat"), ("sand", "rear")),),
    more=(
        Step("floor", ("deck chair", "surfboard", "=boat"), ("sand", "rear"), 1.6, 2),
        Step("floor", ("=umbrella-parasol",), ("sand", "rear"), 0.8),
        Step("under", ("=sports-ball-beach", "towel", "basket", "backpack", "bucket", "dog"), ("umbrella",), 1.0),
        Step("floor", ("=sports-ball-beach", "bucket", "basket", "backpack", "frisbee"), ("sand",), 1.1),
        Step(
            "floor",
            ("person", "=person-woman-legs-out", "=person-man-sitting-ground", "=person-girl", "=person-boy"),
            ("sand",),
            1.8,
            2,
        ),
        Step("near", ("dog", "surfboard", "person", "=sports-ball-beach"), _PEOPLE, 1.3, 1, (0.15, 0.6)),
        Step("beside", ("deck chair", "=umbrella-parasol"), ("deck chair",), 1.0, 1, (0.2, 0.5)),
        Step("on", ("book", "hat", "handbag", "towel", "cat"), ("deck chair",), 0.9),
    ),
)

FARM = Recipe(
    concept="field",
    width_m=(12.0, 12.0),
    depth_m=(11.0, 11.0),
    things=(4, 11),
    zones=(("meadow", Zone(-2.8, 2.8, -2.8, 1.6, (), 0.0)), ("behind", Zone(-3.4, 3.4, 2.0, 3.6, (0.0,), 0.1))),
    stuff=(
        Stuff(("grass", "meadow"), (-60.0, -20.0, -0.05), (60.0, 60.0, 0.0)),
        Stuff(("trees", "hill", "mountain"), (-60.0, 22.0, 0.0), (60.0, 23.0, 5.0)),
        _SKY,
    ),
    azimuth=0.7,
    elevation=(0.10, 0.36),
    first=(Step("floor", ("cow", "horse", "sheep", "zebra", "elephant", "giraffe"), ("meadow",), 1, 3),),
    more=(
        Step("floor", ("cow", "horse", "sheep", "pig", "zebra", "bear"), ("meadow",), 1.6, 2),
        Step(
            "floor",
            ("fence", "=fence-picket", "=tree-ficus", "bush", "shed", "pine tree", "rock", "log"),
            ("behind",),
            1.6,
            2,
        ),
        Step(
            "floor", ("chicken", "dog", "barrel", "wheelbarrow", "bucket", "rock", "log", "barrel"), ("meadow",), 1.1, 2
        ),
        Step("near", ("person", "dog"), ("cow", "horse", "sheep", "pig", "person"), 1.4, 1, (0.3, 0.9)),
        Step("floor", _PEOPLE, ("meadow",), 0.8),
        Step("on", ("bird", "chicken", "cat"), ("log", "rock", "barrel"), 0.8),
    ),
)

SNOW = Recipe(
    concept="snowfield",
    width_m=(8.0, 8.0),
    depth_m=(8.0, 8.0),
    things=(4, 9),
    zones=(("snow", Zone(-2.1, 2.1, -2.2, 0.8, (0.0,), 0.7)), ("behind", Zone(-2.6, 2.6, 1.2, 2.4, (0.0,), 0.4))),
    stuff=(
        Stuff(("snow",), (-60.0, -20.0, -0.05), (60.0, 60.0, 0.0)),
        Stuff(("forest", "mountain"), (-60.0, 20.0, 0.0), (60.0, 21.0, 6.0), ("gray", "green", "white")),
        _SKY,
    ),
    azimuth=0.7,
    elevation=(0.10, 0.40),
    first=(Step("floor", ("snowman", "person", "=pine-tree-snow"), ("snow", "behind")),),
    more=(
        Step("floor", ("=pine-tree-snow", "pine tree", "=cypress", "rock", "shed", "fence"), ("behind",), 1.4, 2),
        Step("floor", ("snowman", "skis", "snowboard", "dog", "backpack", "log"), ("snow",), 1.4),
        Step("floor", _PEOPLE, ("snow",), 1.4, 2),
        Step("near", ("skis", "snowboard", "dog", "person"), ("person", "snowman"), 1.5, 1, (0.15, 0.6)),
    ),
)

_DISH = ("plate", "bowl", "cup", "glass", "wine glass", "bottle", "teapot", "pitcher", "vase", "candle", "flowers")
_FOOD = ("apple", "orange", "banana", "pizza", "cake", "donut", "bread", "sandwich", "hamburger", "lemon", "cupcake")
_DESKTOP = (
    "laptop",
    "book",
    "cup",
    "mouse",
    "keyboard",
    "cell phone",
    "desk lamp",
    "scissors",
    "camera",
    "=clock-alarm",
)

STILL_LIFE = Recipe(
    concept="room",
    walls=("back",),
    width_m=(3.0, 4.0),
    depth_m=(2.4, 3.0),
    things=(4, 9),
    first=(
        Step(
            "floor",
            ("=dining-table-wood", "=dining-table-white", "=coffee-table", "=desk", "=dining-table-glass"),
            ("middle",),
        ),
        Step("on", (*_DISH, *_FOOD), ("dining table", "coffee table"), 1, 3),
        Step("on", _DESKTOP, ("desk",), 1, 3),
    ),
    more=(
        Step("on", (*_DISH, *_FOOD), ("dining table", "coffee table"), 3.0, 2),
        Step("on", _DESKTOP, ("desk",), 3.0, 2),
        Step("in", ("apple", "orange", "lemon", "egg", "tomato"), ("bowl",), 4.4),
        Step("on", ("apple", "cupcake", "donut", "=cake-slice", "egg", "sandwich"), ("plate",), 1.6),
        Step("on", ("cup", "glass", "apple", "cell phone"), ("book", "tray"), 0.5),
    ),
    azimuth=0.6,
    elevation=(0.25, 0.75),
    margin=(0.02, 0.08),
)

OUTDOORS: dict[str, Recipe] = {
    "street": STREET,
    "sidewalk": SIDEWALK,
    "park": PARK,
    "beach": BEACH,
    "field": FARM,
    "snow": SNOW,
}
