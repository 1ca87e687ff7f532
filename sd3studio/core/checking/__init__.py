"""The check: does a picture show what its scene says? Values and rules; `sd3studio.ml.checking` reads the pictures.

`Expected` is what the scene should look like, `Sighting` what was seen, `judge` compares the two object by object and
relation by relation and gives a `CheckReport`.
"""

from sd3studio.core.checking.expecting import Expected, Sighting
from sd3studio.core.checking.judging import judge
from sd3studio.core.checking.report import (
    AttributeCheck,
    CheckReport,
    ObjectCheck,
    ObjectVerdict,
    Reader,
    RelationCheck,
    RelationVerdict,
    rank_key,
    ranked,
)

__all__ = [
    "AttributeCheck",
    "CheckReport",
    "Expected",
    "ObjectCheck",
    "ObjectVerdict",
    "Reader",
    "RelationCheck",
    "RelationVerdict",
    "Sighting",
    "judge",
    "rank_key",
    "ranked",
]
