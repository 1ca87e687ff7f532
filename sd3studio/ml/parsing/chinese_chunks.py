"""A Chinese clause as a row of chunks: noun phrases, places, verbs; segmented by rjieba and our word list.

rjieba is jieba's dictionary segmenter and tagger in Rust, with its dictionary inside the package. It does not know that
本 in 一本书 is a measure word, nor that 桌上 is a table and its top: numbers with measure words are cut out before, and
nouns grown together with a place are cut after it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

from sd3studio.core.errors import MissingModelError
from sd3studio.core.language.chinese_words import (
    GROUP_MEASURES,
    MEASURES,
    PAIR_MEASURES,
    PLACING,
    POSTURES,
    PRONOUNS,
    SOME,
    VESSELS,
    chinese_words,
    number_of,
)
from sd3studio.core.language.noun_net import noun_net
from sd3studio.core.language.vocabulary import SpatialRule, chinese_phrases

if TYPE_CHECKING:
    from rjieba import Jieba

COUNTED = re.compile(
    rf"(?P<number>{'|'.join(SOME)}|[一二两三四五六七八九十]+|\d+)(?P<measure>[{MEASURES}])(?=.)|(?P<some>一些|许多|很多)"
)
HELD = frozenset({"food", "foodstuff", "nutriment", "drink", "water", "flower", "fruit", "vegetable", "fish"})
"""Kinds of what is counted by the vessel it is in."""
FREQUENT = 20_000
"""Count given to our own words, so that they are not cut."""
OTHER = ("另外", "另", "其他", "又")
DEMONSTRATIVE = ("这", "那", "该", "此")
BACKS = frozenset({"靠背", "后背", "背面", "背部", "椅背", "背"})
MOST_PIECES = 4
"""A spatial verb or place is put together again from at most so many words of the segmenter."""


@dataclass(slots=True)
class Chunk:
    """A piece of a clause.

    `kind` is one letter, so that patterns over chunks are regular expressions: N noun phrase, K the back of something,
    L place (左侧), Z 在, V spatial verb, Y 有, P verb of placing or posture, D 的, A and, B 比, C comparison, S 是,
    T 着 and 了, O anything else.
    """

    kind: str
    text: str
    start: int
    noun: str = ""
    attributes: list[str] = field(default_factory=list)
    count: int = 1
    plural: bool = False
    counted: bool = False
    """A number or measure word stands before it: a thing that is new in the text."""
    other: bool = False
    vessel: str = ""
    """English of the measure word, if that is a vessel ("一杯")."""
    content: str = ""
    """What is in the thing: the coffee of "一杯咖啡", which is a cup."""
    pronoun: str = ""
    back: bool = False
    """It is the back of the thing ("椅背")."""
    rule: SpatialRule | None = None
    posture: str = ""


@cache
def _segmenter() -> Jieba:
    try:
        from rjieba import Jieba
    except ImportError as error:
        raise MissingModelError("The Chinese segmenter is missing. Install it with: pip install rjieba") from error
    jieba = Jieba()
    words = chinese_words()
    for tag, known in (("n", words.nouns), ("a", words.adjectives), ("f", chinese_phrases("place", "between"))):
        for word in known:
            if len(word) > 1:
                jieba.add_word(word, FREQUENT, tag)
    return jieba


def clauses_of(text: str) -> Iterator[tuple[int, str]]:
    """Clauses with their starts; commas and full stops end one, 、 does not."""
    for match in re.finditer(r"[^，。；！？,.;!?：:\n]+", text):
        if match.group().strip():
            yield match.start(), match.group()


def chunks_of(clause: str, offset: int) -> list[Chunk]:
    """The chunks of one clause; `offset` is its start in the text."""
    chunks: list[Chunk] = []
    at = 0
    for match in COUNTED.finditer(clause):
        if match.start() < at:
            continue
        chunks += _words(clause[at : match.start()], offset + at)
        chunks.append(_number_chunk(match, offset))
        at = match.end()
    chunks += _words(clause[at:], offset + at)
    return _noun_phrases(chunks)


def _number_chunk(match: re.Match[str], offset: int) -> Chunk:
    """A number with its measure word, of the provisional kind Q."""
    chunk = Chunk("Q", match.group(), offset + match.start(), counted=True)
    measure = match.group("measure") or ""
    chunk.vessel = VESSELS.get(measure, "")
    value = number_of(match.group("number") or "")
    chunk.plural = (
        bool(match.group("some")) or match.group("number") in SOME or (measure != "" and measure in GROUP_MEASURES)
    )
    if not chunk.plural:
        chunk.count = min(100, max(1, value) * (2 if measure and measure in PAIR_MEASURES else 1))
    return chunk


def _words(text: str, offset: int) -> list[Chunk]:
    chunks: list[Chunk] = []
    for word, tag in _rejoined(_segmenter().tag(text, hmm=False)) if text else ():
        at = offset
        for piece, piece_tag in _cut(word, tag):
            chunks.append(_word_chunk(piece, piece_tag, at))
            at += len(piece)
        offset += len(word)
    return [chunk for chunk in chunks if chunk.text.strip()]


def _rejoined(tagged: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Spatial verbs that the segmenter has cut put together again: 对 着, 面 朝."""
    verbs, joined, at = chinese_phrases("verb", "has"), [], 0
    while at < len(tagged):
        length = next(
            (
                n
                for n in range(MOST_PIECES, 1, -1)
                if "".join(word for word, _ in tagged[at : at + n]) in verbs and at + n <= len(tagged)
            ),
            1,
        )
        joined.append(tagged[at] if length == 1 else ("".join(word for word, _ in tagged[at : at + length]), "v"))
        at += length
    return joined


