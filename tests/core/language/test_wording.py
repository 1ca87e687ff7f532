"""English nouns: articles, plurals, lists."""

import pytest

from sd3studio.core.language.wording import article, counted, indefinite, is_plural, listed, plural, sentence


@pytest.mark.parametrize(
    ("phrase", "expected"),
    [
        *(("apple", "an"), ("bus", "a"), ("hour", "an"), ("umbrella", "an"), ("unicorn", "a"), ("uniform", "a")),
        *(
            ("university", "a"),
            ("SUV", "an"),
            ("TV", "a"),
            ("one-way sign", "a"),
            ("orange car", "an"),
            ("11 cm box", "an"),
        ),
        *(("unusual car", "an"), ("user", "a"), ("European flag", "a"), ("MP3 player", "an")),
    ],
)
def test_the_article_follows_the_sound(phrase: str, expected: str) -> None:
    assert article(phrase) == expected


@pytest.mark.parametrize(
    ("noun", "expected"),
    [
        *(("person", "people"), ("man", "men"), ("fireman", "firemen"), ("woman", "women"), ("human", "humans")),
        *(
            ("bus", "buses"),
            ("couch", "couches"),
            ("knife", "knives"),
            ("bookshelf", "bookshelves"),
            ("sheep", "sheep"),
        ),
        *(("dining table", "dining tables"), ("glass of wine", "glasses of wine"), ("city", "cities"), ("toy", "toys")),
        *(("scissors", "scissors"), ("people", "people"), ("mouse", "mice"), ("potted plant", "potted plants")),
        *(
            ("box", "boxes"),
            ("glass", "glasses"),
            ("horse", "horses"),
            ("power lines", "power lines"),
            ("roof", "roofs"),
        ),
        *(("computer mouse", "computer mice"), ("child", "children"), ("ottoman", "ottomans")),
    ],
)
def test_plurals(noun: str, expected: str) -> None:
    assert plural(noun) == expected


@pytest.mark.parametrize(
    "noun", ["people", "trees", "skis", "power lines", "railway tracks", "men", "bookshelves", "weeds"]
)
def test_plural_labels_are_known(noun: str) -> None:
    assert is_plural(noun)


@pytest.mark.parametrize(
    "noun", ["bus", "glass", "grass", "cactus", "tennis", "dress", "canvas", "sheep", "glass of beans"]
)
def test_singulars_that_end_like_plurals_are_known(noun: str) -> None:
    assert not is_plural(noun)


def test_new_things_get_the_article_that_fits_them() -> None:
    assert indefinite("green weeds", "weeds") == "some green weeds"
    assert indefinite("skis", "skis") == "a pair of skis"
    assert indefinite("wet grass", "grass") == "some wet grass"
    assert counted(2, "chair") == "two chairs"
    assert counted(13, "person") == "13 people"
    assert counted(1, "old chair") == "an old chair"


def test_lists_and_sentences() -> None:
    assert listed([]) == "" and listed(["a"]) == "a" and listed(["a", "b", "c"]) == "a, b and c"
    assert sentence("the TV is on") == "The TV is on."
