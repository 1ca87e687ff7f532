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
    "checker": "precision and recall of the check's verdicts on pictures that are right or deliberately broken",
    "spatial": "the layout benchmark: do pictures of two things show the relation that the sentence states",
    "graph": "TriRec: triples of the 3D graph recalled from descriptions and detections, before and after",
    "graph_table": "the paper's table of the graph side at a small size, and TriRec by number of sentences",
    "photo_relations": "how many of the relations read in photos of rendered scenes hold",
    "companions": "what is filled in beside a sentence's things: how likely, and how well it stands",
    "duality": "how far p(i) p(y|i) is from p(y) p(i|y) for pictures and sentences of held-out scenes",
    "table": "the paper's table at a small size: trains the four systems and the ablations, and scores them",
}


class EvaluationParser(argparse.ArgumentParser):
    """Parser of one evaluation. Its arguments are added when it is asked for: some modules are slow to import."""

    module = ""

    def parse_known_args(self, args=None, namespace=None):  # type: ignore[no-untyped-def,override]
        if self.module:
            importlib.import_module(f"sd3studio.ml.metrics.{self.module}").add_arguments(self)
            self.add_argument("--json", action="store_true", help="print one JSON object instead of a table")
            self.module = ""
        return super().parse_known_args(args, namespace)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    kinds = parser.add_subparsers(dest="what", required=True, metavar="WHAT", parser_class=EvaluationParser)
    for name, text in EVALUATIONS.items():
        kinds.add_parser(name, help=text, description=text).module = name


def run(args: argparse.Namespace) -> int:
    report = importlib.import_module(f"sd3studio.ml.metrics.{args.what}").evaluate(args)
    if args.json:
        print(json.dumps(report, indent=2))
    else:
        for key, value in report.items():
            print(f"{key:24} {value if not isinstance(value, float) else format(value, '.4f')}")
    return 0
