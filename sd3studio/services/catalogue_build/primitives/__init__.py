"""Things that the furniture libraries lack, built from simple solids (CC0, made for SD3 Studio), by id."""

from collections.abc import Callable

from sd3studio.services.catalogue_build.primitives import (
    animals,
    bags,
    ballgames,
    balls,
    boards,
    clothing,
    food,
    gloves,
    household,
    kitchen,
    nature,
    personal,
    rackets,
    sandwiches,
    skis,
    sports,
    street,
    table,
    trains,
    vegetables,
    vehicles,
)
from sd3studio.services.catalogue_build.surface import Surface

PRIMITIVE_SHAPES: dict[str, Callable[[], Surface]] = {
    **animals.SHAPES,
    **bags.SHAPES,
    **ballgames.SHAPES,
    **balls.SHAPES,
    **boards.SHAPES,
    **clothing.SHAPES,
    **food.SHAPES,
    **gloves.SHAPES,
    **household.SHAPES,
    **kitchen.SHAPES,
    **nature.SHAPES,
    **personal.SHAPES,
    **rackets.SHAPES,
    **sandwiches.SHAPES,
    **skis.SHAPES,
    **sports.SHAPES,
    **street.SHAPES,
    **table.SHAPES,
    **trains.SHAPES,
    **vegetables.SHAPES,
    **vehicles.SHAPES,
}
