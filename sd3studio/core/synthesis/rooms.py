"""Recipes of rooms: what stands where in a living room, bedroom, kitchen, dining room, office and bathroom."""

from sd3studio.core.synthesis.steps import Recipe, Side, Step

_WALLS: tuple[Side, ...] = ("back", "left", "right")
_PETS = ("dog", "cat")
_TABLETOP = ("cup", "book", "vase", "bowl", "laptop", "teapot", "candle", "bottle", "remote", "glass", "potted plant")
_DECOR = ("picture", "clock", "mirror", "window", "wall lamp")
_FLOOR_TOYS = ("sports ball", "teddy bear", "toy car", "toy train", "rocking horse", "doll house")

_PICTURES = (
    Step("hang", ("picture", "clock"), ("couch", "bed", "dresser", "desk", "cabinet", "fireplace", "piano"), 1.0),
    Step("hang", _DECOR, weight=0.9),
)
_LIVES = (
    Step(
        "near",
        ("person",),
        ("couch", "tv", "bookcase", "armchair", "dining table", "desk", "person"),
        0.6,
        1,
        (0.2, 0.7),
    ),
    Step("floor", _PETS, weight=0.5),
    Step("near", _PETS, ("person", "armchair", "couch"), 0.5, 1, (0.1, 0.4)),
)

LIVING_ROOM = Recipe(
    concept="living room",
    walls=_WALLS,
    width_m=(3.2, 4.2),
    depth_m=(2.8, 3.6),
    first=(
        Step("wall", ("couch", "couch", "couch", "armchair")),
        Step("before", ("coffee table",), ("couch",), 1, 1, (0.35, 0.6)),
    ),
    more=(
        Step("on", _TABLETOP, ("coffee table",), 2.2, 2),
        Step("beside", ("armchair", "floor lamp", "potted plant", "stool"), ("couch", "armchair"), 1.4, 2, (0.1, 0.4)),
        Step("wall", ("bookcase", "tv stand", "cabinet", "fireplace", "dresser", "piano"), weight=1.4),
        Step("on", ("tv", "tv"), ("tv stand",), 2.0),
        Step(
            "on",
            ("vase", "book", "potted plant", "lamp", "=clock-alarm", "flowers"),
            ("tv stand", "cabinet", "dresser"),
            0.8,
        ),
        Step("on", ("pillow", "book", "cat", "dog", "guitar", "teddy bear", "backpack"), ("couch", "armchair"), 1.2),
        Step("on", ("box", "vase", "globe", "basket", "potted plant"), ("bookcase",), 0.5),
        Step("before", ("armchair", "ottoman", "chair"), ("coffee table", "couch", "tv stand"), 0.9, 1, (0.3, 1.0)),
        Step("under", ("rug",), ("coffee table",), 0.3),
        Step("under", ("cat", "sports ball", "box", "shoe"), ("coffee table",), 0.4),
        Step("floor", _FLOOR_TOYS, weight=0.5),
        Step("in", ("teddy bear", "sports ball", "book", "doll"), ("box", "basket"), 2.2),
        Step("floor", ("box", "basket", "=box-open"), weight=0.4),
        Step("floor", ("potted plant", "floor lamp"), weight=0.5),
        *_PICTURES,
        *_LIVES,
    ),
)

