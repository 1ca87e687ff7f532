"""What a job is asked: complete, frozen, replayable. The request is stored with its result.

Each request has a `kind`; `app.JOBS` maps the kind to the function that does the work.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from sd3studio.core.picture_controls import DepthRange, Keep, Reference, SlotTokens, Style, joined_words
from sd3studio.core.scene.value import BoxPx, Unit, Value
from sd3studio.core.scene.values import Mask, Relation, Scene
from sd3studio.core.training.requests import (
    ComposeDataset,
    DescribeDataset,
    EstimateRun,
    MakeDataset,
    ScoreWeights,
    ShowComposed,
    ShowWeights,
)

Size = Annotated[int, Field(ge=64, le=4_096)]
Seed = Annotated[int, Field(ge=0, le=2**63 - 1)]
ModelName = Annotated[str, Field(max_length=4_096)]
"""A local folder, or a hub id that the user named."""


class ParsePhoto(Value):
    """Photo -> 3DSG.

    Parameters
    ----------
    photo : path of the picture
    focal_mm : focal length on a 24 mm high frame; None reads EXIF, else assumes one
    detector, segmenter, depth : ``"builtin"``, or the folder or hub id of a transformers model that replaces it
    threshold : lowest calibrated score of an object that is kept
    relations : whether SD3 mini reads relations in the boxes; those that the geometry has, too, are kept in the scene
    """

    kind: Literal["parse_photo"] = "parse_photo"
    photo: Annotated[str, Field(min_length=1, max_length=4_096)]
    focal_mm: Annotated[float, Field(gt=1.0, lt=2_000.0)] | None = None
    detector: ModelName = "builtin"
    segmenter: ModelName = "builtin"
    depth: ModelName = "builtin"
    threshold: Unit | None = None
    relations: bool = False


PhotoStep = Literal["look", "parse", "caption", "check"]


class WorkOnPhoto(Value):
    """One photo of a library: what its file tells, its scene, a sentence about it, whether it shows its scene.

    Parameters
    ----------
    photo : path of the picture
    steps : what is to be done; *parse* makes the scene that the later steps take
    scene : for the later steps where the scene is not to be read from the photo
    style, template : the sentence to be written (`core.language.caption_styles`)
    about : what is known of the photo: variables of the template
    thumbnail_px : longer side of the thumbnail that *look* makes; 0 makes none
    detector, segmenter, depth, threshold : as in `ParsePhoto`
    """

    kind: Literal["work_on_photo"] = "work_on_photo"
    photo: Annotated[str, Field(min_length=1, max_length=4_096)]
    steps: Annotated[tuple[PhotoStep, ...], Field(min_length=1, max_length=4)]
    scene: Scene | None = None
    style: Annotated[str, Field(max_length=64)] = ""
    template: Annotated[str, Field(max_length=4_000)] = ""
    about: Annotated[Mapping[str, str], Field(max_length=64)] = Field(default_factory=dict)
    thumbnail_px: Annotated[int, Field(ge=0, le=1_024)] = 256
    detector: ModelName = "builtin"
    segmenter: ModelName = "builtin"
    depth: ModelName = "builtin"
    threshold: Unit | None = None


class ScanLibrary(Value):
    """Compare the folders of a photo library with its rows. `folders` are watched from now on.

    `library` is the folder of the library, or the URL of its database.
    """

    kind: Literal["scan_library"] = "scan_library"
    library: Annotated[str, Field(min_length=1, max_length=4_096)]
    folders: Annotated[tuple[Annotated[str, Field(max_length=4_096)], ...], Field(max_length=1_000)] = ()


class RunBatch(Value):
    """Carry out a batch of a photo library, or go on with it."""

    kind: Literal["run_batch"] = "run_batch"
    library: Annotated[str, Field(min_length=1, max_length=4_096)]
    run: Annotated[int, Field(ge=1)]


class ReadQuery(Value):
    """A typed query of a photo library -> what is searched for. `labels` are those of the library."""

    kind: Literal["read_query"] = "read_query"
    text: Annotated[str, Field(max_length=10_000)]
    labels: Annotated[tuple[Annotated[str, Field(max_length=200)], ...], Field(max_length=20_000)] = ()
    view: Literal["either", "space", "picture"] = "either"


class ParseText(Value):
    """Sentence -> 3DSG. `language` ``"auto"`` tells English from Chinese by the script.

    With `complete` the graph diffusion adds what the sentence leaves open; what it adds says so in its provenance.
    `width` and `height` are the picture's for which the things and the camera are placed.
    """

    kind: Literal["parse_text"] = "parse_text"
    text: Annotated[str, Field(max_length=200_000)]
    language: Literal["auto", "en", "zh"] = "auto"
    seed: Seed = 0
    complete: bool = False
    width: Size = 768
    height: Size = 512


class Control(Value):
    """One conditioning map of an image generation: how strongly and in which part of the steps it acts."""

    map: Literal["depth", "normal", "class", "boxes"]
    strength: Annotated[float, Field(ge=0.0, le=2.0)] = 1.0
    start: Unit = 0.0
    end: Unit = 1.0
    model: ModelName = ""


Backend = Literal["sd3-mini", "render", "diffusers"]
DEFAULT_BACKEND: Backend = "sd3-mini"


class Usual(Value):
    """What a backend is asked for when the user doesn't say: steps, guidance, longest side of the picture."""

    steps: int
    guidance: float
    longest_px: int


