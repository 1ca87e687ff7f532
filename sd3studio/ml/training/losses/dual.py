"""The duality term: p(i) p(y|i) = p(y) p(i|y) should hold for a picture i and its sentence y (the paper's eq. 9).

The paper's: the two directions' likelihoods and two marginals in one norm. Ours, where it is silent: the likelihoods
are each direction's bound, estimated from the few steps that were drawn; as that is noisy, the gap is taken per token,
clipped, and its absolute value weighted little (1e-3 to 1e-2). The marginals are frozen `TokenPrior`s, so no gradient
reaches them; it flows through both conditional bounds (Xia et al. 2017, arXiv:1707.00415). Both conditionals also see
the 3DSG where the system has one; the marginals never do.

Here are the gap itself and the term on `sources.triples`; on SD3 mini's own formats it is `losses.pairs`.
"""

from typing import Any

import torch
from torch import Tensor

from sd3studio.ml.conditioning.text_tokens import BOS_ID, PAD_ID
from sd3studio.ml.system import System
from sd3studio.ml.training.losses import Batch
from sd3studio.ml.training.losses.together import together_of

LARGEST_GAP = 4.0
"""Nats a token; beyond it a gap counts as this and has no gradient."""


def duality(system: System, batch: Batch, generator: torch.Generator) -> Tensor:
    """Mean absolute gap of the two factorisations of p(i, y), nats a token."""
    both = together_of(system, batch, generator)
    codes, canvas = both.image.x_0, both.text.x_0
    there = system.parts["image_codec"].token_mask(batch)  # type: ignore[operator]
    return duality_gap(
        **marginals(system, codes, there, canvas),
        picture_given_sentence=both.image_loss.whole,
        sentence_given_picture=both.text_loss.whole,
    ).mean()


@torch.no_grad()
def marginals(system: System, codes: Tensor, there: Tensor, canvas: Tensor) -> dict[str, Tensor]:
    """What `duality_gap` needs besides the conditionals: both surprises, (B,) nats a token, and the tokens they count.

    Parameters
    ----------
    codes, there : a picture's tokens (B, N, F) and the places that count (B, N)
    canvas : a sentence's tokens (B, L), padded; its padding counts as foretold, for the diffusion tells it, too
    """
    words = canvas != PAD_ID
    text, words = canvas[:, : int(words.sum(1).max())], words.sum(1)
    picture: Tensor = system.parts["image_prior"].surprise(codes, there)  # type: ignore[operator]
    sentence: Tensor = system.parts["text_prior"].surprise(text, text != PAD_ID, BOS_ID)  # type: ignore[operator]
    return {
        "picture": picture,
        "picture_tokens": there.sum(1) * codes[0, 0].numel(),
        "sentence": sentence * words / canvas.shape[1],
        "sentence_tokens": torch.full_like(words, canvas.shape[1]),
    }


def duality_gap(**surprises: Any) -> Tensor:
    """|log p(i) + log p(y|i) - log p(y) - log p(i|y)|, a token, clipped, (B,); arguments of `signed_gap`."""
    return signed_gap(**surprises).clamp(-LARGEST_GAP, LARGEST_GAP).abs()


def signed_gap(
    *,
    picture: Tensor,
    picture_given_sentence: Tensor,
    picture_tokens: int | Tensor,
    sentence: Tensor,
    sentence_given_picture: Tensor,
    sentence_tokens: int | Tensor,
) -> Tensor:
    """log p(i) + log p(y|i) - log p(y) - log p(i|y) of all tokens together, a token; (B,).

    All four are given as -log p in nats a token of their own sequence, (B,); numbers of tokens are one or (B,).
    """
    of_picture = picture_tokens * (picture_given_sentence - picture.detach())
    of_sentence = sentence_tokens * (sentence_given_picture - sentence.detach())
    return (of_picture - of_sentence) / (picture_tokens + sentence_tokens)
