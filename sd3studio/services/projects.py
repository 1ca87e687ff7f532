"""Project bundles (``.sd3s``): a zip of the scene, pictures, requests and the journal, in one file to keep or send.

::

    manifest.json        {"format": "sd3studio-project", "version": 1, "files": {name: sha256}, ...}
    scene.json           the scene as it is now
    journal.jsonl        its history (optional)
    pictures/*.png       pictures, each with its own request and scene inside
    requests/*.json      requests that are still to be made (optional)

The same content gives the same bytes. Reading is bounded (`archives`) and checks every hash.
"""

import hashlib
import io
import json
import re
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from sd3studio import __version__
from sd3studio.core.errors import SceneError
from sd3studio.core.files import write_atomic
from sd3studio.core.png import is_png
from sd3studio.core.requests import REQUEST, Request
from sd3studio.core.scene.json_form import read_scene, write_scene
from sd3studio.core.scene.values import Scene
from sd3studio.services.archives import Archive, Limits

SUFFIX = ".sd3s"
FORMAT = "sd3studio-project"
VERSION = 1
LIMITS = Limits()

MANIFEST, SCENE, JOURNAL = "manifest.json", "scene.json", "journal.jsonl"
PICTURE = re.compile(r"pictures/[\w][\w .()+,-]*\.png")
REQUEST_FILE = re.compile(r"requests/[\w][\w .()+,-]*\.json")
LONG_AGO = (1980, 1, 1, 0, 0, 0)
"""The date of every member, so that the same content gives the same bytes."""


@dataclass(frozen=True, slots=True)
class Project:
    """What a bundle holds.

    Parameters
    ----------
    pictures : file name -> PNG
    requests : name -> request that is still to be made
    journal : the history of the scene as `services.journal` writes it; empty if there is none
    software : who wrote the bundle; filled in on reading
    """

    scene: Scene
    pictures: Mapping[str, bytes] = field(default_factory=dict)
    requests: Mapping[str, Request] = field(default_factory=dict)
    journal: bytes = b""
    software: str = ""


def write_project(path: Path, project: Project) -> None:
    """Write a bundle in one step. Raises `StudioError` naming what is too large or badly named, or the file."""
    write_atomic(path, project_bytes(project, path))


def project_bytes(project: Project, path: Path = Path("the project")) -> bytes:
    """The bundle as bytes: the same project, the same bytes. Raises `SceneError` for what a bundle can't hold."""
    members = _members(project)
    manifest = {
        "format": FORMAT,
        "version": VERSION,
        "software": f"SD3 Studio {__version__}",
        "title": project.scene.title,
        "files": {name: hashlib.sha256(data).hexdigest() for name, data in members.items()},
    }
    members = {MANIFEST: (json.dumps(manifest, indent=1, ensure_ascii=False) + "\n").encode(), **members}
    _check(members, path)
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as bundle:
        for name, data in members.items():
            info = zipfile.ZipInfo(name, LONG_AGO)
            info.external_attr = 0o100644 << 16
            info.create_system = 3
            info.compress_type = zipfile.ZIP_STORED if name.endswith(".png") else zipfile.ZIP_DEFLATED
            bundle.writestr(info, data)
    return packed.getvalue()


def read_project(path: Path) -> Project:
    """The whole bundle, every part checked. Raises `SceneError` with a sentence that names the file and the part."""
    with Archive(path, LIMITS, SceneError) as archive:
        manifest = _manifest(archive)
        data = {name: _part(archive, name, manifest) for name in archive.names if name != MANIFEST}
    lost = sorted(set(manifest["files"]) - set(data))
    if lost:
        raise SceneError(f"{path} lacks {lost[0]}, which its manifest names.")
    return Project(
        scene=read_scene(data[SCENE], f"{path}: {SCENE}"),
        pictures={name.partition("/")[2]: part for name, part in data.items() if PICTURE.fullmatch(name)},
        requests={
            name.partition("/")[2].removesuffix(".json"): _request(part, f"{path}: {name}")
            for name, part in data.items()
            if REQUEST_FILE.fullmatch(name)
        },
        journal=data.get(JOURNAL, b""),
        software=manifest["software"],
    )


def read_project_scene(path: Path) -> Scene:
    """The scene in a bundle alone. Raises `SceneError` with a sentence that names the file and the part."""
    with Archive(path, LIMITS, SceneError) as archive:
        return read_scene(_part(archive, SCENE, _manifest(archive)), f"{path}: {SCENE}")


