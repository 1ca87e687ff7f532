"""Companions are drawn one after the other, have a shape to show, and go with what is there."""

import torch
from tiny_graphs import tiny_system, vocabulary

from sd3studio.ml.diffusion.sampler import SamplerConfig
from sd3studio.ml.generation.companions import MOST, drawn, has_shape, with_companions
from sd3studio.ml.training.data.graphs import GraphObject, SceneGraph


def leaning_towards(**logits: float):
    """A system whose reader finds these words missing, whatever there is."""
    system = tiny_system(seed=3)
    net = system.parts["graph_relations"].missing
    with torch.no_grad():
        net.weight.zero_()
        net.bias.fill_(-9.0)
        for tag, value in logits.items():
            net.bias[next(k for k, word in enumerate(vocabulary().words) if word[1] == tag)] = value
    return system


COUCH = SceneGraph(source="tsg", objects=(GraphObject(key="couch", tag="couch"),))


def test_likely_things_and_the_setting_are_added_and_the_seed_decides():
    system = leaning_towards(lamp=0.0, pillow=-1.0, kitchen=1.0, floor=2.0, shadow=3.0)
    made = [
        with_companions(system, COUCH, torch.Generator().manual_seed(seed), SamplerConfig(steps=2))
        for seed in (0, 0, 1)
    ]
    assert made[0] == made[1]
    for one in made:
        tags = [thing.tag for thing in one.objects[1:]]
        assert one.objects[0].key == "couch" and {"kitchen", "floor"} <= set(tags)
        assert "shadow" not in tags  # the catalogue has none
        assert 1 <= sum(thing.kind == "object" for thing in one.objects[1:]) <= MOST


def test_nothing_likely_nothing_added():
    system, generator = leaning_towards(lamp=-3.0), torch.Generator().manual_seed(0)
    assert drawn(system.parts["graph_relations"], COUCH, 1, generator, vocabulary()) is None
    assert has_shape("lamp") and not has_shape("zzqx")
