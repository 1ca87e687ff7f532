"""Typed queries: typing mistakes are put right and said; words that are known stay."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sd3studio.ml.librarian.queries import read_query
from sd3studio.ml.librarian.spelling import edits, spelled

LABELS = ("dog", "couch", "bicycle", "car", "person", "wine glass", "chair", "dining table", "kitchen", "refrigerator")


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("dgo lfet of cuoch", "dog left of couch"),
        ("bycicle behnid car", "bicycle behind car"),
        ("two wine glases", "two wine glasses"),
        ("playing children", "playing children"),
        ("zebra next to giraffe", "zebra next to giraffe"),
        ("Dog left of couch", "Dog left of couch"),
        ("xqzzk", "xqzzk"),
    ],
)
def test_mistakes_become_the_likest_known_word(typed, meant):
    text, notes = spelled(typed, LABELS)
    assert text == meant
    assert len(notes) == sum(a != b for a, b in zip(typed.split(), meant.split(), strict=True))


@given(st.text("abcd", max_size=7), st.text("abcd", max_size=7))
def test_the_distance_of_words_is_that_of_the_textbook(a, b):
    table = [[i + j if 0 in (i, j) else 0 for j in range(len(b) + 1)] for i in range(len(a) + 1)]
    for i in range(1, len(a) + 1):
        for j in range(1, len(b) + 1):
            cost = min(table[i - 1][j] + 1, table[i][j - 1] + 1, table[i - 1][j - 1] + (a[i - 1] != b[j - 1]))
            if i > 1 and j > 1 and a[i - 2 : i] == b[j - 2 : j][::-1]:
                cost = min(cost, table[i - 2][j - 2] + 1)
            table[i][j] = cost
    for most in (1, 2, 20):
        assert edits(a, b, most) == table[-1][-1] if table[-1][-1] <= most else edits(a, b, most) > most


@pytest.mark.parametrize(
    ("text", "said", "note"),
    [
        ("person far from the car", "person; car", "far"),
        ("dog behnid a car", "dog behind car", "behind"),
        ("children playing", "child", "playing"),
        ("a kitchen with a refrigerator", "kitchen; refrigerator", ""),
        ("people not riding bicycles", "person not on bicycle", ""),
        ("a man holding a wine glass", "man; wine glass", "man"),
        ("chairs next to each other", "chair next to chair", ""),
        ("没有人，至少两把椅子", "at least 2 chairs; no person", ""),
    ],
)
def test_what_is_understood_and_what_not_is_said(text, said, note):
    read = read_query(text, LABELS)
    assert read.query.said() == said
    assert (note in " ".join(read.query.notes)) if note else not read.query.notes, read.query.notes
