"""Searching scenes by what stands where: what is kept of a scene for it, queries, and how well a scene fits one.

`index_of` says what of a scene is kept; `query_of_words` and `query_of_boxes` make a query from a sentence or a drawn
layout; `match` finds the objects of a scene that a query means and grades how well they fit.
"""

from sd3studio.core.searching.index import IndexedRelation, IndexedThing, SceneIndex, index_of
from sd3studio.core.searching.labels import likeness, resolved
from sd3studio.core.searching.matching import Match, match
from sd3studio.core.searching.query import SceneQuery, WantedRelation, WantedThing
from sd3studio.core.searching.telegram import taken_apart
from sd3studio.core.searching.words import query_of_words

__all__ = [
    "IndexedRelation",
    "IndexedThing",
    "Match",
    "SceneIndex",
    "SceneQuery",
    "WantedRelation",
    "WantedThing",
    "index_of",
    "likeness",
    "match",
    "query_of_words",
    "resolved",
    "taken_apart",
]
