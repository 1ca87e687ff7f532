"""A system: all nets of one configuration and what they need to be used, built, saved and loaded as one folder.

The folder looks like a diffusers pipeline: ``model_index.json``, one subfolder a part (``config.json`` and safetensors
weights), and beside them ``system.json`` (the `SystemConfig`), ``vocabulary.json`` and ``tokenizer.json``.
"""

import json
import zlib
from collections.abc import Callable, Collection
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self, TypeVar

import torch
from pydantic import BaseModel, Field, ValidationError, model_validator
from torch import Tensor, nn

from sd3studio.core.errors import InputError, MissingModelError
from sd3studio.core.files import read_bounded, write_atomic
from sd3studio.core.scene.value import Value
from sd3studio.ml.diffusion.importance import StepDraws
from sd3studio.ml.diffusion.schedule import Schedule
from sd3studio.ml.diffusion.transition import Transition, TransitionConfig, TransitionKind
from sd3studio.ml.named import chosen

if TYPE_CHECKING:
    from sd3studio.ml.conditioning.graph_tensors import GraphVocabulary
    from sd3studio.ml.conditioning.text_tokens import TextTokenizer

V = TypeVar("V", bound=BaseModel)

PARTS: dict[str, str] = {
    "GraphCodec": "sd3studio.ml.nets.graph_codec:GraphCodec",
    "ObjectCodec": "sd3studio.ml.nets.object_codec:ObjectCodec",
    "GridCodec": "sd3studio.ml.nets.grid_codec:GridCodec",
    "TextCodec": "sd3studio.ml.nets.text_codec:TextCodec",
    "Denoiser": "sd3studio.ml.nets.denoiser:Denoiser",
    "RelationReader": "sd3studio.ml.nets.relation_reader:RelationReader",
    "PhotoReader": "sd3studio.ml.nets.photo_reader:PhotoReader",
    "TokenPrior": "sd3studio.ml.nets.priors:TokenPrior",
}
"""Class name in a configuration -> where the class is; `part_class` imports it."""

VOCABULARIES: dict[str, str] = {
    "graph": "sd3studio.ml.conditioning.graph_tensors:GraphVocabulary",
    "text": "sd3studio.ml.conditioning.text_tokens:TextTokenizer",
}
"""Both are values, stored as their JSON; a tokenizer has a `size`, how many tokens there are."""

CONFIGS = Path(__file__).parent / "training" / "configs"
"""Folder of the shipped configurations, and of the vocabulary and tokenizer that they name."""

INDEX, CONFIG, VOCABULARY, TOKENIZER = "model_index.json", "system.json", "vocabulary.json", "tokenizer.json"
MAX_JSON_BYTES = 20_000_000

Modality = Literal["graph", "image", "text"]
PartName = Literal[
    "graph_codec",
    "graph_diffusion",
    "graph_relations",
    "photo_reader",
    "image_codec",
    "image_diffusion",
    "text_codec",
    "text_diffusion",
    "text_prior",
    "image_prior",
]


class PartConfig(Value):
    """One net: its class (a key of `PARTS`) and the arguments of its constructor."""

    kind: str
    settings: dict[str, Any] = Field(default_factory=dict)


class TransitionSettings(Value):
    """The noising process of one kind of token: `TransitionConfig` and `Schedule` in one.

    Parameters
    ----------
    classes : None for text: as many as the tokenizer has
    """

    kind: TransitionKind = "mask_and_replace"
    classes: Annotated[int, Field(ge=2, le=1_000_000)] | None = None
    groups: tuple[tuple[int, int], ...] = ()
    mask_share: Annotated[float, Field(gt=0.0, lt=1.0)] = 0.9
    marginal: tuple[tuple[float, ...], ...] = ()
    schedule: Literal["linear", "cosine"] = "linear"
    steps: Annotated[int, Field(ge=1, le=10_000)] = 100


