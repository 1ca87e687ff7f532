"""Scene graphs as node tensors: there and back, identities, words that are not known, too many nodes."""

import pytest
import torch
from tiny_graphs import record, records, vocabulary

from sd3studio.core.errors import InputError
from sd3studio.core.scene.predicates import Predicate
from sd3studio.ml.conditioning.graph_tensors import INSTANCES, NodeType, graph_of, nodes_of, tensors_of
from sd3studio.ml.conditioning.graph_vocabulary import UNKNOWN, GraphVocabulary
from sd3studio.ml.training.data.graphs import GraphObject, SceneGraph


def test_a_3d_graph_comes_back_with_all_its_tags_and_triples():
    for one in records(6):
        tensors = tensors_of([one.gold], vocabulary())
        again = graph_of(tensors, 0, vocabulary())
        assert sorted(again.named()) == sorted(one.gold.named())
        for before, after in zip(one.gold.objects, again.objects, strict=True):
            assert (before.tag, before.kind, set(before.attributes)) == (after.tag, after.kind, set(after.attributes))
            if before.layout is not None:
                assert after.layout is not None
                assert (after.layout.x, after.layout.depth, after.layout.yaw) == (
                    before.layout.x,
                    before.layout.depth,
                    before.layout.yaw,
                )
                assert max(abs(a - b) for a, b in zip(before.layout.size, after.layout.size, strict=True)) <= 6


def test_padding_and_permuting_change_nothing():
    graphs = [record(0).gold, record(1).gold, record(0).sentences[0].graph]
    tensors = tensors_of(graphs, vocabulary())
    order = torch.randperm(tensors.tag.shape[1], generator=torch.Generator().manual_seed(0))
    for k, graph in enumerate(graphs):
        assert sorted(graph_of(tensors.permuted(order), k, vocabulary()).named()) == sorted(graph.named())


def test_identities_are_drawn_anew_or_in_order():
    graph = record(2).gold
    count = len(graph.objects)
    plain = tensors_of([graph], vocabulary()).instance[0, :count]
    assert len(set(plain.tolist())) == min(count, INSTANCES)
    drawn = [tensors_of([graph], vocabulary(), torch.Generator().manual_seed(s)).instance[0, :count] for s in (1, 1, 2)]
    assert torch.equal(drawn[0], drawn[1]) and not torch.equal(drawn[0], drawn[2])


def test_a_tag_that_is_not_known_is_the_unknown_word_or_an_error():
    graph = SceneGraph(source="tsg", objects=(GraphObject(tag="zorblax"),))
    tensors = tensors_of([graph], vocabulary())
    assert vocabulary().words[int(tensors.tag[0, 0])] == (NodeType.OBJECT, UNKNOWN)
    with pytest.raises(InputError, match="'zorblax' is not in the vocabulary"):
        tensors_of([graph], vocabulary(), strict=True)


def test_a_graph_of_too_many_nodes_is_refused_with_its_size():
    things = tuple(GraphObject(tag="chair") for _ in range(400))
    triples = tuple((k, Predicate.NEXT_TO, k + 1) for k in range(399))
    with pytest.raises(InputError, match="400 objects and 399 relations is too large"):
        nodes_of(SceneGraph(source="tsg", objects=things, triples=triples), vocabulary())


def test_part_of_is_an_edge_with_one_concept_and_a_node_with_two():
    room, chair = GraphObject(tag="room", kind="concept"), GraphObject(tag="chair")
    one = SceneGraph(source="3dsg", objects=(chair, room), triples=((0, Predicate.PART_OF, 1),))
    two = one.replace(objects=(chair, room, GraphObject(tag="kitchen", kind="concept")))
    for graph, relations in ((one, 0), (two, 1)):
        tensors = tensors_of([graph], vocabulary())
        assert int((tensors.type == NodeType.RELATION).sum()) == relations
        assert graph_of(tensors, 0, vocabulary()).triples == graph.triples


def test_boxes_of_a_detector_become_words_only_if_the_picture_is_known():
    graph = record(0).detected
    without, with_boxes = nodes_of(graph, vocabulary()), nodes_of(graph, vocabulary(), (64.0, 64.0))
    assert len(with_boxes) == len(without) + 4 * len(graph.objects)


def test_a_vocabulary_is_made_of_records_and_survives_json():
    made = GraphVocabulary.of(records(4), sizes=8, more_objects=("zeppelin", "chair"))
    assert "zeppelin" in made.objects and made.objects.count("chair") <= 1 and len(made.sizes) <= 8
    assert GraphVocabulary.model_validate_json(made.model_dump_json()) == made


def test_a_vocabulary_with_more_words_than_codes_is_refused():
    with pytest.raises(ValueError, match="has room for 625"):
        vocabulary().replace(objects=tuple(f"thing {k}" for k in range(600)))
