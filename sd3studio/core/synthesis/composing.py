"""`compose`: a whole scene from a kind and a seed, the same on every machine."""

from collections.abc import Mapping, Sequence
from random import Random
from types import MappingProxyType
from typing import Literal

from sd3studio.core.catalogue import shipped_catalogue
from sd3studio.core.errors import DataError
from sd3studio.core.language.colours import COLOURS
from sd3studio.core.layout import overlaps
from sd3studio.core.scene.boxes import Boxes
from sd3studio.core.scene.values import Scene, SceneObject
from sd3studio.core.synthesis.dressing import COMPOSED, WALL_COLOURS, pale, varied
from sd3studio.core.synthesis.outdoors import OUTDOORS, STILL_LIFE
from sd3studio.core.synthesis.plot import Plot
from sd3studio.core.synthesis.portraits import PLACES, portrait
from sd3studio.core.synthesis.rooms import ROOMS
from sd3studio.core.synthesis.steps import Recipe, Side, Stuff, Zone
from sd3studio.core.synthesis.viewing import choose_camera, choose_light

Kind = Literal["rooms", "streets", "mixed", "things", "animals"]

PORTRAITS: Mapping[str, str] = MappingProxyType({"things": "", "animals": "animals"})
"""Places of `portraits`, which have no recipe -> the shelf of the catalogue that their things are from."""

RECIPES: Mapping[str, Recipe] = MappingProxyType({**ROOMS, **OUTDOORS, "still life": STILL_LIFE})
"""Name of a place -> how it is composed."""

KINDS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "rooms": (*ROOMS, "still life"),
        "streets": tuple(OUTDOORS),
        "mixed": (*ROOMS, "still life", *OUTDOORS),
        **{place: (place,) for place in PORTRAITS},
    }
)
"""Kind of a data set -> the places in it, in turn."""

LEAST_THINGS = 3
MOST_THINGS = 14
ATTEMPTS = 400
ROOM_HEIGHT_M = 3.6
WIDE_M = (14.0, 70.0)
"""How far the ground of a few things reaches to all sides, in a room and outdoors."""
FLOORS = (("wooden", "floor"), ("", "floor"), ("", "carpet"), ("", "tiles"), ("", "floor"))
FLOOR_COLOURS = ("beige", "gray", "brown", "white", "tan")
FRONT_M = 7.0
"""How far floors reach before the room, so that the camera does not see their edge."""


def place_of(kind: str, seed: int) -> str:
    """Which place number `seed` of a kind of data set shows. Raises `DataError` for an unknown kind."""
    if kind not in KINDS:
        raise DataError(f"There is no kind of scenes {kind!r}. Choose one of: {', '.join(KINDS)}.")
    return Random(f"place/{kind}/{seed}").choice(KINDS[kind])


def compose(kind: str, seed: int, size_px: int = 128, meshes: Sequence[str] = ()) -> Scene:
    """The scene of a kind with this seed: 3 to 14 objects, ground and background, one concept that all belong to.

    Of the kinds "things" and "animals" there are 1 to 3 (`portraits`), of these `meshes` alone if some are named.

    Its title is the place with the time of day ("kitchen at night"). Nothing goes into anything else, and everything
    stands, lies or hangs on something. The same arguments give the same scene; `size_px` sets the camera only.
    Raises `DataError` for an unknown kind.
    """
    place = place_of(kind, seed)
    if not meshes:
        return compose_place(place, seed, size_px)
    unknown = sorted(set(meshes) - {entry.id for entry in shipped_catalogue()})
    if unknown or place not in PORTRAITS:
        why = f"The catalogue has no {', '.join(unknown)}." if unknown else f"A {kind} scene is not made of few meshes."
        raise DataError(f"{why} Meshes are named for the kinds {' and '.join(PORTRAITS)}.")
    return _portrait(Random(f"scene/{place}/{seed}"), size_px, PORTRAITS[place], meshes)


