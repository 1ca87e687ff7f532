"""The tasks of `sd3studio library` that look for photos: search, similar, duplicates, ask, facets, history."""

import argparse
import dataclasses
import sys
import time

from sd3studio.cli.console import print_json
from sd3studio.core.asking import ask
from sd3studio.core.errors import InputError
from sd3studio.services.library import Library, PhotoRow

MOST_MEANT = 1_000_000


def add_tasks(tasks) -> None:
    """Declare the tasks."""
    from sd3studio.cli.library_work import add_task

    search = add_task(tasks, "search", "find photos by what stands where, by words and by filters", _search)
    search.add_argument("query", help='"dog left of sofa", "two chairs facing each other state:checked", "label:bus"')
    search.add_argument("--limit", type=int, default=50, metavar="N", help="at most N photos (default: 50)")
    search.add_argument(
        "--in", dest="view", choices=("either", "space", "picture"), default="either",
        help="relations as they are in space, as they look in the picture, or either (default)",
    )  # fmt: skip
    like = add_task(tasks, "similar", "find photos whose scenes are like that of a photo", _similar)
    like.add_argument("photo", help="a photo of the library: its path or number")
    like.add_argument("--limit", type=int, default=20, metavar="N", help="at most N photos (default: 20)")
    add_task(tasks, "duplicates", "photos that are the same picture twice, or nearly", _duplicates)
    question = add_task(tasks, "ask", "ask a photo: what is where, how far, how many, whether it is so", _ask)
    question.add_argument("photo", help="a photo of the library: its path or number")
    question.add_argument("question", help='"What is to the left of the man?"')
    facets = add_task(tasks, "facets", "how many photos have each state, label, predicate, camera, year", _facets)
    facets.add_argument("--where", default="", metavar="FILTERS", help='only among these: "state:checked"')
    history = add_task(tasks, "history", "who changed what of a photo, and when", _history)
    history.add_argument("photo", help="a photo of the library: its path or number")
    state = add_task(tasks, "state", "say how far photos are: new, parsed, in work, checked, rejected", _state)
    state.add_argument("state", help="the state")
    state.add_argument("photos", nargs="+", help="photos of the library: their paths or numbers")
    state.add_argument("--author", help="who says so (default: the name of the user)")


def photo_named(library: Library, name: str) -> PhotoRow:
    """A photo by its number or path. Raises `InputError`."""
    if name.isdecimal():
        return library.photo(int(name))
    row = library.by_path(name)
    if row is None:
        raise InputError(f"{name} is not in the library. Add its folder: sd3studio library add DIR")
    return row


def photos_meant(library: Library, where: str) -> list[int]:
    """The photos that filters or a query mean; how a query was read goes to stderr. Raises `InputError`."""
    from sd3studio.services.library.filters import split_filters
    from sd3studio.services.library.search import photo_ids

    rest, filters = split_filters(where)
    if not rest:
        return photo_ids(library, filters)
    from sd3studio.ml.librarian.queries import read_query
    from sd3studio.services.library.querying import typed_query

    found, result, _ = typed_query(library, where, read_query, limit=MOST_MEANT)
    for text in (result.query.said(), *found.notes):
        if text:
            print(text, file=sys.stderr)
    return [hit.photo for hit in found.hits]


def _search(library: Library, args: argparse.Namespace) -> int:
    from sd3studio.ml.librarian.queries import read_query
    from sd3studio.services.library.querying import typed_query

    found, result, _ = typed_query(
        library, args.query, lambda text, labels: read_query(text, labels, args.view), limit=args.limit
    )
    rows = {row.id: row for row in library.photos([hit.photo for hit in found.hits])}
    said = result.query.said()
    if args.json:
        hits = [
            {
                "photo": hit.photo,
                "path": rows[hit.photo].path,
                "grade": round(hit.grade, 3),
                **_matched(library, result, hit.photo),
            }
            for hit in found.hits
        ]
        print_json({"query": said, "total": found.total, "whole": found.whole, "photos": hits, "notes": found.notes})
        return 0
    print(f"{found.total}{'' if found.whole else ' or more'} photos: {said or 'by words and filters'}", file=sys.stderr)
    for note in found.notes:
        print(note, file=sys.stderr)
    for hit in found.hits:
        print(f"{hit.grade:.2f}  {rows[hit.photo].path}" if said else rows[hit.photo].path)
    return 0


