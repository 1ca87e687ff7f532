"""One to three things of any kind, large in the picture, on a plain floor or under the sky: what places rarely show.

Places have few buses and no televisions seen from behind; a net that paints things must have seen each from all sides.
"""

import math
from collections.abc import Sequence
from random import Random

from sd3studio.core.catalogue import CatalogueEntry, shipped_catalogue
from sd3studio.core.layout.framing import framing_camera
from sd3studio.core.scene.boxes import Boxes
from sd3studio.core.scene.values import Scene, SceneObject
from sd3studio.core.synthesis.dressing import LEFT_OUT, Dresser

PLACES: dict[str, tuple[tuple[str, ...], str]] = {
    "room": (("floor", "floor", "carpet", "tiles"), "wall"),
    "street": (("road", "road", "pavement"), "sky"),
    "field": (("grass", "grass", "sand", "snow"), "sky"),
}
"""What things stand on, and what is behind them."""
ROLLING = frozenset(("vehicles", "street", "structure"))
GROWING = frozenset(("nature", "animals", "plants"))
"""Shelves of the catalogue whose things are outdoors as a rule."""
ELSEWHERE = 0.2
"""Of scenes, how many are where their first thing does not belong."""
PAINTED_SHARE = 0.4
"""Of things that come in any colour."""
GAP = (0.1, 0.5)
"""Between things, of the width of the one on the left."""
ELEVATION_DEG, FOV_DEG, MARGIN = (4.0, 58.0), (28.0, 62.0), (0.03, 0.16)


def portrait(rng: Random, size_px: int, shelf: str = "", meshes: Sequence[str] = ()) -> tuple[Scene, str]:
    """Things side by side, each a little nearer or farther, with a camera on them; and the place around them.

    They are of these meshes if some are named, or from one shelf of the catalogue, else from all.
    """
    known = [entry for entry in shipped_catalogue() if entry.id not in LEFT_OUT and shelf in ("", entry.group)]
    kinds = [f"={mesh}" for mesh in meshes] or sorted({entry.category for entry in known})
    dresser = Dresser(rng, PAINTED_SHARE)
    entries = [dresser.entry(rng.choice(kinds)) for _ in range(rng.choice((1, 1, 2, 2, 3)))]
    things = [_turned(dresser.thing(f"={entry.id}"), entry, rng) for entry in entries]
    across = 0.0
    placed = []
    for thing in things:
        low, high = (bound[0] for bound in Boxes.of([thing]).bounds())
        width, depth = float(high[0] - low[0]), float(high[1] - low[1])
        x = across + width / 2.0
        across += width + rng.uniform(*GAP) * max(width, 0.1)
        y = rng.uniform(-0.5, 0.5) * depth
        placed.append(thing.replace(center=(round(x, 4), round(y, 4), round(thing.size[2] / 2.0, 4))))
    bare = Scene.of(placed)
    camera = framing_camera(
        bare,
        size_px,
        size_px,
        elevation_rad=math.radians(rng.uniform(*ELEVATION_DEG)),
        margin=rng.uniform(*MARGIN),
        fov_y=math.radians(rng.uniform(*FOV_DEG)),
    )
    usual = "street" if entries[0].group in ROLLING else "field" if entries[0].group in GROWING else "room"
    place = rng.choice(tuple(PLACES)) if rng.random() < ELSEWHERE else usual
    return bare.replace(camera=camera), place


def _turned(thing: SceneObject, entry: CatalogueEntry, rng: Random) -> SceneObject:
    """Any way round; what has a front shows it more often."""
    if entry.front_known and rng.random() < 0.6:
        return thing.replace(yaw=round(rng.uniform(-1.2, 1.2), 4))
    return thing.replace(yaw=round(rng.uniform(-math.pi, math.pi), 4))
