"""`sd3studio evaluate WHAT`: each is one module of `sd3studio.ml.metrics` with `add_arguments` and `evaluate`."""

import argparse
import importlib
import json

EVALUATIONS: dict[str, str] = {
    "detection": "recall, precision and F1 of the object detectors on a YOLO-labelled folder",
    "sentences": "triples recalled by the sentence parser on a VSD file",
    "relations": "predicate accuracy from labels and boxes alone on a VSD file",
    "distance": "metric distance from single photos against stereo depth",
    "text": "BLEU, SPICE (spaCy parse), relation accuracy and fluency of sentences, ours or a file's, on a VSD file",
    "image": "objects, relations and layout found in pictures of scenes, Frechet distance and variety",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    kinds = parser.add_subparsers(dest="what", required=True, metavar="WHAT")
    for name, text in EVALUATIONS.items():
        sub = kinds.add_parser(name, help=text, description=text)
        importlib.import_module(f"sd3studio.ml.metrics.{name}").add_arguments(sub)
        sub.add_argument("--json", action="store_true", help="print one JSON object instead of a table")


def run(args: argparse.Namespace) -> int:
    report = importlib.import_module(f"sd3studio.ml.metrics.{args.what}").evaluate(args)
    if args.json:
        print(json.dumps(report, indent=2))
    else:
        for key, value in report.items():
            print(f"{key:24} {value if not isinstance(value, float) else format(value, '.4f')}")
    return 0
