"""The canvas of the graph diffusion: graphs there and back, and who gets which place."""

import numpy as np
import torch
from tiny_graphs import records, tiny_system, vocabulary

from sd3studio.core.scene.predicates import Predicate
from sd3studio.ml.conditioning.graph_places import (
    FIELDS,
    OBJECT_PLACES,
    PLACES,
    given_places,
    graph_on,
    off_canvas,
    on_canvas,
    placed,
    tensors_of_placed,
    unused_fields,
)
from sd3studio.ml.training.data.graphs import GraphObject, SceneGraph
from sd3studio.ml.training.sources.completions import pair_of


def test_a_graph_on_the_canvas_is_read_off_it_again():
    codec = tiny_system().parts["graph_codec"]
    for one in records(4):
        target = pair_of(one.detected, one, vocabulary()).target
        tensors, cells = tensors_of_placed([target])
        canvas = on_canvas(codec.encode(tensors), cells, codec.empty_code())
        assert canvas.shape == (1, PLACES, FIELDS)
        nodes = off_canvas(canvas)
        graph, at = graph_on(codec.read(nodes, ~codec.is_empty(nodes)), 0, vocabulary())
        assert sorted(at) == sorted(target.places)
        assert sorted(thing.tag for thing in graph.objects) == sorted(thing.tag for thing in target.graph.objects)
        told = {t for t in target.graph.named() if t[1] not in ("in",)}  # rare predicates are learnt
        assert len(set(graph.named()) & told) >= 0.9 * len(told)
        assert torch.equal(canvas.masked_fill(unused_fields(), -1)[0, OBJECT_PLACES:, 6:].unique(), torch.tensor([-1]))


def test_of_too_many_objects_the_surest_get_a_place():
    scores = np.linspace(0.1, 0.9, 14)
    things = tuple(GraphObject(tag="chair", score=float(score), box=(0, 0, 9, 9)) for score in scores)
    places = given_places(SceneGraph(source="vsg", objects=things))
    assert [place is None for place in places] == [True] * 4 + [False] * 10
    assert [place for place in places if place is not None] == list(range(OBJECT_PLACES))


def test_a_thing_keeps_what_supports_it_before_other_relations():
    things = tuple(GraphObject(tag=tag) for tag in ("cup", "table", "chair"))
    triples = ((0, Predicate.LEFT_OF, 2), (0, Predicate.ON, 1), (2, Predicate.NEXT_TO, 1))
    graph = SceneGraph(source="3dsg", objects=things, triples=triples)
    kept = placed(graph, [0, 1, None], vocabulary()).graph
    assert kept.named() == (("cup", "on", "table"),)