BEDROOM = Recipe(
    concept="bedroom",
    walls=_WALLS,
    width_m=(3.0, 4.0),
    depth_m=(3.0, 3.7),
    first=(Step("wall", ("bed", "bed", "bed", "bunk bed")),),
    more=(
        Step("beside", ("nightstand",), ("bed",), 2.4, 2, (0.05, 0.15)),
        Step("on", ("lamp", "lamp", "=clock-alarm", "book", "cup", "glass", "cell phone"), ("nightstand",), 2.2, 2),
        Step("on", ("=pillow", "=pillow", "teddy bear", "book", "laptop", "suitcase", "cat", "dog"), ("bed",), 1.8, 2),
        Step("on", ("=person-man-lying", "=person-boy-lying"), ("bed",), 0.35),
        Step("wall", ("wardrobe", "dresser", "bookcase", "desk", "armchair", "mirror"), weight=1.6),
        Step("on", ("vase", "lamp", "tv", "box", "flowers"), ("dresser",), 0.9),
        Step("around", ("chair",), ("desk",), 1.2, 1, (0.02, 0.2)),
        Step("on", ("laptop", "desk lamp", "book", "computer", "globe"), ("desk",), 1.0, 2),
        Step("on", ("book", "backpack", "hat"), ("chair", "armchair"), 0.6),
        Step("on", ("box", "suitcase"), ("wardrobe",), 0.5),
        Step("under", ("shoe", "sports ball", "box", "suitcase"), ("bed", "desk"), 0.8),
        Step("floor", (*_FLOOR_TOYS, "shoe", "backpack", "suitcase", "basket", "=box-open"), weight=0.9),
        Step("in", ("teddy bear", "sports ball", "towel"), ("box", "basket"), 1.98),
        Step("before", ("ottoman", "rug"), ("bed",), 0.4, 1, (0.1, 0.3)),
        Step("floor", ("potted plant", "floor lamp", "chair"), weight=0.5),
        *_PICTURES,
        *_LIVES,
    ),
)

KITCHEN = Recipe(
    concept="kitchen",
    walls=_WALLS,
    width_m=(2.9, 3.9),
    depth_m=(2.7, 3.5),
    first=(
        Step("wall", ("refrigerator",)),
        Step("wall", ("oven",)),
        Step("beside", ("=cabinet", "=cabinet-drawers"), ("oven",), 1, 2, (0.01, 0.03)),
    ),
    more=(
        Step(
            "beside",
            ("=sink-kitchen", "=cabinet", "washing machine"),
            ("cabinet", "oven", "refrigerator"),
            1.4,
            1,
            (0.01, 0.04),
        ),
        Step(
            "on",
            ("microwave", "toaster", "coffee maker", "blender", "teapot", "bowl", "bottle", "fruit bowl", "mixer"),
            ("cabinet",),
            2.0,
            1,
        ),
        Step("on", ("pot", "=teapot-kettle"), ("oven",), 1.4),
        Step("floor", ("dining table",), weight=1.2),
        Step("around", ("chair", "stool"), ("dining table",), 1.8, 3, (0.03, 0.15)),
        Step(
            "on",
            (
                "plate",
                "bowl",
                "cup",
                "bottle",
                "pizza",
                "banana",
                "apple",
                "bread",
                "cake",
                "knife",
                "vase",
                "pitcher",
                "milk carton",
                "sandwich",
                "fruit bowl",
            ),
            ("dining table",),
            2.4,
            3,
        ),
        Step("in", ("apple", "orange", "lemon", "egg", "tomato"), ("bowl",), 3.52),
        Step("on", ("basket", "box", "=books-standing"), ("refrigerator",), 0.5),
        Step(
            "under", ("=trash-can-kitchen", "cat", "dog", "basket", "=sports-ball-basketball"), ("dining table",), 0.5
        ),
        Step("wall", ("=trash-can-kitchen", "cabinet", "bookcase"), weight=0.6),
        Step("on", ("book", "backpack"), ("chair",), 0.4),
        Step("floor", ("bucket", "broom", "potted plant", "=trash-can-kitchen"), weight=0.4),
        *_PICTURES,
        *_LIVES,
    ),
)

DINING_ROOM = Recipe(
    concept="dining room",
    walls=_WALLS,
    width_m=(3.2, 4.0),
    depth_m=(2.9, 3.6),
    first=(
        Step("floor", ("dining table",), ("middle",)),
        Step("around", ("chair",), ("dining table",), 1, 5, (0.03, 0.18)),
    ),
    more=(
        Step(
            "on",
            (
                "plate",
                "bowl",
                "cup",
                "wine glass",
                "bottle",
                "vase",
                "candle",
                "pizza",
                "cake",
                "roast chicken",
                "salad",
                "flowers",
                "pitcher",
                "fork",
                "fruit bowl",
                "teapot",
            ),
            ("dining table",),
            3.0,
            3,
        ),
        Step("in", ("apple", "orange", "lemon"), ("bowl",), 2.64),
        Step("wall", ("cabinet", "bookcase", "dresser", "piano", "fireplace"), weight=1.2),
        Step("on", ("vase", "lamp", "potted plant", "candle", "=clock-alarm", "tray"), ("cabinet", "dresser"), 1.0),
        Step("on", ("book", "cat", "hat", "teddy bear"), ("chair",), 0.7),
        Step("under", ("cat", "dog", "sports ball", "box"), ("dining table",), 0.8),
        Step("wall", ("potted plant", "floor lamp", "armchair"), weight=0.7),
        *_PICTURES,
        *_LIVES,
    ),
)

