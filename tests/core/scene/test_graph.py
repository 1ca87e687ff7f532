"""The scene as a graph of object, attribute and relation nodes, and back."""

import json

import networkx as nx
import pytest

from sd3studio.core.errors import SceneError
from sd3studio.core.scene import Predicate, Relation, Scene, SceneObject
from sd3studio.core.scene.graph import graph_json, graph_of, layout_tags, scene_of_graph_json, triples_of


@pytest.fixture
def scene() -> Scene:
    return Scene.of(
        [
            SceneObject(id="room", label="living room", kind="concept"),
            SceneObject(
                id="car", label="toy car", attributes=("blue", "small"), center=(1, 2, 0.1), parent="room", yaw=0.5
            ),
            SceneObject(id="mat", label="mat", colour=(0.1, 0.2, 0.3), mesh="mat-1"),
        ],
        relations=(Relation(subject="car", predicate="on", object="mat", frame="object"),),
        sentence="a blue toy car on a mat",
    )


def test_nodes_are_objects_attributes_and_relations(scene: Scene) -> None:
    graph = graph_of(scene)
    tags = {
        kind: sorted(d["tag"] for _, d in graph.nodes(data=True) if d["node"] == kind)
        for kind in ("object", "attribute", "relation")
    }
    assert tags == {
        "object": ["living room", "mat", "toy car"],
        "attribute": ["blue", "small"],
        "relation": ["on", "part of"],
    }
    assert nx.shortest_path(graph, "car", "mat")[1].startswith("/r")
    assert graph.number_of_edges() == 2 * 2 + 2


def test_the_way_through_json_and_back_gives_the_same_scene(scene: Scene) -> None:
    data = json.loads(json.dumps(graph_json(scene)))
    assert scene_of_graph_json(data, scene.camera) == scene


def test_triples_are_relations_then_parents(scene: Scene) -> None:
    assert triples_of(scene) == (("toy car", "on", "mat"), ("toy car", "part of", "living room"))


def test_layout_tags_are_discrete(scene: Scene) -> None:
    tags = layout_tags(scene.objects["car"], scene.camera)
    assert tags == {"position": "x4y4", "depth": "d5", "size": "s3", "heading": "h1"}
    assert layout_tags(scene.objects["car"].replace(center=(0, -20, 1)), scene.camera)["position"] == "out"


def test_a_relation_without_an_object_is_refused(scene: Scene) -> None:
    data = graph_json(scene)
    data["edges"] = [edge for edge in data["edges"] if edge["source"] != "/r0"]
    with pytest.raises(SceneError, match="/r0"):
        scene_of_graph_json(data)


def test_an_unknown_predicate_and_a_broken_form_are_refused(scene: Scene) -> None:
    data = graph_json(scene)
    next(node for node in data["nodes"] if node["tag"] == Predicate.ON.value)["tag"] = "hovers"
    with pytest.raises(SceneError, match="hovers"):
        scene_of_graph_json(data)
    with pytest.raises(SceneError):
        scene_of_graph_json({"nodes": 3})
