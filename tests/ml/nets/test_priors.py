import pytest
import torch

from sd3studio.ml.nets.priors import TokenPrior


@pytest.fixture
def prior() -> TokenPrior:
    torch.manual_seed(0)
    made = TokenPrior(classes=5, fields=2, length=6, width=32, depth=1, heads=2)
    torch.nn.init.normal_(made.head.weight, std=0.1)
    return made.eval()


def test_a_place_is_foretold_from_those_before_it_alone(prior):
    tokens = torch.randint(0, 5, (2, 6, 2))
    changed = tokens.clone()
    changed[:, 3] = (changed[:, 3] + 1) % 5
    one, other = prior(tokens), prior(changed)
    assert torch.equal(one[:, :3], other[:, :3])
    assert not torch.equal(one[:, 3:], other[:, 3:])


def test_masked_places_do_not_count(prior):
    tokens = torch.randint(0, 5, (2, 6, 2))
    mask = torch.arange(6) < 4
    changed = tokens.clone()
    changed[:, 4:] = 0
    mask = mask.expand(2, -1)
    assert torch.allclose(prior.surprise(tokens, mask), prior.surprise(changed, mask))


def test_probabilities_of_all_sequences_add_up_to_one():
    torch.manual_seed(0)
    made = TokenPrior(classes=2, length=3, width=16, depth=1, heads=2)
    torch.nn.init.normal_(made.head.weight, std=1.0)
    every = torch.cartesian_prod(*[torch.arange(2)] * 3)
    assert (-3.0 * made.surprise(every)).exp().sum().item() == pytest.approx(1.0, abs=1e-5)


def test_it_learns_four_sequences():
    torch.manual_seed(0)
    made = TokenPrior(classes=7, length=5, width=32, depth=1, heads=2)
    tokens = torch.randint(0, 7, (4, 5))
    optimizer = torch.optim.AdamW(made.parameters(), lr=1e-2)
    for _ in range(80):
        optimizer.zero_grad()
        loss = made.surprise(tokens).mean()
        loss.backward()
        optimizer.step()
    assert loss.item() < 0.4  # the first of four can't be foretold: ln 4 / 5 = 0.28


def test_wrong_shapes_are_refused(prior):
    with pytest.raises(ValueError, match="N up to 6"):
        prior(torch.zeros(1, 7, 2, dtype=torch.int64))
    with pytest.raises(ValueError, match="multiple of heads"):
        TokenPrior(classes=5, width=10, heads=4)
