"""The graph codec (DGAE, the paper's step 1): typed graphs to six levels of five a node, and back.

The paper's: a graph net encodes the nodes, each of a node's six numbers becomes ``round(L/2 tanh z)`` (finite scalar
quantisation, its appendix A.2), and a decoder that commutes with permutations rebuilds tags and edges from the set of
quantised nodes alone.

Ours: messages flow only from what is named to what names it (subject and object to their relation, a thing to its
attributes and layout). So a node's code depends on its own word and on whom it names, and a node that a caption's graph
and the 3D graph share has the same code in both, which the graph diffusion can keep. The codes are drawn towards an
arrangement without collisions (`seed_codes`): two levels for the identity, four for the word; relations, which have two
identities, take what identities leave over. Tanh and rounding alone let neighbouring words fall together.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from sd3studio.core.scene.predicates import Predicate
from sd3studio.ml.conditioning.graph_tensors import INSTANCES, THINGS, GraphTensors, GraphVocabulary, NodeType
from sd3studio.ml.libraries import quiet
from sd3studio.ml.nets.attention import SelfAttention
from sd3studio.ml.nets.model import StudioModel

with quiet():
    from diffusers import ModelMixin  # noqa: F401  pipelines look for the base in the module of each part
    from diffusers.configuration_utils import register_to_config
    from diffusers.utils import BaseOutput
    from torch_geometric.nn import MessagePassing

LEVELS, FIELDS = 5, 6
HALF = LEVELS // 2
FREQUENT = 10
"""Predicates (of `PREDICATE_RANKS`) whose codes keep both identities on levels of their own."""

PREDICATE_RANKS = tuple(
    sorted(range(len(Predicate)), key=lambda k: (tuple(Predicate)[k] == Predicate.IN or k > FREQUENT, k)).index(number)
    for number in range(len(Predicate))
)
"""Rank of each predicate; *in*, *part of* and the comparatives, which are rare as nodes, come last."""

MATCHED_LEVELS = (((0, 1), (0, 1)), ((0, 1), (2, 1)), ((4, 3), (0, 1)))
"""For an edge from thing to its own node, from subject to relation, from relation to object: levels that must agree."""

HANDED_TO = ((0, 1), (2, 1), (4, 3))
"""Where the two levels of an identity go in the code of what names it: as its owner, its subject, its object."""

EDGE_TYPES = (
    ((NodeType.OBJECT, NodeType.STUFF), (NodeType.CONCEPT,)),
    (THINGS, (NodeType.ATTRIBUTE, NodeType.LAYOUT)),
    (THINGS, (NodeType.RELATION,)),
    ((NodeType.RELATION,), THINGS),
)
"""Types of the ends of each kind of edge: part of a concept, then those of `MATCHED_LEVELS`."""

MATCHES, MATCH_WIDTH = len(MATCHED_LEVELS), 2 * LEVELS
MATCH_START = 3.0

START_LOGIT = 4.0
"""What each matching level adds to a word's logit before training."""


@dataclass
class GraphLogits(BaseOutput):
    """What a decoder says of a set of nodes.

    Attributes
    ----------
    type : (B, N, types)
    tag : (B, N, words), over the words of all types
    edge : (B, N, N) logit of an edge from i to j
    hidden : (B, N, C)
    """

    type: Tensor
    tag: Tensor
    edge: Tensor
    hidden: Tensor


class NamingConv(MessagePassing):
    """Messages from the things that a node names; those of subjects (or owners) and of objects are kept apart."""

    def __init__(self, width: int) -> None:
        super().__init__(aggr="sum", node_dim=0)
        self.say = nn.Sequential(nn.Linear(2 * width, width), nn.SiLU(), nn.Linear(width, width))
        self.take = nn.Sequential(nn.Linear(3 * width, 2 * width), nn.SiLU(), nn.Linear(2 * width, width))

    def forward(self, x: Tensor, subject_edges: Tensor, object_edges: Tensor) -> Tensor:
        """Nodes (N, D), edges (2, E) from the named to the naming; (N, D)."""
        heard = [self.propagate(edges, x=x) for edges in (subject_edges, object_edges)]
        return x + self.take(torch.cat([x, *heard], -1))

    def message(self, x_i: Tensor, x_j: Tensor) -> Tensor:
        """(E, D) of each edge, from the one who hears and the one who is named."""
        return self.say(torch.cat([x_i, x_j], -1))


