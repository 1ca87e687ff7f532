"""How much of a sentence the English parser gets: recall of the gold triples of a VSD file.

Protocol. A VSD item has captions and, nearly always, one gold triple (subject, predicate, object). Each caption is
parsed alone, by the text only. Where an item has several triples its captions are not aligned with them, so a caption
counts as recalled if any one of them is.

triple_recall : share of captions with a parsed triple that says a gold triple: same predicate, subject and object
    matched; the inverse with subject and object exchanged ("b to the right of a" for "a to the left of b") says the
    same, and "on top of" says *on* and, what follows from it, *above*
pair_recall : share of captions in which two different mentions match a gold subject and its object
linked_recall : the same, with the two mentions joined by a parsed triple of whatever predicate, in either direction

Two nouns match if, as lemmas, the whole nouns or their heads are equal (written as one word or two), are synonyms (one
synset of WordNet 3.1 in the usual senses, or one line of ``resources/language/synonyms.txt``), or one is a kind of the
other ("man", "person"; "car", "vehicle"; "zebra", "animal"), by WordNet or by that list. Kinds that are very general
("object", "artifact") are left out. A word that we don't know matches one from which it is one slip of the pen away
("hyrdant"); the data has many. A mention can be meant by its noun, and in "a pile of books" or "the side of the road"
by either noun.
"""

import argparse
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from sd3studio.core.errors import DataError
from sd3studio.core.language.noun_net import noun_net
from sd3studio.core.language.text_graph import Mention, TextGraph
from sd3studio.core.scene.predicates import INVERSE, VSD_PREDICATES, Predicate
from sd3studio.ml.parsing.english import load_english, parse_many_english

ON_TOP = ("on top of", "on the top of", "atop", "atop of")
MAX_BYTES = 200_000_000


class GoldTriple(BaseModel):
    """A triple of a VSD file; its boxes are not used here."""

    model_config = ConfigDict(frozen=True)
    s: str
    p: str
    o: str


class GoldItem(BaseModel):
    """An image of a VSD file."""

    model_config = ConfigDict(frozen=True)
    img_id: str
    triple_list: Annotated[tuple[GoldTriple, ...], Field(min_length=1)]
    captions: tuple[str, ...]