def compose_place(place: str, seed: int, size_px: int = 128) -> Scene:
    """The scene of one place ("kitchen", "park") with this seed. Raises `DataError` for an unknown place."""
    if place in PORTRAITS:
        return _portrait(Random(f"scene/{place}/{seed}"), size_px, PORTRAITS[place])
    if place not in RECIPES:
        raise DataError(f"There is no place {place!r}. Choose one of: {', '.join(RECIPES)}.")
    for attempt in range(ATTEMPTS):
        scene = _attempt(RECIPES[place], Random(f"scene/{place}/{seed}/{attempt}"), size_px)
        if scene is not None:
            return scene
    raise DataError(f"No {place} came out with the seed {seed}. Take another seed.")


def _attempt(recipe: Recipe, rng: Random, size_px: int) -> Scene | None:
    """One try; None if there are too few things, or they are badly seen."""
    walls = _walls(recipe, rng)
    width, depth = rng.uniform(*recipe.width_m), rng.uniform(*recipe.depth_m)
    zones = {"middle": Zone(-0.45, 0.45, -0.5, 0.3, (0.0,), 0.06), **dict(recipe.zones)}
    plot = Plot(rng, walls, width, depth, zones)
    _fill(plot, recipe, rng)
    things = list(plot.things.values())
    if not LEAST_THINGS <= len(things) <= MOST_THINGS:
        return None
    bare = Scene.of(things)
    camera = choose_camera(bare, recipe, rng, walls, width / 2.0, size_px)
    if camera is None or overlaps(bare):
        return None
    light, time = choose_light(rng, not recipe.walls)
    concept = _concept(recipe.concept, time)
    stuff = _room_stuff(walls, width, depth, rng) if recipe.walls else [_stretch(s, rng) for s in recipe.stuff]
    parts = [thing.replace(parent=concept.id) for thing in (*_named_apart(stuff, bare), *things)]
    return Scene.of([concept, *parts], camera=camera, light=light, title=_title(recipe.concept, time))


def _portrait(rng: Random, size_px: int, shelf: str, meshes: Sequence[str] = ()) -> Scene:
    bare, place = portrait(rng, size_px, shelf, meshes)
    things = bare.solid_objects()
    flats, behind = PLACES[place]
    far = max(float(Boxes.of(things).bounds()[1][:, 1].max()), 0.0)
    label = rng.choice(flats)
    inside = place == "room"
    reach = WIDE_M[0] if inside else WIDE_M[1]
    middle = float(bare.camera.target[0])
    word = rng.choice(FLOOR_COLOURS) if inside and rng.random() < 0.4 else ""
    material = "wooden" if label == "floor" and not word and rng.random() < 0.6 else ""
    ground = _slab(label, (middle - reach, -reach, -0.05), (middle + reach, far + reach, 0.0), rng, word, material)
    if inside:
        wall_word = rng.choice(WALL_COLOURS) if rng.random() < 0.5 else ""
        at = far + rng.uniform(0.3, 3.0)
        back = _slab(behind, (middle - reach, at, 0.0), (middle + reach, at + 0.1, 5.0), rng, wall_word)
        back = back.replace(colour=pale(back.colour) if back.colour else None)
    else:
        back = _slab(behind, (middle - 100.0, far + 60.0, -0.5), (middle + 100.0, far + 60.1, 60.5), rng)
    light, time = choose_light(rng, not inside)
    concept = _concept(place, time)
    named = _named_apart([ground, back], bare)
    parts = [thing.replace(parent=concept.id) for thing in (*named, *things)]
    return Scene.of([concept, *parts], camera=bare.camera, light=light, title=_title(place, time))


def _title(place: str, time: str) -> str:
    return place if time == "day" else f"{place} {'at night' if time == 'night' else 'in the evening'}"


def _walls(recipe: Recipe, rng: Random) -> tuple[Side, ...]:
    """The back wall and at most one at the side, so that the camera can look in from the other one."""
    sides = [side for side in recipe.walls if side != "back"]
    if not recipe.walls or not sides or rng.random() < 0.25:
        return recipe.walls[:1]
    return "back", rng.choice(sides)


