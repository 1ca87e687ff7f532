"""The converter, on graphs small enough to work out by hand or in NumPy."""

import base64
import json

import numpy as np
import pytest

from sd3studio.core.errors import DataError

onnx = pytest.importorskip("onnx", reason="the converter needs the extra 'build'")

from sd3studio.ml.parsing.tfjs_to_onnx.conversion import convert  # noqa: E402
from sd3studio.ml.parsing.tfjs_to_onnx.graph_model import read_graph_model  # noqa: E402


def text(word):
    return base64.b64encode(word.encode()).decode()


def node(name, op, *inputs, **attributes):
    return {"name": name, "op": op, "input": list(inputs), "attr": attributes}


def placeholder(*shape):
    return node("x", "Placeholder", shape={"shape": {"dim": [{"size": str(n)} for n in shape]}})


def run(nodes, constants, picture, output="y"):
    """What the converted graph gives for a picture."""
    import onnxruntime

    specs, data = [], b""
    for name, array in constants.items():
        array = np.asarray(array)
        spec = {"name": name, "shape": list(array.shape), "dtype": str(array.dtype)}
        if array.dtype == np.float32:
            spec["quantization"] = {"dtype": "float16"}
            array = array.astype(np.float16)
        specs.append(spec)
        data += array.tobytes()
        nodes = [node(name, "Const"), *nodes]
    topology = {"modelTopology": {"node": nodes}, "weightsManifest": [{"weights": specs}]}
    graph = read_graph_model(json.dumps(topology).encode(), data)
    model = convert("net", graph, {output: "out"}, {"source": "test"})
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return session.run(None, {"image": np.asarray(picture, np.float32)})[0]


def convolution(name, op, *inputs, stride=1, padding="SAME", **more):
    strides = {"list": {"i": ["1", str(stride), str(stride), "1"]}}
    return node(name, op, *inputs, strides=strides, padding={"s": text(padding)}, **more)