def read_vsd(path: Path) -> tuple[GoldItem, ...]:
    """The items of a VSD file. Raises `DataError` naming file and item."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise DataError(f"{path} is larger than {MAX_BYTES // 1_000_000} MB, which no VSD file is.")
        return TypeAdapter(tuple[GoldItem, ...]).validate_json(path.read_bytes())
    except OSError as error:
        raise DataError(f"The VSD file {path} can't be read: {error.strerror}") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise DataError(f"{path} is not a VSD file: {where}: {first['msg']}") from error


@cache
def gold_nouns(label: str) -> tuple[str, ...]:
    """A gold label ("horseback riders", "person walking") as lemmas: the whole noun and its head."""
    doc = load_english()(f"the {label.strip().lower()}")  # with an article, "building" is read as a noun
    words = [token for token in doc[1:] if not token.is_punct and token.pos_ not in ("DET", "PRON")]
    for position, token in enumerate(words):
        if position and (token.pos_ == "ADP" or (token.tag_ in ("VBG", "VBN") and token.dep_ in ("acl", "advcl"))):
            words = words[:position]
            break
    lemmas = [noun_lemma(token.lower_, token.lemma_.lower()) for token in words]
    return tuple(dict.fromkeys((" ".join(lemmas), *lemmas[-1:]))) if lemmas else (label.lower(),)


@cache
def noun_lemma(word: str, lemma: str) -> str:
    """The singular of a word, also where the tagger did not see a plural noun in it."""
    if lemma in noun_net() and lemma != word:
        return lemma
    for ending, replacement in (("ies", "y"), ("ses", "s"), ("xes", "x"), ("ches", "ch"), ("shes", "sh"), ("s", "")):
        singular = word[: -len(ending)] + replacement
        if word.endswith(ending) and not word.endswith("ss") and singular in noun_net():
            return singular
    return lemma


@cache
def nouns_match(first: str, second: str) -> bool:
    """Whether two nouns (lemmas) may name the same thing; see the protocol of this module."""
    if _joined(first) == _joined(second) or _misspelt(first, second):
        return True
    net = noun_net()
    return net.synonyms(first, second) or net.is_kind(first, second) or net.is_kind(second, first)


def _joined(noun: str) -> str:
    """ "surf board" and "surfboard" are one word."""
    return noun.replace(" ", "").replace("-", "")


def _misspelt(first: str, second: str) -> bool:
    """Whether one is no word we know and a slip away from the other: a letter more, less, other, or two exchanged."""
    net = noun_net()
    if min(len(first), len(second)) < 5 or (first in net and second in net):
        return False
    if abs(len(first) - len(second)) > 1:
        return False
    start = next(
        (i for i, (a, b) in enumerate(zip(first, second, strict=False)) if a != b), min(len(first), len(second))
    )
    rest_1, rest_2 = first[start:], second[start:]
    exchanged = rest_1[:2] == rest_2[1::-1] and rest_1[2:] == rest_2[2:]
    return rest_1[1:] == rest_2[1:] or rest_1[1:] == rest_2 or rest_1 == rest_2[1:] or exchanged


def mention_matches(mention: Mention, label: str) -> bool:
    """Whether a mention names what a gold label names."""
    names = dict.fromkeys((mention.noun, noun_lemma(mention.head, mention.head), *mention.also))
    return any(nouns_match(name, gold) for name in names for gold in gold_nouns(label))


def pair_found(graph: TextGraph, gold: GoldTriple) -> bool:
    """Whether two different mentions match subject and object."""
    subjects = [i for i, mention in enumerate(graph.mentions) if mention_matches(mention, gold.s)]
    objects = [i for i, mention in enumerate(graph.mentions) if mention_matches(mention, gold.o)]
    return any(i != j for i in subjects for j in objects)


def linked(graph: TextGraph, gold: GoldTriple) -> Iterator[Predicate]:
    """The predicates that the text says from the gold subject to the gold object, inverses turned round."""
    for triple in graph.triples:
        first, second = graph.mentions[triple.subject], graph.mentions[triple.object]
        if mention_matches(first, gold.s) and mention_matches(second, gold.o):
            yield triple.predicate
            if triple.words.lower() in ON_TOP:
                yield Predicate.ABOVE
        if triple.predicate in INVERSE and mention_matches(second, gold.s) and mention_matches(first, gold.o):
            yield INVERSE[triple.predicate]
        if triple.words.lower() in ON_TOP and mention_matches(second, gold.s) and mention_matches(first, gold.o):
            yield Predicate.UNDER


def score(items: Iterable[GoldItem], graphs: Iterable[TextGraph]) -> dict[str, object]:
    """The report without the time; one graph for each caption, in order."""
    counts: Counter[str] = Counter()
    said: dict[str, Counter[str]] = {predicate.value: Counter() for predicate in VSD_PREDICATES}
    parsed = iter(graphs)
    for item in items:
        for _ in item.captions:
            graph = next(parsed)
            counts["captions"] += 1
            counts["triples"] += len(graph.triples)
            found = [set(linked(graph, gold)) for gold in item.triple_list]
            hits = [gold.p in predicates for gold, predicates in zip(item.triple_list, found, strict=True)]
            counts["linked"] += any(found)
            counts["pair"] += any(pair_found(graph, gold) for gold in item.triple_list)
            counts["triple"] += any(hits)
            best = item.triple_list[hits.index(True)] if any(hits) else item.triple_list[0]
            row = said.setdefault(best.p, Counter())
            row["captions"] += 1
            row["recalled"] += any(hits)
    total = max(1, counts["captions"])
    return {
        "triple_recall": counts["triple"] / total,
        "pair_recall": counts["pair"] / total,
        "linked_recall": counts["linked"] / total,
        "captions": counts["captions"],
        "triples_per_sentence": counts["triples"] / total,
        "per_predicate": {name: dict(row) for name, row in said.items() if row},
    }


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of ``sd3studio evaluate sentences``."""
    parser.add_argument(
        "--data", type=Path, required=True, help="a VSD file: JSON list of images with triples and captions"
    )
    parser.add_argument("--limit", type=int, default=0, help="only the first N images (0: all)")


def evaluate(args: argparse.Namespace) -> dict[str, object]:
    """Parse every caption of a VSD file and compare with its gold triples; see the protocol of this module."""
    items = read_vsd(args.data)
    items = items[: args.limit] if args.limit > 0 else items
    captions = [caption for item in items for caption in item.captions]
    if not captions:
        raise DataError(f"{args.data} has no captions to parse.")
    load_english()
    start = time.perf_counter()
    graphs = list(parse_many_english(captions))
    seconds = time.perf_counter() - start
    return {
        **score(items, graphs),
        "sentences_per_second": len(captions) / seconds,
        "data": str(args.data),
        "parser": "spaCy + rules",
    }
