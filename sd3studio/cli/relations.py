"""`sd3studio relations SCENE`: lists what stands where; asserts, keeps, forgets and repairs relations."""

import argparse
from pathlib import Path
from typing import Any

from sd3studio.cli.console import finish, print_json, save_text
from sd3studio.core.edits import AssertRelation, KeepRelation, RetractRelation
from sd3studio.core.errors import InputError
from sd3studio.core.language.told import relation_told
from sd3studio.core.layout.explaining import Explanation
from sd3studio.core.layout.telling import statement
from sd3studio.core.relations import Listed, RelationFilter, list_relations
from sd3studio.core.relations.listing import DERIVED_LIMIT, STATES, State, state_counts
from sd3studio.core.requests import ExplainConflicts, SatisfyRelations
from sd3studio.core.scene.json_form import write_scene
from sd3studio.core.scene.predicates import Predicate
from sd3studio.core.scene.values import Relation, Scene
from sd3studio.services.scene_files import read_scene_file

FLAGS: dict[State, tuple[str, str]] = {
    "derived": ("--derived", "those that the geometry implies"),
    "asserted": ("--asserted", "those that a person asserted"),
    "parsed": ("--parsed", "those that were read from a photo or a sentence"),
    "in conflict": ("--conflicts", "stored ones that don't hold"),
    "kept": ("--kept", "those that are kept while things are dragged"),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("scene", type=Path, metavar="SCENE", help="a scene.json, or a picture made by us")
    listing = parser.add_argument_group("what is listed (all without one of these)")
    for state, (flag, text) in FLAGS.items():
        listing.add_argument(flag, dest="states", action="append_const", const=state, help=text)
    listing.add_argument("--illusions", action="store_true", help="only those that look otherwise in the picture")
    listing.add_argument(
        "--predicate", action="append", choices=[p.value for p in Predicate], metavar="P", help='such as "on"'
    )
    listing.add_argument("--of", action="append", metavar="ID", help="only those with this object")
    listing.add_argument(
        "--limit", type=int, default=DERIVED_LIMIT, metavar="N", help="most derived ones, salient first"
    )
    change = parser.add_argument_group("changes, made in this order")
    change.add_argument("--forget", action="append", default=[], metavar="TRIPLE", help='such as "lamp on table"')
    change.add_argument("--release", action="append", default=[], metavar="TRIPLE", help="keep it no longer")
    change.add_argument(
        "--assert", dest="wishes", action="append", default=[], metavar="TRIPLE",
        help="move things so that it holds, and store it",
    )  # fmt: skip
    change.add_argument(
        "--frame", choices=("camera", "object"), default="camera", help="whose left, right, front, back"
    )
    how = change.add_mutually_exclusive_group()
    how.add_argument("--keep", action="store_true", help="what is asserted is kept while things are dragged")
    how.add_argument("--once", action="store_true", help="only move things; store nothing")
    change.add_argument(
        "--repair", nargs="?", type=int, const=1, metavar="N", help="do the Nth of the repairs that are offered (first)"
    )
    parser.add_argument("-o", "--output", type=Path, metavar="PATH", help="scene.json to write")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(args: argparse.Namespace) -> int:
    before = read_scene_file(args.scene)
    scene, done = before, []
    for text in args.forget:
        scene = RetractRelation(_stored(scene, text, args.frame)).apply(scene)
        done.append(f"Forgot “{text}”.")
    for text in args.release:
        scene = KeepRelation(_stored(scene, text, args.frame), False).apply(scene)
        done.append(f"“{text}” is no longer kept.")
    for text in args.wishes:
        scene, said = _asserted(scene, relation_told(scene, text, args.frame), args)
        done.append(said)
    explained: Explanation | None = finish(ExplainConflicts(scene=scene))
    if args.repair is not None:
        scene, said = _repaired(scene, explained, args.repair)
        done.append(said)
        explained = finish(ExplainConflicts(scene=scene))
    if args.output:
        save_text(args.output, write_scene(scene) + "\n")
    elif scene is not before:
        done.append("Nothing was written: name a file with -o.")
    _report(args, scene, _wanted(args, scene), explained, done)
    return 0


def _stored(scene: Scene, text: str, frame: str) -> Relation:
    told = relation_told(scene, text, frame)  # type: ignore[arg-type]
    for relation in scene.relations:
        if relation.key == told.key:
            return relation
    raise InputError(f"The scene does not store “{text}”; what the geometry implies can't be forgotten or kept.")


def _asserted(scene: Scene, relation: Relation, args: argparse.Namespace) -> tuple[Scene, str]:
    relation = relation.replace(kept=args.keep)
    keep = tuple(r for r in scene.relations if r.key != relation.key)
    layout = finish(SatisfyRelations(scene=scene, wishes=(relation,), keep=keep))
    held = relation.key in {one.key for one in layout.held}
    moved = layout.scene if held else scene
    return moved if args.once else AssertRelation(relation).apply(moved), layout.sentence


def _repaired(scene: Scene, explained: Explanation | None, number: int) -> tuple[Scene, str]:
    if explained is None:
        return scene, "Every stored relation holds; there is nothing to repair."
    if not 1 <= number <= len(explained.repairs):
        raise InputError(f"--repair {number}: there are {len(explained.repairs)} repairs. {explained.sentence}")
    repair = explained.repairs[number - 1]
    return repair.edit.apply(scene), f"Done: {repair.sentence}"


def _wanted(args: argparse.Namespace, scene: Scene) -> tuple[Listed, ...]:
    for key in args.of or ():
        if key not in scene.objects:
            raise InputError(f"--of {key}: there is no object with this id in {args.scene}.")
    wanted = RelationFilter(
        states=frozenset(args.states) if args.states else None,
        predicates=frozenset(Predicate(p) for p in args.predicate) if args.predicate else None,
        of=frozenset(args.of) if args.of else None,
        illusions=args.illusions,
    )
    return wanted.of_rows(list_relations(scene, limit=max(args.limit, 0)))


def _report(
    args: argparse.Namespace, scene: Scene, rows: tuple[Listed, ...], explained: Explanation | None, done: list[str]
) -> None:
    if args.json:
        print_json(
            {
                "scene": str(args.output) if args.output else None,
                "done": done,
                "counts": state_counts(rows),
                "relations": [_row_data(row) for row in rows],
                "conflict": _explained_data(explained) if explained else None,
            }
        )
        return
    for line in done:
        print(line)
    for row in rows:
        states = ", ".join(state for state in STATES if state in row.states)
        looks = f"  (looks {row.apparent.value})" if row.apparent else ""
        print(f"{row.grade:4.0%}  {statement(scene, row.relation)}  [{states}]{looks}")
    if explained:
        print(f"\n{explained.sentence}")
        for number, repair in enumerate(explained.repairs, start=1):
            print(f"  --repair {number}: {repair.sentence}")


def _row_data(row: Listed) -> dict[str, Any]:
    return {
        "subject": row.subject,
        "predicate": row.predicate.value,
        "object": row.object,
        "frame": row.frame,
        "grade": round(row.grade, 3),
        "states": [state for state in STATES if state in row.states],
        "from": row.stored.provenance.source if row.stored else "geometry",
        "apparent": row.apparent.value if row.apparent else None,
        "conflict": row.conflict or None,
    }


def _explained_data(explained: Explanation) -> dict[str, Any]:
    clash = explained.clash
    return {
        "sentence": explained.sentence,
        "clash": [[r.subject, r.predicate.value, r.object] for r in clash.wishes] if clash else [],
        "proven": clash.proven if clash else False,
        "minimal": clash.minimal if clash else False,
        "repairs": [
            {
                "sentence": repair.sentence,
                "moves": list(repair.moves),
                "drops": [[r.subject, r.predicate.value, r.object] for r in repair.drops],
            }
            for repair in explained.repairs
        ],
    }
