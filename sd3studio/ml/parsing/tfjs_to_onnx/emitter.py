"""Collects ONNX nodes while a graph is walked, and keeps track of where each logical axis of a tensor lies.

TensorFlow.js convolves in NHWC, ONNX in NCHW. A `View` is a tensor as TensorFlow sees it, together with the ONNX
tensor that holds it and the place of each axis there; so a transposition costs nothing until an operation needs one
certain order.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

Array = NDArray[Any]

OPSET = 17
IR_VERSION = 8


@dataclass(frozen=True, slots=True)
class View:
    """Tensor of logical `shape`; logical axis i is axis ``order[i]`` of the ONNX tensor `name`."""

    name: str
    order: tuple[int, ...]
    shape: tuple[int, ...]

    def axis(self, logical: int) -> int:
        """Axis of the ONNX tensor that holds a logical axis (negative counts from the end)."""
        return self.order[logical % len(self.order)]


class Emitter:
    """An ONNX graph in the making. Weights are stored as float16 and cast in the graph."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.initializers: dict[str, onnx.TensorProto] = {}
        self._count = 0

    def fresh(self, stem: str) -> str:
        """A tensor name not used before."""
        self._count += 1
        return f"{stem}_{self._count}"

    def weight(self, array: Array) -> str:
        """Name of a float32 tensor whose values are stored as float16 (exact: they came as float16)."""
        name = self.fresh("weight")
        self.initializers[name] = numpy_helper.from_array(np.ascontiguousarray(array, np.float16), name)
        return self.emit("Cast", [name], to=TensorProto.FLOAT)

    def exact(self, array: Array) -> str:
        """Name of a constant that keeps its type: shapes, pads, scales."""
        name = self.fresh("constant")
        self.initializers[name] = numpy_helper.from_array(np.ascontiguousarray(array), name)
        return name

    def emit(self, op: str, inputs: Sequence[str], **attributes: Any) -> str:
        """Add a node with one output; returns the output's name."""
        return self.emit_many(op, inputs, 1, **attributes)[0]

    def emit_many(self, op: str, inputs: Sequence[str], outputs: int, **attributes: Any) -> list[str]:
        """Add a node with several outputs; returns their names."""
        names = [self.fresh(op.lower()) for _ in range(outputs)]
        self.nodes.append(helper.make_node(op, list(inputs), names, **attributes))
        return names

    def arranged(self, view: View, order: Sequence[int]) -> str:
        """ONNX tensor in which logical axis i of `view` is axis ``order[i]``; transposes if it must."""
        if tuple(order) == view.order:
            return view.name
        rank = len(order)
        logical_of_new = [list(order).index(axis) for axis in range(rank)]
        return self.emit("Transpose", [view.name], perm=[view.order[logical] for logical in logical_of_new])

    def arranged_constant(self, array: Array, order: Sequence[int]) -> str:
        """A constant that broadcasts against a tensor with the given axis order."""
        if array.size == 1:
            return self.weight(array.reshape(()))
        full = array.reshape((1,) * (len(order) - array.ndim) + array.shape)
        return self.weight(np.transpose(full, [list(order).index(axis) for axis in range(len(order))]))

    def model(
        self,
        name: str,
        inputs: Mapping[str, Sequence[int | str]],
        outputs: Mapping[str, Sequence[int | str]],
        metadata: Mapping[str, str],
    ) -> onnx.ModelProto:
        """The finished and checked model; shapes may hold names for free sizes."""
        graph = helper.make_graph(
            self.nodes,
            name,
            [helper.make_tensor_value_info(key, TensorProto.FLOAT, list(shape)) for key, shape in inputs.items()],
            [helper.make_tensor_value_info(key, TensorProto.FLOAT, list(shape)) for key, shape in outputs.items()],
            list(self.initializers.values()),
        )
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION)
        helper.set_model_props(model, dict(metadata))
        onnx.checker.check_model(model, full_check=True)
        return model
