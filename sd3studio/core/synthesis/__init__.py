"""Composed scenes: rooms, streets, parks and still lifes from the catalogue, by seed.

Recipes (`rooms`, `outdoors`) say in steps what may stand where; `Plot` follows them where there is room; `compose`
adds ground, walls, light and a camera that has most things in view. The choices and numbers are ours.
"""

from sd3studio.core.synthesis.composing import KINDS, RECIPES, Kind, compose, compose_place, place_of
from sd3studio.core.synthesis.viewing import seen_shares

__all__ = ["KINDS", "RECIPES", "Kind", "compose", "compose_place", "place_of", "seen_shares"]
