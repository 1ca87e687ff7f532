"""What sentences are worth, ours or any system's, on a VSD file: BLEU, SPICE (spaCy parse), relation accuracy, fluency.

Protocol. One item is an image; its references are all its captions, and one sentence is scored. The photo is not seen.

--split : "dev" is one image in five by a hash of its id; the text networks and, for boxes, the relation model have seen
    none of it. "all" includes images that they were trained on: a number to compare files by, not systems
--input triple : the first gold triple of the image is what is to be said
--input boxes : its two labels and boxes are given; the predicate is predicted by a relation model that saw none of the
    images: for "dev" the one of the text networks, fitted on the other images of VSD v1, or where that is not there one
    fitted in this run on the file's other images; for "all" cross-validated, or with ``--unseen`` the former
--style : the writing of VSD v1 ("short") or v2 ("rich"); by the file's name if not given
bleu4 : in points (0 to 100); see `sd3studio.ml.metrics.bleu`: equal to pycocoevalcap's. More references an item give
    higher values
spice : in points; named SPICE (spaCy parse), see `sd3studio.ml.metrics.spice`; not comparable with published SPICE
relation_accuracy : with boxes, the share of items whose predicted predicate is a gold one of that pair. With a triple,
    or for the sentences of a file, the share of sentences in which our parser reads a gold triple of the image, as
    ``evaluate sentences`` counts it. `relation_accuracy_said` is the latter for any input
perplexity, slips : see `sd3studio.ml.metrics.fluency`
templates : one-line templates filled with the same labels and predicates, scored by the same code
"""

import argparse
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sd3studio.core.errors import DataError, MissingModelError
from sd3studio.core.language.wording import indefinite, is_plural
from sd3studio.core.locations import SD3_MINI
from sd3studio.core.scene.predicates import VSD_PREDICATES, Predicate
from sd3studio.ml.metrics.bleu import bleu_counts, bleu_of
from sd3studio.ml.metrics.bootstrap import interval, mean_interval
from sd3studio.ml.metrics.fluency import perplexity, slip_share
from sd3studio.ml.metrics.predictions import read_predictions
from sd3studio.ml.metrics.sentences import GoldTriple, linked
from sd3studio.ml.metrics.spice import spice_scores
from sd3studio.ml.parsing.english import parse_many_english
from sd3studio.ml.parsing.relation_model import shipped_model
from sd3studio.ml.shipped import mini
from sd3studio.ml.training.data.annotated import AnnotatedImage
from sd3studio.ml.training.data.vsd import load_vsd
from sd3studio.ml.training.relation_model import NETS, cross_validated, features_of, fit_ensemble
from sd3studio.ml.training.vsd import read_pairs

if TYPE_CHECKING:
    from sd3studio.ml.system import System

TEMPLATES = (
    "{a s} {is} {p} {a o}.",
    "the {s} {is} {p} the {o}.",
    "{a s} {is} {p} the {o}.",
    "there {is} {a s} {p} the {o}.",
    "there {is} {a s} {p} {a o}.",
    "{s} {p} {o}",
)
"""Baselines; articles and number follow the labels."""

POINTS = 100.0
MOST_HELD_OUT = 0.5
"""A larger share of a file than this is cross-validated: too little would be left to fit on."""

PARTS = ("text_codec",)
OPTIONAL_PARTS = ("graph_codec", "text_diffusion", "text_prior")


