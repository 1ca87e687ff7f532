"""Fits `sd3studio.ml.sentence_plans` on the sentences of a VSD file.

    python -m sd3studio.ml.training.sentence_plans --data vsd_v2_val.json -o models/sd3-mini/sentence_plans

Only images of the split "train" are read. In each caption the two nouns that stand for subject and object are looked
for: the label, its other number, a noun that means the same (WordNet, MiniLM), or the only noun that is left. What
remains is a sentence with two gaps. Of these only those that at least two captions share are kept, so no one's own
sentence is in the model.
"""

import argparse
import re
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from sd3studio.core.scene.predicates import Predicate
from sd3studio.ml.conditioning.text_tokens import other_number
from sd3studio.ml.embedding import embed
from sd3studio.ml.metrics.sentences import gold_nouns, noun_lemma, nouns_match
from sd3studio.ml.parsing.english import load_english
from sd3studio.ml.sentence_plans import AXES, CLIP, OTHER_NUMBER, SAME, Asked, SentencePlans, pair_rows
from sd3studio.ml.training.data.annotated import AnnotatedImage
from sd3studio.ml.training.data.vsd import load_vsd
from sd3studio.ml.training.relation_model import Recipe, fit_net

if TYPE_CHECKING:
    from spacy.tokens import Doc

PLACES = frozenset(
    ("left", "right", "side", "front", "middle", "top", "distance", "bottom", "back", "center", "background", "edge")
)
"""Nouns that say where a thing is."""
LEAST_LIKE = 0.42
"""A noun stands for a label if the cosine, and 1 if WordNet says so, add up to this."""
LEAST_CAPTIONS = 2
NETS = 3
RECIPE = Recipe(
    hidden=(128,), epochs=60, batch=128, rate=3e-3, decay=0.05, dropout=0.5, input_dropout=0.3, smoothing=0.05
)

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Read:
    """A caption as a sentence with gaps, None if one of the two is not named, and by which nouns they are named."""

    asked: Asked
    plan: str | None
    nouns: tuple[str | None, str | None]


def read_captions(images: Sequence[AnnotatedImage]) -> list[Read]:
    """All captions of images, each with the first triple of its image."""
    pairs = [(image, caption) for image in images for caption in image.captions if image.triples and caption.strip()]
    docs = load_english().pipe([re.sub(r"\s+", " ", caption.strip()).rstrip(".") for _, caption in pairs])
    return [read_caption(asked_of(image), doc) for (image, _), doc in zip(pairs, docs, strict=True)]


def asked_of(image: AnnotatedImage) -> Asked:
    """The first triple of an image."""
    subject, predicate, other = image.triples[0]
    first, second = image.boxes[subject], image.boxes[other]
    return Asked(first.label.lower(), Predicate(predicate), second.label.lower(), (first.box, second.box))


def read_caption(asked: Asked, doc: "Doc") -> Read:
    """Where the nouns of a pair are in a caption, and what stands around them."""
    words = ["a" if token.lower_ == "an" else token.lower_ for token in doc]
    spans: list[Span | None] = [None, None]
    nouns: list[str | None] = [None, None]
    for end, label in enumerate((asked.subject, asked.object)):
        for said, form in ((SAME, label), (OTHER_NUMBER, other_number(label))):
            if spans[end] is None:
                spans[end] = _place(words, form.split(), spans)
                nouns[end] = said if spans[end] else None
    free = [run for run in _noun_runs(doc) if not any(span and _overlap(run, span) for span in spans)]
    for end, label in enumerate((asked.subject, asked.object)):
        if spans[end] is None and free:
            likeness = {run: _likeness(doc, run, label) for run in free}
            best = max(free, key=likeness.__getitem__)
            if likeness[best] >= LEAST_LIKE or (len(free) == 1 and spans[1 - end] is not None):
                spans[end], nouns[end] = best, " ".join(words[slice(*best)])
                free.remove(best)
    return Read(asked, _with_gaps(words, spans), (nouns[0], nouns[1]))


def _place(words: Sequence[str], form: Sequence[str], taken: Sequence[Span | None]) -> Span | None:
    """Where the words of a label stand, outside of what is taken."""
    for start in range(len(words) - len(form) + 1) if form else ():
        span = (start, start + len(form))
        if list(words[slice(*span)]) == list(form) and not any(other and _overlap(span, other) for other in taken):
            return span
    return None