def _fill(plot: Plot, recipe: Recipe, rng: Random) -> None:
    wanted = rng.randint(*recipe.things)
    for step in recipe.first:
        plot.do(step)
    weights = [step.weight for step in recipe.more]
    done: dict[int, int] = {}
    for _ in range(5 * wanted):
        if len(plot.things) >= wanted:
            break
        number = rng.choices(range(len(recipe.more)), weights)[0]
        if done.get(number, 0) < 2:
            done[number] = done.get(number, 0) + plot.do(recipe.more[number])


def _concept(place: str, time: str) -> SceneObject:
    """The place itself; its id can't be that of a thing."""
    return SceneObject(
        id=f"place-{place.replace(' ', '-')}",
        label=place,
        category=place,
        kind="concept",
        center=(0.0, 0.0, 1.0),
        provenance=COMPOSED,
        prompt="" if time == "day" else time,
    )


def _named_apart(stuff: list[SceneObject], scene: Scene) -> list[SceneObject]:
    """Stuff whose ids are neither taken by things nor twice: wall, wall-2 ..."""
    named: list[SceneObject] = []
    taken = set(scene.objects)
    for part in stuff:
        key, number = part.id, 1
        while key in taken:
            number += 1
            key = f"{part.id}-{number}"
        taken.add(key)
        named.append(part.replace(id=key))
    return named


def _stretch(stuff: Stuff, rng: Random) -> SceneObject:
    label = rng.choice(stuff.labels)
    word = rng.choice(stuff.colours) if stuff.colours and label in ("building", "wall") and rng.random() < 0.6 else ""
    return _slab(label, stuff.low, stuff.high, rng, word)


def _slab(
    label: str,
    low: tuple[float, float, float],
    high: tuple[float, float, float],
    rng: Random,
    word: str = "",
    material: str = "",
) -> SceneObject:
    """A box of stuff from corner to corner, painted in the colour that a word names."""
    middle = [round((a + b) / 2.0, 4) for a, b in zip(low, high, strict=True)]
    size = [round(b - a, 4) for a, b in zip(low, high, strict=True)]
    return SceneObject(
        id=label.replace(" ", "-"),
        label=label,
        category=label,
        kind="stuff",
        attributes=tuple(part for part in (word, material) if part),
        colour=varied(COLOURS[word], rng) if word else None,
        center=(middle[0], middle[1], middle[2]),
        size=(size[0], size[1], size[2]),
        provenance=COMPOSED,
    )


def _room_stuff(walls: tuple[Side, ...], width: float, depth: float, rng: Random) -> list[SceneObject]:
    """Floor and walls; where a side has no wall they reach out of the picture."""
    half_x, half_y = width / 2.0, depth / 2.0
    left = -half_x if "left" in walls else -half_x - FRONT_M
    right = half_x if "right" in walls else half_x + FRONT_M
    material, floor = rng.choice(FLOORS)
    floor_word = rng.choice(FLOOR_COLOURS) if not material and rng.random() < 0.6 else ""
    wall_word = rng.choice(WALL_COLOURS) if rng.random() < 0.7 else ""
    front = -half_y - FRONT_M
    stuff = [_slab(floor, (left, front, -0.05), (right, half_y, 0.0), rng, floor_word, material)]
    back = _slab("wall", (left - 0.1, half_y, 0.0), (right + 0.1, half_y + 0.1, ROOM_HEIGHT_M), rng, wall_word)
    back = back.replace(colour=pale(back.colour) if back.colour else None)
    stuff.append(back)
    for side, x in (("left", left - 0.1), ("right", right)):
        if side in walls:
            wall = _slab("wall", (x, front, 0.0), (x + 0.1, half_y, ROOM_HEIGHT_M), rng, wall_word)
            stuff.append(wall.replace(colour=back.colour))
    return stuff
