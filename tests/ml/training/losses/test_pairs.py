"""The duality term on slots and said graphs: what it is taken of, what learns by it, and what does not."""

import pytest
import torch
from tiny_pictures import SETTINGS, joined, tiny_inputs

from sd3studio.ml.conditioning.layout_map import LAYOUT_WIDTH, WORD_WIDTH
from sd3studio.ml.conditioning.said import SAID_WIDTH, said_batch
from sd3studio.ml.conditioning.text_tokens import TextTokenizer
from sd3studio.ml.metrics.duality import whole_bound
from sd3studio.ml.system import PartConfig, System, SystemConfig, TransitionSettings
from sd3studio.ml.training.data.graphs import SceneGraph
from sd3studio.ml.training.losses import Batch, loss_named
from sd3studio.ml.training.losses.dual import duality_gap, marginals
from sd3studio.ml.training.losses.pairs import DRAWS, Pair, pair_duality, pair_image, pair_text
from sd3studio.ml.training.sources.texts import padded

SAYINGS = ("a <obj0> is on the <obj1>", "some <obj0> are behind a <obj1>")
SMALL = {"width": 32, "depth": 1, "heads": 2}


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@pytest.fixture
def system(tmp_path) -> System:
    """Codec, both diffusions and both marginals, all tiny; no graph codec."""
    TextTokenizer.train(SAYINGS, 60).save(tmp_path / "tokens.json")
    picture = {"fields": 6, "layout_width": LAYOUT_WIDTH, "second_width": WORD_WIDTH}
    settings = {
        "image_codec": ("ObjectCodec", SETTINGS),
        "image_diffusion": ("Denoiser", SMALL | picture),
        "image_prior": ("TokenPrior", SMALL | {"fields": 6, "length": 5}),
        "text_diffusion": ("Denoiser", SMALL | {"positions": [32], "condition_width": SAID_WIDTH}),
        "text_prior": ("TokenPrior", SMALL | {"length": 33}),
    }
    config = SystemConfig(
        parts={name: PartConfig(kind=kind, settings=own) for name, (kind, own) in settings.items()},
        transitions={"image": TransitionSettings(classes=5, steps=10), "text": TransitionSettings(steps=10)},
        tokenizer=str(tmp_path / "tokens.json"),
    )
    made = System.build(config, seed=0)
    for name in ("image_prior", "text_prior"):
        torch.nn.init.normal_(made.parts[name].head.weight, std=0.1, generator=seeded())
    return made


@pytest.fixture
def batch(system: System) -> Batch:
    """Two pictures, the second of which lacks the last slot, and a sentence of each."""
    codec = system.parts["image_codec"]
    pictures = joined(tiny_inputs(codec, seed=1), tiny_inputs(codec, seed=2))  # type: ignore[arg-type]
    codes = codec.encode(pictures)  # type: ignore[operator]
    mask = torch.ones(codes.shape[:2], dtype=torch.bool)
    mask[1, -1] = False
    graphs = [
        SceneGraph.model_validate({"source": "tsg", "objects": [{"tag": a}, {"tag": b}], "triples": [(0, p, 1)]})
        for a, p, b in (("cup", "on", "table"), ("weeds", "behind", "fence"))
    ]
    told = {
        "words": torch.randn(2, 3, WORD_WIDTH, generator=seeded()),
        "words_mask": torch.ones(2, 3, dtype=torch.bool),
        "layout": pictures["layout"],
        "text": padded(system.tokenizer.encode_many(SAYINGS)),
        **said_batch(graphs, ["plain", "plain"], None),
    }
    return {"codes": codes, "slot_mask": mask} | {f"pair_{name}": value for name, value in told.items()}


def test_the_marginal_of_pictures_does_not_see_what_is_no_slot(system: System, batch: Batch) -> None:
    loss = loss_named("image_prior")
    changed = batch | {"codes": batch["codes"].clone()}
    changed["codes"][1, -1] = (changed["codes"][1, -1] + 1) % 5
    assert torch.equal(loss(system, batch, seeded()), loss(system, changed, seeded()))
    changed["codes"][0, -1] = (changed["codes"][0, -1] + 1) % 5
    assert not torch.equal(loss(system, batch, seeded()), loss(system, changed, seeded()))


