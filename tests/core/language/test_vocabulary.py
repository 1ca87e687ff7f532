"""The table of spatial phrases, in both languages."""

import pytest

from sd3studio.core.language.vocabulary import RULES, chinese_phrases, english_phrases, find_phrase, longest_phrase
from sd3studio.core.scene.predicates import VSD_PREDICATES, Predicate


@pytest.mark.parametrize(
    ("phrase", "predicate"),
    [
        ("to the left of", Predicate.LEFT_OF),
        ("left of", Predicate.LEFT_OF),
        ("on the left side of", Predicate.LEFT_OF),
        ("at the left of", Predicate.LEFT_OF),
        ("on the right hand side of", Predicate.RIGHT_OF),
        ("on", Predicate.ON),
        ("on top of", Predicate.ON),
        ("atop", Predicate.ON),
        ("attached to", Predicate.ON),
        ("hanging from", Predicate.ON),
        ("in front of", Predicate.IN_FRONT_OF),
        ("ahead of", Predicate.IN_FRONT_OF),
        ("behind", Predicate.BEHIND),
        ("in back of", Predicate.BEHIND),
        ("at the back of", Predicate.BEHIND),
        ("next to", Predicate.NEXT_TO),
        ("beside", Predicate.NEXT_TO),
        ("by", Predicate.NEXT_TO),
        ("near", Predicate.NEXT_TO),
        ("close to", Predicate.NEXT_TO),
        ("alongside", Predicate.NEXT_TO),
        ("adjacent to", Predicate.NEXT_TO),
        ("around", Predicate.NEXT_TO),
        ("against", Predicate.NEXT_TO),
        ("inside", Predicate.IN),
        ("within", Predicate.IN),
        ("into", Predicate.IN),
        ("beneath", Predicate.UNDER),
        ("below", Predicate.UNDER),
        ("underneath", Predicate.UNDER),
        ("above", Predicate.ABOVE),
        ("over", Predicate.ABOVE),
        ("face", Predicate.FACING),
        ("look at", Predicate.FACING),
        ("with its back to", Predicate.FACING_AWAY),
        ("turned away from", Predicate.FACING_AWAY),
        ("ride", Predicate.ON),
        ("surrounded by", Predicate.NEXT_TO),
        ("上面", Predicate.ON),
        ("左侧", Predicate.LEFT_OF),
        ("右侧", Predicate.RIGHT_OF),
        ("在前面", Predicate.IN_FRONT_OF),
        ("后面", Predicate.BEHIND),
        ("旁边", Predicate.NEXT_TO),
        ("里", Predicate.IN),
        ("下面", Predicate.UNDER),
        ("上方", Predicate.ABOVE),
        ("面对", Predicate.FACING),
        ("朝向", Predicate.FACING),
        ("背对着", Predicate.FACING_AWAY),
    ],
)
def test_a_phrase_says_its_predicate(phrase: str, predicate: Predicate) -> None:
    rule = find_phrase(phrase)
    assert rule is not None
    assert rule.predicate is predicate


@pytest.mark.parametrize("phrase", ["wear", "covered with", "dressed in", "戴着"])
def test_what_is_worn_or_covers_is_on_its_bearer(phrase: str) -> None:
    rule = find_phrase(phrase)
    assert rule is not None
    assert rule.predicate is Predicate.ON
    assert rule.inverse


@pytest.mark.parametrize("phrase", ["", "banana", "left", "桌子"])
def test_what_is_no_phrase_has_no_rule(phrase: str) -> None:
    assert find_phrase(phrase) is None


def test_both_languages_can_say_every_vsd_predicate() -> None:
    english = {rule.predicate for rule in english_phrases().values()}
    chinese = {rule.predicate for rule in chinese_phrases("place", "verb").values()}
    assert set(VSD_PREDICATES) <= english & chinese


def test_the_longest_phrase_is_taken() -> None:
    words = [(word, word) for word in ("in", "front", "of", "the", "house")]
    phrase = longest_phrase(words, 0)
    assert phrase is not None
    assert phrase.words == ("in", "front", "of")
    assert longest_phrase(words, 3) is None


def test_a_lemma_stands_for_its_forms() -> None:
    phrase = longest_phrase([("looking", "look"), ("at", "at")], 0)
    assert phrase is not None
    assert phrase.rule.predicate is Predicate.FACING


def test_chinese_phrases_come_longest_first() -> None:
    lengths = [len(phrase) for phrase in chinese_phrases("place")]
    assert lengths == sorted(lengths, reverse=True)


def test_optional_words_may_be_missing() -> None:
    phrases = english_phrases()
    assert ("on", "the", "left", "of") in phrases
    assert ("on", "the", "left", "hand", "side", "of") in phrases
    assert all(all(words) for words in phrases)


def test_no_rule_is_empty() -> None:
    assert all(rule.en or rule.zh for rule in RULES)
