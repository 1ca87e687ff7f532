"""Are sentences well formed: what a language model makes of them beside the references, and slips of grammar.

Perplexity: of our marginal language model (the part ``text_prior`` of a system), exp of the mean surprise of a token
(the end counted). Names are pointers to that model, so it judges how they are put together, not which they are.
Slips are counted by rule, without any model: a word said twice in a row, "a" where it must be "an" or the other way
round, fewer than three words, a token that is no word.
"""

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from sd3studio.core.language.wording import article
from sd3studio.ml.metrics.ptb import words

if TYPE_CHECKING:
    from sd3studio.ml.system import System
    from sd3studio.ml.training.data.graphs import SceneGraph

LEAST_WORDS = 3
_BATCH = 64


def slips(sentence: str) -> list[str]:
    """What is wrong with a sentence, in words; nothing for one without slips."""
    said = words(sentence)
    found = [f"{first} {first}" for first, second in pairwise(said) if first == second]
    for first, noun in pairwise(said):
        if first in ("a", "an") and noun[0].isalpha() and article(noun) != first:
            found.append(f"{first} {noun}")
    if len(said) < LEAST_WORDS:
        found.append("too short")
    if any(mark in sentence for mark in ("<", ">", "\ufffd")):
        found.append("a token that is no word")
    return found


def slip_share(sentences: Sequence[str]) -> float:
    """Share of the sentences with a slip."""
    return sum(bool(slips(sentence)) for sentence in sentences) / max(1, len(sentences))


def perplexity(sentences: Sequence[str], graphs: Sequence["SceneGraph"], system: "System") -> float | None:
    """Perplexity of sentences, each about its graph, to the system's language model; None if it has none."""
    if "text_prior" not in system.parts or not sentences:
        return None
    import torch
    from torch.nn import functional

    from sd3studio.ml.conditioning.said import things_of
    from sd3studio.ml.conditioning.text_tokens import BOS_ID, PAD_ID, pointed

    pairs = zip(sentences, graphs, strict=True)
    rows = system.tokenizer.encode_many([pointed(sentence, things_of(graph)) for sentence, graph in pairs])
    surprise, tokens = 0.0, 0
    longest = int(system.parts["text_prior"].config.length)  # what is longer is judged up to there
    rows = sorted((row[:longest] for row in rows), key=len)
    for start in range(0, len(rows), _BATCH):
        batch = rows[start : start + _BATCH]
        text = torch.full((len(batch), len(batch[-1])), PAD_ID)
        for k, row in enumerate(batch):
            text[k, : len(row)] = torch.tensor(row)
        with torch.no_grad():
            logits = system.parts["text_prior"](functional.pad(text, (1, 0), value=BOS_ID)[:, :-1])
        each = functional.cross_entropy(logits.mT, text, ignore_index=PAD_ID, reduction="none")
        surprise += float(each.double().sum())
        tokens += sum(map(len, batch))
    return math.exp(surprise / max(1, tokens))