def unpack_project(path: Path, folder: Path) -> list[Path]:
    """Write the parts of a bundle below `folder`, under their own names; returns the paths.

    Nothing is written if any part is not as it should be, or if a file of a part's name is there already.
    """
    members = _members(read_project(path))
    targets = {folder / name: data for name, data in members.items()}
    taken = [target for target in targets if target.exists()]
    if taken:
        raise SceneError(f"{taken[0]} is there already. Unpack {path} into an empty folder.")
    for target, data in targets.items():
        write_atomic(target, data)
    return list(targets)


def is_project(start: bytes, path: Path) -> bool:
    """Whether a file that begins with `start` is to be read as a bundle."""
    return path.suffix.lower() == SUFFIX or start.startswith(b"PK\x03\x04")


def _members(project: Project) -> dict[str, bytes]:
    """The parts by name, in the order of the file."""
    members = {SCENE: (write_scene(project.scene) + "\n").encode("utf-8")}
    if project.journal:
        members[JOURNAL] = project.journal
    for name, png in sorted(project.pictures.items()):
        members[f"pictures/{name}"] = png
    for name, request in sorted(project.requests.items()):
        text = json.dumps(request.model_dump(mode="json"), indent=1, ensure_ascii=False, allow_nan=False)
        members[f"requests/{name}.json"] = (text + "\n").encode("utf-8")
    return members


def _check(members: Mapping[str, bytes], path: Path) -> None:
    if len(members) > LIMITS.members or sum(map(len, members.values())) > LIMITS.total_bytes:
        raise SceneError(
            f"{path} would be too large: a project holds at most {LIMITS.members:,} parts and "
            f"{LIMITS.total_bytes / 1e6:.0f} MB. Leave some pictures out."
        )
    seen: set[str] = set()
    for name, data in members.items():
        if not _belongs(name) or name.casefold() in seen:
            raise SceneError(f"{path}: a part can't have the name {name!r}. Rename it: letters, digits, spaces and -_.")
        if len(data) > LIMITS.member_bytes:
            raise SceneError(f"{path}: {name} is larger than {LIMITS.member_bytes / 1e6:.0f} MB.")
        if PICTURE.fullmatch(name) and not is_png(data):
            raise SceneError(f"{path}: {name} is not a PNG picture.")
        seen.add(name.casefold())


def _belongs(name: str) -> bool:
    return name in (MANIFEST, SCENE, JOURNAL) or bool(PICTURE.fullmatch(name) or REQUEST_FILE.fullmatch(name))


def _manifest(archive: Archive) -> dict[str, Any]:
    """The manifest, checked: format, version, and that it names the scene and only what belongs in a bundle."""
    if MANIFEST not in archive.names:
        raise SceneError(f"{archive.path} is not an SD3 Studio project: it holds no {MANIFEST}.")
    name = f"{archive.path}: {MANIFEST}"
    try:
        manifest = json.loads(archive.read(MANIFEST, 10_000_000))
    except (ValueError, RecursionError) as error:
        raise SceneError(f"{name} is not valid JSON.") from error
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise SceneError(f'{name}: "format" should be "{FORMAT}".')
    version = manifest.get("version")
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise SceneError(f'{name}: "version" should be a whole number from 1 on, not {version!r}.')
    if version > VERSION:
        raise SceneError(
            f"{archive.path} was written by a newer SD3 Studio (project version {version}; this one reads up to "
            f"{VERSION}). Update the program to open it."
        )
    files = manifest.get("files")
    if not isinstance(files, dict) or SCENE not in files:
        raise SceneError(f'{name}: "files" should name the parts with their SHA-256, {SCENE} among them.')
    odd = next((part for part in archive.names if not _belongs(part) or (part != MANIFEST and part not in files)), None)
    if odd is not None:
        raise SceneError(f"{archive.path} holds {odd!r}, which does not belong in a project.")
    return {"files": files, "software": str(manifest.get("software", ""))[:200]}


def _part(archive: Archive, name: str, manifest: Mapping[str, Any]) -> bytes:
    data = archive.read(name)
    if hashlib.sha256(data).hexdigest() != manifest["files"].get(name):
        raise SceneError(f"{archive.path}: {name} is not what the manifest says; the file was damaged or changed.")
    if PICTURE.fullmatch(name) and not is_png(data):
        raise SceneError(f"{archive.path}: {name} is not a PNG picture.")
    return data


def _request(data: bytes, name: str) -> Request:
    try:
        return REQUEST.validate_json(data)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "the request"
        raise SceneError(f"{name}: {where}: {first['msg']}.") from error
