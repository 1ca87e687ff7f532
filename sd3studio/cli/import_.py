"""`sd3studio import MODEL|PICTURE [--into SCENE] -o scene.json`: a 3D model or a picture of the user's into a scene.

With ``--format`` the annotations of another program become scenes, a file for each picture.

A picture becomes an upright rectangle of its real size. A Sweet Home 3D library (``.sh3f``) goes into the user's
catalogue instead.
"""

import argparse
import sys
from pathlib import Path

from sd3studio.cli.console import save_text
from sd3studio.core.errors import InputError
from sd3studio.core.layout import place
from sd3studio.core.locations import user_data
from sd3studio.core.scene.json_form import write_scene
from sd3studio.core.scene.values import Scene
from sd3studio.services.billboards import PICTURE_SUFFIXES, USUAL_HEIGHT_M, import_picture
from sd3studio.services.import_ import IMPORTERS, read_annotations
from sd3studio.services.import_.gathering import plain_name
from sd3studio.services.mesh_import import UNITS, import_mesh
from sd3studio.services.scene_files import read_scene_file


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "model",
        type=Path,
        metavar="MODEL",
        help="GLB, glTF, OBJ, PLY or STL; a picture (JPEG, PNG, ...); .sh3f; or annotations",
    )
    parser.add_argument("--format", choices=tuple(IMPORTERS), help="read annotations of this format instead")
    parser.add_argument("--into", type=Path, metavar="SCENE", help="scene to add it to; else a new one")
    parser.add_argument(
        "--height", type=float, default=USUAL_HEIGHT_M, metavar="M", help="how tall a picture is (default 1.7 m)"
    )
    parser.add_argument("--unit", choices=tuple(UNITS), default="m", help="what a model is measured in (default m)")
    parser.add_argument("--up", choices=("y", "z"), default="y", help="the axis of a model that is up (default y)")
    parser.add_argument("--name", help="what to call it")
    parser.add_argument(
        "-o",
        "--output",
        type=Path,
        metavar="PATH",
        help="scene.json to write (annotations: or a folder; not for a .sh3f)",
    )


def run(args: argparse.Namespace) -> int:
    if args.model.suffix.lower() == ".sh3f":
        return _import_library(args.model)
    if args.format is not None:
        return _import_annotations(args)
    if args.output is None:
        raise InputError("Say with -o which scene.json to write.")
    scene = read_scene_file(args.into) if args.into else Scene()
    picture = args.model.suffix.lower() in PICTURE_SUFFIXES
    made = (
        import_picture(args.model, scene, args.height)
        if picture
        else import_mesh(args.model, scene, args.unit, args.up)
    )
    thing = place(scene, made)
    if args.name:
        thing = thing.replace(label=args.name)
    save_text(args.output, write_scene(scene.with_objects(thing)) + "\n")
    print(args.output)
    return 0


def _import_annotations(args: argparse.Namespace) -> int:
    """Scenes of annotations: one to the file named, several to a folder; prints the paths."""
    if args.output is None:
        raise InputError("Say with -o which scene.json, or which folder, to write.")
    found = read_annotations(args.model, args.format)
    for note in found.notes:
        print(note, file=sys.stderr)
    single = len(found.scenes) == 1 and args.output.suffix.lower() == ".json"
    taken: set[str] = set()
    for one in found.scenes:
        path = args.output if single else args.output / _free_name(one.name, taken)
        save_text(path, write_scene(one.scene) + "\n")
        print(path)
    return 0


def _free_name(name: str, taken: set[str]) -> str:
    """A file name for a picture's scene that no other has."""
    found, number = (stem := plain_name(name)), 2
    while found in taken:
        found, number = f"{stem}-{number}", number + 1
    taken.add(found)
    return f"{found}.json"


def _import_library(path: Path) -> int:
    """Add a furniture library to the user's catalogue; prints the ids of its entries."""
    from sd3studio.services.user_catalogue import import_library

    imported = import_library(path, user_data())
    for sentence in imported.skipped:
        print(sentence, file=sys.stderr)
    for entry in imported.entries:
        print(f"{entry.id}\t{entry.name}\t{entry.category}")
    return 0
