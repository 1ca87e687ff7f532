"""Sentences about a scene, and what they claim."""

from typing import Annotated, Literal

from pydantic import Field

from sd3studio.core.scene.predicates import Predicate
from sd3studio.core.scene.value import ObjectId, Unit, Value
from sd3studio.core.scene.values import Frame


class Fact(Value):
    """One claim of a caption: a triple that geometry grades in [0, 1]; `apparent` holds in the picture plane only."""

    subject: ObjectId
    predicate: Predicate
    object: ObjectId
    frame: Frame = "camera"
    grade: Unit = 1.0
    apparent: Predicate | None = None
    """What the picture plane suggests for the same pair, where it differs from the spatial predicate."""


class Caption(Value):
    """A sentence, the facts that it states, and who made it (`rule`: our templates; `model`; `human`)."""

    text: Annotated[str, Field(min_length=1, max_length=4_000)]
    facts: tuple[Fact, ...] = ()
    maker: Literal["rule", "model", "human"] = "rule"
    scope: Literal["pair", "object", "scene"] = "pair"
