"""The codec of tokens per object: what a picture depends on, crisp silhouettes, light, and that it learns."""

import pytest
import torch
from tiny_pictures import joined, tiny_codec, tiny_inputs

from sd3studio.ml.nets.object_codec import ObjectCodec
from sd3studio.ml.nets.surface import light_of, shadow_map, surface_at
from sd3studio.ml.nets.surface_texture import catalogue_charts, detailed_charts, sharpness
from sd3studio.ml.training.losses.image import picture_difference


def codes_for(inputs: dict[str, torch.Tensor], seed: int = 0) -> torch.Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randint(0, 5, (*inputs["slot_mask"].shape, 6), generator=generator)


def slot_of(inputs: dict[str, torch.Tensor], mesh: int = 1) -> int:
    """The slot of the one thing with a mesh."""
    return int((inputs["slot_mesh"][0] == mesh).nonzero())


def test_a_decoded_picture_does_not_depend_on_the_renders_colours() -> None:
    codec = tiny_codec()
    inputs = tiny_inputs(codec)
    other = inputs | {"pixels": 255 - inputs["pixels"]}
    codes = codes_for(inputs)
    assert torch.equal(codec.decode(codes, inputs), codec.decode(codes, other))
    without = {name: value for name, value in inputs.items() if name != "pixels"}
    assert torch.equal(codec.decode(codes, inputs), codec.decode(codes, without))


def test_each_slots_tokens_paint_its_own_pixels() -> None:
    codec = tiny_codec()
    inputs = tiny_inputs(codec)
    codes = codes_for(inputs)
    box = slot_of(inputs)
    changed = codes.clone()
    changed[:, box, :3] = (changed[:, box, :3] + 2) % 5
    difference = (codec.decode(changed, inputs) - codec.decode(codes, inputs)).abs().mean(1)[0]
    inside = inputs["slot_map"][0] == box
    assert difference[inside].mean() > 10.0 * difference[~inside].mean() > 0.0


def test_a_part_of_a_known_mesh_has_a_look_of_its_own() -> None:
    codec = tiny_codec(parts=3)
    inputs = tiny_inputs(codec)
    codes = codes_for(inputs)
    box = inputs["slot_map"][0] == slot_of(inputs)
    part = box & (torch.arange(box.shape[1]) % 8 < 4)
    inputs["part_map"] = (part.to(torch.uint8) * 7).unsqueeze(0)  # beyond the last: looks like the last
    plain, told = codec.decode(codes, inputs), codec.encode(inputs)
    with torch.no_grad():
        codec.part_looks.looks.weight[1 * 3 + 2, :3] = 0.2
    changed = (codec.decode(codes, inputs) - plain).abs().mean(1)[0]
    assert changed[part].mean() > 5.0 * changed[~part].mean()
    assert torch.equal(codec.encode(inputs), told)  # tokens are of whole things


def test_a_texture_is_learned_by_its_places() -> None:
    codec = tiny_codec(parts=2, charts=["crate#1", "unheard of#0"], chart_px=4)
    inputs = tiny_inputs(codec)
    codes = codes_for(inputs)
    box = inputs["slot_map"][0] == slot_of(inputs)
    across = torch.arange(box.shape[1]).expand_as(box)
    left = box & (across < 32)
    inputs["part_map"] = (box.to(torch.uint8)).unsqueeze(0)
    inputs["chart_map"] = (torch.stack([left, left], -1) * 96 + 32).to(torch.uint8).unsqueeze(0)  # texel 2, 2 or 0, 0
    plain = codec.decode(codes, inputs)
    with torch.no_grad():
        codec.charts_seen.texels.weight[2 * 4 + 2, :3] += 0.05
    changed = (codec.decode(codes, inputs) - plain).abs().mean(1)[0]
    assert changed[left].mean() > 5.0 * changed[~left].mean()
    other = inputs | {"part_map": inputs["part_map"] * 0}  # a part without a texture
    assert not torch.equal(codec.decode(codes, other), codec.decode(codes, inputs))
    with torch.no_grad():
        before = codec.decode(codes, other)
        codec.charts_seen.texels.weight += 0.05
    assert torch.equal(codec.decode(codes, other), before)


def fine_codec(**settings) -> ObjectCodec:
    return tiny_codec(parts=2, charts=["crate#1"], chart_px=4, fine_charts=["crate#1"], fine_px=16, **settings)


