"""What a check found, as frozen values with a JSON form, and how pictures are ranked by it."""

from collections.abc import Iterable
from typing import Annotated, Any, Literal, Self

from pydantic import Field

from sd3studio.core.scene.predicates import Predicate
from sd3studio.core.scene.value import BoxPx, ObjectId, Unit, Value
from sd3studio.core.scene.values import Frame, Name

ObjectVerdict = Literal["found", "missing", "wrong place", "extra", "cannot decide"]
RelationVerdict = Literal["holds", "broken", "cannot decide"]
Reader = Literal["detectors", "id map"]
"""What read the picture: detectors, or the renderer's own id map, which is exact for a render of a known scene."""

Why = Annotated[str, Field(max_length=1_000)]
UNDECIDED = "cannot decide"


class AttributeCheck(Value):
    """Whether an object has a colour that the scene gives it. Other attributes can't be told and are left out."""

    attribute: Name
    verdict: RelationVerdict
    why: Why = ""


class ObjectCheck(Value):
    """One object of the scene in the picture, or one that nobody asked for (`verdict` ``"extra"``).

    Parameters
    ----------
    id : of the scene's object; ``extra-1`` ... for the others
    seen_as, score : label and score of what was seen; of another thing in its place where it is missing
    iou : overlap of `found` with where it should be
    expected, found : boxes in the picture, px; None where there is none
    why : a sentence for every verdict but a plain "found"
    """

    id: ObjectId
    label: Name
    verdict: ObjectVerdict
    seen_as: Annotated[str, Field(max_length=200)] = ""
    score: Unit | None = None
    iou: Unit | None = None
    expected: BoxPx | None = None
    found: BoxPx | None = None
    attributes: tuple[AttributeCheck, ...] = ()
    why: Why = ""


class RelationCheck(Value):
    """One relation of the scene in the picture. `asserted` is False for what only the layout's geometry implies.

    `grade` is how true it is in space, read back from the picture; None where that can't be told.
    """

    subject: ObjectId
    predicate: Predicate
    object: ObjectId
    frame: Frame = "camera"
    asserted: bool = True
    verdict: RelationVerdict
    grade: Unit | None = None
    why: Why = ""


class CheckReport(Value):
    """The verdicts on one picture.

    **Statements.** Each object, each colour of an object and each relation of the scene is one statement; each extra
    object is one that fails. *Found* and *holds* are kept; *missing*, *wrong place*, *extra* and *broken* fail;
    *cannot decide* counts neither way.

    **Score** = kept / (kept + failed): the share of the decided statements that the picture keeps; 0 if none could be
    decided. **Coverage** = decided / all statements. An object that the detectors can't tell (no class, hidden, too
    small, not seen in a true render of the scene either) counts only if it is found all the same, so the score of a
    picture with low coverage says little: look at both.

    Parameters
    ----------
    picture : file name or another name for people
    reader, detector : what read it
    notes : doubts about the whole check
    """

    picture: Annotated[str, Field(max_length=4_096)] = ""
    width: Annotated[int, Field(ge=1, le=32_768)]
    height: Annotated[int, Field(ge=1, le=32_768)]
    reader: Reader
    detector: Annotated[str, Field(max_length=200)] = ""
    objects: tuple[ObjectCheck, ...] = ()
    relations: tuple[RelationCheck, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def statements(self) -> tuple[bool | None, ...]:
        """Whether each statement is kept, None where it can't be decided: objects, colours, relations."""
        colours = [colour.verdict for thing in self.objects for colour in thing.attributes]
        verdicts = [*(t.verdict for t in self.objects), *colours, *(r.verdict for r in self.relations)]
        return tuple(None if v == UNDECIDED else v in ("found", "holds") for v in verdicts)

    @property
    def score(self) -> float:
        """Share of the decided statements that are kept, in [0, 1]."""
        decided = [kept for kept in self.statements if kept is not None]
        return sum(decided) / len(decided) if decided else 0.0

    @property
    def coverage(self) -> float:
        """Share of the statements that could be decided, in [0, 1]; 1 if there are none."""
        statements = self.statements
        return sum(kept is not None for kept in statements) / len(statements) if statements else 1.0

    def counts(self) -> dict[str, int]:
        """How often each verdict was given: objects, then relations ("relations that cannot be decided" apart)."""
        found = dict.fromkeys(("found", "missing", "wrong place", "extra", UNDECIDED), 0)
        for thing in self.objects:
            found[thing.verdict] += 1
        for relation in self.relations:
            key = "undecided relations" if relation.verdict == UNDECIDED else relation.verdict
            found[key] = found.get(key, 0) + 1
        return {**found, **{key: found.get(key, 0) for key in ("holds", "broken", "undecided relations")}}

    @property
    def holding(self) -> int:
        """How many relations hold."""
        return sum(relation.verdict == "holds" for relation in self.relations)

    def scaled(self, width: int, height: int) -> Self:
        """The same report with its boxes in a picture of another size (px)."""
        across, down = width / self.width, height / self.height

        def moved(box: BoxPx | None) -> BoxPx | None:
            return None if box is None else (box[0] * across, box[1] * down, box[2] * across, box[3] * down)

        objects = (t.replace(expected=moved(t.expected), found=moved(t.found)) for t in self.objects)
        return self.replace(width=width, height=height, objects=tuple(objects))

    def data(self) -> dict[str, Any]:
        """Plain JSON data: the fields, with `score`, `coverage` and `counts`."""
        said = {"score": round(self.score, 4), "coverage": round(self.coverage, 4), "counts": self.counts()}
        return {"picture": self.picture, **said, **self.model_dump(mode="json", exclude={"picture"})}


def rank_key(report: CheckReport) -> tuple[float, float, int]:
    """What the better of two pictures has more of: score, then coverage, then relations that hold."""
    return report.score, report.coverage, report.holding


def ranked(reports: Iterable[CheckReport]) -> list[CheckReport]:
    """Best first; equals keep their order."""
    return sorted(reports, key=rank_key, reverse=True)
