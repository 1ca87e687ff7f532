"""Steps with large losses are drawn more often, and a resumed run draws the same."""

import pytest
import torch

from sd3studio.ml.diffusion.importance import EVEN_SHARE, StepDraws


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def warmed(losses: list[float], **settings) -> StepDraws:
    draws = StepDraws(len(losses), warm_up=2, **settings)
    for _ in range(2):
        draws.update(torch.arange(1, len(losses) + 1), torch.tensor(losses))
    return draws


def test_draws_are_even_until_every_step_was_seen():
    draws = StepDraws(4, warm_up=2)
    for _ in range(2):
        draws.update(torch.tensor([1, 2, 3]), torch.tensor([9.0, 1, 1]))
    assert torch.allclose(draws.probs(), torch.full((4,), 0.25, dtype=torch.float64))


def test_draws_follow_the_losses():
    draws = warmed([3.0, 1.0, 0.0])
    index, probs = draws.draw(30000, seeded())
    shares = torch.bincount(index, minlength=4)[1:] / 30000
    assert torch.allclose(shares.double(), draws.probs(), atol=0.01)
    assert torch.equal(probs, draws.probs()[index - 1])
    assert draws.probs()[2].item() == pytest.approx(EVEN_SHARE / 3)


def test_old_losses_fade():
    draws = warmed([1.0, 1.0], decay=0.5)
    for _ in range(20):
        draws.update(torch.tensor([1]), torch.tensor([4.0]))
    assert draws.probs()[0].item() == pytest.approx(0.8, abs=0.01)


def test_several_losses_of_one_step_count_as_their_mean_square():
    one, other = StepDraws(1), StepDraws(1)
    one.update(torch.tensor([1, 1]), torch.tensor([3.0, 4.0]))
    other.update(torch.tensor([1]), torch.tensor([12.5**0.5]))
    assert torch.allclose(one.state_dict()["mean_squares"], other.state_dict()["mean_squares"])


def test_a_restored_state_draws_the_same_bit_for_bit():
    draws, restored = warmed([3.0, 1.0, 0.5]), StepDraws(3, warm_up=2)
    restored.load_state_dict(draws.state_dict())
    for original in (draws, restored):
        original.update(torch.tensor([2]), torch.tensor([7.0]))
    first, again = draws.draw(100, seeded(3)), restored.draw(100, seeded(3))
    assert torch.equal(first[0], again[0]) and torch.equal(first[1], again[1])


def test_a_saved_state_does_not_change_later():
    draws = warmed([1.0, 2.0])
    state = draws.state_dict()
    draws.update(torch.tensor([1]), torch.tensor([100.0]))
    assert state["mean_squares"][0].item() == pytest.approx(1.0)


def test_a_state_of_other_steps_is_told():
    with pytest.raises(ValueError, match="of 4 steps"):
        StepDraws(4).load_state_dict(StepDraws(3).state_dict())
