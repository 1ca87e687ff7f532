"""`sd3studio check PICTURE|DIR [SCENE]`: does the picture show what the scene says, object by object."""

import argparse
import sys
from pathlib import Path

from sd3studio.cli.console import Reporter, finish, print_json
from sd3studio.core.checking import CheckReport, ranked
from sd3studio.core.errors import InputError, StudioError
from sd3studio.core.files import write_atomic
from sd3studio.core.messages import CheckResult
from sd3studio.core.requests import CheckPicture
from sd3studio.core.scene.values import Scene
from sd3studio.services.scene_files import read_scene_file

SUFFIXES = (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".tif", ".tiff")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("picture", type=Path, metavar="PICTURE|DIR", help="a picture, or a folder of pictures")
    parser.add_argument(
        "scene", nargs="?", type=Path, metavar="SCENE", help="what it should show; our own pictures carry their scene"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object: score, objects, relations")
    parser.add_argument("--overlay", type=Path, metavar="PNG", help="write the picture with the verdicts drawn in")
    parser.add_argument("--report", type=Path, metavar="DIR", help="write report.html and CSV tables, best first")
    add_check_options(parser)


def add_check_options(parser: argparse.ArgumentParser) -> None:
    """Options of how a picture is read back."""
    parser.add_argument(
        "--reader",
        choices=("auto", "detectors", "id-map"),
        default="auto",
        help="what reads it: auto takes the exact id map for our renders, detectors for all else",
    )
    parser.add_argument("--detector", default="builtin", metavar="MODEL", help="builtin, or a transformers detector")
    parser.add_argument(
        "--derived", type=int, default=12, metavar="N", help="check at most N relations that nobody stored (default 12)"
    )


def run(args: argparse.Namespace) -> int:
    scene = read_scene_file(args.scene) if args.scene else None
    if args.picture.is_dir():
        return _many(args, scene)
    report = _checked(args, args.picture, scene)
    if args.overlay:
        _write_overlay(args.overlay, args.picture, report)
    if args.report:
        _write_report(args.report, [report])
    if args.json:
        print_json(report.data())
    else:
        print_table(report)
    return 0


def _checked(
    args: argparse.Namespace, picture: Path, scene: Scene | None, reporter: Reporter | None = None
) -> CheckReport:
    request = CheckPicture(
        picture=str(picture),
        scene=scene,
        reader=args.reader.replace("-", " "),
        detector=args.detector,
        derived=args.derived,
    )
    result: CheckResult = finish(request, reporter)
    return result.report


def _many(args: argparse.Namespace, scene: Scene | None) -> int:
    """Check a folder; a picture that can't be checked is named on stderr and stops no other (exit code 2)."""
    if args.overlay:
        raise InputError("--overlay is for one picture; --report shows the overlays of a whole folder.")
    pictures = sorted(path for path in args.picture.iterdir() if path.suffix.lower() in SUFFIXES)
    if not pictures:
        raise StudioError(f"There are no pictures in {args.picture}.")
    reports, failed = [], 0
    for number, picture in enumerate(pictures, start=1):
        try:
            reports.append(_checked(args, picture, scene, Reporter(f"({number}/{len(pictures)}) {picture.name} ")))
        except InputError as error:
            failed += 1
            print(error, file=sys.stderr)
    best = ranked(reports)
    if args.report:
        _write_report(args.report, best)
    if args.json:
        print_json({"checked": len(best), "failed": failed, "pictures": [report.data() for report in best]})
    else:
        print_ranking(best)
    return 2 if failed else 0


def _write_overlay(out: Path, picture: Path, report: CheckReport) -> None:
    from sd3studio.ml.parsing.picture import read_photo
    from sd3studio.services.check_overlay import overlay, png_of

    write_atomic(out, png_of(overlay(read_photo(picture).pixels, report)))
    print(f"Verdicts drawn into {out}", file=sys.stderr)


def _write_report(folder: Path, reports: list[CheckReport]) -> None:
    from sd3studio.ml.parsing.picture import read_photo
    from sd3studio.services.check_overlay import overlay, thumbnail
    from sd3studio.services.check_report import Row, write_report

    rows = [Row(r, thumbnail(overlay(read_photo(r.picture).pixels, r))) for r in reports]
    for path in write_report(folder, rows):
        print(path, file=sys.stderr)


def print_table(report: CheckReport) -> None:
    """The verdicts for people."""
    by = f"{report.reader} ({report.detector})" if report.detector else f"the {report.reader}"
    print(f"score {report.score:.2f}, {report.coverage:.0%} of the scene decided, read by {by}")
    for thing in report.objects:
        told = thing.why or f"{thing.seen_as} {thing.score or 0.0:.2f}, overlap {thing.iou or 0.0:.2f}"
        print(f"  {thing.verdict:<14} {thing.id:<20} {told}")
        for colour in thing.attributes:
            print(f"    {colour.verdict:<14} {colour.attribute:<18} {colour.why}")
    for item in report.relations:
        told = item.why or f"grade {item.grade or 0.0:.2f}"
        mark = "" if item.asserted else " (implied)"
        print(f"  {item.verdict:<14} {item.subject} {item.predicate.value} {item.object}{mark}  {told}")
    for note in report.notes:
        print(f"  {note}")


def print_ranking(reports: list[CheckReport]) -> None:
    """One line a picture, in the order given."""
    for rank, report in enumerate(reports, start=1):
        counts = report.counts()
        told = ", ".join(f"{count} {key}" for key, count in counts.items() if count)
        print(f"{rank:>3}. {report.score:.2f}  {report.picture}  ({told})")
