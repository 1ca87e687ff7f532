import pytest
import torch

from sd3studio.ml.training.losses.dual import LARGEST_GAP, duality_gap


def gap(**changes: torch.Tensor | int) -> torch.Tensor:
    values = {
        **{"picture": torch.tensor([1.0]), "picture_given_sentence": torch.tensor([0.9]), "picture_tokens": 60},
        **{"sentence": torch.tensor([3.0]), "sentence_given_picture": torch.tensor([2.0]), "sentence_tokens": 6},
    }
    return duality_gap(**values | changes)  # type: ignore[arg-type]


def test_it_is_zero_where_both_sides_tell_the_same_of_the_other():
    # each side knows 6 nats of the other: 60 tokens of 0.1, 6 tokens of 1
    assert gap().item() == pytest.approx(0.0, abs=1e-6)


def test_it_is_nats_a_token_of_what_is_missing():
    assert gap(sentence_given_picture=torch.tensor([1.0])).item() == pytest.approx(6.0 / 66.0, abs=1e-6)


def test_gradients_reach_the_conditionals_and_not_the_marginals():
    leaves = {
        name: torch.tensor([value], requires_grad=True)
        for name, value in {
            "picture": 1.0,
            "picture_given_sentence": 0.5,
            "sentence": 3.0,
            "sentence_given_picture": 2.0,
        }.items()
    }
    gap(**leaves).sum().backward()
    assert leaves["picture"].grad is None and leaves["sentence"].grad is None
    assert leaves["picture_given_sentence"].grad is not None
    # the picture is told too much of: its bound should rise, the sentence's fall
    assert leaves["picture_given_sentence"].grad.item() < 0.0 < leaves["sentence_given_picture"].grad.item()


def test_a_wild_estimate_is_clipped_and_has_no_gradient():
    wild = torch.tensor([900.0], requires_grad=True)
    found = gap(picture_given_sentence=wild)
    found.sum().backward()
    assert found.item() == LARGEST_GAP and wild.grad is not None and wild.grad.item() == 0.0