USUAL: Mapping[Backend, Usual] = MappingProxyType(
    {
        "sd3-mini": Usual(steps=12, guidance=7.0, longest_px=512),
        "render": Usual(steps=1, guidance=1.0, longest_px=1024),
        "diffusers": Usual(steps=30, guidance=7.0, longest_px=768),
    }
)


class GenerateImage(Value):
    """3DSG -> picture, by one of the backends. Everything the picture depends on is here.

    `prompt` empty means: written from the graph. `model` is the folder or hub id for the diffusers backend, or another
    folder of SD3 weights than the shipped one for ``"sd3-mini"``. `depth_range` is that of the depth picture.
    `freedom` is how freely SD3 mini draws what nobody says (colours, light): 0 as things usually are, 1 as it likes.
    """

    kind: Literal["generate_image"] = "generate_image"
    scene: Scene
    backend: Backend = DEFAULT_BACKEND
    width: Size = 768
    height: Size = 512
    seed: Seed = 0
    steps: Annotated[int, Field(ge=1, le=1_000)] = 30
    guidance: Annotated[float, Field(ge=0.0, le=50.0)] = 7.0
    prompt: Annotated[str, Field(max_length=20_000)] = ""
    negative_prompt: Annotated[str, Field(max_length=20_000)] = ""
    model: ModelName = ""
    controls: tuple[Control, ...] = (Control(map="depth"),)
    depth_range: DepthRange = DepthRange()
    style: Style | None = None
    reference: Reference | None = None
    keep: Keep | None = None
    device: Annotated[str, Field(pattern=r"^(auto|cpu|mps|cuda(:\d+)?)$")] = "auto"
    dtype: Literal["auto", "float32", "float16", "bfloat16"] = "auto"
    freedom: Annotated[float, Field(ge=0.0, le=1.0)] = 0.0

    @property
    def unwanted(self) -> str:
        """What should not be in the picture: the request's own words and the style's."""
        return joined_words(self.negative_prompt, self.style.negative if self.style else "")

    def words(self, written: str) -> str:
        """The whole prompt: the request's own words, else those `written` from the scene, and the style's."""
        return joined_words(self.prompt.strip() or written, self.style.prompt if self.style else "")


class DraftImage(Value):
    """A small quick picture by SD3 mini, to look at while a thing is dragged. Not kept.

    Parameters
    ----------
    request : the picture whose draft it is
    longest_px : longest side of the draft
    steps : of the sampler, for looks that are not given
    tokens : looks that things already have (of the draft before), so that they don't change while dragging
    """

    kind: Literal["draft_image"] = "draft_image"
    request: GenerateImage
    longest_px: Annotated[int, Field(ge=64, le=512)] = 160
    steps: Annotated[int, Field(ge=1, le=24)] = 4
    tokens: SlotTokens = Field(default_factory=dict)


class CheckPicture(Value):
    """Does a picture show what a scene says: verdicts on its objects and relations.

    Parameters
    ----------
    picture : path of the picture
    scene : what it should show; None takes the scene that a PNG of ours carries
    reader : ``"auto"`` reads renders of ours by the renderer's id map and all other pictures by detectors
    detector : ``"builtin"``, or the folder or hub id of a transformers detector
    derived : at most so many relations are checked besides the stored ones
    """

    kind: Literal["check_picture"] = "check_picture"
    picture: Annotated[str, Field(min_length=1, max_length=4_096)]
    scene: Scene | None = None
    reader: Literal["auto", "detectors", "id map"] = "auto"
    detector: ModelName = "builtin"
    derived: Annotated[int, Field(ge=0, le=1_000)] = 12


class GenerateUntil(Value):
    """Pictures of one scene by seed after seed, each checked, until one is good enough or the budget ends.

    Parameters
    ----------
    request : the picture; its seed is the first one
    target : score of the check that is good enough
    relations : so many relations must hold as well (all, if there are fewer); None asks only for the score
    budget : most pictures that are made
    reader, detector, derived : of the check, as in `CheckPicture`
    """

    kind: Literal["generate_until"] = "generate_until"
    request: GenerateImage
    target: Unit = 0.9
    relations: Annotated[int, Field(ge=0, le=100_000)] | None = None
    budget: Annotated[int, Field(ge=1, le=1_000)] = 20
    reader: Literal["auto", "detectors", "id map"] = "auto"
    detector: ModelName = "builtin"
    derived: Annotated[int, Field(ge=0, le=1_000)] = 12


class CompleteScene(Value):
    """Add to a scene what it leaves open: the graph diffusion samples a fuller 3DSG, and what is new is placed.

    What is there stays where it is, and its relations keep holding. `sentence` is what the scene was described with.
    """

    kind: Literal["complete_scene"] = "complete_scene"
    scene: Scene
    sentence: Annotated[str, Field(max_length=20_000)] = ""
    seed: Seed = 0


