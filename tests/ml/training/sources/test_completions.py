"""Descriptions and detectors' graphs with the 3D graphs that they are completed to."""

import torch
from tiny_graphs import record, records, tiny_system, vocabulary

from sd3studio.ml.conditioning.graph_tensors import nodes_of
from sd3studio.ml.training.sources.completions import CompletionSource, description, pair_of
from sd3studio.ml.training.sources.graphs import GraphSource


def seeded() -> torch.Generator:
    return torch.Generator().manual_seed(0)


def test_a_description_joins_what_captions_say_of_the_same_things():
    one = record(1)
    every = range(len(one.sentences))
    told = description(one, every, setting=True)
    keys = [thing.key for thing in told.objects]
    assert len(set(keys)) == len(keys)
    said = {(s.graph.objects[a].key, p, s.graph.objects[b].key) for s in one.sentences for a, p, b in s.graph.triples}
    assert {(keys[a], p, keys[b]) for a, p, b in told.triples} == said
    setting = {thing.key for thing in one.gold.objects if thing.kind != "object"}
    assert setting <= set(keys) and not setting & {t.key for t in description(one, every, setting=False).objects}


def test_what_a_source_tells_of_keeps_its_place_and_inventions_vanish():
    one = record(2)
    invented = one.detected.objects[0].replace(key="", tag="zebra")
    twice = one.detected.objects[0]
    source = one.detected.replace(objects=(*one.detected.objects, invented, twice), triples=())
    pair = pair_of(source, one, vocabulary())
    tags = dict(zip(pair.target.places, (thing.key for thing in pair.target.graph.objects), strict=True))
    for place, thing in enumerate(one.detected.objects):
        assert tags[place] == thing.key
    assert len(set(tags.values())) == len(tags)  # a thing is there once
    assert not pair.stated.any()


def test_batches_repeat_and_hold_both_sources():
    system = tiny_system()
    source = CompletionSource(records(3), system)
    one, other = source.batch([2, 0], seeded()), CompletionSource(records(3), system).batch([2, 0], seeded())
    assert {
        f"{kind}_{name}" for kind in ("said", "seen") for name in ("codes", "mask", "cells", "target", "stated")
    } == {*one}
    for name, value in one.items():
        assert torch.equal(value, other[name]), name
    assert one["said_stated"].any() and int(one["said_target"].max()) <= 4


def test_graphs_for_the_codec_are_of_one_kind_a_batch_and_repeat():
    graphs = [
        (
            nodes_of(r.gold, vocabulary()),
            (nodes_of(r.sentences[0].graph, vocabulary()),),
            nodes_of(r.detected, vocabulary()),
        )
        for r in records(3)
    ]
    source = GraphSource(graphs, vocabulary())
    one, other = source.batch([0, 1, 2], seeded()), source.batch([0, 1, 2], seeded())
    assert all(torch.equal(value, other[name]) for name, value in one.items())
    assert not torch.equal(
        one["graph_tag"], GraphSource(graphs, vocabulary(), 0.0).batch([0, 1, 2], seeded())["graph_tag"]
    )