class SystemConfig(Value):
    """All that a system is made of.

    Parameters
    ----------
    parts : by name; what isn't there the system doesn't have
    transitions : by modality
    vocabulary, tokenizer : JSON files (`GraphVocabulary`, `TextTokenizer`), absolute or in the folder of shipped
        configurations; None if the system has no such thing
    options : switches that losses read, by their own names: what of the method is on (``"graph_conditions": False``)
    """

    parts: dict[PartName, PartConfig] = Field(default_factory=dict)
    transitions: dict[Modality, TransitionSettings] = Field(default_factory=dict)
    vocabulary: str | None = None
    tokenizer: str | None = None
    options: dict[str, bool | int | float | str] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _parts_are_known(self) -> Self:
        for name, part in self.parts.items():
            if part.kind not in PARTS:
                raise ValueError(f"parts.{name}.kind must be one of {', '.join(PARTS)}, not {part.kind!r}")
            modality, _, role = name.partition("_")
            if role == "diffusion" and modality not in self.transitions:
                raise ValueError(f"transitions.{modality} is missing: parts.{name} needs it")
        return self


def part_class(kind: str) -> Any:
    """The class of a part, imported now; raises `InputError` for an unknown name."""
    return chosen(PARTS, kind, "part")


class System:
    """All nets of one configuration.

    Attributes
    ----------
    config : what it was built from
    parts : the nets, by name
    transitions : by modality
    vocabulary, tokenizer : tags of graphs, tokens of text; None where the configuration names none
    steps : by modality, which steps of its diffusion to train on; losses draw from it and call `record`
    """

    def __init__(
        self,
        config: SystemConfig,
        parts: dict[str, nn.Module],
        vocabulary: "GraphVocabulary | None",
        tokenizer: "TextTokenizer | None",
    ) -> None:
        self.config = config
        self.parts = parts
        self.vocabulary: GraphVocabulary = vocabulary  # type: ignore[assignment]  # None only where nothing reads it
        self.tokenizer: TextTokenizer = tokenizer  # type: ignore[assignment]
        self.transitions = {name: _transition(made, tokenizer) for name, made in config.transitions.items()}
        self.steps: dict[str, StepDraws] = {}
        self._recorded: dict[str, list[tuple[Tensor, Tensor]]] = {}
        self._shared: tuple[object, Any] | None = None
        self.forget_steps()

    def forget_steps(self) -> None:
        """Begin anew with the statistics of the diffusions' steps."""
        self.steps = {name: StepDraws(transition.schedule.steps) for name, transition in self.transitions.items()}
        self._recorded = {}
        self._shared = None

    def record(self, modality: str, index: Tensor, losses: Tensor) -> None:
        """Losses (B,) of a diffusion at the steps `index` (B,), for `steps`.

        The training loop takes them up after each optimiser step, from all processes at once.
        """
        self._recorded.setdefault(modality, []).append((index.detach(), losses.detach()))

    def shared(self, batch: object, make: Callable[[], Any]) -> Any:
        """What several losses of one batch need: made for the first of them, kept until another batch comes."""
        if self._shared is None or self._shared[0] is not batch:
            self._shared = (batch, make())
        return self._shared[1]

    def take_recorded(self) -> dict[str, tuple[Tensor, Tensor]]:
        """What was recorded since the last call: modality -> (indices, losses)."""
        taken, self._recorded = self._recorded, {}
        self._shared = None
        return {
            name: (torch.cat([index.cpu() for index, _ in pairs]), torch.cat([losses.cpu() for _, losses in pairs]))
            for name, pairs in sorted(taken.items())
        }

    @classmethod
    def build(cls, config: SystemConfig, seed: int, parts: Collection[str] | None = None) -> Self:
        """A system with fresh weights; those of a part depend on its name, its settings and the seed alone.

        A part's constructor gets ``settings``; beneath them, what its class says that it takes from the vocabulary and
        the tokenizer (an optional static method ``sizes(vocabulary, tokenizer) -> dict``), and for a diffusion or a
        prior the ``classes`` (and ``states``) of its transition.
        """
        words = [_shipped_or_own("graph", config.vocabulary), _shipped_or_own("text", config.tokenizer)]
        system = cls(config, {}, *words)
        for name in _wanted(config, parts):
            with torch.random.fork_rng(devices=[]):
                torch.manual_seed(seed + zlib.crc32(name.encode()))
                system.parts[name] = _build_part(system, name).eval()
        return system

    def save(self, folder: Path) -> None:
        """Write the system into a folder, ``model_index.json`` last."""
        import diffusers

        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        index: dict[str, Any] = {"_class_name": "System", "_diffusers_version": diffusers.__version__}
        for name, net in self.parts.items():
            net.save_pretrained(folder / name)  # type: ignore[operator]
            index[name] = [type(net).__module__, type(net).__name__]
        write_atomic(folder / CONFIG, self.config.model_dump_json(indent=1).encode())
        for name, value in ((VOCABULARY, self.vocabulary), (TOKENIZER, self.tokenizer)):
            if value is not None:
                write_atomic(folder / name, value.model_dump_json(indent=1).encode())
        write_atomic(folder / INDEX, json.dumps(index, indent=1).encode())

    @classmethod
    def load(cls, folder: Path, parts: Collection[str] | None = None) -> Self:
        """The system in a folder, its parts in eval mode; only the named ones if asked.

        Raises `MissingModelError` naming the file if something is missing, damaged, pickled or doesn't fit.
        """
        folder = Path(folder)
        index = _index_of(folder)
        config = read_value(SystemConfig, folder / CONFIG)
        found = [_value_of(kind, folder / name) for kind, name in (("graph", VOCABULARY), ("text", TOKENIZER))]
        system = cls(config, {}, *found)
        for name in _wanted(config, parts):
            if name not in index:
                raise MissingModelError(f"{folder / INDEX} does not name the part {name}, though {CONFIG} has it.")
            system.parts[name] = part_class(config.parts[name].kind).from_pretrained(folder, subfolder=name)
        return system