OFFICE = Recipe(
    concept="office",
    walls=_WALLS,
    width_m=(2.9, 3.9),
    depth_m=(2.7, 3.5),
    first=(
        Step("wall", ("desk",)),
        Step("around", ("=chair-office", "=chair-office-black", "chair"), ("desk",), 1, 1, (0.03, 0.25)),
    ),
    more=(
        Step("on", ("monitor", "laptop", "computer"), ("desk",), 2.4),
        Step(
            "on",
            (
                "desk lamp",
                "book",
                "cup",
                "keyboard",
                "telephone",
                "printer",
                "globe",
                "stapler",
                "cell phone",
                "headphones",
                "potted plant",
            ),
            ("desk",),
            2.4,
            2,
        ),
        Step("wall", ("bookcase", "filing cabinet", "cabinet", "whiteboard", "armchair", "couch", "safe"), weight=1.6),
        Step("on", ("printer", "box", "potted plant", "book", "fan"), ("filing cabinet", "cabinet", "bookcase"), 1.0),
        Step("floor", ("dining table", "desk"), weight=0.4),
        Step("around", ("chair",), ("dining table", "desk"), 0.8, 2, (0.03, 0.2)),
        Step("under", ("=trash-can-kitchen", "box", "briefcase", "backpack"), ("desk",), 1.0),
        Step("beside", ("=trash-can-office", "filing cabinet", "potted plant"), ("desk",), 1.0, 1, (0.05, 0.2)),
        Step("floor", ("backpack", "briefcase", "box", "potted plant", "=box-open"), weight=0.7),
        Step("on", ("book", "briefcase", "handbag"), ("chair", "armchair", "couch"), 0.6),
        Step("in", ("book", "sports ball"), ("box",), 1.32),
        *_PICTURES,
        *_LIVES,
    ),
)

BATHROOM = Recipe(
    concept="bathroom",
    walls=_WALLS,
    width_m=(2.4, 3.1),
    depth_m=(2.2, 2.8),
    things=(4, 10),
    first=(Step("wall", ("toilet",)), Step("wall", ("=sink",))),
    more=(
        Step("wall", ("=bathtub", "shower", "washing machine"), weight=2.0),
        Step("hang", ("mirror",), ("sink",), 1.6),
        Step("hang", ("=towel", "window", "picture", "wall lamp"), weight=0.9),
        Step(
            "beside",
            ("=trash-can-kitchen", "=basket-laundry", "bucket", "potted plant"),
            ("toilet", "sink", "bathtub"),
            1.6,
            1,
            (0.08, 0.3),
        ),
        Step("in", ("duck", "towel", "=sports-ball-beach"), ("bathtub",), 2.64),
        Step("on", ("basket", "soap dispenser", "towel", "box"), ("washing machine",), 1.2),
        Step("in", ("towel", "toilet paper", "=toilet-roll"), ("basket", "bucket"), 1.98),
        Step("on", ("=toilet-roll",), ("toilet",), 0.4),
        Step("floor", ("stool", "rug", "bucket", "basket", "=rug-round"), weight=0.9),
        Step("on", ("towel", "soap dispenser", "book", "hair drier"), ("stool",), 1.0),
        Step("before", ("=rug-round", "stool"), ("bathtub", "sink"), 0.6, 1, (0.1, 0.4)),
        *_PICTURES[1:],
        Step("floor", _PETS, weight=0.3),
    ),
)

ROOMS: dict[str, Recipe] = {
    "living room": LIVING_ROOM,
    "bedroom": BEDROOM,
    "kitchen": KITCHEN,
    "dining room": DINING_ROOM,
    "office": OFFICE,
    "bathroom": BATHROOM,
}
