"""An answer: a sentence, how sure it is, and the objects it speaks of."""

from dataclasses import dataclass

from sd3studio.core.scene.predicates import Predicate

SURE, LIKELY = 0.85, 0.65
"""From here on nothing is added; from here on "probably"; below "perhaps"."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the graph says to a question.

    Parameters
    ----------
    text : one or two sentences
    certainty : in [0, 1]: the weakest of the detections and relations it rests on; None where nothing is uncertain
    asked : ids of the objects that were asked about
    found : ids of the objects that answer
    facts : the relations it rests on: subject, predicate, object, grade
    """

    text: str
    certainty: float | None = None
    asked: tuple[str, ...] = ()
    found: tuple[str, ...] = ()
    facts: tuple[tuple[str, Predicate, str, float], ...] = ()


def hedge(certainty: float | None) -> str:
    """ "probably " or "perhaps ", or nothing."""
    if certainty is None or certainty >= SURE:
        return ""
    return "probably " if certainty >= LIKELY else "perhaps "
