"""The duality term: p(i) p(y|i) = p(y) p(i|y) should hold for a picture i and its sentence y (the paper's eq. 9).

The paper's: the two directions' likelihoods and two marginals in one norm. Ours, where it is silent: the likelihoods
are each direction's bound, estimated from the one step that was drawn; as that is noisy, the gap is taken per token,
clipped, and its absolute value weighted little (1e-3 to 1e-2). The marginals are frozen `TokenPrior`s, so no gradient
reaches them; it flows through both conditional bounds (Xia et al. 2017, arXiv:1707.00415). Both conditionals also see
the 3DSG where the system has one; the marginals never do.
"""

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
    text = batch["text"]
    steps = both.system.transitions["image"].schedule.steps
    with torch.no_grad():
        picture = system.parts["image_prior"].surprise(both.image.x_0)  # type: ignore[operator]
        sentence = system.parts["text_prior"].surprise(text, text != PAD_ID, BOS_ID)  # type: ignore[operator]
    words = (text != PAD_ID).sum(1)
    return duality_gap(
        picture=picture,
        picture_given_sentence=steps * both.image_loss.bound,
        picture_tokens=both.image.x_0[0].numel(),
        sentence=sentence * words / both.text.x_0.shape[1],
        sentence_given_picture=steps * both.text_loss.bound,
        sentence_tokens=both.text.x_0.shape[1],
    ).mean()


def duality_gap(
    *,
    picture: Tensor,
    picture_given_sentence: Tensor,
    picture_tokens: int,
    sentence: Tensor,
    sentence_given_picture: Tensor,
    sentence_tokens: int,
) -> Tensor:
    """|log p(i) + log p(y|i) - log p(y) - log p(i|y)| of all tokens together, a token, clipped; (B,).

    All four are given as -log p in nats a token of their own sequence, (B,).
    """
    of_picture = picture_tokens * (picture_given_sentence - picture.detach())
    of_sentence = sentence_tokens * (sentence_given_picture - sentence.detach())
    gap = (of_picture - of_sentence) / (picture_tokens + sentence_tokens)
    return gap.clamp(-LARGEST_GAP, LARGEST_GAP).abs()