def _matched(library: Library, result, photo: int) -> dict:
    from sd3studio.services.library.search import match_in

    match = match_in(library, result.query, photo, result.likenesses) if result.query.things else None
    if match is None:
        return {}
    things = [
        {"wanted": result.query.things[n].label, "id": t.key, "label": t.label, "box": t.box} for n, t in match.things
    ]
    return {"things": things}


def _similar(library: Library, args: argparse.Namespace) -> int:
    from sd3studio.services.library.similar import Signatures

    hits = Signatures(library).like(photo_named(library, args.photo).id, args.limit)
    rows = {row.id: row for row in library.photos([hit.photo for hit in hits])}
    if args.json:
        print_json({"photos": [{"path": rows[h.photo].path, "likeness": round(h.grade, 3)} for h in hits]})
        return 0
    for hit in hits:
        print(f"{hit.grade:.2f}  {rows[hit.photo].path}")
    return 0


def _duplicates(library: Library, args: argparse.Namespace) -> int:
    from sd3studio.services.library.similar import duplicates

    groups = [[row.path for row in library.photos(group)] for group in duplicates(library)]
    if args.json:
        print_json({"groups": groups})
        return 0
    for group in groups:
        print("\n".join(group), end="\n\n")
    return 0


def _ask(library: Library, args: argparse.Namespace) -> int:
    row = photo_named(library, args.photo)
    scene = library.scene_of(row.id)
    if scene is None:
        raise InputError(f"{row.name} has no scene yet. Parse it first: sd3studio library parse")
    answer = ask(scene, args.question)
    if args.json:
        boxes = {thing.key: thing.box for thing in library.index_of(row.id).things}
        print_json(
            {
                "answer": answer.text,
                "certainty": answer.certainty,
                "asked": [{"id": key, "box": boxes.get(key)} for key in answer.asked],
                "found": [{"id": key, "box": boxes.get(key)} for key in answer.found],
                "facts": [[s, p.value, o, grade] for s, p, o, grade in answer.facts],
            }
        )
    else:
        print(answer.text)
    return 0


def _facets(library: Library, args: argparse.Namespace) -> int:
    from sd3studio.services.library.facets import facets
    from sd3studio.services.library.filters import split_filters

    rest, filters = split_filters(args.where)
    if rest:
        raise InputError(f"--where takes filters such as state:new, not “{rest}”.")
    counts = facets(library, filters)
    if args.json:
        print_json(dataclasses.asdict(counts))
        return 0
    for name in ("states", "labels", "predicates", "cameras", "years"):
        values = {key: number for key, number in getattr(counts, name).items() if number}
        print(f"{name}: {', '.join(f'{key} {number}' for key, number in values.items()) or '-'}")
    return 0


def _history(library: Library, args: argparse.Namespace) -> int:
    events = library.history(photo_named(library, args.photo).id)
    if args.json:
        print_json({"events": [dataclasses.asdict(event) for event in events]})
        return 0
    for event in events:
        when = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(event.at_s))
        told = ", ".join(f"{key}: {value}" for key, value in event.detail.items() if not isinstance(value, dict))
        print(f"{when}  {event.author:16}  {event.what:8}  {told}")
    return 0


def _state(library: Library, args: argparse.Namespace) -> int:
    import getpass

    ids = [photo_named(library, name).id for name in args.photos]
    library.set_states(ids, args.state, args.author or getpass.getuser())
    print_json({"photos": ids, "state": args.state}) if args.json else print(f"{len(ids)} photos are {args.state}.")
    return 0
