"""The relation engine: graded spatial predicates over all pairs of a scene, in NumPy.

`RelationField` holds all grades and follows a drag; `grade_of` grades one relation; `grade_pairs` grades any boxes (the
solver's candidates); `derived_relations` says what is worth saying, `conflicts` what is asserted but not so,
`apparent_predicate` what the picture plane suggests; `list_relations` puts all of that into one list.
"""

from sd3studio.core.relations.apparent import apparent_predicate
from sd3studio.core.relations.conflicts import Conflict, conflicts
from sd3studio.core.relations.derive import derived_relations
from sd3studio.core.relations.field import LAYER_INDEX, LAYERS, RelationField, grade_of
from sd3studio.core.relations.geometry import Bodies, Pairs, View
from sd3studio.core.relations.grading import grade_pairs
from sd3studio.core.relations.listing import Listed, RelationFilter, list_relations
from sd3studio.core.relations.supports import support_of, surface_height

__all__ = [
    "LAYERS",
    "LAYER_INDEX",
    "Bodies",
    "Conflict",
    "Listed",
    "Pairs",
    "RelationField",
    "RelationFilter",
    "View",
    "apparent_predicate",
    "conflicts",
    "derived_relations",
    "grade_of",
    "grade_pairs",
    "list_relations",
    "support_of",
    "surface_height",
]
