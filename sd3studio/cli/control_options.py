"""Options of a picture besides its numbers: style, reference, words for one thing, depth range, what is kept."""

import argparse
from pathlib import Path
from typing import Any

from sd3studio.core.errors import InputError
from sd3studio.core.locations import user_data
from sd3studio.core.requests import GenerateImage
from sd3studio.core.scene.values import Scene
from sd3studio.services.picture_controls import reference_from, rest_request
from sd3studio.services.styles import find_style


def add_control_options(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--style", metavar="NAME", help="a preset of words, see `sd3studio styles`; empty for none")
    parser.add_argument("--reference", type=Path, metavar="PICTURE", help="take over the look of a picture")
    parser.add_argument("--reference-strength", type=float, metavar="SHARE", help="how much of it acts (default 0.6)")
    parser.add_argument("--ip-adapter", metavar="FOLDER", help="the IP-Adapter that looks at it (diffusers)")
    parser.add_argument(
        "--object-prompt",
        action="append",
        default=[],
        type=_object_prompt,
        metavar="ID=TEXT",
        help="words for one object, by its id or its label; may be given several times",
    )
    parser.add_argument("--near", type=float, metavar="M", help="depth that is white in the depth map")
    parser.add_argument("--far", type=float, metavar="M", help="depth that is black in the depth map")
    parser.add_argument(
        "--keep-rest",
        type=Path,
        metavar="PICTURE",
        help="draw anew only what differs from the scene of this picture of ours, and keep the rest of it",
    )


def base_of_rest(scene: Scene, args: argparse.Namespace) -> GenerateImage | None:
    """The request of the picture whose rest is kept, for this scene; None without ``--keep-rest``."""
    return None if args.keep_rest is None else rest_request(scene, args.keep_rest)


def with_controls(request: GenerateImage, args: argparse.Namespace) -> GenerateImage:
    """The request with what the options say. Raises `StudioError`."""
    changes: dict[str, Any] = {}
    if args.object_prompt:
        changes["scene"] = with_object_prompts(request.scene, args.object_prompt)
    if args.near is not None or args.far is not None:
        given = {"near_m": args.near, "far_m": args.far}
        changes["depth_range"] = request.depth_range.replace(**{k: v for k, v in given.items() if v is not None})
    if args.style is not None:
        changes |= style_changes(args, request.backend)
    if args.reference is not None:
        strength = 0.6 if args.reference_strength is None else args.reference_strength
        changes["reference"] = reference_from(args.reference, strength, args.ip_adapter or "")
    elif request.reference is not None:
        given = {"strength": args.reference_strength, "model": args.ip_adapter}
        changes["reference"] = request.reference.replace(**{k: v for k, v in given.items() if v is not None})
    elif args.ip_adapter is not None or args.reference_strength is not None:
        raise InputError("--ip-adapter and --reference-strength need a --reference PICTURE.")
    return request.replace(**changes) if changes else request


def style_changes(args: argparse.Namespace, backend: str) -> dict[str, Any]:
    """The preset that was named and, for diffusers, the numbers that it proposes where none were given."""
    if not args.style.strip():
        return {"style": None}
    style = find_style(user_data(), args.style)
    proposed = {"guidance": style.guidance, "steps": style.steps}
    numbers = {key: value for key, value in proposed.items() if value is not None and getattr(args, key) is None}
    return {"style": style, **(numbers if backend == "diffusers" else {})}


def with_object_prompts(scene: Scene, prompts: list[tuple[str, str]]) -> Scene:
    """The scene with words for single objects. Raises `InputError` for a name that is none's, or several ones'."""
    for name, text in prompts:
        if name in scene.objects:
            found = [scene.objects[name]]
        else:
            found = [thing for thing in scene.objects.values() if thing.label.lower() == name.lower()]
        if len(found) != 1:
            several = f"{len(found)} objects are called {name!r}: {', '.join(thing.id for thing in found)}."
            ids = ", ".join(list(scene.objects)[:20])
            raise InputError(several if found else f"There is no object {name!r}. The scene has: {ids}.")
        scene = scene.with_objects(found[0].replace(prompt=text))
    return scene


def _object_prompt(text: str) -> tuple[str, str]:
    name, equals, words = text.partition("=")
    if not name.strip() or not equals:
        raise argparse.ArgumentTypeError(f"{text!r} is not of the form ID=TEXT")
    return name.strip(), words.strip()
