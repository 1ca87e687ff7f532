"""How often the spatial predicate is read right from labels and boxes alone, on a VSD file.

Protocol. Every triple of the file is one item: two labels, two boxes, one of nine predicates; the picture is not seen.

accuracy : the shipped recipe, cross-validated by image: the ensemble is fitted on four fifths of the images of the
    file and asked about the rest. With ``--shipped`` the shipped weights are asked instead; on the file that they were
    fitted on (VSD v1 validation) that number means nothing
accuracy_rules : rules over the two boxes, nothing fitted
majority : always the commonest predicate
confusion : 9 x 9, rows the true predicate, columns the one read
"""

import argparse
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sd3studio.core.scene.predicates import VSD_PREDICATES
from sd3studio.ml.parsing.relation_model import shipped_model
from sd3studio.ml.parsing.relation_rules import rule_relation
from sd3studio.ml.training.relation_model import NETS, cross_validated
from sd3studio.ml.training.vsd import LabelledPairs, read_pairs

NAMES = [predicate.value for predicate in VSD_PREDICATES]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``sd3studio evaluate relations``."""
    parser.add_argument(
        "--data", type=Path, required=True, help="a VSD file: JSON list of images with triples and boxes"
    )
    parser.add_argument("--folds", type=int, default=5, choices=range(2, 21), metavar="K", help="parts (default 5)")
    parser.add_argument(
        "--nets",
        type=int,
        default=NETS,
        choices=range(1, 33),
        metavar="N",
        help=f"nets in the ensemble (default {NETS})",
    )
    parser.add_argument(
        "--shipped", action="store_true", help="ask the shipped weights, for files they were not fitted on"
    )


def evaluate(args: argparse.Namespace) -> dict[str, object]:
    """Read every pair of a VSD file; see the protocol of this module."""
    pairs = read_pairs(args.data)
    model = shipped_model()
    if args.shipped:
        probabilities = model.probabilities(pairs.subjects, pairs.first, pairs.objects, pairs.second)
        protocol = "shipped weights"
    else:
        probabilities = cross_validated(model.prior, pairs, args.folds, args.nets)
        protocol = f"cross-validated by image, {args.folds} folds, {args.nets} nets"
    return {**score(pairs, probabilities.argmax(axis=1)), "protocol": protocol, "data": str(args.data)}


def score(pairs: LabelledPairs, read: NDArray[np.int64]) -> dict[str, object]:
    """The report on what was read, (N,) indices of predicates, beside rules and majority."""
    true = pairs.predicates
    rules = np.array(
        [VSD_PREDICATES.index(rule_relation(a, b)) for a, b in zip(pairs.first, pairs.second, strict=True)]
    )
    confusion = np.zeros((len(NAMES), len(NAMES)), int)
    np.add.at(confusion, (true, read), 1)
    totals = confusion.sum(axis=1)
    return {
        "accuracy": float((read == true).mean()),
        "accuracy_rules": float((rules == true).mean()),
        "majority": float(totals.max() / len(true)),
        "chance": 1.0 / len(NAMES),
        "pairs": len(pairs),
        "images": len(set(pairs.images)),
        "predicates": NAMES,
        "recall": {name: float(confusion[k, k] / totals[k]) for k, name in enumerate(NAMES) if totals[k]},
        "confusion": confusion.tolist(),
    }
