"""`sd3studio import MODEL [--into SCENE] -o scene.json`: place a 3D model of the user's own in a scene."""

import argparse
from pathlib import Path

from sd3studio.cli.console import save_text
from sd3studio.core.layout import place
from sd3studio.core.scene.json_form import write_scene
from sd3studio.core.scene.values import Scene
from sd3studio.services.mesh_import import import_mesh
from sd3studio.services.scene_files import read_scene_file


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model", type=Path, metavar="MODEL", help="a GLB, glTF, OBJ, PLY or STL file, in metres, Y up")
    parser.add_argument("--into", type=Path, metavar="SCENE", help="scene to add it to; else a new one")
    parser.add_argument("--name", help="what to call it")
    parser.add_argument("-o", "--output", required=True, type=Path, metavar="PATH", help="scene.json to write")


def run(args: argparse.Namespace) -> int:
    scene = read_scene_file(args.into) if args.into else Scene()
    thing = place(scene, import_mesh(args.model, scene))
    if args.name:
        thing = thing.replace(label=args.name)
    save_text(args.output, write_scene(scene.with_objects(thing)) + "\n")
    print(args.output)
    return 0
