"""BLEU and its words: values of the COCO toolkit, kept here so that no Java is needed."""

import math

import numpy as np
import pytest

from sd3studio.ml.metrics.bleu import bleu_counts, bleu_of, corpus_bleu
from sd3studio.ml.metrics.ptb import words

CAPTIONS = [
    "A man is sitting on the couch.",
    "the dog the dog the dog",
    "Some weeds are in front of the railway tracks, aren't they?",
    "a t-shirt",
]
REFERENCES = [
    ["a man sits on the couch next to a dog", "the man is sitting on a sofa"],
    ["the dog is on the floor"],
    ["Weeds are in front of the tracks.", "some weeds in the middle are in front of the railway tracks"],
    ["a man's t-shirt is on the chair", "the shirt"],
]
TOOLKIT = [0.7777777777201645, 0.7122123115568695, 0.6216834231993983, 0.5478791614933782]
"""BLEU-1..4 of these by pycocoevalcap 1.2 with its tokenizer."""


def test_values_are_those_of_the_toolkit():
    np.testing.assert_allclose(corpus_bleu(CAPTIONS, REFERENCES), TOOLKIT, rtol=0, atol=1e-9)


@pytest.mark.parametrize(
    ("caption", "expected"),
    [
        ("A man's dog isn't here.", "a man 's dog is n't here"),
        ("The T.V. near St. Paul", "the t.v. near st. paul"),
        ('The sign says "stop!" (twice)', "the sign says stop -lrb- twice -rrb-"),
        ("red,blue and/or green - all", "red blue and/or green all"),
        ("a 1950's car at 5:00pm for $5.50...", "a 1950 's car at 5:00 pm for $ 5.50"),
        ("You cannot, they'll say", "you can not they 'll say"),
    ],
)
def test_words_are_those_of_the_toolkit(caption, expected):
    assert " ".join(words(caption)) == expected


def test_a_caption_equal_to_a_reference_scores_one():
    assert corpus_bleu(["the cat is on the mat"], [["a dog", "the cat is on the mat"]])[3] == pytest.approx(1.0)


def test_a_repeated_word_is_counted_as_often_as_in_one_reference():
    matches = bleu_counts(["the the the"], [["the cat and the dog", "the mouse"]])[0, 0]
    assert matches == 2


def test_short_captions_are_punished_once_for_the_whole_set():
    counts = bleu_counts(["a cat", "on the wide old mat"], [["a cat on it"], ["on the wide old mat"]])
    assert bleu_of(counts)[0] == pytest.approx(math.exp(1 - 9 / 7))


def test_rows_of_several_sets_may_be_joined():
    joined = np.concatenate([bleu_counts(CAPTIONS[:2], REFERENCES[:2]), bleu_counts(CAPTIONS[2:], REFERENCES[2:])])
    assert bleu_of(joined) == corpus_bleu(CAPTIONS, REFERENCES)


def test_a_caption_without_a_reference_is_refused():
    with pytest.raises(ValueError, match="Caption 0"):
        corpus_bleu(["a cat"], [[]])


def test_nothing_said_scores_next_to_nothing():
    assert corpus_bleu([""], [["a cat"]])[3] < 1e-3
