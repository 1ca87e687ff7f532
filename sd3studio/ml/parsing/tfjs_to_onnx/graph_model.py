"""A TensorFlow.js graph model as it lies on disk: nodes in JSON, weights as raw little-endian numbers."""

import base64
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sd3studio.core.errors import DataError

Array = NDArray[Any]


@dataclass(frozen=True, slots=True)
class Node:
    """One operation. `inputs` are tensor names, ``"name"`` or ``"name:1"`` for a later output."""

    name: str
    op: str
    inputs: tuple[str, ...]
    attributes: Mapping[str, Any]

    def text(self, key: str) -> str:
        """A string attribute, e.g. ``padding`` -> ``"SAME"``; empty if absent."""
        return base64.b64decode(self.attributes.get(key, {}).get("s", "")).decode()

    def texts(self, key: str) -> list[str]:
        """A list of strings, e.g. ``fused_ops`` -> ``["BiasAdd", "Relu"]``."""
        return [base64.b64decode(item).decode() for item in self.attributes.get(key, {}).get("list", {}).get("s", [])]

    def integers(self, key: str) -> list[int]:
        """A list of integers, e.g. ``strides`` -> ``[1, 2, 2, 1]``."""
        return [int(item) for item in self.attributes[key]["list"]["i"]]

    def flag(self, key: str) -> bool:
        """A truth value; False if absent."""
        return bool(self.attributes.get(key, {}).get("b", False))

    def number(self, key: str, default: float) -> float:
        """A real attribute."""
        return float(self.attributes.get(key, {}).get("f", default))


@dataclass(frozen=True, slots=True)
class GraphModel:
    """Nodes by name, constants by name, and the shapes of the inputs by the name of their node."""

    nodes: Mapping[str, Node]
    weights: Mapping[str, Array]
    inputs: Mapping[str, tuple[int, ...]]

    def ancestors(self, outputs: Sequence[str]) -> Iterator[Node]:
        """The nodes that `outputs` need, each after its inputs."""
        seen: set[str] = set()
        stack = [(name, False) for name in reversed(outputs)]
        while stack:
            name, inputs_done = stack.pop()
            if inputs_done:
                yield self.nodes[name]
            elif name not in seen:
                seen.add(name)
                stack.append((name, True))
                stack += [(node_of(source), False) for source in reversed(self.nodes[name].inputs)]


def node_of(tensor: str) -> str:
    """Name of the node that makes a tensor (``"^"`` marks a dependency without data)."""
    return tensor.removeprefix("^").split(":")[0]


def read_graph_model(topology: bytes, weights: bytes) -> GraphModel:
    """Parse ``model.json`` and its single weight file. Raises `DataError` if they don't belong together."""
    try:
        document = json.loads(topology)
        groups = document["weightsManifest"]
        raw_nodes = document["modelTopology"]["node"]
    except (ValueError, KeyError) as error:
        raise DataError(f"This is not a TensorFlow.js graph model: {error}") from error
    nodes = {raw["name"]: _node(raw) for raw in raw_nodes}
    inputs = {
        name: tuple(int(dim["size"]) for dim in node.attributes["shape"]["shape"]["dim"])
        for name, node in nodes.items()
        if node.op == "Placeholder"
    }
    return GraphModel(nodes, _weights([spec for group in groups for spec in group["weights"]], weights), inputs)


def _node(raw: Mapping[str, Any]) -> Node:
    return Node(raw["name"], raw["op"], tuple(raw.get("input", ())), raw.get("attr", {}))


def _weights(specs: Sequence[Mapping[str, Any]], data: bytes) -> dict[str, Array]:
    """Arrays in manifest order. A float16 "quantization" is a plain cast: there is no scale."""
    arrays, start = {}, 0
    for spec in specs:
        stored = np.dtype(spec.get("quantization", {}).get("dtype", spec["dtype"])).newbyteorder("<")
        count = int(np.prod(spec["shape"], dtype=np.int64))
        end = start + count * stored.itemsize
        if end > len(data):
            raise DataError(f"The weight file ends before {spec['name']}: {len(data)} bytes, {end} needed.")
        arrays[spec["name"]] = np.frombuffer(data[start:end], stored).reshape(spec["shape"])
        start = end
    if start != len(data):
        raise DataError(f"The weight file has {len(data)} bytes, the manifest describes {start}.")
    return arrays
