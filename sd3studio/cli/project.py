"""`sd3studio project pack|show|unpack`: a scene with its pictures, requests and history in one file."""

import argparse
import sys
from pathlib import Path

from sd3studio.app import queue_folder
from sd3studio.cli.console import print_json
from sd3studio.core.errors import InputError, SceneError, StudioError
from sd3studio.core.files import read_bounded
from sd3studio.core.png import read_record
from sd3studio.core.requests import Request
from sd3studio.services.jobs import JobStore
from sd3studio.services.journal import MAX_JOURNAL_BYTES
from sd3studio.services.projects import LIMITS, Project, read_project, unpack_project, write_project
from sd3studio.services.scene_files import read_scene_file


def add_arguments(parser: argparse.ArgumentParser) -> None:
    tasks = parser.add_subparsers(dest="task", required=True, metavar="TASK")
    pack = tasks.add_parser("pack", help="write a bundle", description="Write a scene and what belongs to it.")
    pack.add_argument("scene", type=Path, metavar="SCENE", help="a scene.json, a picture made by us, or a project")
    pack.add_argument("--pictures", type=Path, metavar="DIR", help="folder of pictures made by us")
    pack.add_argument("--journal", type=Path, metavar="FILE", help="the history of the scene (a .journal file)")
    pack.add_argument("--queued", action="store_true", help="also what waits in the queue")
    pack.add_argument("-o", "--output", type=Path, required=True, metavar="FILE.sd3s", help="bundle to write")
    show = tasks.add_parser("show", help="tell what is in a bundle", description="Tell what is in a bundle.")
    show.add_argument("project", type=Path, metavar="FILE.sd3s", help="a bundle")
    show.add_argument("--json", action="store_true", help="print one JSON object")
    unpack = tasks.add_parser("unpack", help="write its parts as files", description="Write the parts as files.")
    unpack.add_argument("project", type=Path, metavar="FILE.sd3s", help="a bundle")
    unpack.add_argument("-o", "--output", type=Path, required=True, metavar="DIR", help="folder to write to")


def run(args: argparse.Namespace) -> int:
    if args.task == "pack":
        return _pack(args)
    if args.task == "show":
        return _show(args.project, args.json)
    for path in unpack_project(args.project, args.output):
        print(path)
    return 0


def _pack(args: argparse.Namespace) -> int:
    project = Project(
        scene=read_scene_file(args.scene),
        pictures=_pictures(args.pictures) if args.pictures else {},
        requests=_queued() if args.queued else {},
        journal=read_bounded(args.journal, MAX_JOURNAL_BYTES, SceneError) if args.journal else b"",
    )
    write_project(args.output, project)
    print(args.output)
    return 0


def _show(path: Path, as_json: bool) -> int:
    project = read_project(path)
    pictures = []
    for name, png in project.pictures.items():
        request = read_record(png, f"{path}: {name}").request
        pictures.append({"name": name, "backend": request.backend, "seed": request.seed, "bytes": len(png)})
    found = {
        "title": project.scene.title,
        "objects": len(project.scene.objects),
        "relations": len(project.scene.relations),
        "pictures": pictures,
        "requests": list(project.requests),
        "journal_bytes": len(project.journal),
        "software": project.software,
    }
    if as_json:
        print_json(found)
        return 0
    print(f"{path}: {found['title'] or 'no title'}, {found['objects']} objects, {found['relations']} relations")
    for picture in pictures:
        print(f"  picture  {picture['name']}  {picture['backend']}, seed {picture['seed']}")
    for name in project.requests:
        print(f"  request  {name}")
    print(f"  history  {len(project.journal)} bytes; written by {project.software or 'unknown'}")
    return 0


def _pictures(folder: Path) -> dict[str, bytes]:
    """The pictures of ours in a folder; others are left out, with a word on stderr."""
    if not folder.is_dir():
        raise InputError(f"{folder} is not a folder.")
    found = {}
    for path in sorted(folder.glob("*.png")):
        data = read_bounded(path, LIMITS.member_bytes, SceneError)
        try:
            read_record(data, str(path))
        except StudioError as error:
            print(f"left out: {error}", file=sys.stderr)
            continue
        found[path.name] = data
    return found


def _queued() -> dict[str, Request]:
    with JobStore(queue_folder()) as store:
        return {f"{job.number:06d}": store.request(job.number) for job in store.waiting()}
