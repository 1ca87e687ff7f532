"""The user's settings: typed, bounded, versioned. The preferences dialog is made from these models.

Every field has a title and a default; `migrate` brings the raw form of an older file up to date before it is read.
"""

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal

from pydantic import Field

from sd3studio.core.requests import DEFAULT_BACKEND, Backend, ModelName
from sd3studio.core.scene.value import Value

VERSION: Literal[1] = 1
"""Version of the settings' form. Each change of the form adds one to it and one entry to `MIGRATIONS`."""

Raw = dict[str, Any]
MIGRATIONS: Mapping[int, Callable[[Raw], Raw]] = {}
"""Version -> what turns the raw form of that version into the next one."""

Shortcut = Annotated[str, Field(max_length=60)]


class Appearance(Value):
    """How the window looks."""

    theme: Literal["system", "light", "dark"] = Field(
        default="system", title="Theme", description="System follows the desktop."
    )
    scale: float = Field(default=1.0, ge=0.5, le=3.0, title="Text size", description="1 is the system's own size.")


class Saving(Value):
    """What is kept, and when."""

    autosave: bool = Field(default=True, title="Save by itself", description="Every edit is journalled in any case.")
    autosave_s: float = Field(default=20.0, ge=1.0, le=3_600.0, title="Seconds between saves")


class Snapping(Value):
    """Steps of a drag with Ctrl held, of a fine drag with Shift, and whether things catch on others."""

    magnetism: bool = Field(
        default=True,
        title="Magnetism",
        description="What is dragged catches on floor, surfaces, walls and neighbours; Alt suspends it.",
    )

    step_m: float = Field(default=0.1, ge=0.001, le=10.0, title="Length step (m)")
    angle_deg: float = Field(default=15.0, ge=0.1, le=90.0, title="Angle step (degrees)")
    fine_angle_deg: float = Field(
        default=1.0, ge=0.01, le=90.0, title="Fine angle step (degrees)", description="With Ctrl and Shift."
    )
    fine: float = Field(
        default=0.1, gt=0.0, le=1.0, title="Fine drag", description="Share of the mouse's way that counts."
    )


class Generation(Value):
    """What a new picture starts with."""

    backend: Backend = Field(default=DEFAULT_BACKEND, title="Made by")
    width: int = Field(default=512, ge=64, le=4_096, title="Width (px)")
    height: int = Field(default=384, ge=64, le=4_096, title="Height (px)")
    steps: int = Field(default=30, ge=1, le=1_000, title="Steps", description="Of a diffusers model.")
    guidance: float = Field(default=7.0, ge=0.0, le=50.0, title="Guidance", description="Of a diffusers model.")
    lock_seed: bool = Field(
        default=True, title="Keep the seed", description="The same seed while only the layout changes; else a new one."
    )
    device: str = Field(default="auto", pattern=r"^(auto|cpu|mps|cuda(:\d+)?)$", title="Device")
    dtype: Literal["auto", "float32", "float16", "bfloat16"] = Field(default="auto", title="Number format")
    fill_in: bool = Field(
        default=True,
        title="Fill in what a sentence leaves open",
        description="SD3 mini adds likely companions; each is marked and can be removed.",
    )
    check_pictures: bool = Field(
        default=True,
        title="Check each picture",
        description="Every picture is read back and compared with the scene.",
    )
    model_captions: bool = Field(
        default=True,
        title="Sentences by SD3 mini",
        description="Each is checked against the geometry; those made by rule stand in for what fails.",
    )


class Models(Value):
    """Folders or hub ids of models that replace the built-in ones. `builtin` is what ships with the program."""

    diffusers: ModelName = Field(
        default="", title="Diffusers model", description="A folder with a model_index.json, or a hub id."
    )
    depth_control: ModelName = Field(default="", title="Depth ControlNet")
    normal_control: ModelName = Field(default="", title="Normal ControlNet")
    class_control: ModelName = Field(default="", title="Segmentation ControlNet")
    ip_adapter: ModelName = Field(
        default="", title="IP-Adapter", description="A folder with safetensors and image_encoder, for references."
    )
    detector: ModelName = Field(default="builtin", title="Object detector", description="Any transformers detector.")
    segmenter: ModelName = Field(default="builtin", title="Segmenter", description="A model of the SAM family.")
    depth: ModelName = Field(default="builtin", title="Depth", description="Any transformers depth model.")


class Annotating(Value):
    """Who corrects scenes, and how they are checked."""

    annotator: str = Field(
        default="", max_length=200, title="Annotator", description="Your name in histories and comments."
    )
    expert: str = Field(
        default="", max_length=200, title="Expert", description="Whose graphs of the sample count as the ground truth."
    )
    truth_share: float = Field(
        default=0.1,
        ge=0.05,
        le=0.15,
        title="Ground-truth sample",
        description="Share of the photos that annotators are scored against.",
    )
    truth_seed: int = Field(default=0, ge=0, le=1_000_000, title="Seed of the sample")


class Engine(Value):
    """The process that does the heavy work."""

    offline: bool = Field(
        default=True, title="Stay off the network", description="Models named by hub id must be on disk."
    )
    prewarm: bool = Field(default=True, title="Get ready in the background")
    grace_s: float = Field(default=5.0, ge=0.5, le=120.0, title="Seconds to wait for a cancelled job")


class Settings(Value):
    """All settings. The file holds the same tree as JSON."""

    version: Literal[1] = VERSION
    appearance: Appearance = Field(default=Appearance(), title="Appearance")
    saving: Saving = Field(default=Saving(), title="Saving")
    snapping: Snapping = Field(default=Snapping(), title="Snapping")
    generation: Generation = Field(default=Generation(), title="Generation")
    models: Models = Field(default=Models(), title="Models")
    engine: Engine = Field(default=Engine(), title="Engine")
    annotating: Annotating = Field(default=Annotating(), title="Annotating")
    model_folders: Annotated[tuple[ModelName, ...], Field(max_length=200)] = Field(
        default=(), title="Model folders", description="Folders of models that the user added or downloaded."
    )
    keys: Annotated[Mapping[str, Shortcut], Field(max_length=1_000)] = Field(
        default_factory=dict,
        title="Shortcuts",
        description="Command id -> keys, where they differ from the usual ones.",
    )


def migrate(raw: Mapping[str, Any]) -> Raw:
    """The raw form of a settings file, brought to the current version.

    Raises ValueError when the version is missing, not a number, or newer than this program knows.
    """
    version = raw.get("version")
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise ValueError(f"field version: expected a whole number from 1 on, found {version!r}")
    if version > VERSION:
        raise ValueError(f"field version: {version} was written by a newer program; this one knows up to {VERSION}")
    form = dict(raw)
    for number in range(version, VERSION):
        form = MIGRATIONS[number](form)
    return form