class WriteCaptions(Value):
    """Sentences about a scene by the text diffusion and its decoder, each checked against the geometry."""

    kind: Literal["write_captions"] = "write_captions"
    scene: Scene
    limit: Annotated[int, Field(ge=0, le=1_000)] = 12
    seed: Seed = 0


class SatisfyRelations(Value):
    """Move a scene so that `wishes` hold, keeping the relations in `keep` where they do. Plain work, no model."""

    kind: Literal["satisfy_relations"] = "satisfy_relations"
    scene: Scene
    wishes: Annotated[tuple[Relation, ...], Field(min_length=1, max_length=1_000)]
    keep: Annotated[tuple[Relation, ...], Field(max_length=10_000)] = ()


class ExplainConflicts(Value):
    """Why stored relations of a scene don't hold, and what can be done about it. Plain work, no model."""

    kind: Literal["explain_conflicts"] = "explain_conflicts"
    scene: Scene
    limit_s: Annotated[float, Field(gt=0.0, le=600.0)] = 2.0


class EditByText(Value):
    """Scene and a sentence that asks for changes -> the changed scene ("move the lamp to the right of the sofa").

    What the sentence describes rather than commands is added. `selection` are the ids that "this" and "it" may mean.
    """

    kind: Literal["edit_by_text"] = "edit_by_text"
    scene: Scene
    text: Annotated[str, Field(max_length=200_000)]
    selection: Annotated[tuple[Annotated[str, Field(max_length=64)], ...], Field(max_length=20_000)] = ()
    language: Literal["auto", "en", "zh"] = "auto"
    seed: Seed = 0


class NameBox(Value):
    """What is in a box that was drawn on a photo: classes that fit, best first."""

    kind: Literal["name_box"] = "name_box"
    photo: Annotated[str, Field(min_length=1, max_length=4_096)]
    box: BoxPx
    detector: ModelName = "builtin"


class CutOut(Value):
    """The mask of a thing in a box of a photo, by GrabCut or another segmenter.

    `keep` and `drop` are strokes of the user: pixels that are surely part of the thing and surely not.
    """

    kind: Literal["cut_out"] = "cut_out"
    photo: Annotated[str, Field(min_length=1, max_length=4_096)]
    box: BoxPx
    label: Annotated[str, Field(max_length=200)] = ""
    keep: Mask | None = None
    drop: Mask | None = None
    segmenter: ModelName = "builtin"


class DownloadModel(Value):
    """Get a model from the network: asked for by name, never otherwise. Only plain data is fetched, never pickles.

    Parameters
    ----------
    name : hub id (``"owner/model"``) or the https address of one file
    folder : where to put it
    sha256 : what the file should be; needed for an address that is not https
    revision : branch, tag or commit of a hub id; empty is the usual one
    """

    kind: Literal["download_model"] = "download_model"
    name: Annotated[str, Field(min_length=3, max_length=4_096)]
    folder: Annotated[str, Field(min_length=1, max_length=4_096)]
    sha256: Annotated[str, Field(pattern=r"^([0-9a-f]{64})?$")] = ""
    revision: Annotated[str, Field(max_length=200, pattern=r"^[\w./-]*$")] = ""


class VerifyModels(Value):
    """Compare the weights of models with their hashes, or keep the hashes of folders that were just added.

    Parameters
    ----------
    home : folder of the user's data
    folders : of the models; none means all that are installed
    remember : keep the hashes, instead of comparing with them
    """

    kind: Literal["verify_models"] = "verify_models"
    home: Annotated[str, Field(min_length=1, max_length=4_096)]
    folders: Annotated[tuple[ModelName, ...], Field(max_length=200)] = ()
    remember: bool = False


class ImportLibrary(Value):
    """Bring a Sweet Home 3D furniture library into the user's catalogue.

    Parameters
    ----------
    library : path of the ``.sh3f`` file
    home : folder of the user's data
    """

    kind: Literal["import_library"] = "import_library"
    library: Annotated[str, Field(min_length=1, max_length=4_096)]
    home: Annotated[str, Field(min_length=1, max_length=4_096)]


Request = Annotated[
    ParsePhoto
    | WorkOnPhoto
    | ReadQuery
    | ScanLibrary
    | RunBatch
    | ParseText
    | EditByText
    | GenerateImage
    | DraftImage
    | CheckPicture
    | GenerateUntil
    | CompleteScene
    | WriteCaptions
    | SatisfyRelations
    | NameBox
    | CutOut
    | ExplainConflicts
    | DownloadModel
    | ImportLibrary
    | VerifyModels
    | MakeDataset
    | ComposeDataset
    | DescribeDataset
    | ShowComposed
    | EstimateRun
    | ScoreWeights
    | ShowWeights,
    Field(discriminator="kind"),
]
REQUEST: TypeAdapter[Request] = TypeAdapter(Request)
"""Reads any request from JSON or from a mapping, by its `kind`."""
