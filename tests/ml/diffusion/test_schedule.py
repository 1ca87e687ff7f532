"""How much is kept: ends, inverse, grids, and steps that compose."""

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from sd3studio.ml.diffusion.schedule import Schedule

KINDS = ("linear", "cosine")
times = st.floats(0.0, 0.999)


@pytest.mark.parametrize("kind", KINDS)
def test_starts_clean_and_ends_in_noise_exactly(kind):
    keep = Schedule(kind, 100).keep(torch.linspace(0, 1, 101, dtype=torch.float64))
    assert keep[0] == 1.0 and keep[-1] == 0.0
    assert (keep.diff() < 0.0).all()


@pytest.mark.parametrize("kind", KINDS)
def test_time_is_the_inverse_of_keep(kind):
    schedule, t = Schedule(kind, 100), torch.linspace(0, 1, 57, dtype=torch.float64)
    assert torch.allclose(schedule.time(schedule.keep(t)), t, atol=1e-9)


@pytest.mark.parametrize("kind", KINDS)
@given(three=st.tuples(times, times, times), mask_share=st.floats(0.0, 1.0))
def test_two_steps_do_what_one_step_does(kind, three, mask_share):
    schedule = Schedule(kind, 100)
    s, r, t = (schedule.amounts(torch.tensor([time], dtype=torch.float64), mask_share) for time in sorted(three))
    first, second, whole = r.since(s), t.since(r), t.since(s)
    assert torch.allclose(first.keep * second.keep, whole.keep, atol=1e-9)
    masked = first.mask + (first.keep + first.replace) * second.mask
    assert torch.allclose(masked, whole.mask, atol=1e-9)
    for moved in (first, second, whole):
        assert torch.allclose(moved.keep + moved.mask + moved.replace, torch.ones(1, dtype=torch.float64), atol=1e-9)
        assert min(moved.keep, moved.mask, moved.replace) >= -1e-12


def test_a_grid_skips_steps_and_ends_at_zero():
    assert Schedule("linear", 10).grid(4).tolist() == [10, 8, 5, 2, 0]
    assert Schedule("linear", 3).grid().tolist() == [3, 2, 1, 0]


@pytest.mark.parametrize("steps", (1, 7, 64, 100))
def test_grids_fall_strictly(steps):
    assert (Schedule("cosine", 100).grid(steps).diff() < 0).all()


def test_index_of_a_time_is_the_step_that_reaches_it():
    schedule = Schedule("linear", 10)
    assert schedule.index_of(torch.tensor([0.0, 0.1, 0.11, 0.3, 1.0])).tolist() == [1, 1, 2, 3, 10]


def test_wrong_values_are_told():
    with pytest.raises(ValueError, match="not 'sigmoid'"):
        Schedule("sigmoid", 10)
    with pytest.raises(ValueError, match="at least 1, not 0"):
        Schedule("linear", 0)
    with pytest.raises(ValueError, match="in \\[0, 1\\]"):
        Schedule("linear", 10).keep(torch.tensor([1.5]))
    with pytest.raises(ValueError, match="between 1 and the 10"):
        Schedule("linear", 10).grid(11)
