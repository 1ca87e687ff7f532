"""Scene to picture: what it depends on, previews, failures; and of the shipped weights that words and layout act."""

import numpy as np
import pytest
import torch

from sd3studio.core.errors import JobError
from sd3studio.core.locations import SD3_MINI
from sd3studio.core.scene import Scene
from sd3studio.ml.image_path import PARTS, SpatialImagePipeline, picture_inputs, picture_of, sample_picture
from sd3studio.ml.shipped import mini
from sd3studio.ml.system import System
from tests.tiny_painter import CAMERA, room, tiny_painter

pytestmark = pytest.mark.gl


@pytest.fixture(scope="module")
def tiny() -> System:
    return tiny_painter()


def painted(system: System, scene: Scene, prompt: str = "", seed: int = 0, side: int = 64) -> np.ndarray:
    return picture_of(scene, prompt, seed, 4, 4.0, side, side, system).astype(int)


def test_the_same_seed_gives_the_same_picture_and_another_one_another(tiny: System) -> None:
    first = painted(tiny, room())
    assert np.array_equal(first, painted(tiny, room()))
    assert np.abs(first - painted(tiny, room(), seed=1)).mean() > 1.0


def test_the_picture_is_not_the_renders(tiny: System) -> None:
    from sd3studio.render.maps import render_maps

    render = render_maps(room(), maps=("rgb",), width=64, height=64).rgb
    assert render is not None
    assert np.abs(painted(tiny, room()) - render.astype(int)).mean() > 8.0


def test_no_colour_of_the_scene_or_the_renderer_goes_in(tiny: System) -> None:
    scene = room()
    red = scene.with_objects(scene.objects["couch"].replace(colour=(1.0, 0.0, 0.0)))
    plain, tinted = (picture_inputs(one, "a room", 64, 64, tiny) for one in (scene, red))
    assert "pixels" not in plain
    for name, value in plain.items():
        assert torch.equal(value, tinted[name]), name


def test_a_prompt_reaches_graph_words_and_layout(tiny: System) -> None:
    from sd3studio.ml.conditioning.prompt_looks import told_scene

    plain = picture_inputs(room(), "a couch", 64, 64, tiny)
    told = picture_inputs(told_scene(room(), "a red sofa"), "a red sofa", 64, 64, tiny)
    assert not torch.equal(plain["layout"], told["layout"])
    assert plain["graph_tag"].shape[1] + 1 == told["graph_tag"].shape[1]
    assert not torch.equal(plain["words"], told["words"])
    # the net has fresh weights, but it hears all of it
    assert np.abs(painted(tiny, room()) - painted(tiny, room(), "a red sofa, at night")).max() > 0


def test_previews_come_before_the_picture_and_are_small(tiny: System) -> None:
    shown = list(sample_picture(room(), "", 0, 5, 4.0, 256, 256, tiny))
    assert [one.step for one in shown] == [1, 2, 3, 4, 5] and all(one.total == 5 for one in shown)
    assert shown[-1].pixels is not None and shown[-1].pixels.shape == (256, 256, 3)
    previews = [one.pixels for one in shown[:-1] if one.pixels is not None]
    assert previews and all(pixels.shape == (128, 128, 3) for pixels in previews)


def test_a_scene_without_anything_is_painted(tiny: System) -> None:
    assert painted(tiny, Scene(camera=CAMERA)).shape == (64, 64, 3)


def test_damaged_weights_are_said_to_be(tiny: System) -> None:
    broken = System(tiny.config, dict(tiny.parts), tiny.vocabulary, tiny.tokenizer)
    codec = type(tiny.parts["image_codec"])(**dict(tiny.parts["image_codec"].config))  # type: ignore[arg-type]
    torch.nn.init.constant_(codec.shader.colour.bias, float("nan"))
    broken.parts["image_codec"] = codec.eval()
    with pytest.raises(JobError, match="not finite"):
        painted(broken, room())


def test_the_pipeline_loads_what_it_saved(tiny: System, tmp_path) -> None:
    SpatialImagePipeline.from_system(tiny).save_pretrained(tmp_path / "system")
    pipeline = SpatialImagePipeline.from_pretrained(tmp_path / "system")
    picture = pipeline(room(), num_inference_steps=4, width=64, height=64).images[0]
    assert np.array_equal(np.asarray(picture), painted(tiny, room()).astype(np.uint8))


@pytest.fixture(scope="module")
def shipped() -> System:
    if not all((SD3_MINI / part).is_dir() for part in PARTS):
        pytest.skip(f"the weights of SD3 mini are not in {SD3_MINI}")
    return mini(*PARTS)


def colours(system: System, scene: Scene, prompt: str, seeds: int = 3) -> np.ndarray:
    """(3,) mean colour of the couch over some seeds."""
    from sd3studio.render.maps import render_maps

    ids = render_maps(scene, maps=("id",), width=64, height=64).id
    shown = ids == list(scene.objects).index("couch") + 1
    return np.mean([painted(system, scene, prompt, seed, 64)[shown].mean(0) for seed in range(seeds)], axis=0)


def test_shipped_weights_paint_a_sofa_in_the_colour_that_is_asked_for(shipped: System) -> None:
    red, blue = (colours(shipped, room(), prompt) for prompt in ("a red sofa", "a blue sofa"))
    assert red[0] - red[2] > 30.0 and blue[2] - blue[0] > 15.0


def test_shipped_weights_know_the_night(shipped: System) -> None:
    night, day = (
        np.mean([painted(shipped, room(), prompt, seed).mean() for seed in range(3)])
        for prompt in ("at night", "a sunny day")
    )
    assert night < 0.75 * day


def test_shipped_weights_keep_the_layout_and_vary_with_the_seed(shipped: System) -> None:
    from sd3studio.render.maps import render_maps

    left, right = (painted(shipped, room(x), "a red sofa, a white wall, a gray floor", 1, 64) for x in (-1.0, 1.0))
    ids = [render_maps(room(x), maps=("id",), width=64, height=64).id for x in (-1.0, 1.0)]
    number = list(room().objects).index("couch") + 1
    for picture, shown in ((left, ids[0] == number), (right, ids[1] == number)):
        reddish = picture[..., 0] - picture[..., 1:].max(-1) > 40
        assert (reddish & shown).sum() / (reddish | shown).sum() > 0.6
    first, second = (painted(shipped, room(), "", seed, 64) for seed in (0, 5))
    assert np.abs(first - second).mean() > 3.0
    render = render_maps(room(), maps=("rgb",), width=64, height=64).rgb
    assert render is not None and np.abs(first - render.astype(int)).mean() > 4.0