def test_a_fine_texture_is_told_where_pixels_are_small_enough_for_it() -> None:
    codec = fine_codec()
    inputs = tiny_inputs(codec)
    codes = codes_for(inputs)
    box = inputs["slot_map"][0] == slot_of(inputs)
    rows, columns = torch.meshgrid(torch.arange(64), torch.arange(64), indexing="ij")
    inputs["part_map"] = box.to(torch.uint8).unsqueeze(0)

    def change_of(step: int) -> torch.Tensor:
        inputs["chart_map"] = torch.stack([rows * step, columns * step], -1).remainder(256).to(torch.uint8).unsqueeze(0)
        plain = codec.decode(codes, inputs)
        with torch.no_grad():
            codec.fine_seen.texels.weight += 0.05
        changed = codec.decode(codes, inputs) - plain
        with torch.no_grad():
            codec.fine_seen.texels.weight -= 0.05
        return changed.abs().mean(1)[0]

    near = change_of(4)  # a quarter of a texel a pixel
    assert near[box].mean() > 5.0 * near[~box].mean()
    assert change_of(100).max() < 1e-6


def test_the_sharpness_of_a_chart_looks_at_the_nearer_neighbour() -> None:
    line = torch.arange(6) / 16.0  # one texel of 16 a pixel
    smooth = torch.stack([line.expand(4, 6), torch.zeros(4, 6)], -1).unsqueeze(0)
    assert bool((sharpness(smooth, 16) == 1.0).all())
    assert bool((sharpness(smooth, 64) == 0.0).all())
    edge = smooth.clone()
    edge[:, :, 3:, 1] = 0.5  # another part of the texture begins here
    assert bool((sharpness(edge, 16) == 1.0).all())
    assert torch.equal(sharpness(smooth[:, :1, :1], 64), torch.ones(1, 1, 1))


def test_learned_textures_are_stored_in_half_precision_and_stay_as_they_are_in_the_file(tmp_path) -> None:
    codec, plain = fine_codec(), fine_codec()
    codec.save_pretrained(tmp_path)
    loaded = ObjectCodec.from_pretrained(tmp_path)
    for name, weight in codec.state_dict().items():
        assert weight.dtype == loaded.state_dict()[name].dtype
        assert torch.equal(weight, loaded.state_dict()[name])
    assert (plain.fine_seen.texels.weight - codec.fine_seen.texels.weight).abs().max() < 1e-4
    rounded = [name for name, weight in plain.state_dict().items() if not torch.equal(weight, codec.state_dict()[name])]
    assert sorted(rounded) == [f"{table}.texels.weight" for table in ("charts_seen", "fine_seen", "textures")]


def test_textures_with_detail_are_learned_finely() -> None:
    fine = detailed_charts()
    assert {"zebra#0", "bear#0"} <= set(fine) <= set(catalogue_charts())
    assert "vase-yellow#0" not in fine  # plain
    assert "palm-tree#0" not in fine  # repeats along the trunk


def test_silhouettes_follow_a_moved_thing() -> None:
    codec = tiny_codec()
    here, there = tiny_inputs(codec, x_m=-0.8), tiny_inputs(codec, x_m=0.8)
    box = slot_of(here)
    assert box == slot_of(there)
    codes = codes_for(here)
    codes[:, box, :3] = torch.tensor([0, 4, 0])
    others = [k for k in range(1, codes.shape[1]) if k != box]
    codes[:, others, :3] = torch.tensor([4, 0, 4])
    for inputs in (here, there):
        picture = codec.decode(codes, inputs)[0].mean(0)
        shown = inputs["slot_map"][0] == box
        middle = (picture[shown].mean() + picture[~shown].mean()) / 2.0
        darker = picture < middle if picture[shown].mean() < middle else picture > middle
        overlap = (darker & shown).sum() / (darker | shown).sum()
        assert overlap > 0.8


def test_the_light_is_given_and_places_without_a_slot_are_zero() -> None:
    codec = tiny_codec()
    inputs = tiny_inputs(codec)
    inputs["slot_mask"] = inputs["slot_mask"].clone()
    inputs["slot_mask"][:, -1] = False
    codes = codec.encode(inputs)
    assert torch.equal(codes[:, 0], inputs["light"])
    assert bool((codes[:, -1] == 0).all()) and int(codes.min()) >= 0 and int(codes.max()) <= 4


