"""A trained codec of things that gets to know more meshes: its weights, and fresh rows for what is new."""

from collections.abc import Mapping, Sequence

from torch import Tensor

from sd3studio.ml.nets.object_codec import ObjectCodec

BY_MESH = ("mesh.weight", "textures.texels.weight", "part_looks.looks.weight", "look_counts")
"""Tables with a block of rows for each mesh, after one for unknown meshes."""
BY_CHART = {"charts_seen.texels.weight": ("charts", "chart_px"), "fine_seen.texels.weight": ("fine_charts", "fine_px")}
"""Tables with a block of rows for each chart -> the settings that name the charts, and their resolution."""


def knowing(
    codec: ObjectCodec, meshes: Sequence[str], charts: Sequence[str], fine_charts: Sequence[str] = ()
) -> ObjectCodec:
    """The codec itself if these are its meshes and charts, else a new one for them with what is known of them.

    Meshes and charts ("mesh#part") that are not among these are forgotten; new ones start as in an untrained codec.
    """
    wanted = {"meshes": list(meshes), "charts": list(charts), "fine_charts": list(fine_charts)}
    if all(list(codec.config[name]) == names for name, names in wanted.items()):
        return codec
    settings = {name: value for name, value in codec.config.items() if not name.startswith("_")}
    fuller = ObjectCodec(**{**settings, **wanted})
    known = {0: 0} | {fuller.mesh_row(mesh): codec.mesh_row(mesh) for mesh in meshes if codec.mesh_row(mesh)}
    target = fuller.state_dict()
    for name, weight in codec.state_dict().items():
        if name in BY_CHART:
            names, side_px = BY_CHART[name]
            numbers = {chart: k for k, chart in enumerate(codec.config[names])}
            seen = {k: numbers[chart] for k, chart in enumerate(wanted[names]) if chart in numbers}
            _copy_blocks(target[name], weight, seen, codec.config[side_px] ** 2)
        elif name in BY_MESH:
            _copy_blocks(target[name], weight, known, len(weight) // (len(codec.config.meshes) + 1))
        else:
            target[name].copy_(weight)
    return fuller.train(codec.training)


def _copy_blocks(target: Tensor, source: Tensor, blocks: Mapping[int, int], rows: int) -> None:
    """Copy blocks of so many rows: number in the target -> number in the source."""
    for to, origin in blocks.items():
        target[to * rows : (to + 1) * rows].copy_(source[origin * rows : (origin + 1) * rows])