def _overlap(first: Span, second: Span) -> bool:
    return first[0] < second[1] and second[0] < first[1]


def _noun_runs(doc: "Doc") -> Iterator[Span]:
    """Nouns with the nouns before them, without those that only say where."""
    start = 0
    while start < len(doc):
        stop = start
        while stop < len(doc) and doc[stop].pos_ in ("NOUN", "PROPN"):
            stop += 1
        if stop > start and doc[start:stop].text.lower() not in PLACES:
            yield start, stop
        start = max(stop, start + 1)


def _likeness(doc: "Doc", run: Span, label: str) -> float:
    """Cosine of a noun and a label, and 1 more if WordNet has them for the same."""
    lemmas = [noun_lemma(token.lower_, token.lemma_.lower()) for token in doc[run[0] : run[1]]]
    same = any(nouns_match(noun, gold) for noun in (" ".join(lemmas), lemmas[-1]) for gold in gold_nouns(label))
    noun, other = embed([doc[run[0] : run[1]].text.lower(), label])
    return float(same) + float(noun @ other)


def _with_gaps(words: Sequence[str], spans: Sequence[Span | None]) -> str | None:
    """The words with pointers in place of both nouns."""
    if any(span is None for span in spans):
        return None
    told = list(words)
    for end, span in sorted(enumerate(spans), key=lambda pair: -(pair[1] or (0, 0))[0]):
        told[slice(*(span or (0, 0)))] = [f"<obj{end}>"]
    return " ".join(told)


def fit_plans(read: Sequence[Read], nets: int = NETS, recipe: Recipe = RECIPE) -> SentencePlans:
    """The model of captions that were read."""
    whole = [one for one in read if one.plan]
    often = Counter(one.plan for one in whole)
    plans = tuple(plan for plan, count in often.most_common() if plan and count >= LEAST_CAPTIONS)
    labels = tuple(sorted({label for one in read for label in (one.asked.subject, one.asked.object)}))
    vectors = dict(zip(labels, embed(labels), strict=True))
    weights = _axes(np.stack([vectors[name] for one in read for name in (one.asked.subject, one.asked.object)]))
    rows = pair_rows([one.asked for one in whole], vectors, weights)
    weights |= {"scale.mean": np.nanmean(rows, 0), "scale.std": np.nanstd(rows, 0) + 1e-2}
    x = np.nan_to_num(np.clip((rows - weights["scale.mean"]) / weights["scale.std"], -CLIP, CLIP))
    number = {plan: k for k, plan in enumerate(plans)}
    classes = np.array([number.get(one.plan or "", len(plans)) for one in whole], np.int64)
    for k in range(nets):
        net = fit_net(x, classes, len(plans) + 1, recipe, seed=k)
        weights |= {f"net{k}.{name}": tensor for name, tensor in net.items()}
    place = {label: k for k, label in enumerate(labels)}
    said = tuple(
        (place[label], noun)
        for one in read
        for label, noun in zip((one.asked.subject, one.asked.object), one.nouns, strict=True)
        if noun
    )
    kept = {name: np.asarray(tensor, np.float32) for name, tensor in weights.items()}
    table = np.stack([vectors[label] for label in labels]).astype(np.float16)
    return SentencePlans(plans, labels, said, kept | {"vectors": table})


def _axes(vectors: np.ndarray) -> dict[str, np.ndarray]:
    """Mean and main axes of vectors."""
    mean = vectors.mean(0)
    rows = np.linalg.svd(vectors - mean, full_matrices=False)[2][:AXES]
    return {"axes.mean": mean, "axes.rows": rows}


def main() -> int:
    """Read, fit and save."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="a VSD file whose way of writing is learnt")
    parser.add_argument("-o", "--output", type=Path, required=True, help="folder of the model")
    args = parser.parse_args()
    read = read_captions([image for image in load_vsd(args.data) if image.split == "train"])
    model = fit_plans(read)
    named = sum(noun is not None for one in read for noun in one.nouns) / max(1, 2 * len(read))
    print(f"{len(read)} captions, {named:.1%} of the nouns found, {len(model.plans)} plans", file=sys.stderr)
    model.save(args.output, {"split": "train", "captions": len(read)})
    return 0


if __name__ == "__main__":
    sys.exit(main())