def read_value(kind: type[V], path: Path) -> V:
    """A value in a JSON file of a model folder. Raises `MissingModelError` naming file and field."""
    try:
        return kind.model_validate_json(read_bounded(path, MAX_JSON_BYTES, MissingModelError))
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"])
        raise MissingModelError(f"{path}: {field or 'the file'}: {first['msg']}.") from error


def _wanted(config: SystemConfig, parts: Collection[str] | None) -> list[str]:
    if parts is None:
        return list(config.parts)
    if missing := sorted(set(parts) - set(config.parts)):
        raise InputError(f"The system has no part {missing[0]!r}. It has: {', '.join(config.parts)}.")
    return [name for name in config.parts if name in parts]


def _build_part(system: System, name: str) -> nn.Module:
    part = system.config.parts[name]  # type: ignore[index]
    cls = part_class(part.kind)
    modality, _, role = name.partition("_")
    given: dict[str, Any] = {}
    if hasattr(cls, "sizes"):
        given |= cls.sizes(system.vocabulary, system.tokenizer)
    if role in ("diffusion", "prior") and modality in system.transitions:
        transition = system.transitions[modality]
        given |= {"classes": transition.classes}
        given |= {"states": transition.states} if role == "diffusion" else {}
    try:
        return cls(**given | part.settings)
    except (TypeError, ValueError) as error:
        raise InputError(f"parts.{name}.settings don't make a {part.kind}: {error}.") from error


def _transition(made: TransitionSettings, tokenizer: "TextTokenizer | None") -> Transition:
    classes = made.classes if made.classes is not None else (None if tokenizer is None else tokenizer.size)
    if classes is None:
        raise InputError("transitions: classes is missing, and there is no tokenizer to take the number from.")
    config = TransitionConfig(made.kind, classes, made.groups, made.mask_share, made.marginal)
    return Transition(config, Schedule(made.schedule, made.steps))


def _shipped_or_own(kind: str, name: str | None) -> Any:
    if name is None:
        return None
    path = CONFIGS / name  # an absolute name stays what it is
    if not path.is_file():
        raise MissingModelError(f"The system's configuration names {path}, which is not there.")
    return _value_of(kind, path)


def _value_of(kind: str, path: Path) -> Any:
    return read_value(chosen(VOCABULARIES, kind, "vocabulary"), path) if path.is_file() else None


def _index_of(folder: Path) -> dict[str, Any]:
    if not (folder / INDEX).is_file():
        raise MissingModelError(f"There is no trained system in {folder}: {INDEX} is missing.")
    try:
        index = json.loads(read_bounded(folder / INDEX, MAX_JSON_BYTES, MissingModelError))
    except ValueError as error:
        raise MissingModelError(f"{folder / INDEX} is not valid JSON ({error}).") from error
    if not isinstance(index, dict):
        raise MissingModelError(f"{folder / INDEX} must hold a JSON object, not a {type(index).__name__}.")
    return index