def test_a_picture_of_nothing_is_finite() -> None:
    codec = tiny_codec()
    inputs = tiny_inputs(codec)
    for name in ("depth", "normal"):
        inputs[name] = torch.zeros_like(inputs[name])
    assert torch.isfinite(codec.decode(codec.encode(inputs), inputs)).all()


@pytest.mark.parametrize(("height", "width"), [(64, 64), (128, 128), (96, 160)])
def test_pictures_have_the_size_of_the_maps(height: int, width: int) -> None:
    codec = tiny_codec()
    inputs = tiny_inputs(codec, side=160)
    for name in ("slot_map", "depth", "normal", "pixels"):
        inputs[name] = inputs[name][:, :height, :width]
    assert codec.decode(codes_for(inputs), inputs).shape == (1, 3, height, width)


def test_a_window_is_that_part_of_the_picture() -> None:
    codec = tiny_codec()
    inputs = tiny_inputs(codec)
    window = (slice(8, 40), slice(16, 56))
    whole = codec.decode(codes_for(inputs), inputs)
    part = codec.decode(codes_for(inputs), inputs, window=window)
    # the outermost pixels see no neighbours
    torch.testing.assert_close(part[:, :, 1:-1, 1:-1], whole[:, :, 9:39, 17:55], atol=1e-4, rtol=1e-4)


def test_the_graph_acts_only_once_the_decoder_has_learned_it() -> None:
    torch.manual_seed(0)
    codec = ObjectCodec(
        **{"categories": ["box"], "width": 16, "context_width": 16, "shader_width": 16, "graph_width": 8}
    )
    inputs = tiny_inputs(codec)
    codes = codes_for(inputs)
    graph, mask = torch.randn(1, 5, 8), torch.ones(1, 5, dtype=torch.bool)
    plain = codec.decode(codes, inputs)
    torch.testing.assert_close(codec.decode(codes, inputs, graph, mask), plain)
    codec.decode(codes, inputs, graph, mask).square().mean().backward()
    assert codec.joined.weight.grad is not None and codec.joined.weight.grad[:, 16:32].abs().max() > 0.0


def test_shadows_fall_away_from_the_sun() -> None:
    codec = tiny_codec()
    inputs = tiny_inputs(codec, side=128)
    for azimuth, shaded, lit in (([1, 2], "right", "left"), ([3, 3], "left", "right")):
        codes = torch.tensor([[*azimuth, 1, 2, 3, 2]])
        direction = light_of(codes, inputs["camera"])[0][0]
        assert (direction[0] < 0) == (shaded == "right")
        shadow = shadow_map(inputs, codes)[0]
        on_floor = inputs["slot_map"][0] == 1
        halves = {"left": slice(0, 64), "right": slice(64, 128)}
        dark = {side: (shadow * on_floor)[:, part].sum() for side, part in halves.items()}
        assert dark[shaded] > dark[lit] + 20


@pytest.mark.parametrize(("side", "rows"), [(64, 128), (256, 128), (320, 160)])
def test_shadows_of_larger_pictures_are_found_more_finely(side: int, rows: int) -> None:
    inputs = tiny_inputs(tiny_codec(), side=side)
    shadow = shadow_map(inputs, inputs["light"])
    assert shadow.shape == (1, rows, rows)
    assert bool(((shadow > 0.0) & (shadow < 1.0)).any()) == (rows > 128)  # only finer ones have soft edges


def test_points_on_a_box_lie_within_it() -> None:
    codec = tiny_codec()
    inputs = tiny_inputs(codec)
    here = surface_at(inputs, torch.arange(64), torch.arange(64))
    box = here.member[0, :, slot_of(inputs)] > 0
    assert here.local[0, box].abs().amax() < 1.02
    torch.testing.assert_close(here.local[0, box].abs().amax(1), torch.ones(int(box.sum())), atol=0.02, rtol=0.0)


def test_it_learns_two_pictures() -> None:
    codec = tiny_codec().train()
    torch.nn.init.zeros_(codec.paint.weight)  # it starts with colours; here it has to find them
    batch = joined(tiny_inputs(codec, side=32, seed=1), tiny_inputs(codec, side=32, seed=2))
    optimiser = torch.optim.Adam(codec.parameters(), 1e-2)
    losses = []
    for _ in range(15):
        loss = picture_difference(*codec.rebuild(batch))
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(float(loss.detach()))
    assert losses[-1] < 0.6 * losses[0]
