"""SPICE over spaCy parses: what a sentence says as tuples, what means the same, and the score."""

import numpy as np
import pytest

from sd3studio.ml.metrics.spice import TupleGraph, f_score, spice_scores
from sd3studio.ml.metrics.tuples import tuples_of

READINGS = {
    "A red car is parked in front of the power lines": {
        ("car",),
        ("car", "red"),
        ("power line",),
        ("car", "park in front of", "power line"),
    },
    "two dogs are next to a man and a wooden table": {
        ("dog",),
        ("dog", "two"),
        ("man",),
        ("table",),
        ("table", "wooden"),
        ("dog", "next to", "man"),
        ("dog", "next to", "table"),
    },
    "the dog that is sleeping under the table is brown": {
        ("dog",),
        ("dog", "brown"),
        ("table",),
        ("dog", "sleep under", "table"),
    },
    "a man holds an umbrella": {("man",), ("umbrella",), ("man", "hold", "umbrella")},
    "the chair is to the left of the bed": {("chair",), ("bed",), ("chair", "to left of", "bed")},
}


@pytest.mark.parametrize("sentence", READINGS)
def test_tuples_of_a_sentence(sentence):
    found = {
        tuple(" ".join(w for w in part.split() if w != "the") for part in t) for t in tuples_of([sentence])[sentence]
    }
    assert found == READINGS[sentence]


def test_synonyms_match_and_other_words_do_not():
    assert f_score([("couch",), ("couch", "red")], [("sofa",), ("sofa", "red")]) == 1.0
    assert f_score([("couch",)], [("dog",)]) == 0.0


def test_references_are_one_graph_in_which_the_same_is_said_once():
    graph = TupleGraph.of(
        [("sofa",), ("couch", "red"), ("couch", "red"), ("man", "on", "sofa"), ("man", "on", "couch")]
    )
    assert sorted(len(statement) for statement in graph.statements()) == [1, 1, 2, 3]


def test_score_is_the_harmonic_mean_of_precision_and_recall():
    said = [("man",), ("dog",), ("man", "on", "dog")]
    wanted = [("man",), ("dog",), ("man", "behind", "dog"), ("cat",)]
    assert f_score(said, wanted) == pytest.approx(2 * 2 / (3 + 4))


def test_the_auxiliary_of_a_relation_does_not_count():
    assert f_score([("a", "be on", "b")], [("a", "on", "b")]) == 1.0


def test_a_copy_scores_one_and_another_relation_less():
    references = [["a man is on the couch"], ["a man is on the couch"]]
    scores = spice_scores(["the man is on a sofa", "the man is behind a sofa"], references)
    np.testing.assert_allclose(scores, [1.0, 2 / 3])


def test_a_sentence_without_things_scores_nothing():
    assert spice_scores(["yes"], [["a man is on the couch"]]).tolist() == [0.0]
