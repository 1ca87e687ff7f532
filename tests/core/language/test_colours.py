"""Colour words."""

import pytest

from sd3studio.core.language.colours import COLOURS, colour_of, first_colour


@pytest.mark.parametrize(("word", "same"), [("Blue", "blue"), ("grey", "gray"), ("蓝色", "blue"), (" RED ", "red")])
def test_spellings_and_languages_name_the_same_colour(word: str, same: str) -> None:
    assert colour_of(word) == COLOURS[same]


def test_shades_are_lighter_and_darker() -> None:
    dark, plain, light = (sum(colour_of(word)) for word in ("dark green", "green", "light-green"))
    assert dark < plain < light


@pytest.mark.parametrize("word", ["wooden", "", "dark", "large", "redd"])
def test_other_words_name_no_colour(word: str) -> None:
    assert colour_of(word) is None


def test_first_colour_of_several_words() -> None:
    assert first_colour(("old", "yellow", "red")) == COLOURS["yellow"]
    assert first_colour(("old", "tall")) is None


def test_all_channels_are_in_range() -> None:
    assert all(0.0 <= channel <= 1.0 for colour in COLOURS.values() for channel in colour)
