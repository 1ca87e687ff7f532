"""A codec that gets to know more meshes."""

import torch
from tiny_pictures import tiny_codec, tiny_inputs

from sd3studio.ml.nets.known_meshes import knowing
from sd3studio.ml.nets.object_codec import ObjectCodec

CHARTS = {"parts": 2, "chart_px": 4}


def with_charts(codec: ObjectCodec) -> dict[str, torch.Tensor]:
    """The made-up picture, every pixel at another place of its part's texture."""
    inputs = tiny_inputs(codec)
    height, width = inputs["slot_map"].shape[1:]
    rows, columns = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    inputs["part_map"] = (columns % 2).to(torch.uint8).unsqueeze(0)
    inputs["chart_map"] = torch.stack([rows, columns], -1).mul(3).to(torch.uint8).unsqueeze(0)
    return inputs


def test_what_it_knew_looks_the_same_and_what_is_new_starts_fresh() -> None:
    codec = tiny_codec(meshes=["crate", "sofa"], charts=["crate#1", "sofa#0"], **CHARTS)
    fuller = knowing(codec, ["armchair", "crate", "sofa"], ["armchair#0", "crate#1", "sofa#0", "sofa#1"])
    assert [fuller.mesh_row(mesh) for mesh in ("armchair", "crate", "sofa", "lamp")] == [1, 2, 3, 0]
    inputs, again = with_charts(codec), with_charts(fuller)
    assert not torch.equal(inputs["slot_mesh"], again["slot_mesh"])  # the crate has another row
    codes = torch.randint(0, 5, (*inputs["slot_mask"].shape, 6), generator=torch.Generator().manual_seed(0))
    torch.testing.assert_close(fuller.decode(codes, again), codec.decode(codes, inputs))
    assert torch.equal(fuller.encode(again), codec.encode(inputs))
    texels = fuller.charts_seen.texels.weight.unflatten(0, (4, -1))
    known = codec.charts_seen.texels.weight.unflatten(0, (2, -1))
    assert torch.equal(texels[1:3], known) and not texels[[0, 3]].any()
    assert not fuller.part_looks.looks.weight.unflatten(0, (4, -1))[1].any()


def test_fine_charts_are_taken_along() -> None:
    codec = tiny_codec(meshes=["crate"], charts=["crate#1"], fine_charts=["crate#1"], fine_px=8, **CHARTS)
    fuller = knowing(codec, ["armchair", "crate"], ["armchair#0", "crate#1"], ["armchair#0", "crate#1"])
    fresh, known = fuller.fine_seen.texels.weight.unflatten(0, (2, -1))
    assert torch.equal(known, codec.fine_seen.texels.weight) and not fresh.any()


def test_meshes_that_are_gone_are_forgotten() -> None:
    codec = tiny_codec(meshes=["crate", "sofa"])
    fewer = knowing(codec, ["sofa"], [])
    assert fewer.mesh_row("crate") == 0
    assert torch.equal(fewer.mesh.weight, codec.mesh.weight[[0, 2]])


def test_a_codec_that_knows_them_is_given_back() -> None:
    codec = tiny_codec()
    assert knowing(codec, ["crate"], []) is codec
