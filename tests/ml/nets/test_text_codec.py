"""G_T is causal, points only to what is there, says names that it never saw, and learns."""

from pathlib import Path

import pytest
import torch
from torch.nn import functional

from sd3studio.ml.conditioning.said import SAID_WIDTH, said_batch
from sd3studio.ml.conditioning.text_tokens import (
    BOS_ID,
    EOS_ID,
    FIRST_POINTER,
    FORMS,
    MAX_OBJECTS,
    PAD_ID,
    POINTERS,
    pointer_id,
)
from sd3studio.ml.nets.text_codec import TextCodec
from sd3studio.ml.training.data.graphs import GraphObject, SceneGraph
from sd3studio.ml.writing import draw_sentences, likelihoods

CLASSES = FIRST_POINTER + POINTERS + 10
WORD = FIRST_POINTER + POINTERS


@pytest.fixture
def codec() -> TextCodec:
    torch.manual_seed(0)
    return TextCodec(CLASSES, CLASSES + 1, 12, length=10, width=32, depth=2, heads=2, dropout=0.0).eval()


def some_condition(rows: int = 2) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(1)
    mask = torch.ones(rows, 4, dtype=torch.bool)
    return torch.randn(rows, 4, 12, generator=generator), mask, torch.tensor([2] * rows)


def test_what_comes_later_changes_nothing_before_it(codec: TextCodec) -> None:
    tokens = torch.tensor([[BOS_ID, WORD, WORD + 1, WORD + 2]] * 2)
    other = tokens.clone()
    other[:, 3] = WORD + 5
    draft = torch.full((2, 6), CLASSES)
    one, two = (codec(some, draft, *some_condition()) for some in (tokens, other))
    assert torch.allclose(one[:, :3], two[:, :3])
    assert not torch.allclose(one[:, 3], two[:, 3])


def test_word_by_word_is_the_same_as_at_once(codec: TextCodec) -> None:
    tokens = torch.tensor([[BOS_ID, WORD, pointer_id(0, 1), WORD + 2]] * 2)
    prefix = codec.read(torch.full((2, 6), CLASSES), *some_condition())
    whole, _ = codec.write(tokens, prefix)
    pairs, parts = None, []
    for place in range(4):
        logits, pairs = codec.write(tokens[:, place : place + 1], prefix, pairs, place)
        parts.append(logits)
    assert torch.allclose(whole, torch.cat(parts, 1), atol=1e-5)


def test_the_draft_and_the_condition_are_heard(codec: TextCodec) -> None:
    tokens = torch.tensor([[BOS_ID, WORD]] * 2)
    values, mask, objects = some_condition()
    plain = codec(tokens, torch.full((2, 6), CLASSES), values, mask, objects)
    assert not torch.allclose(plain, codec(tokens, torch.full((2, 6), WORD), values, mask, objects))
    assert not torch.allclose(plain, codec(tokens, torch.full((2, 6), CLASSES), 2.0 * values, mask, objects))
    changed = torch.where(torch.arange(4)[None, :, None] == 3, 9.0, values)
    unseen = mask & (torch.arange(4) != 3)
    one, two = (codec(tokens, None, some, unseen, objects) for some in (values, changed))
    assert torch.allclose(one, two)


def test_objects_that_are_not_there_are_never_pointed_to(codec: TextCodec) -> None:
    likelihood = codec(torch.tensor([[BOS_ID]]), None, *some_condition(1)).softmax(-1)[0, 0].detach()
    first_absent = FIRST_POINTER + 2 * len(FORMS)
    assert float(likelihood[first_absent : FIRST_POINTER + len(FORMS) * MAX_OBJECTS].max()) == 0.0
    assert float(likelihood[FIRST_POINTER:first_absent].min()) > 0.0


def test_a_drawn_sentence_has_the_likelihood_that_is_told(codec: TextCodec) -> None:
    prefix = codec.read(None, *some_condition(2)).rows(torch.tensor([0, 0, 1, 1]))
    ids, told = draw_sentences(codec, prefix, torch.Generator().manual_seed(3))
    assert torch.allclose(told, likelihoods(codec, prefix, ids), atol=1e-4)
    for row in ids.tolist():
        end = row.index(EOS_ID)
        assert all(token == PAD_ID for token in row[end + 1 :])
        assert not {PAD_ID, BOS_ID} & set(row[:end])


def test_files_round_trip(codec: TextCodec, tmp_path: Path) -> None:
    codec.save_pretrained(tmp_path)
    read = TextCodec.from_pretrained(tmp_path)
    tokens = torch.tensor([[BOS_ID, WORD]])
    assert torch.equal(read(tokens, None, *some_condition(1)), codec(tokens, None, *some_condition(1)))


def a_graph(subject: str, predicate: str, other: str) -> SceneGraph:
    ends = (GraphObject(tag=subject), GraphObject(tag=other))
    return SceneGraph.model_validate({"source": "tsg", "objects": ends, "triples": [(0, predicate, 1)]})


def test_it_learns_four_sentences_and_says_them_of_names_never_seen() -> None:
    predicates = ("on", "in", "under", "behind")
    names = (("cup", "table"), ("dog", "street"), ("bottle", "shelf"), ("bird", "roof"), ("spoon", "drawer"))
    batch = said_batch([a_graph(s, p, o) for s, o in names for p in predicates], ["plain"] * 20, None)
    told = torch.tensor([[pointer_id(0, 0), WORD + k, pointer_id(0, 1), EOS_ID] for k in range(4)])
    text = told.repeat(len(names), 1)
    torch.manual_seed(0)
    codec = TextCodec(CLASSES, CLASSES + 1, SAID_WIDTH, length=6, width=32, depth=2, heads=2, dropout=0.0)
    optimizer = torch.optim.Adam(codec.parameters(), lr=1e-2)
    written = functional.pad(text, (1, 0), value=BOS_ID)[:, :-1]
    for _ in range(60):
        logits = codec(written, None, batch["said"], batch["said_mask"], batch["said_objects"])
        loss = functional.cross_entropy(logits.flatten(0, 1), text.flatten())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert float(loss.detach()) < 0.05
    new = said_batch([a_graph("octopus", p, "zyzzyva") for p in predicates], ["plain"] * 4, None)
    prefix = codec.eval().read(None, new["said"], new["said_mask"], new["said_objects"])
    ids, _ = draw_sentences(codec, prefix, torch.Generator(), temperature=0.0)
    assert ids.tolist() == told.tolist()