@dataclass(frozen=True, slots=True)
class Written:
    """What a system wrote: a sentence an item, and the predicates that it predicted, if it did."""

    sentences: list[str]
    predicates: list[Predicate] | None = None


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``sd3studio evaluate text``."""
    parser.add_argument("--data", type=Path, required=True, help="a VSD file: images with triples, boxes and captions")
    parser.add_argument("--input", choices=("triple", "boxes"), default="triple", help="what is given (default triple)")
    parser.add_argument(
        "--split", choices=("dev", "all"), default="dev", help="images to use (default dev: one in five)"
    )
    parser.add_argument("--unseen", action="store_true", help="nothing of ours was trained on this file: a test part")
    parser.add_argument(
        "--style", choices=("short", "rich"), help="as VSD v1 or v2 writes (default: by the file's name)"
    )
    parser.add_argument("--predictions", type=Path, metavar="FILE", help="score these captions instead (JSON)")
    parser.add_argument("--system", type=Path, metavar="DIR", help="folder of the networks (default: the shipped ones)")
    parser.add_argument("--limit", type=int, default=0, metavar="N", help="only the first N images (0: all)")
    parser.add_argument("--no-spice", action="store_true", help="leave SPICE out: it is the slow part")


def evaluate(args: argparse.Namespace) -> dict[str, Any]:
    """Write or read the sentences of a VSD file and score them; see the protocol of this module."""
    items = items_of(args.data, args.split, args.limit)
    system = loaded(args.system, required=args.predictions is None)
    start = time.perf_counter()
    written = _written(args, items, system)
    seconds = time.perf_counter() - start
    predicates = written.predicates or [Predicate(item.triples[0][1]) for item in items]
    report = score(items, written, not args.no_spice)
    filled = {
        template: [fill(template, *pair) for pair in zip(items, predicates, strict=True)] for template in TEMPLATES
    }
    baselines = {template: _bleu4(items, sentences) for template, sentences in filled.items()}
    best = max(baselines, key=baselines.__getitem__)
    return {
        **report,
        **_fluency(items, written.sentences, filled[best], system),
        "templates": {
            "bleu4": baselines,
            "best": score(items, Written(filled[best]), not args.no_spice) | {"is": best},
        },
        "input": "sentences of a file" if args.predictions else args.input,
        "system": str(args.predictions or args.system or "models/sd3-mini"),
        "split": args.split,
        "data": str(args.data),
        "seconds_per_item": seconds / len(items),
        "protocol": "photo not seen; all captions of an image are its references; SPICE (spaCy parse)",
    }


def items_of(path: Path, split: str, limit: int = 0) -> list[AnnotatedImage]:
    """The images of a VSD file with a triple and a caption, of the split. Raises `DataError` if there are none."""
    items = [
        image
        for image in load_vsd(path)
        if image.triples and any(map(str.strip, image.captions)) and (split == "all" or image.split == split)
    ]
    if not items:
        raise DataError(f"{path} has no image with a triple and a caption in the split {split!r}. Try --split all.")
    return items[:limit] if limit > 0 else items


def loaded(folder: Path | None, required: bool) -> "System | None":
    """The text networks; None if they are not there and not required. Raises `MissingModelError` if they are."""
    where = SD3_MINI if folder is None else folder
    there = [name for name in (*PARTS, *OPTIONAL_PARTS) if (where / name).is_dir()]
    try:
        return mini(*{*PARTS, *there}, folder=folder) if required or there else None
    except MissingModelError:
        if required:
            raise
        return None


def _written(args: argparse.Namespace, items: Sequence[AnnotatedImage], system: "System | None") -> Written:
    if args.predictions:
        return Written(read_predictions(args.predictions, [item.image_id for item in items]))
    from sd3studio.ml import text_path

    style = args.style or style_of(args.data)
    plans = text_path.plans_of(style, args.system or SD3_MINI)
    if args.input == "triple":
        return Written(text_path.triple_sentences([told(item) for item in items], system, style=style, plans=plans))
    fitted = (SD3_MINI / text_path.RELATIONS).is_dir() and (args.split == "dev" or args.unseen)
    predicates = text_path.predicates_of(items) if fitted else held_out_predicates(args.data, items)
    asked = [told(item, predicate) for item, predicate in zip(items, predicates, strict=True)]
    return Written(text_path.triple_sentences(asked, system, style=style, plans=plans), predicates)


def style_of(path: Path) -> str:
    """The style of the data set that a file is named after; that of VSD v1 for other names."""
    from sd3studio.ml.training.sources.texts import VSD_STYLES

    return next((style for name, style in VSD_STYLES.items() if path.name.startswith(name)), "short")


def held_out_predicates(path: Path, items: Sequence[AnnotatedImage], nets: int = NETS) -> list[Predicate]:
    """The predicate of each item's first pair, read from labels and boxes by a model that saw none of these images.

    It is the shipped recipe, fitted on the file's other images; where there are too few, cross-validated on all.
    """
    pairs, prior = read_pairs(path), shipped_model().prior
    wanted = {item.image_id for item in items}
    asked = np.array([name in wanted for name in pairs.images])
    if asked.mean() > MOST_HELD_OUT:
        found = cross_validated(prior, pairs, nets=nets).argmax(axis=1)
    else:
        features = features_of(prior, pairs)
        model = fit_ensemble(prior, features[~asked], pairs.predicates[~asked], nets)
        found = np.zeros(len(pairs), np.int64)
        found[asked] = model.from_features(features[asked]).argmax(axis=1)
    first = {name: k for k, name in reversed(list(enumerate(pairs.images)))}
    return [VSD_PREDICATES[found[first[item.image_id]]] for item in items]


def told(item: AnnotatedImage, predicate: Predicate | None = None) -> AnnotatedImage:
    """An item of which nothing is known but its first triple, or its first pair and a predicate for it."""
    subject, gold, other = item.triples[0]
    return item.replace(triples=((subject, predicate.value if predicate else gold, other),), captions=())


def fill(template: str, item: AnnotatedImage, predicate: Predicate) -> str:
    """A template with the labels of an item's first triple."""
    subject, other = (item.boxes[item.triples[0][end]].label for end in (0, 2))
    slots = {"s": subject, "o": other, "p": predicate.value, "is": "are" if is_plural(subject) else "is"}
    slots |= {"a s": indefinite(subject, subject), "a o": indefinite(other, other)}
    return template.format(**slots)


