"""A denoiser with its conditions: two at once give what each gives alone."""

import pytest
import torch

from sd3studio.ml.diffusion.sampler import guided
from sd3studio.ml.nets.denoiser import Denoiser

FIELDS, CLASSES = 2, 5


@pytest.fixture
def net() -> Denoiser:
    torch.manual_seed(0)
    made = Denoiser(
        CLASSES,
        CLASSES + 1,
        fields=FIELDS,
        width=16,
        depth=2,
        heads=2,
        condition_width=6,
        second_width=4,
        layout_width=3,
    ).eval()
    for weight in made.parameters():
        torch.nn.init.normal_(weight, std=0.3)
    return made


def asked(batch: int, tokens: int) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(1)
    x_t = torch.randint(0, CLASSES + 1, (batch, tokens, FIELDS), generator=generator)
    at = torch.rand(x_t.shape, generator=generator) < 0.6
    return x_t, torch.linspace(0.2, 0.9, batch), at


@pytest.mark.parametrize("layout", [True, False])
@pytest.mark.parametrize("token_mask", [True, False])
def test_two_conditions_in_one_call_give_what_each_gives_alone(net, layout, token_mask):
    batch, tokens = 3, 7
    mask = torch.arange(tokens) < torch.tensor([[7], [4], [5]])
    told = net.bind(
        net.encode(
            batch,
            torch.randn(batch, 5, 6),
            second=torch.randn(batch, 2, 4),
            layout=torch.randn(batch, tokens, 3) if layout else None,
            token_mask=mask if token_mask else None,
        )
    )
    untold = net.bind(net.encode(batch, token_mask=mask if token_mask else None))
    x_t, t, at = asked(batch, tokens)
    with torch.no_grad():
        both = told.beside(untold)(x_t, t, at)
        for joined, alone in zip(both, (told, untold), strict=True):
            torch.testing.assert_close(joined, alone(x_t, t, at), rtol=1e-4, atol=1e-5)


def test_guidance_asks_a_net_once_for_both_and_gets_the_same(net, monkeypatch):
    told, untold = net.bind(net.encode(2, torch.randn(2, 5, 6))), net.bind(net.encode(2))
    x_t, t, at = asked(2, 4)
    apart = guided(lambda *order: told(*order), lambda *order: untold(*order), 3.0)
    calls = []
    denoise = net.denoise
    monkeypatch.setattr(net, "denoise", lambda *order: calls.append(len(order[0])) or denoise(*order))
    with torch.no_grad():
        together = guided(told, untold, 3.0)(x_t, t, at)
        assert calls == [4]
        torch.testing.assert_close(together, apart(x_t, t, at), rtol=1e-4, atol=1e-5)


def test_another_net_is_asked_on_its_own(net):
    other = Denoiser(CLASSES, CLASSES + 1, fields=FIELDS, width=16, depth=1, heads=2)
    assert net.bind(net.encode(1)).beside(other.bind(other.encode(1))) is None
