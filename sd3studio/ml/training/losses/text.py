"""Losses of the text side: the decoder G_T (step 2), the text diffusion (step 4), and the marginal language model.

A batch has ``text`` (B, T) ids, padded, and what is to be said (`said.said_batch`); ``image_features`` (B, L, C), if
there, are the photo's (c^I), for the second slot of the diffusion.

The paper gives G_T the clean tokens of the very sentence that it is to write. So that it doesn't merely copy, its
drafts here are noised by the text diffusion's own transition, and a share of them is all noise (our reading). What the
sampler makes of a graph is no noised reference, though: it is whole and sure of itself, and often says something else.
A decoder that never saw that believes every word of it; `text_decoder_drafted` shows it to it.
"""

import torch
from torch import Tensor
from torch.nn import functional

from sd3studio.ml.conditioning.said import condition_of, without_boxes
from sd3studio.ml.conditioning.text_tokens import BOS_ID, PAD_ID
from sd3studio.ml.diffusion.objective import DiffusionLoss, ObjectiveConfig, diffusion_loss
from sd3studio.ml.drafts import CANVASES, draw_drafts
from sd3studio.ml.embedding import WIDTH
from sd3studio.ml.system import System
from sd3studio.ml.training.losses import Batch

EMPTY_DRAFTS = 0.4
"""Share of drafts of which nothing is left."""
LEAST_NOISE = 0.2
DRAFTED = 0.5
"""Share of drafts by the text diffusion in `text_decoder_drafted`."""
NAME_NOISE = 0.1
"""Share of the channels of name embeddings that are dropped, and of names dropped whole."""
ABSENT_BOXES = 0.3
ABSENT_CONDITION = 0.1
"""Share of samples of the diffusion that see no condition, for classifier-free guidance."""


def text_decoder(system: System, batch: Batch, generator: torch.Generator) -> Tensor:
    """-log p(y | prefix) of G_T, nats a token; the paper's L_t-dec."""
    return _after(system, batch, generator, drafted=0.0)


def text_decoder_drafted(system: System, batch: Batch, generator: torch.Generator) -> Tensor:
    """The same, where a share of the drafts is what the text diffusion itself makes of the graph."""
    return _after(system, batch, generator, drafted=DRAFTED)


def _after(system: System, batch: Batch, generator: torch.Generator, drafted: float) -> Tensor:
    """Surprise of the sentences after drafts, `drafted` of them by the text diffusion."""
    clear, mask = condition_of(system, batch)
    condition, mask = _blurred(clear, mask, generator)
    text = batch["text"]
    draft = _drafts(system, canvas_of(text), generator)
    if drafted > 0.0:
        own = (torch.rand(len(text), generator=generator) < drafted).to(draft.device)
        draft[own] = draw_drafts(system, clear[own], mask[own], draft.shape[1], generator)
    written = functional.pad(text, (1, 0), value=BOS_ID)[:, :-1]
    logits = system.parts["text_codec"](written, draft, condition, mask, batch["said_objects"])
    return _surprise(logits, text)


def text_vlb(system: System, batch: Batch, generator: torch.Generator) -> Tensor:
    """The variational bound of the text diffusion, with its auxiliary term; the paper's L_SI2T."""
    condition, mask = _blurred(*condition_of(system, batch), generator)
    mask = mask & (torch.rand(len(mask), 1, generator=generator) >= ABSENT_CONDITION).to(mask.device)
    conditions = {"condition": condition, "condition_mask": mask, "second": batch.get("image_features")}
    return text_bound(system, canvas_of(batch["text"]), conditions, generator).total


def text_bound(
    system: System, x_0: Tensor, conditions: dict[str, Tensor | None], generator: torch.Generator
) -> DiffusionLoss:
    """The bound of canvases (B, L) under the text diffusion, given its conditions, at one drawn step each."""
    transition, steps = system.transitions["text"], system.steps["text"]
    index, probs = steps.draw(len(x_0), generator)
    index, probs = index.to(x_0.device), probs.to(x_0.device)
    t = transition.schedule.time_of(index)
    x_t = transition.q_sample(x_0, t, generator)
    out = system.parts["text_diffusion"](x_t, t.float(), **conditions)
    loss = diffusion_loss(transition, out.logits, x_0, x_t, index, objective_of(system), index_probs=probs)
    system.record("text", index, loss.bound)
    return loss


def text_prior(system: System, batch: Batch, generator: torch.Generator) -> Tensor:
    """-log p(y) of the marginal language model, nats a token."""
    text = batch["text"]
    return _surprise(system.parts["text_prior"](functional.pad(text, (1, 0), value=BOS_ID)[:, :-1]), text)


def objective_of(system: System) -> ObjectiveConfig:
    """The weights of the text objective: the option ``text_auxiliary``, or VQ-Diffusion's."""
    return ObjectiveConfig(auxiliary_weight=float(system.config.options.get("text_auxiliary", 5e-4)))


def canvas_of(text: Tensor) -> Tensor:
    """(B, T) padded to the smallest canvas that holds it. Raises ValueError if none does."""
    size = next((size for size in CANVASES if text.shape[1] <= size), None)
    if size is None:
        raise ValueError(f"sentences have at most {CANVASES[-1]} tokens, not {text.shape[1]}")
    return functional.pad(text, (0, size - text.shape[1]), value=PAD_ID)


def _drafts(system: System, x_0: Tensor, generator: torch.Generator) -> Tensor:
    """Noised sentences (B, L): at even times from `LEAST_NOISE` on, and a share of them at the end of time."""
    transition = system.transitions["text"]
    t = LEAST_NOISE + (1.0 - LEAST_NOISE) * torch.rand(len(x_0), generator=generator, dtype=torch.float64)
    empty = torch.rand(len(x_0), generator=generator) < EMPTY_DRAFTS
    t = torch.where(empty, torch.ones_like(t), t).to(x_0.device)
    return transition.q_sample(x_0, t, generator)


def _blurred(values: Tensor, mask: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """The condition with some channels of names and some whole names dropped, so that none is learnt by heart."""
    channels = torch.rand(*values.shape[:2], WIDTH, generator=generator) >= NAME_NOISE
    names = torch.rand(*values.shape[:2], 1, generator=generator) >= NAME_NOISE
    keep = (channels & names).to(values)
    values = without_boxes(values, torch.rand(len(values), generator=generator).to(values.device) >= ABSENT_BOXES)
    return torch.cat([values[..., :WIDTH] * keep, values[..., WIDTH:]], -1), mask


def _surprise(logits: Tensor, text: Tensor) -> Tensor:
    """Mean cross entropy of the tokens that aren't padding."""
    return functional.cross_entropy(logits.flatten(0, 1), text.flatten(), ignore_index=PAD_ID)
