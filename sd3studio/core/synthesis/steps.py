"""What recipes are made of: places, zones of the ground, and steps that say what may be put where."""

from dataclasses import dataclass
from typing import Literal

How = Literal["wall", "floor", "on", "in", "under", "beside", "near", "before", "around", "hang"]
Side = Literal["back", "left", "right"]


@dataclass(frozen=True, slots=True)
class Zone:
    """A rectangle of the ground (m) and how things in it are turned.

    Parameters
    ----------
    yaws : one of these, radians; empty: any direction
    jitter : up to this much more or less, radians
    """

    x0: float
    x1: float
    y0: float
    y1: float
    yaws: tuple[float, ...] = (0.0,)
    jitter: float = 0.5


@dataclass(frozen=True, slots=True)
class Step:
    """One way to add things.

    Parameters
    ----------
    how : "wall" with its back to a wall; "floor" free in a zone; "on", "in", "under" one of `where`; "beside" one of
        them, turned the same way; "near" one of them, facing it; "before" one of them, facing it; "around" a table,
        facing it; "hang" on a wall, over one of `where` if given
    what : categories to choose from (``"=id"`` is one mesh)
    where : categories of what it belongs to; for "floor" the names of zones
    weight : how often it is chosen among the optional steps
    most : at most so many things come from this step
    gap_m : least and greatest free space to what it belongs to
    """

    how: How
    what: tuple[str, ...]
    where: tuple[str, ...] = ()
    weight: float = 1.0
    most: int = 1
    gap_m: tuple[float, float] = (0.05, 0.3)


@dataclass(frozen=True, slots=True)
class Stuff:
    """A stretch of material: one of `labels`, from `low` to `high` (m, world), painted in one of `colours` or plain."""

    labels: tuple[str, ...]
    low: tuple[float, float, float]
    high: tuple[float, float, float]
    colours: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a kind of place is composed.

    Parameters
    ----------
    concept : what the place is called
    first : steps that are done first, in this order, as far as there is room
    more : optional steps, chosen by weight until there are enough things
    walls : which sides may have walls; empty outdoors
    width_m, depth_m : least and greatest size of the room or of the ground that is used
    things : least and greatest number of things wanted
    zones : parts of the ground by name
    stuff : ground and background; rooms get floor and walls by themselves
    azimuth, elevation : the camera is at most so far to either side, and so high (least, greatest), radians
    margin : least and greatest free part at the edges of the picture
    """

    concept: str
    first: tuple[Step, ...]
    more: tuple[Step, ...]
    walls: tuple[Side, ...] = ()
    width_m: tuple[float, float] = (3.2, 5.0)
    depth_m: tuple[float, float] = (3.0, 4.2)
    things: tuple[int, int] = (5, 13)
    zones: tuple[tuple[str, Zone], ...] = ()
    stuff: tuple[Stuff, ...] = ()
    azimuth: float = 0.75
    elevation: tuple[float, float] = (0.14, 0.55)
    margin: tuple[float, float] = (-0.06, 0.04)
