"""Things that the furniture libraries lack, built from simple solids (CC0, made for SD3 Studio), by id."""

from collections.abc import Callable

from sd3studio.services.catalogue_build.primitives import (
    animals,
    food,
    household,
    nature,
    sandwiches,
    sports,
    street,
    table,
    vegetables,
    vehicles,
)
from sd3studio.services.catalogue_build.surface import Surface

PRIMITIVE_SHAPES: dict[str, Callable[[], Surface]] = {
    **animals.SHAPES,
    **food.SHAPES,
    **household.SHAPES,
    **nature.SHAPES,
    **sandwiches.SHAPES,
    **sports.SHAPES,
    **street.SHAPES,
    **table.SHAPES,
    **vegetables.SHAPES,
    **vehicles.SHAPES,
}
