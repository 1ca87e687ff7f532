"""Word classes that decide how a noun behaves in a spatial sentence. Small closed lists, chosen by us."""

QUANTITY_NOUNS = frozenset(
    "pile group bunch pair row stack couple lot number piece slice crowd line herd flock set series cluster collection "
    "bit kind type sort batch handful dozen variety team heap sheet patch band strip string array mass plenty portion "
    "clump majority rest part section lots flight column hundred thousand loaf block chunk swarm pack assortment bouquet bouquet".split()
)
"""In "a pile of books" the thing is the books."""

REGION_NOUNS = frozenset(
    "top side edge end front back surface corner bottom middle center centre rear inside outside interior left right "
    "background foreground distance half half-side tip border rest foot base level tier position place direction "
    "left-hand right-hand lefthand righthand leftmost rightmost angle upper lower way sides midst exterior".split()
)
"""In "the side of the road" the thing is the road; alone ("on the left") it is a place in the picture, not a thing."""

ALWAYS_PLURAL = frozenset(
    "track stair rail glass sunglass goggle pant jean trouser short scissor plier skis cloth curtain drape blind headphone "
    "binocular tong tweezer wood woods surrounding bleacher".split()
)
"""A plural of these ("railway tracks", "stairs", "scissors") is one thing."""

PLACES_IN_PICTURE = frozenset(
    "top side edge end front back corner bottom middle center centre rear left right background foreground distance half "
    "left-hand right-hand leftmost rightmost upper lower direction sides way".split()
)
"""Alone after a preposition these are places in the picture, not things."""

PICTURE_NOUNS = frozenset("picture photo image photograph scene view frame shot camera viewer background foreground".split())
"""After "in the", "of the" and "from the" these are the picture itself, not something in it."""

CONTAINERS = frozenset(
    "cup mug bowl glass bottle box basket bag vase pot pan jar can bucket tray plate dish tank carton crate case tub "
    "drawer cabinet cupboard shelf refrigerator fridge oven sink bin trashcan suitcase backpack purse pool bathtub "
    "container pitcher jug barrel cage nest envelope kettle saucepan wardrobe closet car bus train boat truck van".split()
)

PLACES = frozenset(
    "room bedroom kitchen bathroom office house-interior garden park field yard street road city town village forest "
    "sky water sea ocean lake river pond beach desert area lot hall library restaurant shop store market airport "
    "station harbor harbour zoo farm pasture meadow court stadium arena classroom garage basement attic cave valley".split()
)
"""Things are *in* these."""

BODY_PARTS = frozenset(
    "head face hand arm leg foot finger hair eye ear nose mouth neck shoulder chest back knee wrist lap thigh body tail "
    "paw wing beak beard mustache moustache horn mane trunk hoof forehead chin cheek lip tooth tongue skin elbow ankle "
    "waist belly stomach toe thumb ponytail fur feather hip palm".split()
)

WORN = frozenset(
    "hat cap helmet shirt t-shirt tshirt jacket coat pants trousers jeans shorts skirt dress suit tie shoe boot sneaker "
    "sock glove scarf glasses sunglasses goggles vest sweater hoodie uniform belt watch necklace bracelet ring earring "
    "sandal apron mask backpack bag clothes clothing outfit swimsuit bikini wetsuit gown robe jersey blouse bandana "
    "headband wig crown badge sleeve costume suspenders headphone headset bowtie raincoat top kimono turban "
    "nightgown pajamas leggings stocking blazer cardigan tuxedo cape cloak poncho overall overalls "
    "armband kneepad pad lanyard".split()
)

ANIMATE = frozenset(
    "man woman boy girl person people child kid baby lady guy player skier surfer snowboarder skateboarder rider driver "
    "dog cat horse cow sheep bird elephant giraffe zebra bear lion tiger monkey duck goose chicken pig goat deer rabbit "
    "mother father dad mom brother sister friend student teacher worker officer policeman soldier cyclist biker catcher "
    "batter pitcher umpire spectator audience pedestrian toddler adult gentleman cowboy chef waiter doctor nurse "
    "crowd team family couple bride groom puppy kitten animal swan seagull pigeon camel donkey bull calf lamb skater "
    "motorcyclist bicyclist fisherman athlete musician singer coach fan clown guard fireman gentlemen referee".split()
)

FEMALE = frozenset("woman girl lady mother mom sister bride daughter grandmother aunt actress waitress queen".split())
MALE = frozenset(
    "man boy guy father dad brother groom son grandfather uncle gentleman actor waiter king cowboy policeman fireman".split()
)

STUFF = frozenset(
    "grass sky floor wall water road street field snow sand ground lawn sea ocean lake river beach pavement sidewalk "
    "ceiling hill mountain mountains forest meadow pasture dirt mud ice highway path track-bed cloud clouds "
    "carpet yard garden park courtyard parking-lot pond pool asphalt concrete gravel earth soil land "
    "horizon background slope desert court platform tarmac runway driveway shore hillside air".split()
)
"""Stretches of material or ground, drawn as large flat pieces and not as things to pick up."""

CONCEPTS = frozenset(
    "room bedroom kitchen bathroom office living-room dining-room classroom city town village scene area world hall "
    "restaurant shop store market airport station library zoo farm harbor harbour house-interior space place "
    "studio gym hallway corridor lobby warehouse garage basement attic".split()
)
"""Places made of other things; they have no body of their own."""

COLOURS: dict[str, tuple[float, float, float]] = {
    "red": (0.80, 0.10, 0.10),
    "green": (0.15, 0.55, 0.20),
    "blue": (0.15, 0.30, 0.75),
    "yellow": (0.95, 0.85, 0.15),
    "orange": (0.95, 0.50, 0.10),
    "purple": (0.50, 0.20, 0.60),
    "pink": (0.95, 0.55, 0.70),
    "brown": (0.45, 0.28, 0.15),
    "black": (0.08, 0.08, 0.08),
    "white": (0.95, 0.95, 0.95),
    "grey": (0.50, 0.50, 0.50),
    "gray": (0.50, 0.50, 0.50),
    "silver": (0.75, 0.75, 0.78),
    "gold": (0.85, 0.65, 0.13),
    "golden": (0.85, 0.65, 0.13),
    "beige": (0.90, 0.85, 0.72),
    "turquoise": (0.25, 0.80, 0.78),
    "violet": (0.50, 0.25, 0.75),
    "maroon": (0.45, 0.05, 0.10),
    "tan": (0.82, 0.70, 0.55),
    "cream": (0.97, 0.94, 0.82),
    "navy": (0.08, 0.12, 0.40),
}
"""Colour words and sRGB values in [0, 1] (ours, by eye)."""

NUMBERS: dict[str, int] = {
    word: value
    for value, word in enumerate("one two three four five six seven eight nine ten eleven twelve".split(), start=1)
} | {"a": 1, "an": 1, "both": 2, "couple": 2, "pair": 2, "dozen": 12, "fifteen": 15, "twenty": 20, "thirty": 30, "hundred": 100}
