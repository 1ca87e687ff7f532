"""`sd3studio dataset make|own|show`: scenes with graphs, captions and maps, composed or your own, for training."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from sd3studio.cli.console import Reporter, print_json

if TYPE_CHECKING:
    from sd3studio.ml.training.data.own import OwnScene

SHOWN = 12
"""Classes that are listed without --json."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    tasks = parser.add_subparsers(dest="task", required=True, metavar="TASK")
    make = tasks.add_parser("make", help="compose, draw and describe scenes", description="Make a data set.")
    kinds = ("rooms", "streets", "mixed", "things", "animals")
    make.add_argument("--kind", default="mixed", choices=kinds, help="which places")
    make.add_argument("--meshes", default="", metavar="IDS", help="of things: only these meshes, with commas between")
    make.add_argument("--count", type=int, required=True, metavar="N", help="how many scenes")
    make.add_argument("--seed", type=int, default=0, metavar="S", help="the first scene's seed (default 0)")
    make.add_argument("--size", type=int, default=128, metavar="PX", help="width and height (default 128)")
    make.add_argument("--captions", type=int, default=6, metavar="K", help="sentences a scene (default 6)")
    make.add_argument("--shard", type=int, default=256, metavar="N", help="scenes a file (default 256)")
    make.add_argument(
        "--split", action="store_true", help="keep one in five to judge by: train/ and dev/ in the folder"
    )
    make.add_argument("--no-maps", action="store_true", help="graphs and captions only, no pictures")
    make.add_argument("--quality", default="final", choices=("draft", "view", "final"), help="of the pictures")
    make.add_argument("--workers", type=int, default=2, choices=(1, 2), help="processes (default 2)")
    make.add_argument("--resume", action="store_true", help="go on where an earlier run stopped")
    make.add_argument("-o", "--output", type=Path, required=True, metavar="DIR", help="folder to write to")
    own = tasks.add_parser("own", help="make a data set of your own scenes", description="Draw and describe scenes.")
    own.add_argument(
        "scenes",
        type=Path,
        nargs="*",
        metavar="SCENE|DIR",
        help="scenes, pictures of ours, annotations of VSD, Visual Genome or COCO, or folders of them",
    )
    own.add_argument(
        "--library",
        nargs="?",
        const="",
        metavar="QUERY",
        help='also photos of the library: all that have a scene, or those of a query ("dog left of sofa label:bus")',
    )
    own.add_argument("--library-at", metavar="DIR|URL", help="which library (default: the user's)")
    own.add_argument("--state", action="append", default=[], metavar="STATE", help="only photos in it: checked")
    own.add_argument("--size", type=int, default=256, metavar="PX", help="width and height (default 256)")
    own.add_argument("--captions", type=int, default=6, metavar="K", help="sentences a scene (default 6)")
    own.add_argument("--no-maps", action="store_true", help="graphs and captions only, no pictures")
    own.add_argument("--photos", action="store_true", help="photos are the pictures of scenes that have one")
    own.add_argument("--check", action="store_true", help="only say what is wrong with these scenes")
    own.add_argument("-o", "--output", type=Path, metavar="DIR", help="folder to write to: train/ and dev/")
    show = tasks.add_parser("show", help="count what is in a data set", description="Count what is in a data set.")
    show.add_argument("folder", type=Path, metavar="DIR", help="folder of a data set")
    for sub in (make, own, show):
        sub.add_argument("--json", action="store_true", help="print one JSON object")


def run(args: argparse.Namespace) -> int:
    if args.task == "own":
        return _own(args)
    return _make(args) if args.task == "make" else _show(args.folder, args.json)


