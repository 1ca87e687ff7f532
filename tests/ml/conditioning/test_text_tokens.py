"""Names become pointers and come back with the right article, number and capital letter."""

from pathlib import Path

import pytest

from sd3studio.core.errors import MissingModelError
from sd3studio.ml.conditioning.text_tokens import (
    EOS_ID,
    FIRST_POINTER,
    NamedThing,
    TextTokenizer,
    other_number,
    pointed,
    pointer_id,
    spoken,
)

LINES = NamedThing("power lines")
CUP = NamedThing("orange cup", ("blue", "wooden"))
TREES = (NamedThing("tree"), NamedThing("tree"))


@pytest.fixture(scope="module")
def tokenizer() -> TextTokenizer:
    return TextTokenizer.train(["a <obj0> is behind the <obj1> .", "some <obj0> are on a <attr1> <obj1> ."], 120)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The power lines are here.", "the <obj0> are here ."),
        ("A power line's end", "a <objs0> 's end"),
        ("An Orange Cup on two trees", "an <obj1> on two <objs2>"),
        ("A tree is next to another tree", "a <obj2> is next to another <obj3>"),
        ("A blue wooden orange cup", "a <attr1> <more1> <obj1>"),
        ("A wooden orange cup", "a <more1> <obj1>"),
        ("A blue sky", "a blue sky"),
    ],
)
def test_mentions_become_pointers(text: str, expected: str) -> None:
    assert pointed(text, (LINES, CUP, *TREES)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a <obj1> is on a <obj2>", "An orange cup is on a tree."),
        ("a <attr1> <obj1>", "A blue orange cup."),
        ("a <attr2> <obj2>", "A tree."),
        ("a <obj0> , a <objs0>", "Some power lines, a power line."),
        ("the <obj2> ' s leaf ; a t - shirt", "The tree's leaf; a t-shirt."),
        ("the <obj7>", "The."),
    ],
)
def test_pointers_become_names(text: str, expected: str) -> None:
    assert spoken(text, (LINES, CUP, *TREES)) == expected


@pytest.mark.parametrize(
    ("label", "other"),
    [
        ("chair", "chairs"),
        ("dining chairs", "dining chair"),
        ("glass of wine", "glasses of wine"),
        ("buses", "bus"),
        ("houses", "house"),
        ("people", "person"),
        ("grass", "grass"),
        ("stairs", "stairs"),
    ],
)
def test_other_number(label: str, other: str) -> None:
    assert other_number(label) == other


def test_a_name_never_seen_comes_back(tokenizer: TextTokenizer) -> None:
    things = (NamedThing("octopus"), NamedThing("zyzzyvas"))
    ids = tokenizer.encode("An octopus is behind the zyzzyvas.", things)
    assert pointer_id(0, 0) in ids
    assert pointer_id(0, 1) in ids
    assert ids[-1] == EOS_ID
    assert tokenizer.decode([*ids, 77, 77], things) == "An octopus is behind the zyzzyvas."


def test_words_beyond_the_vocabulary_are_spelled(tokenizer: TextTokenizer) -> None:
    assert tokenizer.decode(tokenizer.encode("Quixotic fjords."), ()) == "Quixotic fjords."


def test_file_round_trip(tokenizer: TextTokenizer, tmp_path: Path) -> None:
    tokenizer.save(tmp_path / "tokenizer.json")
    read = TextTokenizer.load(tmp_path / "tokenizer.json")
    assert read == tokenizer
    assert read.encode("a red thing") == tokenizer.encode("a red thing")


@pytest.mark.parametrize("text", ["{", "{}", '{"pieces": ["a"], "merges": []}'])
def test_a_damaged_file_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "tokenizer.json").write_text(text)
    with pytest.raises(MissingModelError, match=r"tokenizer\.json"):
        TextTokenizer.load(tmp_path / "tokenizer.json")


def test_pointers_lie_in_their_range() -> None:
    assert pointer_id(0, 0) == FIRST_POINTER
    with pytest.raises(ValueError, match="objects 0 to 7"):
        pointer_id(0, 8)