def _cut(word: str, tag: str) -> list[tuple[str, str]]:
    """A word in its parts where it has grown together with a place, 在 or 着: 桌上, 放在, 坐着."""
    words, places = chinese_words(), chinese_phrases("place", "between")
    if word in words.nouns or word in words.adjectives or word in places or word in chinese_phrases("verb", "has"):
        return [(word, tag)]
    for place in places:
        stem = word[: -len(place)]
        if word.endswith(place) and (stem in words.nouns or (len(stem) > 1 and tag[:1] in ("n", "s"))):
            return [(stem, "n"), (place, "f")]
    if re.fullmatch(rf"(?:{PLACING})(?:在|于|着|了)", word):
        return [(word[:-1], "v"), (word[-1], "p")]
    for noun_end in range(len(word) - 1, 0, -1):
        if word[:noun_end] in words.adjectives and word[noun_end:] in words.nouns:
            return [(word[:noun_end], "a"), (word[noun_end:], "n")]
    return [(word, tag)]


def _word_chunk(word: str, tag: str, start: int) -> Chunk:
    words = chinese_words()
    verbs = chinese_phrases("verb", "has")
    if word in PRONOUNS:
        return Chunk("N", word, start, noun=word, pronoun=PRONOUNS[word], plural=PRONOUNS[word] == "they")
    if word in words.nouns:
        return Chunk("N", word, start, noun=words.nouns[word])
    if word in BACKS:
        return Chunk("N", word, start, noun="chair", back=True) if word == "椅背" else Chunk("K", word, start)
    if word in words.adjectives:
        return Chunk("J", word, start, attributes=[words.adjectives[word]])
    if word in ("在", "于", "位于", "处于", "到", "坐落于"):
        return Chunk("Z", word, start)
    if word in ("有", "还有", "也有", "包括", "包含"):
        return Chunk("Y", word, start)
    if word in ("和", "与", "跟", "及", "以及", "、", "并", "同"):
        return Chunk("A", word, start)
    simple = {"的": "D", "之": "D", "比": "B", "是": "S", "着": "T", "了": "T", "正": "T", "正在": "Z"}
    if word in simple:
        return Chunk(simple[word], word, start)
    if word in verbs:
        return Chunk("V", word, start, rule=verbs[word])
    places = chinese_phrases("place", "between")
    if word in places and tag[:1] not in ("v",):
        return Chunk("L", word, start, rule=places[word])
    if re.fullmatch(rf"{PLACING}", word):
        return Chunk("P", word, start, posture=POSTURES.get(word[0], ""))
    if word in OTHER or word in DEMONSTRATIVE or word in ("一", "每"):
        return Chunk("X", word, start, other=word in OTHER)
    if tag[:1] == "n" or tag in ("s", "vn", "j", "l", "i", "eng"):
        return Chunk("N", word, start, noun=word)
    if tag[:1] in ("a", "b", "z"):
        return Chunk("J", word, start, attributes=[word])
    return Chunk("O", word, start)


def _noun_phrases(chunks: list[Chunk]) -> list[Chunk]:
    """Numbers, adjectives and 的 joined to the noun that they stand before."""
    joined: list[Chunk] = []
    waiting: list[Chunk] = []
    for chunk in chunks:
        if chunk.kind in "QJX" or (chunk.kind == "D" and waiting and waiting[-1].kind == "J"):
            waiting.append(chunk)
            continue
        if chunk.kind == "N":
            for part in waiting:
                chunk.attributes += part.attributes
                chunk.other |= part.other
                if part.kind == "Q":
                    chunk.count, chunk.plural, chunk.counted = part.count, part.plural, True
                    chunk.vessel = part.vessel
            if waiting:
                chunk.text = "".join(part.text for part in waiting) + chunk.text
                chunk.start = waiting[0].start
        elif waiting:
            joined += [_left_alone(part) for part in waiting]
        waiting = []
        joined.append(chunk)
    joined += [_left_alone(part) for part in waiting]
    compounds = _compounds(joined)
    for chunk in compounds:
        if chunk.vessel and chunk.kind == "N":
            _pour(chunk)
    return compounds


def _pour(chunk: Chunk) -> None:
    """Make the vessel of what it holds: 一杯咖啡 is a cup, 一瓶花 a vase; 一盘磁带 stays what it is."""
    known = chunk.noun.isascii()
    if known and HELD.isdisjoint((chunk.noun, *noun_net().distance_up(chunk.noun))):
        return
    chunk.content = chunk.noun
    chunk.noun = "vase" if (chunk.vessel, chunk.noun) == ("bottle", "flower") else chunk.vessel


def _left_alone(part: Chunk) -> Chunk:
    """An adjective that stands before no noun compares or says something of the subject."""
    part.kind = "C" if part.kind == "J" else "O" if part.kind in "QX" else part.kind
    return part


def _compounds(chunks: list[Chunk]) -> list[Chunk]:
    """Two nouns side by side are one thing: 木头 桌子, 圣诞 树; 玩具 飞机 is a toy airplane."""
    joined: list[Chunk] = []
    for chunk in chunks:
        last = joined[-1] if joined else None
        if (
            chunk.kind == "N"
            and last is not None
            and last.kind == "N"
            and not (chunk.counted or chunk.pronoun or last.pronoun or chunk.back)
        ):
            chunk.text, chunk.start = last.text + chunk.text, last.start
            chunk.attributes = [*last.attributes, *chunk.attributes]
            if last.noun == "toy" and "toy" not in chunk.noun:
                chunk.noun = f"toy {chunk.noun}"
            chunk.count, chunk.plural, chunk.counted, chunk.other = last.count, last.plural, last.counted, last.other
            chunk.vessel = last.vessel
            joined[-1] = chunk
        else:
            joined.append(chunk)
    return joined
