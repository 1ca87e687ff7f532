"""What a job says back. Plain data: pictures are encoded bytes, nothing here knows Qt or torch.

Exactly one of `Finished`, `Failed`, `Cancelled` ends a job; a job function itself only yields `Progress`, `Note` and
`Finished`; the runner sends the other two.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sd3studio.core.checking.report import CheckReport
from sd3studio.core.picture_controls import KeptDifference, SlotTokens
from sd3studio.core.scene.caption import Caption
from sd3studio.core.scene.values import Mask, Scene
from sd3studio.core.searching.packed import PackedScene
from sd3studio.core.searching.query import SceneQuery


@dataclass(frozen=True, slots=True)
class Progress:
    """Step `step` of `total` is done. `preview` is an encoded picture (PNG or JPEG) of the work so far, or None."""

    step: int
    total: int
    text: str = ""
    preview: bytes | None = None


@dataclass(frozen=True, slots=True)
class Note:
    """A sentence about the work that does not stop it (a doubt, a fallback)."""

    text: str


@dataclass(frozen=True, slots=True)
class Finished:
    """The work is done; `result` is one of the result values below."""

    result: Any


@dataclass(frozen=True, slots=True)
class Failed:
    """The work ended badly: `message` for the user, `detail` for a log, `hint` request fields that may help."""

    message: str
    detail: str = ""
    hint: dict[str, Any] = field(default_factory=dict)
    kind: str = "JobError"
    """Name of the error class."""


@dataclass(frozen=True, slots=True)
class Cancelled:
    """The user stopped the work."""


JobMessage = Progress | Note | Finished | Failed | Cancelled


@dataclass(frozen=True, slots=True)
class SceneResult:
    """A scene read from a photo or a sentence, its captions and the doubts on the way."""

    scene: Scene
    captions: tuple[Caption, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PhotoFacts:
    """What a photo's file tells.

    Parameters
    ----------
    sha256 : of the file
    looks : perceptual hash, 64 bits as a signed number; near duplicates differ in few bits
    width, height : px, upright
    taken : ISO 8601 in the camera's local time, or empty
    focal_mm : on a 24 mm high frame, or None
    latitude, longitude : degrees, or None
    place : as the file names it, "Paris, France", or empty
    thumbnail : small JPEG, upright, or None
    """

    sha256: str
    looks: int
    width: int
    height: int
    taken: str = ""
    camera: str = ""
    focal_mm: float | None = None
    latitude: float | None = None
    longitude: float | None = None
    thumbnail: bytes | None = None
    place: str = ""


@dataclass(frozen=True, slots=True)
class PhotoWork:
    """What was done on one photo of a library; parts that were not asked for are None.

    Parameters
    ----------
    caption : the sentence of the style that was asked for, with its facts and maker
    check_score : share of what could be decided that the photo shows as its scene says; NaN where nothing could
    """

    facts: PhotoFacts | None = None
    scene: PackedScene | None = None
    caption: Caption | None = None
    check_score: float | None = None
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class QueryResult:
    """What a typed query means: the query, and per wanted thing which labels answer it and how well."""

    query: SceneQuery
    likenesses: tuple[dict[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class EditResult:
    """What a sentence did to a scene.

    Parameters
    ----------
    scene : as it is afterwards
    edit : what was done, as one undoable step (`sd3studio.core.edits.Sequence`); `Document.apply` takes it
    sentence : what was done, in words
    notes : doubts (which of several was taken) and what could not be done
    touched : ids of the objects that were changed or added and are still there
    """

    scene: Scene
    edit: Any
    sentence: str
    notes: tuple[str, ...] = ()
    touched: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CaptionsResult:
    """Sentences about a scene; each says who made it. `notes` tell what was held back and why.

    `weights` are the files that took part, name -> SHA-256.
    """

    captions: tuple[Caption, ...]
    notes: tuple[str, ...] = ()
    weights: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ImageResult:
    """A picture as PNG, with the whole request embedded, and who made it.

    `is_render` is True when the picture is our renderer's and not a network's; the window says so.
    """

    png: bytes
    width: int
    height: int
    seed: int
    backend: str
    is_render: bool
    prompt: str = ""
    notes: tuple[str, ...] = ()
    difference: KeptDifference | None = None
    """Where the rest of an earlier picture was kept: how far it is from that."""


@dataclass(frozen=True, slots=True)
class DraftResult:
    """A draft as JPEG, and the looks of what is in it: the next draft takes them over."""

    picture: bytes
    width: int
    height: int
    tokens: SlotTokens


@dataclass(frozen=True, slots=True)
class VerifyResult:
    """What was found of each file of weights: folder of the model, file, whether it is right, and in words.

    "Whether" is None where there is nothing to compare with.
    """

    files: tuple[tuple[str, str, bool | None, str], ...]


@dataclass(frozen=True, slots=True)
class LibraryResult:
    """Ids of the entries that came into the user's catalogue, and a sentence for each model that did not."""

    entries: tuple[str, ...]
    skipped: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CheckResult:
    """The verdicts on one picture."""

    report: CheckReport


@dataclass(frozen=True, slots=True)
class Try:
    """One picture of a search over seeds, as PNG with its request embedded, and the verdicts on it."""

    seed: int
    png: bytes
    report: CheckReport


@dataclass(frozen=True, slots=True)
class UntilResult:
    """All pictures of a search over seeds, best first; `reached` says whether the best one met the target."""

    tries: tuple[Try, ...]
    reached: bool
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class NamesResult:
    """Classes that fit what is in a box, with how well, best first; empty where the detector sees nothing there."""

    names: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class MaskResult:
    """The mask that was found, or None where the segmenter can't tell."""

    mask: Mask | None