class IdentityConv(MessagePassing):
    """What is named hands its identity's levels on to what names it."""

    def __init__(self) -> None:
        super().__init__(aggr="sum", node_dim=0)

    def forward(self, levels: Tensor, edges: Tensor) -> Tensor:
        """(N, 6), edges (2, E) from the named to the naming; (N, 6)."""
        return self.propagate(edges, x=levels)

    def message(self, x_j: Tensor) -> Tensor:
        """(E, 6)."""
        return x_j


class GraphCodec(StudioModel):
    """Encoder, quantiser and decoder of graphs.

    Parameters
    ----------
    type_counts : how many words the vocabulary has of each `NodeType`, in its order (`sizes`)
    width : D of the encoder
    feature_width : C of the decoder, and of the features that other nets are given
    depth, heads : of the decoder's transformer
    """

    @register_to_config
    def __init__(
        self,
        type_counts: tuple[int, ...],
        width: int = 128,
        feature_width: int = 128,
        depth: int = 2,
        heads: int = 4,
    ) -> None:
        super().__init__()
        if len(type_counts) != len(NodeType):
            raise ValueError(f"type_counts must have a number for each of {len(NodeType)} types, not {type_counts}")
        words = sum(type_counts)
        self._type_counts = tuple(type_counts)
        self.word_in = nn.Embedding(words, width)
        self.type_in = nn.Embedding(len(NodeType), width)
        self.instance_in = nn.Embedding(INSTANCES, width)
        self.naming = NamingConv(width)
        self.narrow = nn.Sequential(
            nn.LayerNorm(width), nn.Linear(width, 2 * width), nn.SiLU(), nn.Linear(2 * width, FIELDS)
        )
        self.word_level = nn.Embedding(words, FIELDS)
        self.instance_level = nn.Embedding(INSTANCES, FIELDS)
        self.identity = IdentityConv()
        self.handed_on = nn.ModuleList([nn.Linear(FIELDS, FIELDS, bias=False) for _ in MATCHED_LEVELS])
        self.code_in = nn.Linear(FIELDS * LEVELS, feature_width)
        self.code_mix = nn.Sequential(
            nn.Linear(feature_width, 2 * feature_width), nn.SiLU(), nn.Linear(2 * feature_width, feature_width)
        )
        self.blocks = nn.ModuleList([DecoderBlock(feature_width, heads) for _ in range(depth)])
        self.final_norm = nn.LayerNorm(feature_width)
        self.type_out = nn.Linear(feature_width, len(NodeType))
        self.tag_out = nn.Linear(feature_width, words)
        self.code_tag = nn.Linear(FIELDS * LEVELS, words, bias=False)
        self.edge_from = nn.Linear(2 * feature_width, feature_width)
        self.edge_to = nn.Linear(2 * feature_width, feature_width)
        self.match_from = nn.Linear(FIELDS * LEVELS, MATCHES * MATCH_WIDTH)
        self.match_to = nn.Linear(FIELDS * LEVELS, MATCHES * MATCH_WIDTH)
        self.gate_from = nn.Linear(len(NodeType), 1 + MATCHES)
        self.gate_to = nn.Linear(len(NodeType), 1 + MATCHES)
        self._start_from_seeds()

    @staticmethod
    def sizes(vocabulary: GraphVocabulary, tokenizer: Any = None) -> dict[str, Any]:
        """What the constructor takes from the vocabulary."""
        return {"type_counts": tuple(sum(kind == one for kind, _ in vocabulary.words) for one in NodeType)}

    @property
    def relation_start(self) -> int:
        """Number of the first relation word."""
        return sum(self._type_counts[:-1])

    def levels(self, tensors: GraphTensors) -> Tensor:
        """Numbers before rounding, (B, N, 6) float, each within -2.5 to 2.5."""
        mask = tensors.mask
        is_thing = torch.isin(tensors.type, _thing_types(mask.device))
        x = self.word_in(tensors.tag) + self.type_in(tensors.type)
        x = x + self.instance_in(tensors.instance) * is_thing.unsqueeze(-1)  # (B, N, D)
        naming = ~is_thing & mask
        named = is_thing & mask
        place = torch.arange(mask.numel(), device=mask.device).view_as(mask)
        names_subject = tensors.adjacency & named.unsqueeze(2) & naming.unsqueeze(1)
        names_object = tensors.adjacency & naming.unsqueeze(2) & named.unsqueeze(1)
        batch, named_first, naming_second = names_subject.nonzero(as_tuple=True)
        subjects = torch.stack([place[batch, named_first], place[batch, naming_second]])
        batch, naming_first, named_second = names_object.nonzero(as_tuple=True)
        objects = torch.stack([place[batch, named_second], place[batch, naming_first]])
        told = self.naming(x.flatten(0, 1), subjects, objects).view_as(x)
        identity = self.instance_level(tensors.instance) * is_thing.unsqueeze(-1)
        by_subject, by_object = (
            self.identity(identity.flatten(0, 1), edges).view_as(identity) for edges in (subjects, objects)
        )
        is_relation = (tensors.type == NodeType.RELATION).unsqueeze(-1)
        owner, subject, object = self.handed_on
        handed = torch.where(is_relation, subject(by_subject) + object(by_object), owner(by_subject))
        own = self.word_level(tensors.tag) + identity + handed
        return LEVELS / 2.0 * (own + self.narrow(told)).tanh()

    def quantise(self, levels: Tensor) -> Tensor:
        """Rounded levels, -2 to 2, whose gradient is that of the unrounded ones (straight through)."""
        return levels + (levels.round().clamp(-HALF, HALF) - levels).detach()

    @torch.no_grad()
    def encode(self, tensors: GraphTensors) -> Tensor:
        """Codes (B, N, 6) int64, 0 to 4; of padding, 2."""
        codes = self.levels(tensors).round().clamp(-HALF, HALF).long() + HALF
        return codes.masked_fill(~tensors.mask.unsqueeze(-1), HALF)

    def empty_code(self) -> Tensor:
        """Code (6,) of the empty node."""
        nothing = torch.zeros(1, 1, dtype=torch.int64, device=self.word_in.weight.device)
        there, edges = torch.ones_like(nothing, dtype=torch.bool), torch.zeros_like(nothing, dtype=torch.bool)
        return self.encode(GraphTensors(nothing, nothing, nothing, there, edges.unsqueeze(2)))[0, 0]

    def is_empty(self, codes: Tensor) -> Tensor:
        """(...) bool, where codes (..., 6) say the word of the empty node, whatever their identity."""
        return (codes[..., 2:] == self.empty_code()[2:]).all(-1) & (codes[..., 0] < 3)

    def features(self, codes: Tensor, mask: Tensor) -> Tensor:
        """What other nets are conditioned on, (B, N, C) float; codes (B, N, 6) int64, mask (B, N) bool."""
        return self._hidden(self._one_hot(codes), mask)[1]

    def decode(self, codes: Tensor, mask: Tensor) -> GraphLogits:
        """Logits of tags, types and edges from codes (B, N, 6) int64 and mask (B, N) bool."""
        return self._logits(self._one_hot(codes), mask)

    def decode_soft(self, levels: Tensor, mask: Tensor) -> GraphLogits:
        """The same from quantised levels (B, N, 6), with a gradient to them."""
        steps = torch.arange(-HALF, HALF + 1, device=levels.device, dtype=levels.dtype)
        near = (1.0 - (levels.unsqueeze(-1) - steps).abs()).clamp(min=0.0)  # one-hot, and straight lines between
        return self._logits(near.flatten(-2), mask)

    @torch.no_grad()
    def read(self, codes: Tensor, mask: Tensor) -> GraphTensors:
        """The likeliest graph of codes: of each node the type, a word of that type, and whom it names.

        Each attribute and layout word gets the likeliest thing as its owner, each relation the likeliest two.
        """
        logits = self.decode(codes, mask)
        types = logits.type.argmax(-1)
        of_word = torch.arange(len(NodeType), device=types.device).repeat_interleave(
            torch.tensor(self._type_counts, device=types.device)
        )
        tags = logits.tag.masked_fill(of_word != types.unsqueeze(-1), float("-inf")).argmax(-1)
        there = mask & (types != NodeType.EMPTY)
        return GraphTensors(tags, types, torch.zeros_like(tags), there, _joined(logits.edge, types, there))

    def _one_hot(self, codes: Tensor) -> Tensor:
        return functional.one_hot(codes, LEVELS).to(self.code_in.weight.dtype).flatten(-2)  # (B, N, 30)

    def _hidden(self, levels: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """(B, N, C) of each node alone, and of each among all."""
        alone = self.code_in(levels)
        alone = alone + self.code_mix(alone)
        visible = mask[:, None, None, :] | ~mask.any(1)[:, None, None, None]  # an empty graph sees itself, harmlessly
        x = alone
        for block in self.blocks:
            x = block(x, visible)
        return alone, self.final_norm(x)

    def _logits(self, levels: Tensor, mask: Tensor) -> GraphLogits:
        alone, hidden = self._hidden(levels, mask)
        both = torch.cat([alone, hidden], -1)
        scale = both.shape[-1] ** -0.5
        free = (self.edge_from(both) @ self.edge_to(both).transpose(1, 2) * scale).unsqueeze(1)
        senders, takers = (one(levels).unflatten(-1, (MATCHES, -1)) for one in (self.match_from, self.match_to))
        matched = torch.einsum("bihd,bjhd->bhij", senders, takers)
        tag = self.tag_out(hidden) + self.code_tag(levels)
        by_type = [words.logsumexp(-1) for words in tag.split(self._type_counts, -1)]
        kind = torch.stack(by_type, -1) + self.type_out(hidden)
        probs = kind.softmax(-1)
        gates = self.gate_from(probs).transpose(1, 2).unsqueeze(3) + self.gate_to(probs).transpose(1, 2).unsqueeze(2)
        edge = (torch.cat([free, matched], 1) + gates).logsumexp(1)  # an edge is of one of these kinds
        return GraphLogits(type=kind, tag=tag, edge=edge, hidden=hidden)

    @torch.no_grad()
    def _start_from_seeds(self) -> None:
        """Encoder and decoder begin with the arrangement of `seed_codes`, for all but rare predicates, and learn on."""
        words = torch.arange(sum(self._type_counts))
        digits, is_relation = _word_digits(words, self.relation_start)
        numbers = torch.arange(INSTANCES)
        for layer in (self.narrow[-1], self.type_out, self.tag_out, self.edge_from, self.edge_to):
            nn.init.zeros_(layer.weight)
            nn.init.zeros_(layer.bias)
        nn.init.normal_(self.edge_from.weight, std=0.02)
        self.word_level.weight.copy_(_unrounded(digits).masked_fill(digits < 0, 0.0))
        self.instance_level.weight.zero_()
        self.instance_level.weight[:, :2] = _unrounded(torch.stack([numbers // LEVELS, numbers % LEVELS], -1))
        for layer, ends in zip(self.handed_on, HANDED_TO, strict=True):
            layer.weight.zero_()
            for source, end in enumerate(ends):
                layer.weight[end, source] = 1.0
        matches = functional.one_hot(digits.clamp(min=0), LEVELS) * (digits >= 0).unsqueeze(-1)  # (words, 6, 5)
        strength = torch.where(is_relation, 2.5 * START_LOGIT, START_LOGIT)[:, None, None]  # two levels tell, not four
        weights = matches * strength
        weights[~is_relation, 0, :3] = START_LOGIT
        is_rare = is_relation & (_ranks(words, self.relation_start) >= FREQUENT)
        weights[is_relation & ~is_rare, 2, :3] = START_LOGIT
        weights[is_rare, 2, 3:] = START_LOGIT
        self.code_tag.weight.copy_(weights.flatten(1))
        self._match_at_start()

    def _match_at_start(self) -> None:
        """Kinds of edges: part of a concept, own node of a thing, subject to relation, relation to object."""
        for layer in (self.match_from, self.match_to, self.gate_from, self.gate_to):
            nn.init.zeros_(layer.weight)
            nn.init.zeros_(layer.bias)
        for kind, (sent, taken) in enumerate(MATCHED_LEVELS):
            for place, (one, other) in enumerate(zip(sent, taken, strict=True)):
                for level in range(LEVELS):
                    row = kind * MATCH_WIDTH + place * LEVELS + level
                    self.match_from.weight[row, one * LEVELS + level] = MATCH_START
                    self.match_to.weight[row, other * LEVELS + level] = MATCH_START
        for kind, (senders, takers) in enumerate(EDGE_TYPES):
            needed = 0.75 * MATCH_START**2 if kind else -0.25 * MATCH_START**2  # half of it from each end
            for gate, ends in ((self.gate_from, senders), (self.gate_to, takers)):
                gate.weight[kind] = -2.0 * MATCH_START**2
                gate.weight[kind, list(ends)] = -needed


class DecoderBlock(nn.Module):
    """Self-attention and a feed-forward layer over the fully connected set of nodes."""

    def __init__(self, width: int, heads: int) -> None:
        super().__init__()
        self.attention_norm = nn.LayerNorm(width)
        self.attention = SelfAttention(width, heads)
        self.feed_norm = nn.LayerNorm(width)
        self.feed = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU("tanh"), nn.Linear(4 * width, width))

    def forward(self, x: Tensor, visible: Tensor) -> Tensor:
        """(B, N, C) to (B, N, C); `visible` (B, 1, 1, N) bool."""
        x = x + self.attention(self.attention_norm(x), visible)
        return x + self.feed(self.feed_norm(x))


def seed_codes(tensors: GraphTensors, relation_start: int) -> Tensor:
    """Codes (B, N, 6), 0 to 4, no two of which are equal for nodes that differ in word or in whom they name.

    Levels 0 and 1 are the identity (15 of their 25 values), 2 to 5 the word's number in base 5. A relation has a
    first level of 3 or 4, which no identity has; with the last level it tells the predicate, and the others hold the
    subject's and the object's identity. Rare predicates have both identities' first parts on two levels together.
    """
    subject, object = _named(tensors)
    digits, is_relation = _word_digits(tensors.tag, relation_start)
    owner = torch.where(torch.isin(tensors.type, _thing_types(digits.device)), tensors.instance, subject)
    plain = torch.cat([torch.stack([owner // LEVELS, owner % LEVELS], -1), digits[..., 2:]], -1)
    first, second = subject // LEVELS, object // LEVELS
    pair = 3 * first + second  # 0 to 8
    is_rare = _ranks(tensors.tag, relation_start) >= FREQUENT
    first, second = torch.where(is_rare, 3 + pair % 2, first), torch.where(is_rare, pair // 2, second)
    levels = [digits[..., 0], subject % LEVELS, first, object % LEVELS, second, digits[..., 5]]
    codes = torch.where(is_relation.unsqueeze(-1), torch.stack(levels, -1), plain)
    return codes.masked_fill(~tensors.mask.unsqueeze(-1), HALF)


def _word_digits(words: Tensor, relation_start: int) -> tuple[Tensor, Tensor]:
    """Levels (..., 6) that a word alone decides, -1 for the others, and which words are relations."""
    rank = _ranks(words, relation_start) % FREQUENT
    open = torch.full_like(words, -1)
    plain = torch.stack([open, open, *(words // LEVELS**k % LEVELS for k in (3, 2, 1, 0))], -1)
    relation = torch.stack([3 + rank % 2, open, open, open, open, rank // 2], -1)
    is_relation = words >= relation_start
    return torch.where(is_relation.unsqueeze(-1), relation, plain), is_relation


def _ranks(words: Tensor, relation_start: int) -> Tensor:
    ranks = torch.tensor(PREDICATE_RANKS, device=words.device)
    return ranks[(words - relation_start).clamp(min=0)]


def _unrounded(digits: Tensor) -> Tensor:
    """What `GraphCodec.levels` must add up to before its tanh for these levels."""
    return ((digits.float() - HALF) / (LEVELS / 2.0)).clamp(-0.9, 0.9).atanh()


def _named(tensors: GraphTensors) -> tuple[Tensor, Tensor]:
    """(B, N) identity of the subject (or owner) and of the object of each node, 0 where there is none."""
    is_thing = torch.isin(tensors.type, _thing_types(tensors.tag.device)) & tensors.mask
    numbers = (tensors.instance * is_thing).unsqueeze(1)  # (B, 1, N)
    before = tensors.adjacency.transpose(1, 2) & is_thing.unsqueeze(1)
    after = tensors.adjacency & is_thing.unsqueeze(1)
    return (before * numbers).amax(-1), (after * numbers).amax(-1)


def _joined(edge: Tensor, types: Tensor, there: Tensor) -> Tensor:
    """(B, N, N) bool: the likeliest edges that make sense, from logits of all."""
    is_thing = torch.isin(types, _thing_types(types.device)) & there
    is_naming = there & ~is_thing
    is_relation = is_naming & (types == NodeType.RELATION)
    nobody = torch.finfo(edge.dtype).min
    by_owner = edge.transpose(1, 2).masked_fill(~is_thing.unsqueeze(1), nobody)  # (B, naming, thing)
    owner = by_owner.argmax(-1)
    subject = functional.one_hot(owner, edge.shape[-1]).bool() & is_naming.unsqueeze(-1) & is_thing.unsqueeze(1)
    onto = edge.masked_fill(~is_thing.unsqueeze(1) | subject, nobody).argmax(-1)
    object = functional.one_hot(onto, edge.shape[-1]).bool() & is_relation.unsqueeze(-1) & is_thing.unsqueeze(1)
    is_concept = is_thing & (types == NodeType.CONCEPT)
    part = (edge > 0.0) & (is_thing & ~is_concept).unsqueeze(2) & is_concept.unsqueeze(1)
    return subject.transpose(1, 2) | object | part


@lru_cache(maxsize=4)
def _thing_types(device: torch.device) -> Tensor:
    return torch.tensor([int(kind) for kind in THINGS], device=device)
