"""`sd3studio edit SCENE --say "move the lamp to the right of the sofa" --align left:sofa,tv [-o out.json]`: steps."""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sd3studio.cli.console import finish, print_json, save_text
from sd3studio.cli.edit_steps import add_step_arguments, changed_ids, edit_of
from sd3studio.core.errors import InputError
from sd3studio.core.language.stepping import Step, step_asked
from sd3studio.core.messages import EditResult
from sd3studio.core.requests import EditByText
from sd3studio.core.scene.json_form import write_scene
from sd3studio.core.scene.values import Scene
from sd3studio.services.scene_files import read_scene_file

NEW = "new"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "scene", type=Path, metavar="SCENE", help='a scene.json, a picture made by us, or "new" for an empty scene'
    )
    add_step_arguments(parser)
    parser.add_argument("--select", action="append", default=[], metavar="ID", help='an object that "this" may mean')
    parser.add_argument("--language", choices=("auto", "en", "zh"), default="auto", help="of the sentences")
    parser.add_argument("--seed", type=int, default=0, help="varies how a description fills an empty scene")
    parser.add_argument("-o", "--output", type=Path, metavar="PATH", help="scene.json to write; else stdout")
    parser.add_argument("--json", action="store_true", help="print one JSON object about what was done")


def run(args: argparse.Namespace) -> int:
    if not args.steps:
        raise InputError("Say what to change: --say, --align, --room … (sd3studio edit --help lists all steps).")
    is_new = str(args.scene) == NEW and not args.scene.exists()
    before = Scene() if is_new else read_scene_file(args.scene)
    unknown = [key for key in args.select if key not in before.objects]
    if unknown:
        raise InputError(f"--select {unknown[0]}: there is no object with this id in {args.scene}.")
    steps: list[_Done] = []
    for step in args.steps:
        scene = steps[-1].scene if steps else before
        if step[0] != "say":
            steps.append(_made(step, scene, args))
        elif (asked := step_asked(step[1])) is not None:
            _go(asked, step[1], steps, args)
        else:
            steps.append(_said(step[1], scene, args))
    scene = steps[-1].scene if steps else before
    if args.output:
        save_text(args.output, write_scene(scene) + "\n")
    if args.json:
        print_json(_report(before, scene, steps, args.output))
    elif args.output:
        print(args.output)
    else:
        print(write_scene(scene))
    return 0


@dataclass(frozen=True)
class _Done:
    """One step that was made: what was asked, the scene after it, and what is told about it."""

    asked: str
    scene: Scene
    sentence: str
    touched: Sequence[str]
    notes: Sequence[str] = ()


def _said(sentence: str, scene: Scene, args: argparse.Namespace) -> _Done:
    known = tuple(key for key in args.select if key in scene.objects)
    request = EditByText(scene=scene, text=sentence, selection=known, language=args.language, seed=args.seed)
    result: EditResult = finish(request)
    return _Done(sentence, result.scene, result.sentence, result.touched, result.notes)


def _go(asked: Step, sentence: str, steps: list[_Done], args: argparse.Namespace) -> None:
    """Take the last step back, or say the last sentence once more. Raises `InputError` if there is none."""
    said = next((one.asked for one in reversed(steps) if not one.asked.startswith("--")), "")
    if asked == "undo" and steps:
        steps.pop()
    elif asked == "again" and said:
        steps.append(_said(said, steps[-1].scene, args))
    else:
        raise InputError(f"--say {sentence!r}: no step before it that it could mean.")


def _made(step: tuple[str, str], scene: Scene, args: argparse.Namespace) -> _Done:
    edit = edit_of(step, scene, args)
    after = edit.apply(scene)
    return _Done(f"--{step[0]} {step[1]}", after, getattr(edit, "what", "") or edit.label, changed_ids(scene, after))


def _report(before: Scene, after: Scene, steps: list[_Done], path: Path | None) -> dict[str, object]:
    return {
        "scene": str(path) if path else None,
        "steps": [
            {"said": one.asked, "done": one.sentence, "notes": list(one.notes), "touched": list(one.touched)}
            for one in steps
        ],
        "added": [key for key in after.objects if key not in before.objects],
        "removed": [key for key in before.objects if key not in after.objects],
        "relations": [[r.subject, r.predicate.value, r.object] for r in after.relations],
    }
