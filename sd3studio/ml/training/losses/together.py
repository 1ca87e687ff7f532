"""Losses on graph, picture and sentence of one scene (`sources.triples`): the paper's steps 2 to 4.

The paper's: picture and text diffusions are given the 3DSG's features (c^G) beside c^Y or c^I; the graph diffusion has
a branch that sees c^Y or c^I and one that sees z_t, the intermediate features of the other direction's diffusion at the
same t, and the second teaches the first (its eqs. 2, 3, 10, 11).

Ours, where it is silent: z_t are the denoiser's last hidden states, and no gradient goes back through them; both
branches learn the gold graph, one net serves both (`Denoiser`'s two slots), and the teacher is detached; t is drawn
evenly and is one for all three; the picture's and the sentence's diffusions see the gold graph in training. What a
sentence states stands fixed in its graph from the start (in-painting), a detector's graph is told as a condition, for
it may be wrong.

Options of a system that are read: ``graph_conditions`` (c^G at all; ``image_graph`` is the picture's), ``auxiliary``.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from sd3studio.ml.conditioning.text_tokens import BOS_ID, PAD_ID
from sd3studio.ml.diffusion.objective import DiffusionLoss, ObjectiveConfig, alignment_loss, diffusion_loss
from sd3studio.ml.system import System
from sd3studio.ml.training.losses import Batch
from sd3studio.ml.training.losses.image import codes_of, graph_condition, image_conditions, picture_difference
from sd3studio.ml.training.losses.text import canvas_of
from sd3studio.ml.training.sources.triples import graph_in

ABSENT = 0.1
"""Share of samples that see no condition, for guidance and so that a net can do without."""
WITH_GRAPH = 0.5
"""Share of the samples of which the picture decoder sees the graph."""
LEAST_NOISE = 0.2
"""Drafts that the text decoder reads are noised at times from this on."""

Condition = tuple[Tensor | None, Tensor | None]
"""A sequence (B, L, C) and where there is something (B, L)."""


@dataclass(frozen=True)
class Process:
    """One diffusion at its step.

    Attributes
    ----------
    x_0, x_t : (B, ...) int64
    fixed : (B, ...) bool, or None
    """

    x_0: Tensor
    x_t: Tensor
    fixed: Tensor | None


class Together:
    """The three diffusions of a batch at one t; each net is asked once, when a loss first needs it."""

    def __init__(self, system: System, batch: Batch, generator: torch.Generator, graph: bool = True) -> None:
        self.system, self.graph = system, graph
        self.batch = batch if graph else {name: some for name, some in batch.items() if not name.startswith("graph_")}
        device = batch["text"].device
        count = len(batch["text"])
        schedule = next(iter(system.transitions.values())).schedule
        self.index = torch.randint(1, schedule.steps + 1, (count,), generator=generator).to(device)
        self.t = schedule.time_of(self.index)
        self.kept = (torch.rand(count, generator=generator) >= ABSENT).to(device)
        self._seeds = torch.randint(0, 2**62, (5,), generator=generator).tolist()

    def _generator(self, number: int) -> torch.Generator:
        """Draws of each part are its own, whichever is asked first."""
        return torch.Generator().manual_seed(self._seeds[number])

    @cached_property
    def image(self) -> Process:
        """The picture's tokens, noised."""
        return self._noised("image", codes_of(self.system, self.batch), None, 0)

    @cached_property
    def text(self) -> Process:
        """The sentence's tokens, noised."""
        return self._noised("text", canvas_of(self.batch["text"]), None, 1)

    @cached_property
    def graph_of_text(self) -> Process:
        """The 3DSG, noised but for what the sentence states."""
        codes = graph_codes(self.system, self.batch)
        return self._noised("graph", codes, self.batch["graph_told"].unsqueeze(2).expand_as(codes), 2)

    @cached_property
    def graph_of_image(self) -> Process:
        """The 3DSG, noised."""
        return self._noised("graph", graph_codes(self.system, self.batch), None, 3)

    def _noised(self, modality: str, x_0: Tensor, fixed: Tensor | None, number: int) -> Process:
        x_t = self.system.transitions[modality].q_sample(x_0, self.t, self._generator(number), fixed)
        return Process(x_0, x_t, fixed)

    @cached_property
    def image_out(self) -> Any:
        """What the picture's diffusion says, given sentence and graph."""
        conditions = image_conditions(self.system, self.batch, self._generator(4))
        return self.system.parts["image_diffusion"](self.image.x_t, self.t.float(), **conditions)

    @cached_property
    def text_out(self) -> Any:
        """What the sentence's diffusion says, given photo and graph."""
        graph, mask = self._dropped(text_graph(self.system, self.batch) if self.graph else (None, None))
        photo, there = self._dropped(whole(self.batch["photo"]))
        net = self.system.parts["text_diffusion"]
        return net(self.text.x_t, self.t.float(), graph, mask, photo, there)

    def graph_out(self, process: Process, condition: Condition = (None, None), second: Tensor | None = None) -> Any:
        """What the graph's diffusion says of one of the two graphs in a branch."""
        values, mask = self._dropped(condition)
        return self.system.parts["graph_diffusion"](process.x_t, self.t.float(), values, mask, second)

    @cached_property
    def from_text(self) -> Any:
        """The branch that sees the sentence."""
        return self.graph_out(self.graph_of_text, graph_condition_of(self.batch, self.system, "text"))

    @cached_property
    def from_image(self) -> Any:
        """The branch that sees the photo and the detector's graph."""
        return self.graph_out(self.graph_of_image, graph_condition_of(self.batch, self.system, "image"))

    def loss(self, modality: str, process: Process, logits: Tensor) -> DiffusionLoss:
        """The bound of a process."""
        weight = float(self.system.config.options.get("auxiliary", 5e-4))
        transition = self.system.transitions[modality]
        return diffusion_loss(
            transition,
            logits,
            process.x_0,
            process.x_t,
            self.index,
            ObjectiveConfig(auxiliary_weight=weight),
            fixed=process.fixed,
        )

    @cached_property
    def image_loss(self) -> DiffusionLoss:
        """Of the picture."""
        return self.loss("image", self.image, self.image_out.logits)

    @cached_property
    def text_loss(self) -> DiffusionLoss:
        """Of the sentence."""
        return self.loss("text", self.text, self.text_out.logits)

    def _dropped(self, condition: Condition) -> Condition:
        values, mask = condition
        return values, None if mask is None else mask & self.kept.unsqueeze(1)


