"""Things of which no look is said look like their mesh; and how that is counted."""

import numpy as np
import pytest
import torch
from tiny_pictures import tiny_codec

from sd3studio.core.scene import Scene, SceneObject
from sd3studio.ml.conditioning.layout_map import slots_of
from sd3studio.ml.conditioning.own_looks import LEAST_SEEN, looks_as_it_is, own_look_prior
from sd3studio.ml.diffusion.sampler import with_prior
from sd3studio.ml.training.own_looks import counted, joined, remembering


def bear(key: str = "bear", **changes) -> SceneObject:
    thing = SceneObject(id=key, label="bear", category="bear", mesh="bear", center=(0, 0, 0.5))
    return thing.replace(**changes)


def seen(scene: Scene):
    """Slots of a view in which each thing has as many rows as it comes late in the scene."""
    count = len(scene.objects)
    rows = np.repeat(np.arange(1, count + 1), np.arange(1, count + 1))
    ids = np.repeat(rows[:, None], 4, 1)
    return slots_of(scene, ids, np.ones(ids.shape))


@pytest.mark.parametrize(
    ("changes", "as_it_is"),
    [
        ({}, True),
        ({"attributes": ("brown", "lying")}, True),  # the mesh is brown
        ({"attributes": ("red",)}, False),
        ({"attributes": ("wooden",)}, False),
        ({"colour": (0.2, 0.1, 0.1)}, False),
        ({"mesh": None}, False),
        ({"mesh": "no-such-mesh"}, False),
    ],
)
def test_a_thing_looks_as_its_mesh_unless_something_else_is_said(changes, as_it_is) -> None:
    assert looks_as_it_is(Scene.of([bear(**changes)]), "bear") is as_it_is
    assert not looks_as_it_is(Scene.of([bear(**changes)]), "another")


def test_the_prior_prefers_the_tokens_that_a_mesh_had_and_leaves_others_alone() -> None:
    codec = tiny_codec(meshes=["bear", "cow"], own_looks=True)
    codec.look_counts[codec.mesh_row("bear"), :, 3] = LEAST_SEEN
    codec.look_counts[codec.mesh_row("cow"), :, 1] = LEAST_SEEN - 1
    scene = Scene.of([bear(), bear("red", attributes=("red",)), bear("cow", mesh="cow")])
    slots = seen(scene)
    prior = own_look_prior(scene, slots, codec)
    assert prior is not None and prior.shape == (1, 4, codec.fields, codec.levels)
    place = slots.keys.index("bear")
    assert (prior[0, place].argmax(-1) == 3).all()
    torch.testing.assert_close(prior[0, place].exp().sum(-1), torch.ones(codec.fields))
    assert not prior[0, [k for k in range(4) if k != place]].any()
    assert own_look_prior(scene, slots, tiny_codec(meshes=["bear"])) is None


def test_a_prior_and_a_net_must_both_like_a_token() -> None:
    x, t = torch.zeros(1, 2, dtype=torch.int64), torch.zeros(1)
    at = torch.tensor([[False, True]])
    prior = torch.tensor([[[9.0, 0.0, 0.0], [0.0, -5.0, 0.0]]])
    asked = with_prior(lambda x, t, at: torch.tensor([[0.0, 2.0, 2.0]]), prior)(x, t, at)
    assert asked.shape == (1, 3) and asked.argmax() == 2
    plain = lambda x, t, at: x  # noqa: E731
    assert with_prior(plain, None) is plain


class Pictures:
    """Two pictures of one scene; `record` and `slots_of` as of a source of pictures."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene

    def __len__(self) -> int:
        return 2

    def pictures(self, indices):
        return {"number": torch.tensor(list(indices))}

    def record(self, index):
        return self

    def slots_of(self, index):
        return seen(self.scene)


def test_only_things_that_nobody_painted_are_counted(monkeypatch) -> None:
    codec = tiny_codec(meshes=["bear"])
    scene = Scene.of([bear(), bear("red", attributes=("red",))])
    place = seen(scene).keys.index("bear")
    codes = torch.full((2, 3, codec.fields), 4)
    codes[0, place], codes[1, place] = 1, 2
    monkeypatch.setattr(codec, "encode", lambda inputs: codes[inputs["number"]])
    counts = counted(codec, Pictures(scene))
    row = counts[codec.mesh_row("bear")]
    assert row.sum() == 2 * codec.fields and (row[:, 1] == 1).all() and (row[:, 2] == 1).all()
    assert not counts[0].any()
    kept = remembering(codec, counts)
    assert torch.equal(kept.look_counts, counts)
    assert all(torch.equal(value, kept.state_dict()[name]) for name, value in codec.state_dict().items())


def test_what_a_codec_remembers_stays_and_other_meshes_join() -> None:
    codec = tiny_codec(meshes=["bear", "cow"], own_looks=True)
    bear_row, cow_row = codec.mesh_row("bear"), codec.mesh_row("cow")
    codec.look_counts[bear_row, :, 3] = 7.0
    counts = torch.zeros_like(codec.look_counts)
    counts[[bear_row, cow_row], :, 1] = 2.0
    both = joined(codec, counts)
    assert (both[bear_row, :, 3] == 7.0).all() and not both[bear_row, :, 1].any() and (both[cow_row, :, 1] == 2.0).all()
    assert torch.equal(joined(tiny_codec(meshes=["bear"]), counts[:2]), counts[:2])