def test_the_marginal_of_pictures_learns(system: System, batch: Batch) -> None:
    loss, net = loss_named("image_prior"), system.parts["image_prior"].train()
    optimiser = torch.optim.Adam(net.parameters(), 1e-2)
    losses = []
    for _ in range(60):
        value = loss(system, batch, seeded())
        optimiser.zero_grad()
        value.backward()
        optimiser.step()
        losses.append(float(value.detach()))
    assert losses[-1] < 0.4 * losses[0]


def test_tokens_are_counted_as_they_are(system: System, batch: Batch) -> None:
    known = Pair(system, batch, seeded()).marginals
    slots = batch["codes"].shape[1]
    assert known["picture_tokens"].tolist() == [6 * slots, 6 * (slots - 1)]
    assert known["sentence_tokens"].tolist() == [16, 16]
    # the same sentence on a larger canvas is as likely as a whole
    canvas = torch.nn.functional.pad(Pair(system, batch, seeded()).canvas, (0, 16))
    wider = marginals(system, batch["codes"], batch["slot_mask"], canvas)
    assert torch.allclose(wider["sentence"] * 32, known["sentence"] * 16)


def test_both_bounds_fall_while_the_gap_is_learnt(system: System, batch: Batch) -> None:
    nets = [system.parts[name].train() for name in ("image_diffusion", "text_diffusion")]
    optimiser = torch.optim.Adam([weight for net in nets for weight in net.parameters()], 3e-3)
    told: list[list[float]] = []
    for step in range(50):
        values = [loss(system, batch, seeded(step)) for loss in (pair_image, pair_text, pair_duality)]
        optimiser.zero_grad()
        (values[0] + values[1] + 0.1 * values[2]).backward()
        optimiser.step()
        told.append([float(value.detach()) for value in values])
        system.take_recorded()
    first, last = (torch.tensor(some).mean(0) for some in (told[:5], told[-5:]))
    assert last[0] < 0.6 * first[0] and last[1] < 0.6 * first[1]


def test_the_gap_itself_falls_by_its_noisy_estimates(system: System, batch: Batch) -> None:
    def gap() -> float:
        pair = Pair(system, batch, seeded())
        image = whole_bound(system, "image", pair.codes, pair.image_conditions, 10, "test")
        text = whole_bound(system, "text", pair.canvas, pair.text_conditions, 10, "test")
        return float(duality_gap(**pair.marginals, picture_given_sentence=image, sentence_given_picture=text).mean())

    before = gap()
    nets = [system.parts[name] for name in ("image_diffusion", "text_diffusion")]
    optimiser = torch.optim.Adam([weight for net in nets for weight in net.parameters()], 1e-3)
    for step in range(60):
        value = pair_duality(system, batch, seeded(step))
        optimiser.zero_grad()
        value.backward()
        optimiser.step()
        for modality, (index, losses) in system.take_recorded().items():
            system.steps[modality].update(index, losses)
    assert gap() < 0.5 * before


def test_gradients_reach_both_diffusions_and_neither_marginal(system: System, batch: Batch) -> None:
    for net in system.parts.values():
        net.requires_grad_(True)
    pair_duality(system, batch, seeded()).backward()
    for name in ("image_diffusion", "text_diffusion"):
        assert float(system.parts[name].head.weight.grad.abs().sum()) > 0.0
    for name in ("image_prior", "text_prior", "image_codec"):
        assert all(weight.grad is None for weight in system.parts[name].parameters())


def test_the_losses_of_a_batch_share_one_pass_and_record_their_steps(system: System, batch: Batch) -> None:
    calls: list[str] = []
    for name in ("image_diffusion", "text_diffusion"):
        system.parts[name].register_forward_hook(lambda *_, name=name: calls.append(name))
    for loss in (pair_duality, pair_image, pair_text):
        loss(system, batch, seeded())
    assert sorted(calls) == ["image_diffusion", "text_diffusion"]
    assert {name: len(index) for name, (index, _) in system.take_recorded().items()} == {
        "image": 2 * DRAWS,
        "text": 2 * DRAWS,
    }


def test_nothing_that_is_told_is_left_out(system: System, batch: Batch) -> None:
    for seed in range(20):
        pair = Pair(system, batch, seeded(seed))
        told = pair.image_conditions
        assert told["second_mask"].all() and torch.equal(told["layout"], batch["pair_layout"])
        assert torch.equal(pair.text_conditions["condition"], batch["pair_said"])
