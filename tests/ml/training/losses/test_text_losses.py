"""The text losses: the same draws give the same loss, and a few steps bring each down."""

import pytest
import torch

from sd3studio.ml.conditioning.said import SAID_WIDTH, said_batch
from sd3studio.ml.conditioning.text_tokens import PAD_ID, TextTokenizer
from sd3studio.ml.nets.denoiser import Denoiser
from sd3studio.ml.nets.priors import TokenPrior
from sd3studio.ml.nets.text_codec import TextCodec
from sd3studio.ml.system import System, SystemConfig, TransitionSettings
from sd3studio.ml.training.data.graphs import GraphObject, SceneGraph
from sd3studio.ml.training.losses import Batch, loss_named
from sd3studio.ml.training.losses.text import CANVASES, canvas_of
from sd3studio.ml.training.sources.texts import padded

PART_OF = {
    "text_decoder": "text_codec",
    "text_decoder_drafted": "text_codec",
    "text_vlb": "text_diffusion",
    "text_prior": "text_prior",
}


@pytest.fixture
def system() -> System:
    tokenizer = TextTokenizer.train(["a <obj0> is on the <obj1>", "some <obj0> are behind a <obj1>"], 60)
    system = System(SystemConfig(transitions={"text": TransitionSettings(steps=10)}), {}, None, tokenizer)
    torch.manual_seed(0)
    size = tokenizer.size
    system.parts["text_codec"] = TextCodec(size, size + 1, SAID_WIDTH, width=32, depth=1, heads=2, dropout=0.0)
    system.parts["text_diffusion"] = Denoiser(
        size, size + 1, positions=(32,), width=32, depth=1, heads=2, condition_width=SAID_WIDTH
    )
    system.parts["text_prior"] = TokenPrior(size, length=33, width=32, depth=1, heads=2)
    return system


@pytest.fixture
def batch(system: System) -> Batch:
    graphs = [
        SceneGraph.model_validate(
            {"source": "tsg", "objects": [GraphObject(tag=a), GraphObject(tag=b)], "triples": [(0, p, 1)]}
        )
        for a, p, b in (("cup", "on", "table"), ("weeds", "behind", "fence"))
    ]
    rows = system.tokenizer.encode_many(["a <obj0> is on the <obj1>", "some <obj0> are behind a <obj1>"])
    return {"text": padded(rows)} | said_batch(graphs, ["plain", "rich"], None)


@pytest.mark.parametrize("name", PART_OF)
def test_the_same_draws_give_the_same_loss(name: str, system: System, batch: Batch) -> None:
    loss = loss_named(name)
    one, two = (loss(system, batch, torch.Generator().manual_seed(5)).detach() for _ in range(2))
    assert torch.equal(one, two)
    assert bool(one.isfinite()) and float(one) > 0.0


@pytest.mark.parametrize("name", PART_OF)
def test_a_few_steps_bring_it_down(name: str, system: System, batch: Batch) -> None:
    loss, net = loss_named(name), system.parts[PART_OF[name]]
    optimizer = torch.optim.Adam(net.parameters(), lr=1e-2)
    told = []
    for step in range(40):
        value = loss(system, batch, torch.Generator().manual_seed(step))
        optimizer.zero_grad()
        value.backward()
        optimizer.step()
        told.append(float(value.detach()))
    assert sum(told[-5:]) < 0.5 * sum(told[:5])


def test_canvases_hold_whole_sentences() -> None:
    assert canvas_of(torch.full((1, 5), 9)).shape == (1, CANVASES[0])
    assert canvas_of(torch.full((1, 17), 9)).shape == (1, CANVASES[1])
    assert int(canvas_of(torch.full((1, 5), 9))[0, -1]) == PAD_ID
    with pytest.raises(ValueError, match="at most 32 tokens"):
        canvas_of(torch.zeros(1, 33, dtype=torch.int64))