def score(items: Sequence[AnnotatedImage], written: Written, with_spice: bool = True) -> dict[str, Any]:
    """The figures of sentences, each with its 95 % bootstrap interval over items."""
    references = [references_of(item) for item in items]
    counts = bleu_counts(written.sentences, references)
    bleu = [POINTS * value for value in bleu_of(counts)]
    said = relations_said(items, written.sentences)
    right = predicted_right(items, written.predicates) if written.predicates else said
    intervals = {
        "bleu4": interval(lambda chosen: POINTS * bleu_of(counts[chosen])[3], len(items)),
        "relation_accuracy": mean_interval(right),
    }
    report: dict[str, Any] = {"bleu4": bleu[3]}
    if with_spice:
        spice = POINTS * spice_scores(written.sentences, references)
        report["spice"] = float(spice.mean())
        intervals["spice"] = mean_interval(spice)
    report |= {"relation_accuracy": float(right.mean()), "relation_accuracy_said": float(said.mean())}
    report |= {f"bleu{n}": bleu[n - 1] for n in (1, 2, 3)}
    captions = sum(map(len, references))
    return report | {
        "intervals": intervals,
        "items": len(items),
        "references_per_item": captions / len(items),
        "slips": slip_share(written.sentences),
    }


def references_of(item: AnnotatedImage) -> list[str]:
    """The captions of an image that are not empty."""
    return [caption for caption in item.captions if caption.strip()]


def relations_said(items: Sequence[AnnotatedImage], sentences: Sequence[str]) -> np.ndarray:
    """(N,) 1.0 where our parser reads a gold triple of the image in the sentence."""
    graphs = parse_many_english(sentence if sentence.strip() else "." for sentence in sentences)
    right = [
        any(gold.p in set(linked(graph, gold)) for gold in gold_triples(item))
        for item, graph in zip(items, graphs, strict=True)
    ]
    return np.array(right, float)


def gold_triples(item: AnnotatedImage) -> list[GoldTriple]:
    """The triples of an image by their labels."""
    return [GoldTriple(s=item.boxes[s].label, p=p, o=item.boxes[o].label) for s, p, o in item.triples]


def predicted_right(items: Sequence[AnnotatedImage], predicates: Sequence[Predicate]) -> np.ndarray:
    """(N,) 1.0 where the predicate is a gold one of the first pair of the image."""
    pairs = zip(items, predicates, strict=True)
    return np.array(
        [any(item.triples[0] == (s, predicate.value, o) for s, p, o in item.triples) for item, predicate in pairs],
        float,
    )


def _bleu4(items: Sequence[AnnotatedImage], sentences: Sequence[str]) -> float:
    return POINTS * bleu_of(bleu_counts(sentences, [references_of(item) for item in items]))[3]


def _fluency(
    items: Sequence[AnnotatedImage], sentences: Sequence[str], filled: Sequence[str], system: "System | None"
) -> dict[str, Any]:
    """Perplexities by the system's language model, and slips of the references."""
    references = [(caption, item) for item in items for caption in references_of(item)]
    report: dict[str, Any] = {"slips_references": slip_share([caption for caption, _ in references])}
    if system is None or "text_prior" not in system.parts:
        return report | {"perplexity": None, "perplexity_references": None}
    from sd3studio.ml.training.sources.texts import vsd_graph

    graphs = {item.image_id: vsd_graph(item) for item in items}
    own = [graphs[item.image_id] for item in items]
    theirs = [graphs[item.image_id] for _, item in references]
    return report | {
        "perplexity": perplexity(sentences, own, system),
        "perplexity_references": perplexity([caption for caption, _ in references], theirs, system),
        "perplexity_template": perplexity(filled, own, system),
    }
