"""The diffusers face of it: the same steps, settings as JSON, clear refusals."""

import json

import pytest
import torch
from torch.nn.functional import one_hot

from sd3studio.core.errors import MissingModelError
from sd3studio.ml.diffusion.sampler import SamplerConfig, finish, sample
from sd3studio.ml.diffusion.scheduler import DiscreteDiffusionScheduler

K, SHAPE = 5, (2, 9)
KINDS = ("uniform", "marginal", "absorbing", "mask_and_replace")


def scheduler_of(kind: str, **settings) -> DiscreteDiffusionScheduler:
    marginal = ((0.2, 0.2, 0.3, 0.1, 0.2),) if kind == "marginal" else ()
    return DiscreteDiffusionScheduler(K, kind, marginal=marginal, num_train_timesteps=20, **settings)


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def net(x_t: torch.Tensor) -> torch.Tensor:
    return torch.randn(K + 1, K, generator=seeded(9))[x_t]


def loop(scheduler, steps, generator, logits_of, known=None, fixed=None):
    """What a diffusers pipeline does."""
    scheduler.set_timesteps(steps)
    x = scheduler.init_sample(SHAPE, generator)
    x = x if known is None else torch.where(fixed, known, x)
    for timestep in scheduler.timesteps:
        x = scheduler.step(logits_of(x), timestep, x, generator, fixed=fixed).prev_sample
    return x


@pytest.mark.parametrize("kind", KINDS)
class TestEveryTransition:
    def test_its_loop_is_the_sampler(self, kind):
        scheduler = scheduler_of(kind, truncation=0.9)
        config = SamplerConfig("ancestral", 7, truncation=0.9)
        found = sample(lambda x, t, at: net(x)[at], scheduler.transition, config, SHAPE, seeded())
        assert torch.equal(loop(scheduler, 7, seeded(), net), finish(found))

    def test_settings_survive_a_round_trip_as_json(self, kind, tmp_path):
        scheduler = scheduler_of(kind, schedule="cosine", temperature=0.7, exit_at=0.9)
        scheduler.save_pretrained(tmp_path)
        assert [path.name for path in tmp_path.iterdir()] == ["scheduler_config.json"]
        loaded = DiscreteDiffusionScheduler.from_pretrained(tmp_path)
        assert loaded.transition.config == scheduler.transition.config
        assert loaded.transition.schedule == scheduler.transition.schedule
        assert loaded.sampler == scheduler.sampler

    def test_noise_is_that_of_the_transition(self, kind):
        scheduler, x_0 = scheduler_of(kind), torch.randint(0, K, SHAPE, generator=seeded())
        noised = scheduler.add_noise(x_0, torch.tensor([20, 1]), seeded(3))
        t = torch.tensor([1.0, 0.05], dtype=torch.float64)
        assert torch.equal(noised, scheduler.transition.q_sample(x_0, t, seeded(3)))

    def test_timesteps_fall_from_all_noise(self, kind):
        scheduler = scheduler_of(kind)
        scheduler.set_timesteps(4)
        assert scheduler.timesteps.tolist() == [20, 15, 10, 5]
        assert scheduler.model_time(15, torch.zeros(SHAPE)).tolist() == [0.75, 0.75]


def test_confident_steps_are_the_sampler_too():
    scheduler = scheduler_of("absorbing", sampler="confident")
    known, fixed = torch.ones(SHAPE, dtype=torch.int64), torch.arange(9).expand(SHAPE) < 3
    x = loop(scheduler, 4, seeded(), net, known, fixed)
    assert (x[fixed] == 1).all() and (x < K).all()
    x_0 = torch.randint(0, K, SHAPE, generator=seeded())
    assert torch.equal(loop(scheduler, 4, seeded(), lambda _: 60.0 * one_hot(x_0, K)), x_0)


def test_the_time_told_to_the_net_follows_what_is_open():
    scheduler = scheduler_of("absorbing", sampler="confident")
    x = torch.tensor([[K, K, K, K], [K, 0, 1, 2]])
    assert scheduler.model_time(20, x).tolist() == [1.0, 0.25]


def test_confidence_without_a_mask_is_told():
    with pytest.raises(ValueError, match="needs a transition with a mask"):
        scheduler_of("uniform", sampler="confident")


def test_a_timestep_that_is_not_in_the_plan_is_told():
    scheduler = scheduler_of("uniform")
    scheduler.set_timesteps(4)
    x = scheduler.init_sample(SHAPE, seeded())
    with pytest.raises(ValueError, match="timestep 19 is none of"):
        scheduler.step(net(x), 19, x, seeded())


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ({"_class_name": "DDPMScheduler"}, "DiscreteDiffusionScheduler is needed"),
        ({"_class_name": "DiscreteDiffusionScheduler", "num_classes": 5, "beta": 1}, "doesn't know: beta"),
        (["not", "an", "object"], "JSON object"),
    ],
)
def test_a_wrong_file_is_told(tmp_path, content, told):
    (tmp_path / "scheduler_config.json").write_text(json.dumps(content))
    with pytest.raises(MissingModelError, match=told):
        DiscreteDiffusionScheduler.from_pretrained(tmp_path)


def test_a_missing_file_is_told(tmp_path):
    with pytest.raises(MissingModelError, match=r"scheduler_config\.json is missing"):
        DiscreteDiffusionScheduler.from_pretrained(tmp_path)
    with pytest.raises(MissingModelError, match="no model folder"):
        DiscreteDiffusionScheduler.from_pretrained(tmp_path / "nowhere")
