"""`sd3studio edit SCENE --say "move the lamp to the right of the sofa" [-o out.json]`: change a scene by a sentence."""

import argparse
from pathlib import Path

from sd3studio.cli.console import finish, print_json, save_text
from sd3studio.core.errors import InputError
from sd3studio.core.messages import EditResult
from sd3studio.core.requests import EditByText
from sd3studio.core.scene.json_form import write_scene
from sd3studio.core.scene.values import Scene
from sd3studio.services.scene_files import read_scene_file


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("scene", type=Path, metavar="SCENE", help="a scene.json, or a picture made by us")
    parser.add_argument(
        "--say", required=True, action="append", metavar="SENTENCE",
        help="what to change, English or Chinese; may be given several times, in order",
    )  # fmt: skip
    parser.add_argument("--select", action="append", default=[], metavar="ID", help='an object that "this" may mean')
    parser.add_argument("--language", choices=("auto", "en", "zh"), default="auto", help="of the sentences")
    parser.add_argument("--seed", type=int, default=0, help="varies how a description fills an empty scene")
    parser.add_argument("-o", "--output", type=Path, metavar="PATH", help="scene.json to write; else stdout")
    parser.add_argument("--json", action="store_true", help="print one JSON object about what was done")


def run(args: argparse.Namespace) -> int:
    before = read_scene_file(args.scene)
    unknown = [key for key in args.select if key not in before.objects]
    if unknown:
        raise InputError(f"--select {unknown[0]}: there is no object with this id in {args.scene}.")
    scene, steps = before, []
    for sentence in args.say:
        known = tuple(key for key in args.select if key in scene.objects)
        request = EditByText(scene=scene, text=sentence, selection=known, language=args.language, seed=args.seed)
        result: EditResult = finish(request)
        steps.append((sentence, result))
        scene = result.scene
    if args.output:
        save_text(args.output, write_scene(scene) + "\n")
    if args.json:
        print_json(_report(before, scene, steps, args.output))
    elif args.output:
        print(args.output)
    else:
        print(write_scene(scene))
    return 0


def _report(before: Scene, after: Scene, steps: list[tuple[str, EditResult]], path: Path | None) -> dict[str, object]:
    return {
        "scene": str(path) if path else None,
        "steps": [
            {"said": said, "done": result.sentence, "notes": list(result.notes), "touched": list(result.touched)}
            for said, result in steps
        ],
        "added": [key for key in after.objects if key not in before.objects],
        "removed": [key for key in before.objects if key not in after.objects],
        "relations": [[r.subject, r.predicate.value, r.object] for r in after.relations],
    }