def together_of(system: System, batch: Batch, generator: torch.Generator) -> Together:
    """The processes of a batch, the same for all its losses."""
    return system.shared(batch, lambda: Together(system, batch, generator))


def st2i(system: System, batch: Batch, generator: torch.Generator) -> Tensor:
    """The bound of the picture given sentence and graph: the paper's L_ST2I."""
    return together_of(system, batch, generator).image_loss.total


def si2t(system: System, batch: Batch, generator: torch.Generator) -> Tensor:
    """The bound of the sentence given photo and graph: the paper's L_SI2T."""
    return together_of(system, batch, generator).text_loss.total


def st2i_alone(system: System, batch: Batch, generator: torch.Generator) -> Tensor:
    """The bound of the picture given the sentence alone: where a diffusion starts that others share."""
    return Together(system, batch, generator, graph=False).image_loss.total


def si2t_alone(system: System, batch: Batch, generator: torch.Generator) -> Tensor:
    """The bound of the sentence given the photo alone."""
    return Together(system, batch, generator, graph=False).text_loss.total


def t23d(system: System, batch: Batch, generator: torch.Generator) -> Tensor:
    """The bound of the 3DSG given the sentence: the paper's L_T23D."""
    both = together_of(system, batch, generator)
    return both.loss("graph", both.graph_of_text, both.from_text.logits).total


def i23d(system: System, batch: Batch, generator: torch.Generator) -> Tensor:
    """The bound of the 3DSG given photo and detector's graph: the paper's L_I23D."""
    both = together_of(system, batch, generator)
    return both.loss("graph", both.graph_of_image, both.from_image.logits).total


def features_t23d(system: System, batch: Batch, generator: torch.Generator) -> Tensor:
    """The branch that sees z_t^Y learns the graph and teaches the one that sees c^Y: the paper's L_X-T23D."""
    both = together_of(system, batch, generator)
    return _taught(both, both.graph_of_text, both.from_text.logits, both.text_out.hidden)


def features_i23d(system: System, batch: Batch, generator: torch.Generator) -> Tensor:
    """The branch that sees z_t^I learns the graph and teaches the one that sees c^I: the paper's L_X-I23D."""
    both = together_of(system, batch, generator)
    return _taught(both, both.graph_of_image, both.from_image.logits, both.image_out.hidden)