def _own(args: argparse.Namespace) -> int:
    from sd3studio.core.errors import InputError
    from sd3studio.ml.training.data.own import make_own_dataset, problems_of
    from sd3studio.ml.training.data.records import SampleSettings

    if not args.scenes and args.library is None:
        raise InputError("Name some scenes or folders of them, or take photos of the library with --library.")
    if args.state and args.library is None:
        raise InputError("--state chooses among photos of the library: say --library, too.")
    scenes, problems = _gathered(args)
    problems += problems_of(scenes)
    reporter = Reporter("dataset ")
    for problem in problems:
        reporter.say(problem)
    if args.check:
        print_json(list(problems)) if args.json else None
        return 2 if not scenes else 0
    if args.output is None:
        raise InputError("Name the folder of the data set: -o DIR.")
    settings = SampleSettings(size_px=args.size, captions=args.captions, maps=not args.no_maps)
    try:
        made = make_own_dataset(
            args.output,
            scenes,
            settings,
            photos=args.photos,
            told=lambda done, total: reporter.progress(done, total, f"{done} scenes"),
        )
    finally:
        reporter.close()
    told = {name: index.recipe.count for name, index in made.items()}
    version = next(iter(made.values())).recipe.scenes_sha256
    if args.json:
        print_json({"folder": str(args.output), "version": version, "scenes": told, "problems": list(problems)})
    else:
        print(f"{args.output}: {', '.join(f'{n} {name}' for name, n in told.items())}; version {version[:12]}")
    return 0


def _gathered(args: argparse.Namespace) -> "tuple[list[OwnScene], tuple[str, ...]]":
    """The scenes that are meant: files of ours, others' annotations, the library; and what should be known of them."""
    import tempfile

    from sd3studio.core.training.requests import FromLibrary, MakeDataset
    from sd3studio.ml.librarian.queries import read_query
    from sd3studio.ml.training.data.own import read_own_scenes
    from sd3studio.services.library.datasets import gathered
    from sd3studio.services.library.library import library_folder

    library = None
    if args.library is not None:
        place = args.library_at or str(library_folder())
        library = FromLibrary(library=place, query=args.library, states=tuple(args.state))
    wanted = MakeDataset(sources=tuple(str(path) for path in args.scenes), library=library)
    with tempfile.TemporaryDirectory(prefix="sd3studio-dataset-") as name:
        ready, problems = gathered(wanted, Path(name), read_query)
        return read_own_scenes([Path(source) for source in ready.sources]), problems


def _make(args: argparse.Namespace) -> int:
    from sd3studio.ml.training.data.making import make_dataset, split_recipes
    from sd3studio.ml.training.data.records import SampleSettings
    from sd3studio.ml.training.data.shards import DatasetRecipe

    meshes = tuple(name.strip() for name in args.meshes.split(",") if name.strip())
    settings = SampleSettings(
        size_px=args.size, captions=args.captions, maps=not args.no_maps, quality=args.quality, meshes=meshes
    )
    recipe = DatasetRecipe(kind=args.kind, count=args.count, seed=args.seed, shard_scenes=args.shard, settings=settings)
    reporter = Reporter("dataset ")
    parts = split_recipes(recipe) if args.split else {"": recipe}
    try:
        made = {
            name: make_dataset(
                args.output / name,
                part,
                resume=args.resume,
                workers=args.workers,
                told=lambda done, total: reporter.progress(done, total, f"{done} scenes"),
            )
            for name, part in parts.items()
        }
    finally:
        reporter.close()
    told = {name: index.model_dump(mode="json", exclude={"classes"}) for name, index in made.items()}
    if args.json:
        print_json(told.get("", told))
        return 0
    for name, index in made.items():
        print(f"{args.output / name}: {index.recipe.count} scenes in {len(index.shards)} shards")
    return 0


def _show(folder: Path, as_json: bool) -> int:
    from sd3studio.ml.training.data.problems import problems_in
    from sd3studio.ml.training.data.summary import parts_of, summarise

    parts = parts_of(folder)
    told = {name: summarise(part) for name, part in parts.items()}
    problems = problems_in(parts)
    if as_json:
        print_json({**told.get("all", told), "problems": list(problems)})
        return 0
    for name, summary in told.items():
        if name != "all":
            print(f"[{name}]")
        for key, value in summary.items():
            if isinstance(value, dict):
                value = ", ".join(f"{what} {count}" for what, count in list(value.items())[:SHOWN])
            print(f"{key:22} {value}")
    for problem in problems:
        print(f"{'problem':22} {problem}")
    return 0