def convolve_slowly(x, kernel, stride, same):
    """(1, H, W, C) by (h, w, C, F), padded as TensorFlow does: the odd pixel goes to the end."""
    reach = kernel.shape[:2]
    size = [-(-n // stride) if same else (n - r) // stride + 1 for n, r in zip(x.shape[1:3], reach, strict=True)]
    missing = [
        max((n - 1) * stride + r - m, 0) if same else 0 for n, r, m in zip(size, reach, x.shape[1:3], strict=True)
    ]
    x = np.pad(x, [(0, 0), *((m // 2, m - m // 2) for m in missing), (0, 0)])
    out = np.zeros((1, *size, kernel.shape[3]))
    for row in range(size[0]):
        for column in range(size[1]):
            window = x[0, row * stride : row * stride + reach[0], column * stride : column * stride + reach[1]]
            out[0, row, column] = np.tensordot(window, kernel, 3)
    return out


@pytest.mark.parametrize(("stride", "padding"), [(1, "SAME"), (2, "SAME"), (2, "VALID")])
def test_a_fused_convolution_agrees_with_a_slow_one(stride, padding):
    rng = np.random.default_rng(0)
    x, kernel = rng.integers(-4, 5, (1, 6, 8, 2)), rng.integers(-4, 5, (3, 3, 2, 4)).astype(np.float32)
    bias = np.array([1, 2, 3, -50], np.float32)
    fused = {"fused_ops": {"list": {"s": [text("BiasAdd"), text("Relu")]}}}
    nodes = [
        placeholder(1, 6, 8, 2),
        convolution("y", "_FusedConv2D", "x", "k", "b", stride=stride, padding=padding, **fused),
    ]
    expected = np.maximum(convolve_slowly(x, kernel, stride, padding == "SAME") + bias, 0.0)
    np.testing.assert_allclose(run(nodes, {"k": kernel, "b": bias}, x), expected)


def test_a_depthwise_convolution_keeps_the_channels_apart():
    x = np.arange(2 * 3 * 2, dtype=float).reshape(1, 2, 3, 2)
    kernel = np.array([2.0, -1.0], np.float32).reshape(1, 1, 2, 1)
    nodes = [placeholder(1, 2, 3, 2), convolution("y", "DepthwiseConv2dNative", "x", "k")]
    np.testing.assert_array_equal(run(nodes, {"k": kernel}, x), x * [2.0, -1.0])


def test_transposes_pads_and_joins_keep_the_axes_as_tensorflow_sees_them():
    """A detour through NCHW: pad the width, join with a constant-scaled copy along the channels, mean over the rows."""
    x = np.random.default_rng(1).integers(0, 9, (1, 4, 6, 3)).astype(np.float32)
    nodes = [
        placeholder(1, 4, 6, 3),
        convolution("same", "Conv2D", "x", "one"),
        node("first", "Transpose", "same", "to_nchw"),
        node("padded", "Pad", "first", "pads"),
        node("double", "Mul", "padded", "scale"),
        node("joined", "ConcatV2", "padded", "double", "axis"),
        node("back", "Transpose", "joined", "to_nhwc"),
        node("y", "Mean", "back", "rows", keep_dims={"b": True}),
    ]
    constants = {
        "one": np.eye(3, dtype=np.float32).reshape(1, 1, 3, 3),
        "to_nchw": np.array([0, 3, 1, 2], np.int32),
        "to_nhwc": np.array([0, 2, 3, 1], np.int32),
        "pads": np.array([[0, 0], [0, 0], [0, 0], [1, 2]], np.int32),
        "scale": np.array([1, 2, 3], np.float32).reshape(3, 1, 1),
        "axis": np.array(1, np.int32),
        "rows": np.array([1], np.int32),
    }
    padded = np.pad(x, [(0, 0), (0, 0), (1, 2), (0, 0)])
    expected = np.concatenate([padded, padded * [1, 2, 3]], axis=3).mean(axis=1, keepdims=True)
    np.testing.assert_allclose(run(nodes, constants, x), expected, rtol=1e-6)


def test_split_parts_are_reshaped_to_rows_of_pixels():
    x = np.arange(2 * 3 * 5, dtype=np.float32).reshape(1, 2, 3, 5)
    nodes = [
        placeholder(1, 2, 3, 5),
        convolution("same", "Conv2D", "x", "one"),
        node("parts", "SplitV", "same", "sizes", "axis"),
        node("y", "Reshape", "parts:1", "shape"),
    ]
    constants = {
        "one": np.eye(5, dtype=np.float32).reshape(1, 1, 5, 5),
        "sizes": np.array([2, 3], np.int32),
        "axis": np.array(3, np.int32),
        "shape": np.array([1, 6, 3], np.int32),
    }
    np.testing.assert_array_equal(run(nodes, constants, x), x[..., 2:].reshape(1, 6, 3))


def test_a_picture_of_another_size_passes_through_a_resize():
    nodes = [
        placeholder(1, 4, 4, 3),
        node("y", "ResizeBilinear", "x", "size", half_pixel_centers={"b": True}),
    ]
    for height, width in ((4, 4), (8, 6)):
        result = run(nodes, {"size": np.array([8, 8], np.int32)}, np.ones((1, height, width, 3)))
        np.testing.assert_allclose(result, np.ones((1, 2 * height, 2 * width, 3)))


def test_what_cannot_be_converted_is_named():
    with pytest.raises(DataError, match="Einsum of node y"):
        run([placeholder(1, 4, 4, 3), node("y", "Einsum", "x")], {}, np.zeros((1, 4, 4, 3)))
    with pytest.raises(DataError, match="not a TensorFlow"):
        read_graph_model(b"{}", b"")
    manifest = [{"weights": [{"name": "k", "shape": [4], "dtype": "int32"}]}]
    with pytest.raises(DataError, match="ends before k"):
        read_graph_model(json.dumps({"modelTopology": {"node": []}, "weightsManifest": manifest}).encode(), b"\0" * 8)
