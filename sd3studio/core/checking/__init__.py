"""The check: does a picture show what its scene says? Values and rules; `sd3studio.ml.checking` reads the pictures.

`expecting.Expected` is what the scene should look like, `expecting.Sighting` what was seen, `judging.judge` compares
the two object by object and relation by relation and gives a `CheckReport`. Only the report is named here: messages
carry it.
"""

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
    "ObjectCheck",
    "ObjectVerdict",
    "Reader",
    "RelationCheck",
    "RelationVerdict",
    "rank_key",
    "ranked",
]
