"""Walks a graph model from its inputs to the wanted outputs and gives the ONNX model."""

from collections.abc import Mapping

import onnx

from sd3studio.core.errors import DataError
from sd3studio.ml.parsing.tfjs_to_onnx.emitter import Emitter, View
from sd3studio.ml.parsing.tfjs_to_onnx.graph_model import GraphModel, Node
from sd3studio.ml.parsing.tfjs_to_onnx.operations import FOLDS, OPERATIONS, Array, Tensor


def convert(name: str, graph: GraphModel, outputs: Mapping[str, str], metadata: Mapping[str, str]) -> onnx.ModelProto:
    """ONNX model that gives `outputs`, with its own names for them; batch, height and width of the input stay free.

    Parameters
    ----------
    outputs : node of the graph -> name in the ONNX model; what follows these nodes is left out
    metadata : written into the model: source, licence

    Raises
    ------
    DataError
        The graph holds an operation that is not converted.
    """
    emitter = Emitter()
    tensors: dict[str, Tensor] = {}
    inputs: dict[str, list[int | str]] = {}
    for node in graph.ancestors(list(outputs)):
        if node.op == "Placeholder":
            shape = graph.inputs[node.name]
            inputs["image"] = _free_input(shape)
            results: list[Tensor] = [View("image", tuple(range(len(shape))), shape)]
        else:
            results = _converted(emitter, node, graph, [tensors[_key(source)] for source in node.inputs])
        tensors |= {f"{node.name}:{index}": result for index, result in enumerate(results)}
    shapes: dict[str, list[int | str]] = {}
    for source, wanted in outputs.items():
        view = tensors[_key(source)]
        if not isinstance(view, View):
            raise DataError(f"The output {source} does not depend on the picture.")
        last = emitter.arranged(view, range(len(view.shape)))
        emitter.nodes.append(onnx.helper.make_node("Identity", [last], [wanted]))
        shapes[wanted] = ["batch", *(f"{wanted}_{axis}" for axis in range(1, len(view.shape) - 1)), view.shape[-1]]
    return emitter.model(name, inputs, shapes, metadata)


def _key(tensor: str) -> str:
    return tensor if ":" in tensor else f"{tensor}:0"


def _free_input(shape: tuple[int, ...]) -> list[int | str]:
    """Only the channels keep their number: they are the smallest of the last three."""
    names = iter(("height", "width"))
    channels = min(shape[1:])
    return ["batch", *(n if n == channels else next(names) for n in shape[1:])]


def _converted(emitter: Emitter, node: Node, graph: GraphModel, inputs: list[Tensor]) -> list[Tensor]:
    if node.op == "Const":
        return [graph.weights[node.name]]
    constants: list[Array] = [tensor for tensor in inputs if not isinstance(tensor, View)]
    if len(constants) == len(inputs) and node.op in FOLDS:
        return [FOLDS[node.op](*constants)]
    if node.op not in OPERATIONS:
        raise DataError(f"The operation {node.op} of node {node.name} is not converted.")
    return OPERATIONS[node.op](emitter, node, inputs)