def _taught(both: Together, process: Process, student: Tensor, hidden: Tensor) -> Tensor:
    teacher = both.graph_out(process, second=hidden.detach()).logits
    transition = both.system.transitions["graph"]
    taught = alignment_loss(transition, process.x_t, student, teacher, both.index, process.fixed)
    return both.loss("graph", process, teacher).total + transition.schedule.steps * taught.mean()


def image_align(system: System, batch: Batch, generator: torch.Generator) -> Tensor:
    """How far the picture's decoder is from the picture, given tokens and graph (eq. 12); the encoder stays.

    Half the samples are without a graph, so that one decoder serves systems with and without.
    """
    codec, codes = system.parts["image_codec"], codes_of(system, batch)
    graph, mask = graph_condition(system, batch)
    if mask is not None:
        mask = mask & (torch.rand(len(mask), 1, generator=generator) < WITH_GRAPH).to(mask.device)
    made = codec.decode(codes, batch, graph, mask)  # type: ignore[operator]
    return picture_difference(made, codec.targets(batch))  # type: ignore[operator]


def text_align(system: System, batch: Batch, generator: torch.Generator) -> Tensor:
    """-log p(y | draft, graph) of the text decoder, nats a token (eq. 12).

    The draft is the sentence noised by the diffusion's transition, so that the decoder doesn't merely copy; a share of
    the samples has no graph.
    """
    text = batch["text"]
    canvas = canvas_of(text)
    t = LEAST_NOISE + (1.0 - LEAST_NOISE) * torch.rand(len(text), generator=generator, dtype=torch.float64)
    draft = system.transitions["text"].q_sample(canvas, t.to(text.device), generator)
    values, mask = text_graph(system, batch)
    kept = (torch.rand(len(text), 1, generator=generator) >= 3.0 * ABSENT).to(text.device)
    if values is None or mask is None:
        values, mask = no_graph(system, len(text))
    written = functional.pad(text, (1, 0), value=BOS_ID)[:, :-1]
    nobody = torch.zeros(len(text), dtype=torch.int64, device=text.device)
    logits = system.parts["text_codec"](written, draft, values, mask & kept, nobody)
    return functional.cross_entropy(logits.flatten(0, 1), text.flatten(), ignore_index=PAD_ID)


def graph_codes(system: System, batch: Batch) -> Tensor:
    """(B, N, 6) codes of the 3DSG; places without a node have the code of padding."""
    return system.parts["graph_codec"].encode(graph_in(batch, "graph"))  # type: ignore[operator]


def text_graph(system: System, batch: Batch) -> Condition:
    """c^G for the text nets; none if the system is without."""
    if not system.config.options.get("graph_conditions", True):
        return None, None
    graphs = graph_in(batch, "graph")
    codec = system.parts["graph_codec"]
    with torch.no_grad():
        return codec.features(codec.encode(graphs), graphs.mask), graphs.mask  # type: ignore[operator]


def no_graph(system: System, count: int) -> tuple[Tensor, Tensor]:
    """An absent c^G for the text decoder, which wants one: (B, 1, C) zeros and (B, 1) False."""
    net = system.parts["text_codec"]
    values = torch.zeros(count, 1, net.config.condition_width, device=net.device)  # type: ignore[union-attr]
    return values, torch.zeros(count, 1, dtype=torch.bool, device=values.device)


def whole(values: Tensor) -> tuple[Tensor, Tensor]:
    """A condition of which everything is there."""
    return values, torch.ones(values.shape[:2], dtype=torch.bool, device=values.device)


def graph_condition_of(batch: Batch, system: System, side: str) -> Condition:
    """What the graph diffusion is told, from the sentence (``"text"``) or the photo (``"image"``).

    Sentence, detector's graph and photo each have channels of their own: (B, L, 384 + C + 1280).
    """
    words, photo = batch["words"], batch["photo"]
    codec = system.parts["graph_codec"]
    channels = codec.config.feature_width  # type: ignore[union-attr]
    if side == "text":
        return whole(functional.pad(words, (0, channels + photo.shape[-1])))
    seen = graph_in(batch, "seen")
    with torch.no_grad():
        nodes = codec.features(codec.encode(seen), seen.mask)  # type: ignore[operator]
    nodes = functional.pad(nodes, (words.shape[-1], photo.shape[-1]))
    cells = functional.pad(photo, (words.shape[-1] + channels, 0))
    there = torch.ones(cells.shape[:2], dtype=torch.bool, device=cells.device)
    return torch.cat([nodes, cells], 1), torch.cat([seen.mask, there], 1)
