"""One function per TensorFlow operation: logical inputs in, logical outputs out, ONNX nodes on the way."""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sd3studio.ml.parsing.tfjs_to_onnx.emitter import Emitter, View
from sd3studio.ml.parsing.tfjs_to_onnx.graph_model import Node

Array = NDArray[Any]
Tensor = View | Array
Operation = Callable[[Emitter, Node, Sequence[Tensor]], list[Tensor]]

CHANNELS_FIRST = (0, 2, 3, 1)
"""Order of a logical NHWC tensor that lies as NCHW."""


def _identity(order_of: View, name: str, shape: tuple[int, ...] | None = None) -> View:
    return View(name, order_of.order, shape or order_of.shape)


def _view(tensor: Tensor) -> View:
    if not isinstance(tensor, View):
        raise TypeError("a constant stands where data were expected")
    return tensor


def _constant(tensor: Tensor) -> Array:
    if isinstance(tensor, View):
        raise TypeError(f"{tensor.name} must be known before the net runs")
    return tensor


# --- convolution and pooling -------------------------------------------------------------------------------------


def _window(node: Node, kernel: tuple[int, int], size: Sequence[int]) -> tuple[dict[str, Any], tuple[int, int]]:
    """ONNX attributes of a sliding window, and the size (height, width) of what it gives."""
    strides = node.integers("strides")[1:3]
    dilations = node.integers("dilations")[1:3] if "dilations" in node.attributes else [1, 1]
    same = node.text("padding") == "SAME"
    attributes = {"kernel_shape": list(kernel), "strides": strides, "auto_pad": "SAME_UPPER" if same else "VALID"}
    if dilations != [1, 1]:
        attributes["dilations"] = dilations
    reach = [(k - 1) * d + 1 for k, d in zip(kernel, dilations, strict=True)]
    out = [-(-(n if same else n - r + 1) // s) for n, r, s in zip(size, reach, strides, strict=True)]
    return attributes, (out[0], out[1])


def _convolve(emitter: Emitter, node: Node, inputs: Sequence[Tensor], depthwise: bool) -> list[Tensor]:
    x, kernel = _view(inputs[0]), _constant(inputs[1])
    height, width, channels, filters = kernel.shape
    attributes, size = _window(node, (height, width), x.shape[1:3])
    if depthwise:
        kernel = kernel.reshape(height, width, 1, channels * filters)
        attributes["group"], filters = channels, channels * filters
    operands = [emitter.arranged(x, CHANNELS_FIRST), emitter.weight(kernel.transpose(3, 2, 0, 1))]
    fused = node.texts("fused_ops")
    if "BiasAdd" in fused:
        operands.append(emitter.weight(_constant(inputs[2]).reshape(-1)))
    result = View(emitter.emit("Conv", operands, **attributes), CHANNELS_FIRST, (x.shape[0], *size, filters))
    for activation in [op for op in fused if op != "BiasAdd"]:
        result = _view(OPERATIONS[activation](emitter, node, [result])[0])
    return [result]


def _convolution(emitter: Emitter, node: Node, inputs: Sequence[Tensor]) -> list[Tensor]:
    return _convolve(emitter, node, inputs, depthwise=False)


def _depthwise(emitter: Emitter, node: Node, inputs: Sequence[Tensor]) -> list[Tensor]:
    return _convolve(emitter, node, inputs, depthwise=True)


def _max_pool(emitter: Emitter, node: Node, inputs: Sequence[Tensor]) -> list[Tensor]:
    x = _view(inputs[0])
    kernel = node.integers("ksize")
    attributes, size = _window(node, (kernel[1], kernel[2]), x.shape[1:3])
    name = emitter.emit("MaxPool", [emitter.arranged(x, CHANNELS_FIRST)], **attributes)
    return [View(name, CHANNELS_FIRST, (x.shape[0], *size, x.shape[3]))]


def _resize_bilinear(emitter: Emitter, node: Node, inputs: Sequence[Tensor]) -> list[Tensor]:
    """By the factor, not to the size, so that the converted net takes pictures of other sizes too."""
    x, (height, width) = _view(inputs[0]), (int(n) for n in _constant(inputs[1]))
    if node.flag("align_corners"):
        raise ValueError(f"{node.name}: aligned corners are not converted")
    scales = np.array([1.0, 1.0, height / x.shape[1], width / x.shape[2]], np.float32)
    mode = "half_pixel" if node.flag("half_pixel_centers") else "asymmetric"
    operands = [emitter.arranged(x, CHANNELS_FIRST), "", emitter.exact(scales)]
    name = emitter.emit("Resize", operands, mode="linear", coordinate_transformation_mode=mode)
    return [View(name, CHANNELS_FIRST, (x.shape[0], height, width, x.shape[3]))]


# --- element by element -------------------------------------------------------------------------------------------


def _unary(op: str) -> Operation:
    def convert(emitter: Emitter, node: Node, inputs: Sequence[Tensor]) -> list[Tensor]:
        x = _view(inputs[0])
        return [_identity(x, emitter.emit(op, [x.name]))]

    return convert


def _relu6(emitter: Emitter, node: Node, inputs: Sequence[Tensor]) -> list[Tensor]:
    x = _view(inputs[0])
    bounds = [emitter.exact(np.array(bound, np.float32)) for bound in (0.0, 6.0)]
    return [_identity(x, emitter.emit("Clip", [x.name, *bounds]))]


def _leaky_relu(emitter: Emitter, node: Node, inputs: Sequence[Tensor]) -> list[Tensor]:
    x = _view(inputs[0])
    return [_identity(x, emitter.emit("LeakyRelu", [x.name], alpha=node.number("alpha", 0.2)))]


def _binary(op: str) -> Operation:
    def convert(emitter: Emitter, node: Node, inputs: Sequence[Tensor]) -> list[Tensor]:
        lead = next(tensor for tensor in inputs if isinstance(tensor, View))
        shape = np.broadcast_shapes(*(tensor.shape for tensor in inputs))
        names = [
            emitter.arranged(tensor, lead.order)
            if isinstance(tensor, View)
            else emitter.arranged_constant(tensor, lead.order)
            for tensor in inputs
        ]
        return [_identity(lead, emitter.emit(op, names), shape)]

    return convert


# --- shape --------------------------------------------------------------------------------------------------------


def _pass(emitter: Emitter, node: Node, inputs: Sequence[Tensor]) -> list[Tensor]:
    return [inputs[0]]


def _transpose(emitter: Emitter, node: Node, inputs: Sequence[Tensor]) -> list[Tensor]:
    x, perm = _view(inputs[0]), [int(axis) for axis in _constant(inputs[1])]
    return [View(x.name, tuple(x.order[axis] for axis in perm), tuple(x.shape[axis] for axis in perm))]


def _pad(emitter: Emitter, node: Node, inputs: Sequence[Tensor]) -> list[Tensor]:
    x, amounts = _view(inputs[0]), _constant(inputs[1])
    value = float(_constant(inputs[2])) if len(inputs) > 2 else 0.0
    pads = np.zeros((2, len(x.shape)), np.int64)
    for logical, (before, after) in enumerate(amounts):
        pads[:, x.axis(logical)] = before, after
    name = emitter.emit("Pad", [x.name, emitter.exact(pads.reshape(-1)), emitter.exact(np.array(value, np.float32))])
    return [_identity(x, name, tuple(int(n + a + b) for n, (a, b) in zip(x.shape, amounts, strict=True)))]


def _mean(emitter: Emitter, node: Node, inputs: Sequence[Tensor]) -> list[Tensor]:
    x = _view(inputs[0])
    axes = [int(axis) % len(x.shape) for axis in np.atleast_1d(_constant(inputs[1]))]
    if not node.flag("keep_dims"):
        raise ValueError(f"{node.name}: a mean that drops axes is not converted")
    name = emitter.emit("ReduceMean", [x.name], axes=sorted(x.axis(axis) for axis in axes), keepdims=1)
    return [_identity(x, name, tuple(1 if axis in axes else n for axis, n in enumerate(x.shape)))]


def _concat(emitter: Emitter, node: Node, inputs: Sequence[Tensor]) -> list[Tensor]:
    views, axis = [_view(tensor) for tensor in inputs[:-1]], int(_constant(inputs[-1])) % len(inputs[0].shape)
    lead = views[0]
    name = emitter.emit("Concat", [emitter.arranged(view, lead.order) for view in views], axis=lead.axis(axis))
    total = sum(view.shape[axis] for view in views)
    return [_identity(lead, name, (*lead.shape[:axis], total, *lead.shape[axis + 1 :]))]


def _split(emitter: Emitter, node: Node, inputs: Sequence[Tensor]) -> list[Tensor]:
    x, sizes = _view(inputs[0]), _constant(inputs[1]).astype(np.int64)
    axis = int(_constant(inputs[2])) % len(x.shape)
    names = emitter.emit_many("Split", [x.name, emitter.exact(sizes)], len(sizes), axis=x.axis(axis))
    shapes = [(*x.shape[:axis], int(size), *x.shape[axis + 1 :]) for size in sizes]
    return [_identity(x, name, shape) for name, shape in zip(names, shapes, strict=True)]


def _reshape(emitter: Emitter, node: Node, inputs: Sequence[Tensor]) -> list[Tensor]:
    """The largest size that the input does not have is left free: it counts pixels. The batch is copied."""
    x = _view(inputs[0])
    shape = np.zeros(x.shape, np.uint8).reshape([int(n) for n in _constant(inputs[1])]).shape
    free = np.array(shape, np.int64)
    free[max((n not in x.shape, n, axis) for axis, n in enumerate(shape))[2]] = -1
    if shape[0] == x.shape[0]:
        free[0] = 0
    name = emitter.emit("Reshape", [emitter.arranged(x, range(len(x.shape))), emitter.exact(free)])
    return [View(name, tuple(range(len(shape))), shape)]


OPERATIONS: dict[str, Operation] = {
    "Conv2D": _convolution,
    "_FusedConv2D": _convolution,
    "DepthwiseConv2dNative": _depthwise,
    "FusedDepthwiseConv2dNative": _depthwise,
    "MaxPool": _max_pool,
    "ResizeBilinear": _resize_bilinear,
    "Relu": _unary("Relu"),
    "Relu6": _relu6,
    "LeakyRelu": _leaky_relu,
    "Sigmoid": _unary("Sigmoid"),
    "Add": _binary("Add"),
    "AddV2": _binary("Add"),
    "BiasAdd": _binary("Add"),
    "Sub": _binary("Sub"),
    "Mul": _binary("Mul"),
    "Identity": _pass,
    "Transpose": _transpose,
    "Pad": _pad,
    "PadV2": _pad,
    "Mean": _mean,
    "ConcatV2": _concat,
    "SplitV": _split,
    "Reshape": _reshape,
}

FOLDS: dict[str, Callable[..., Array]] = {
    "Identity": lambda x: x,
    "Add": np.add,
    "AddV2": np.add,
    "Sub": np.subtract,
    "Mul": np.multiply,
    "FloorDiv": np.floor_divide,
    "SparseToDense": lambda indices, shape, values, default: _dense(indices, shape, values, default),
}
"""Operations on constants alone, worked out while converting."""


def _dense(indices: Array, shape: Array, values: Array, default: Array) -> Array:
    dense = np.full([int(n) for n in np.atleast_1d(shape)], default, default.dtype)
    for place, value in zip(np.atleast_2d(indices) if indices.size else (), np.atleast_1d(values), strict=True):
        dense[tuple(place)] = value
    return dense
