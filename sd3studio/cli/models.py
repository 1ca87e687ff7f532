"""`sd3studio models TASK`: what is installed and what runs here; verify, add and remove folders, download by name."""

import argparse
import sys
from pathlib import Path
from typing import Any

from sd3studio.cli.console import finish, print_json
from sd3studio.core.errors import InputError, StudioError
from sd3studio.core.locations import user_data
from sd3studio.core.requests import DownloadModel
from sd3studio.core.settings import Settings
from sd3studio.services.models import (
    NEEDS,
    Fitness,
    InstalledModel,
    add_folder,
    fitness,
    installed_models,
    remember_hashes,
    this_machine,
    verify,
)
from sd3studio.services.models.downloading import usual_folder
from sd3studio.services.models.needs import PACKAGE_OF
from sd3studio.services.models.removing import remove_model
from sd3studio.services.settings_file import read_settings, write_settings


def add_arguments(parser: argparse.ArgumentParser) -> None:
    tasks = parser.add_subparsers(dest="task", required=True, metavar="TASK")
    listed = tasks.add_parser("list", help="what is installed, and what runs here", description="What is installed.")
    check = tasks.add_parser("verify", help="compare hashes", description="Compare weights with their hashes.")
    check.add_argument("names", nargs="*", metavar="NAME", help="models (default: all)")
    add = tasks.add_parser("add", help="use a folder of yours", description="Add a folder to your models.")
    add.add_argument("folder", type=Path, metavar="FOLDER", help="with safetensors or ONNX weights")
    remove = tasks.add_parser("remove", help="forget a folder", description="Forget a folder; its files stay.")
    remove.add_argument("name", metavar="NAME", help="its name or path")
    remove.add_argument("--delete", action="store_true", help="delete it, if it was downloaded by this program")
    get = tasks.add_parser("download", help="get a model by name", description="Get a model from the network.")
    get.add_argument("name", metavar="ID|URL", help="owner/model on the hub, or the https address of one file")
    get.add_argument(
        "-o", "--output", type=Path, metavar="DIR", help="where to put it (default: among the user's data)"
    )
    get.add_argument("--sha256", default="", metavar="HASH", help="what a file should be")
    get.add_argument("--revision", default="", metavar="REV", help="branch, tag or commit of a hub id")
    for sub in (listed, check):
        sub.add_argument("--json", action="store_true", help="print one JSON object")


def run(args: argparse.Namespace) -> int:
    home = user_data()
    settings, note = read_settings(home / "settings.json")
    if note:
        print(note, file=sys.stderr)
    return TASKS[args.task](home, settings, args)


def _list(home: Path, settings: Settings, args: argparse.Namespace) -> int:
    machine = this_machine()
    backends = [fitness(key, settings, machine) for key in NEEDS]
    models = installed_models(settings)
    if args.json:
        gpus = [{"name": gpu.name, "memory_bytes": gpu.memory_bytes} for gpu in machine.gpus]
        print_json(
            {
                "machine": {"memory_bytes": machine.memory_bytes, "gpus": gpus},
                "backends": [_backend_data(found) for found in backends],
                "models": [_model_data(model) for model in models],
            }
        )
        return 0
    gpus = ", ".join(gpu.name for gpu in machine.gpus) or "no GPU"
    print(f"This machine: {machine.memory_bytes / 1e9:.1f} GB of memory, {gpus}\n")
    for found in backends:
        size = f"{found.disk_bytes / 1e6:,.0f} MB on disk, " if found.disk_bytes else ""
        state = "runs" if found.runs else "does not run here"
        print(f"{found.needs.title}: {state} ({size}about {found.memory_bytes / 1e9:.1f} GB of memory)")
        for sentence in (*found.reasons, *found.advice):
            print(f"    {sentence}")
    print()
    for model in models:
        print(f"{model.name:24} {model.origin:8} {model.size_bytes / 1e6:10,.1f} MB  {model.kind}, {model.licence}")
        for sentence in model.problems:
            print(f"    {sentence}")
    return 0


def _verify(home: Path, settings: Settings, args: argparse.Namespace) -> int:
    """Exit code 1 when a file is not what it should be."""
    models = installed_models(settings)
    unknown = set(args.names) - {model.name for model in models} - {str(model.path) for model in models}
    if unknown:
        raise InputError(f"There is no model {sorted(unknown)[0]!r}; there are {', '.join(m.name for m in models)}.")
    found: dict[str, list[dict[str, Any]]] = {}
    for model in models:
        if args.names and not {model.name, str(model.path)} & set(args.names):
            continue
        verdicts = found.setdefault(str(model.path), [])
        for verdict in verify(home, model):
            verdicts.append({"file": verdict.name, "ok": verdict.ok, "said": verdict.said})
            if not args.json:
                print(f"{model.name}/{verdict.name}: {verdict.said}", flush=True)
    if args.json:
        print_json(found)
    return 1 if any(item["ok"] is False for verdicts in found.values() for item in verdicts) else 0


def _add(home: Path, settings: Settings, args: argparse.Namespace) -> int:
    changed = add_folder(settings, args.folder)
    folder = args.folder.expanduser().resolve()
    count = remember_hashes(home, folder, lambda step, of, text: print(f"[{step}/{of}] {text}", file=sys.stderr))
    write_settings(home / "settings.json", changed)
    print(f"{folder}: {count} files of weights; name it in Preferences > Models or with --model to use it")
    return 0


def _remove(home: Path, settings: Settings, args: argparse.Namespace) -> int:
    changed, folder = remove_model(home, settings, args.name, delete=args.delete)
    write_settings(home / "settings.json", changed)
    print(f"{folder}: {'deleted' if args.delete else 'forgotten; its files are still there'}")
    return 0


def _download(home: Path, settings: Settings, args: argparse.Namespace) -> int:
    folder = (args.output or usual_folder(home, args.name)).expanduser().resolve()
    place = finish(
        DownloadModel(name=args.name, folder=str(folder), sha256=args.sha256.lower(), revision=args.revision)
    )
    try:
        changed = add_folder(settings, folder)
        remember_hashes(home, folder)
        write_settings(home / "settings.json", changed)
    except StudioError as error:  # a lone tokenizer.json is no model, and still what was asked for
        print(error, file=sys.stderr)
    print(place)
    return 0


TASKS = {"list": _list, "verify": _verify, "add": _add, "remove": _remove, "download": _download}


def _backend_data(found: Fitness) -> dict[str, Any]:
    return {
        "key": found.key,
        "title": found.needs.title,
        "purpose": found.needs.purpose,
        "runs": found.runs,
        "reasons": list(found.reasons),
        "advice": list(found.advice),
        "disk_bytes": found.disk_bytes,
        "memory_bytes": found.memory_bytes,
        "licence": found.model.licence if found.model else found.needs.licence,
        "packages": [PACKAGE_OF.get(name, name.replace("_", "-")) for name in found.needs.modules],
        "model": str(found.model.path) if found.model else None,
    }


def _model_data(model: InstalledModel) -> dict[str, Any]:
    return {
        "name": model.name,
        "path": str(model.path),
        "origin": model.origin,
        "kind": model.kind,
        "size_bytes": model.size_bytes,
        "licence": model.licence,
        "problems": list(model.problems),
    }
