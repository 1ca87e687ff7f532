"""Sentences from the text decoder: drawn samples with their likelihood, and the one among them that all agree on most.

The choice is minimum Bayes risk for BLEU in its linear form (Tromble et al. 2008): of the candidates, the one whose
words and word pairs up to four are the likeliest to be found in at least one of a number of human sentences, as the
drawn sentences tell it. It never sees a reference.
"""

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from sd3studio.ml.conditioning.text_tokens import BOS_ID, EOS_ID, PAD_ID, UNKNOWN_ID
from sd3studio.ml.diffusion.categorical import uniform_draws
from sd3studio.ml.metrics.ptb import words
from sd3studio.ml.nets.text_codec import Prefix, TextCodec

ORDERS = 4
Gram = tuple[tuple[str, ...], int]
"""Words, and how often they stood in the sentence before."""


@dataclass(frozen=True, slots=True)
class Taste:
    """What a style's readers expect; set by hand after runs on the development split of VSD.

    Parameters
    ----------
    references : how many sentences by others a sentence is compared with
    precisions : share of the 1- to 4-grams of a sentence that one of those has
    lengths : how many 1- to 4-grams a sentence has
    by_likelihood : weigh each drawn sentence by its likelihood instead of by how often it was drawn
    word_gain : what one word more is worth where sentences would else come out shorter than people's (BLEU's penalty)
    """

    references: float
    precisions: tuple[float, float, float, float]
    lengths: tuple[float, float, float, float]
    by_likelihood: bool = False
    word_gain: float = 0.0


@torch.no_grad()
def draw_sentences(
    codec: TextCodec, prefix: Prefix, generator: torch.Generator, temperature: float = 1.0
) -> tuple[Tensor, Tensor]:
    """One sentence for each row of a prefix.

    Returns
    -------
    ids (B, T) int64, `EOS_ID` last and then padding; log-likelihood (B,) float in nats, at temperature 1
    """
    count, length = len(prefix.visible), codec.config.length
    tokens = torch.full((count, 1), BOS_ID, device=prefix.visible.device)
    told: list[Tensor] = []
    surprise = torch.zeros(count, device=tokens.device)
    over = torch.zeros(count, dtype=torch.bool, device=tokens.device)
    pairs = None
    for place in range(length):
        logits, pairs = codec.write(tokens, prefix, pairs, place)
        likelihood = _allowed(logits[:, -1]).log_softmax(-1)  # (B, K)
        if place == length - 1:
            chosen = torch.full_like(tokens[:, 0], EOS_ID)
        elif temperature == 0.0:
            chosen = likelihood.argmax(-1)
        else:
            level = uniform_draws((count, 1), generator, tokens.device)
            sums = (likelihood / temperature).softmax(-1).cumsum(-1)
            chosen = (sums < level * sums[:, -1:]).sum(-1).clamp(max=likelihood.shape[-1] - 1)
        chosen = torch.where(over, PAD_ID, chosen)
        gained = likelihood.gather(1, chosen.unsqueeze(1)).squeeze(1)
        surprise += torch.where(over, 0.0, gained)
        told.append(chosen)
        over = over | (chosen == EOS_ID)
        if bool(over.all()):
            break
        tokens = chosen.unsqueeze(1)
    return torch.stack(told, 1), surprise


@torch.no_grad()
def likelihoods(codec: TextCodec, prefix: Prefix, ids: Tensor) -> Tensor:
    """Log-likelihood (B,) in nats of sentences (B, T), the end counted and padding not."""
    start = torch.full_like(ids[:, :1], BOS_ID)
    logits, _ = codec.write(torch.cat([start, ids[:, :-1]], 1), prefix)
    told = _allowed(logits).log_softmax(-1).gather(-1, ids.unsqueeze(-1)).squeeze(-1)
    return told.masked_fill(ids == PAD_ID, 0.0).sum(1)


def _allowed(logits: Tensor) -> Tensor:
    """Logits (..., K) without tokens that are no part of a sentence."""
    logits = logits.clone()
    logits[..., [PAD_ID, BOS_ID, UNKNOWN_ID]] = -math.inf
    return logits


def consensus(evidence: Mapping[str, float], taste: Taste, others: Iterable[str] = ()) -> list[str]:
    """Sentences, best first.

    Parameters
    ----------
    evidence : sentences with their weights, candidates and what tells how people would say it
    others : further candidates, which tell nothing
    """
    counted = {text: grams(words(text)) for text in (*evidence, *others)}
    total = sum(evidence.values())
    share: list[Counter[Gram]] = [Counter() for _ in range(ORDERS)]
    for text, weight in evidence.items():
        for order, found in enumerate(counted[text]):
            for gram in found:
                share[order][gram] += weight / total
    scores = {text: _gain(counted[text], share, taste) for text in counted}
    return sorted(counted, key=lambda text: (-scores[text], text))


def grams(said: Sequence[str]) -> list[list[Gram]]:
    """The 1- to 4-grams of words, each with how often it was there before: BLEU counts the second "the" by itself."""
    told: list[list[Gram]] = []
    for order in range(1, ORDERS + 1):
        before: Counter[tuple[str, ...]] = Counter()
        told.append([])
        for place in range(len(said) - order + 1):
            gram = tuple(said[place : place + order])
            told[-1].append((gram, before[gram]))
            before[gram] += 1
    return told


def _gain(counted: Sequence[Sequence[Gram]], share: Sequence[Mapping[Gram, float]], taste: Taste) -> float:
    """How much a sentence is expected to raise the logarithm of BLEU over a set of them."""
    gain = 0.0
    for order, found in enumerate(counted):
        hits = sum(1.0 - (1.0 - min(1.0, share[order][gram])) ** taste.references for gram in found)
        gain += (hits / taste.precisions[order] - len(found)) / taste.lengths[order]
    return gain / ORDERS + taste.word_gain * len(counted[0])
