"""The picture losses: what they compare, what learns, and that the diffusion learns."""

import pytest
import torch
from tiny_pictures import SETTINGS, joined, tiny_inputs

from sd3studio.ml.conditioning.layout_map import LAYOUT_WIDTH, WORD_WIDTH
from sd3studio.ml.system import PartConfig, System, SystemConfig, TransitionSettings
from sd3studio.ml.training.losses import image
from sd3studio.ml.training.losses.image import (
    image_codec,
    image_conditions,
    image_decoder,
    image_textures,
    image_vlb,
    picture_difference,
    random_window,
    thing_window,
)


def tiny_system() -> System:
    """An image codec and an image diffusion, no graph."""
    net = {"fields": 6, "width": 32, "depth": 2, "heads": 2, "layout_width": LAYOUT_WIDTH, "second_width": WORD_WIDTH}
    config = SystemConfig(
        parts={
            "image_codec": PartConfig(kind="ObjectCodec", settings=SETTINGS),
            "image_diffusion": PartConfig(kind="Denoiser", settings=net),
        },
        transitions={"image": TransitionSettings(classes=5, steps=10)},
    )
    return System.build(config, seed=0)


def tiny_batch(system: System) -> dict[str, torch.Tensor]:
    codec = system.parts["image_codec"]
    batch = joined(tiny_inputs(codec, seed=1), tiny_inputs(codec, seed=2))  # type: ignore[arg-type]
    return batch | {"words": torch.randn(2, 3, WORD_WIDTH), "words_mask": torch.ones(2, 3, dtype=torch.bool)}


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def test_a_picture_differs_from_itself_by_nothing_and_more_where_it_matters() -> None:
    picture = torch.rand(1, 3, 16, 16, generator=seeded())
    assert float(picture_difference(picture, picture)) == 0.0
    spoiled = picture.clone()
    spoiled[..., :8] += 0.1
    weight = torch.ones(1, 1, 16, 16)
    weight[..., :8] = 3.0
    assert picture_difference(spoiled, picture, weight) > picture_difference(spoiled, picture)


def test_a_blur_costs_more_than_a_shade() -> None:
    picture = (torch.arange(16) % 2).float().expand(1, 3, 16, 16)
    blurred, shaded = torch.full_like(picture, 0.5), picture - 0.5
    assert picture_difference(blurred, picture) > 1.5 * picture_difference(shaded, picture)


def test_windows_of_textures_show_a_thing_and_lie_inside(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(image, "TEXTURE_PX", 16)
    batch, generator = tiny_batch(tiny_system()), seeded()
    for _ in range(20):
        rows, columns = thing_window(batch, generator)
        shown = batch["slot_map"][:, rows, columns].long()
        assert shown.shape[1:] == (16, 16)
        assert bool((~batch["slot_stuff"].gather(1, shown.flatten(1))).any())
    nothing = batch | {"slot_stuff": torch.ones_like(batch["slot_stuff"])}
    rows, columns = thing_window(nothing, generator)
    assert batch["slot_map"][0, rows, columns].numel() > 0


def test_textures_learn_from_windows_of_things() -> None:
    system = tiny_system()
    loss = image_textures(system, tiny_batch(system), seeded())
    loss.backward()
    assert float(system.parts["image_codec"].textures.texels.weight.grad.abs().sum()) > 0.0


def test_windows_lie_inside_and_differ() -> None:
    generator = seeded()
    windows = [random_window(torch.Size((64, 96)), generator) for _ in range(20)]
    assert all(rows.stop <= 64 and columns.stop <= 96 for rows, columns in windows)
    assert {(rows.stop - rows.start, columns.stop - columns.start) for rows, columns in windows} == {(24, 36)}
    assert len({(rows.start, columns.start) for rows, columns in windows}) > 10


def test_the_codec_loss_trains_all_and_the_decoder_loss_not_the_encoder() -> None:
    system = tiny_system()
    codec = system.parts["image_codec"]
    batch = tiny_batch(system)
    for loss, trains in ((image_codec, True), (image_decoder, False)):
        codec.zero_grad()
        loss(system, batch, seeded()).backward()
        encoder = [parameter.grad for parameter in codec.sum_up.parameters()]  # type: ignore[union-attr]
        assert any(grad is not None and bool(grad.abs().max() > 0) for grad in encoder) == trains
        assert codec.shader.first.weight.grad is not None  # type: ignore[union-attr]


def test_some_samples_are_told_nothing_but_geometry() -> None:
    system = tiny_system()
    batch = tiny_batch(system)
    told = image_conditions(system, batch)
    assert told["second_mask"].all() and torch.equal(told["layout"], batch["layout"])
    blind = 0
    for seed in range(40):
        told = image_conditions(system, batch, seeded(seed))
        for k in range(2):
            if not told["second_mask"][k].any():
                blind += 1
                assert not told["layout"][k, :, WORD_WIDTH : 2 * WORD_WIDTH].any()
                assert torch.equal(told["layout"][k, :, :WORD_WIDTH], batch["layout"][k, :, :WORD_WIDTH])
    assert 1 <= blind <= 25


@pytest.mark.filterwarnings("error")
def test_the_diffusion_learns_two_pictures() -> None:
    torch.manual_seed(0)
    system = tiny_system()
    batch = tiny_batch(system)
    batch["codes"] = system.parts["image_codec"].encode(batch)  # type: ignore[operator]
    net = system.parts["image_diffusion"].train()
    optimiser = torch.optim.Adam(net.parameters(), 3e-3)
    generator = seeded()
    losses = []
    for _ in range(60):
        loss = image_vlb(system, batch, generator)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(float(loss.detach()))
    assert sum(losses[-10:]) < 0.5 * sum(losses[:10])
    index, recorded = system.take_recorded()["image"]
    assert index.shape == recorded.shape == (120,)
