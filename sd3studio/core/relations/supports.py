"""Where things rest on other things, and where there is room below them: priors by category, as parts of the height.

A box says nothing of a chair's seat or of the room under a table, yet "the book on the chair" and "the dog under the
table" speak of these. The numbers are rough typical proportions (ours, marked as priors), good enough to tell *on* the
seat from *in* the box. For a mesh of the catalogue the height of the seat is the one that was measured on it.
"""

from functools import cache
from typing import NamedTuple

from sd3studio.core.catalogue import shipped_catalogue
from sd3studio.core.errors import MeshError
from sd3studio.core.scene.values import SceneObject


class Support(NamedTuple):
    """`surface`: where things rest; `underside`: below which things are under it; both as parts of the height.

    `encloses`: 1 for what things can be in (the default, a box knows no better), 0 for people, tables, bicycles ...
    """

    surface: float = 1.0
    underside: float = 0.0
    encloses: float = 1.0


PLAIN = Support()
_FULL = Support(1.0, 0.0, 0.0)
_SEAT = Support(0.50, 0.40)
_TABLE = Support(1.0, 0.85, 0.0)
_SADDLE = Support(0.60, 0.0, 0.0)
_CROWN = Support(1.0, 0.40)

SUPPORTS: dict[str, Support] = {
    **dict.fromkeys(("chair", "bench", "office chair", "dining chair", "swing", "highchair"), _SEAT),
    **dict.fromkeys(("couch", "sofa", "armchair", "loveseat", "seat", "recliner"), Support(0.50, 0.0)),
    **dict.fromkeys(("bed", "bunk bed", "crib", "cradle"), Support(0.55, 0.20)),
    **dict.fromkeys(("table", "dining table", "desk", "coffee table", "side table", "nightstand", "counter"), _TABLE),
    **dict.fromkeys(("stool", "trestle", "workbench", "piano", "console", "stand"), _TABLE),
    **dict.fromkeys(("bicycle", "motorcycle", "bike", "scooter", "motorbike"), _SADDLE),
    **dict.fromkeys(("horse", "pony", "donkey", "cow", "elephant", "camel", "zebra"), Support(0.70, 0.50, 0.0)),
    **dict.fromkeys(("tree", "palm", "pine", "oak", "umbrella", "parasol", "canopy", "awning", "gazebo"), _CROWN),
    **dict.fromkeys(
        ("street light", "streetlight", "lamp post", "traffic light", "arch", "bridge"), Support(1.0, 0.70, 0.0)
    ),
    **dict.fromkeys(("person", "man", "woman", "boy", "girl", "child", "people", "men", "women", "children"), _FULL),
    **dict.fromkeys(("dog", "cat", "bird", "sheep", "bear", "giraffe", "player", "kid", "baby", "lady", "guy"), _FULL),
    **dict.fromkeys(("lamp", "tv", "laptop", "book", "sign", "clock", "fire hydrant", "parking meter", "ball"), _FULL),
    "toilet": Support(0.55, 0.0),
    "boat": Support(0.45, 0.0),
}
"""Category (or last word of a label) -> its proportions. Whatever is not named is a plain solid box."""

LAID = 0.95
"""A table whose measured top is below this share of its height has something standing on it."""


def support_of(thing: SceneObject) -> Support:
    """Proportions of an upright object: those of its category, with the surface that was measured on its mesh."""
    if abs(thing.pitch) > 0.3 or abs(thing.roll) > 0.3:
        return PLAIN
    typical = _typical(thing)
    table = typical is _TABLE
    measured = _measured_surface(thing.mesh) if table or typical.surface < 1.0 else None
    if measured is None or (table and measured >= LAID):
        return typical
    return typical._replace(surface=measured, underside=typical.underside * (measured if table else 1.0))


@cache
def _measured_surface(mesh: str | None) -> float | None:
    """Where things rest on a mesh of the catalogue, as a share of its height; None for others."""
    try:
        entry = shipped_catalogue().get(mesh)
    except MeshError:
        return None
    return entry.surface if entry else None


def _typical(thing: SceneObject) -> Support:
    """By category, else by label or the label's last word."""
    label = thing.label.lower()
    for name in (thing.category, label, label.rsplit(" ", 1)[-1]):
        if name in SUPPORTS:
            return SUPPORTS[name]
    return PLAIN


def surface_height(thing: SceneObject) -> float:
    """World height (m) at which things rest on an upright object: a chair's seat, a table's top."""
    return thing.center[2] + (support_of(thing).surface - 0.5) * thing.size[2]
