"""Counts which tokens each mesh has where nobody painted it, into the picture codec of a system.

    python -m sd3studio.ml.training.own_looks --data DATA/pictures DATA/things DATA/animals --system models/sd3-mini

With ``--keep`` what the codec remembers already stays, and only meshes that it never saw are counted: for data of those
alone. After the codec has learnt; the diffusion is not changed. About a minute a thousand pictures.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor

from sd3studio.core.errors import StudioError
from sd3studio.ml.conditioning.own_looks import looks_as_it_is
from sd3studio.ml.image_path import codec_of
from sd3studio.ml.nets.object_codec import ObjectCodec
from sd3studio.ml.system import System
from sd3studio.ml.training.data.shards import Dataset
from sd3studio.ml.training.sources.pictures import PictureSource

AT_ONCE = 16


@torch.no_grad()
def counted(codec: ObjectCodec, source: PictureSource) -> Tensor:
    """(meshes + 1, fields, levels): how often a thing of each mesh that looks as it is had which token."""
    counts = torch.zeros(len(codec.config.meshes) + 1, codec.fields, codec.levels)
    for start in range(0, len(source), AT_ONCE):
        indices = range(start, min(start + AT_ONCE, len(source)))
        codes = codec.encode(source.pictures(indices))
        for index, tokens in zip(indices, codes, strict=True):
            scene, slots = source.record(index).scene, source.slots_of(index)
            for place, (key, mesh) in enumerate(zip(slots.keys, slots.meshes, strict=True)):
                row = codec.mesh_row(mesh)
                if row and place < len(tokens) and looks_as_it_is(scene, key):
                    counts[row, torch.arange(codec.fields), tokens[place]] += 1.0
    return counts


def joined(codec: ObjectCodec, counts: Tensor) -> Tensor:
    """The counts that a codec has, and these of the meshes of which it has none."""
    if codec.look_counts is None:
        return counts
    return torch.where(codec.look_counts.sum((1, 2), keepdim=True) > 0, codec.look_counts, counts)


def remembering(codec: ObjectCodec, counts: Tensor) -> ObjectCodec:
    """A codec with the same weights that remembers these counts."""
    settings = {name: value for name, value in codec.config.items() if not name.startswith("_")}
    made = ObjectCodec(**{**settings, "own_looks": True})
    made.load_state_dict({**codec.state_dict(), "look_counts": counts})
    return made.eval()


def main(argv: Sequence[str] | None = None) -> int:
    """Count and write; exit code 0, or 2 with one sentence on standard error."""
    parser = argparse.ArgumentParser(prog="python -m sd3studio.ml.training.own_looks", description=__doc__)
    parser.add_argument("--data", type=Path, nargs="+", required=True, metavar="DIR", help="data sets with pictures")
    parser.add_argument("--system", type=Path, required=True, metavar="DIR", help="the system, changed in place")
    parser.add_argument("--keep", action="store_true", help="keep the counts that it has, add those of other meshes")
    args = parser.parse_args(argv)
    try:
        system = System.load(args.system)
        codec = codec_of(system)
        counts = counted(codec, PictureSource([Dataset(folder) for folder in args.data], codec))
        counts = joined(codec, counts) if args.keep else counts
        system.parts["image_codec"] = remembering(codec, counts)
        part = system.config.parts["image_codec"]
        parts = {**system.config.parts, "image_codec": part.replace(settings={**part.settings, "own_looks": True})}
        system.config = system.config.replace(parts=parts)
        system.save(args.system)
    except StudioError as error:
        print(error, file=sys.stderr)
        return 2
    known = int((counts[:, 0].sum(-1) > 0).sum())
    print(f"{known} of {len(codec.config.meshes)} meshes were seen as they are, {int(counts[:, 0].sum())} times in all")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
