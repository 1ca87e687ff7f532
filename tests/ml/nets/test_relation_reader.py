"""The relation reader: any order of the things, and it learns what a few scenes hold."""

from random import Random

import pytest
import torch
from tiny_graphs import record, records, tiny_system, vocabulary

from sd3studio.ml.conditioning.graph_things import PREDICATES, stack_things, things_of
from sd3studio.ml.nets.relation_reader import HOLDING, TELLING
from sd3studio.ml.training.losses.graph import graph_relations
from sd3studio.ml.training.sources.relations import RelationSource, answers_of, erring, example_of


def test_the_order_of_the_things_does_not_matter():
    reader = tiny_system().parts["graph_relations"]
    graph = record(0).gold
    count = len(graph.objects)
    order = torch.randperm(count, generator=torch.Generator().manual_seed(0)).tolist()
    back = {old: new for new, old in enumerate(order)}
    turned = graph.replace(
        objects=tuple(graph.objects[k] for k in order),
        triples=tuple((back[s], p, back[o]) for s, p, o in graph.triples),
    )
    with torch.no_grad():
        (one, words), (other, again) = (
            reader(stack_things([things_of(some, vocabulary()), things_of(record(1).gold, vocabulary())]))
            for some in (graph, turned)
        )
    assert torch.allclose(one[0, order][:, order], other[0, :count, :count], atol=1e-5)
    assert torch.allclose(words[0], again[0], atol=1e-5)


def test_answers_are_the_gold_graphs_triples_and_what_holds_besides():
    one = record(0)
    answers = answers_of(one)
    for s, p, o in one.gold.triples:
        assert answers[s, o, HOLDING, PREDICATES.index(p)]
    assert (answers[:, :, TELLING] <= answers[:, :, HOLDING]).all()
    assert answers[:, :, HOLDING].sum() > answers[:, :, TELLING].sum()


def test_mistakes_of_a_detector_are_not_judged_and_what_is_left_out_is_missing():
    one = record(2)
    wrong = one.detected.objects[0].replace(tag="zebra")
    detected = one.detected.replace(objects=(wrong, *one.detected.objects[1:]))
    made = example_of(one.replace(detected=detected), "seen", vocabulary(), "0", answers_of(one))
    row = made.things.tag.tolist().index(vocabulary().number(1, "zebra"))
    assert not made.judged[row].any() and not made.judged[:, row].any() and made.judged.any()
    assert not made.missing[0]


def test_erring_layouts_stay_within_the_bins_and_near_the_truth():
    bins, rng = vocabulary().bins, Random(0)
    true = next(thing.layout for thing in record(0).gold.objects if thing.layout is not None)
    off = []
    for _ in range(200):
        one = erring(true, bins, "seen", rng)
        bins.decode(one, record(0).scene.camera)  # raises beyond the bins
        off.append(abs(one.x - true.x))
    assert sum(off) / len(off) == pytest.approx(0.4, abs=0.3)


def test_it_learns_the_relations_of_a_few_scenes():
    system = tiny_system()
    reader = system.parts["graph_relations"].train()
    source = RelationSource(records(4), vocabulary())
    generator = torch.Generator().manual_seed(0)
    batch = source.batch(range(4), generator)
    optimiser = torch.optim.Adam(reader.parameters(), lr=1e-2)
    losses = []
    for _ in range(60):
        loss = graph_relations(system, batch, generator)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    assert losses[-1] < 0.2 * losses[0]
