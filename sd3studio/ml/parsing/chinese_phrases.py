"""Noun phrases and place phrases of Chinese commands."""

import re
from dataclasses import replace

from sd3studio.core.language.chinese_words import chinese_words
from sd3studio.core.language.commands import Place, Referent
from sd3studio.core.language.vocabulary import RULES, SpatialRule, chinese_phrases
from sd3studio.ml.parsing.chinese_chunks import Chunk, chunks_of
from sd3studio.ml.parsing.command_phrases import NEXT_TO, ON
from sd3studio.ml.parsing.command_sides import BOTH_SIDES, OTHER_SIDE

PLACES = "|".join(sorted((re.escape(word) for word in chinese_phrases("place", "between")), key=len, reverse=True))
EVERY = re.compile(r"^(?:所有的?|全部的?|每[一]?[把张个只盏]|两[把张个只盏]都|都)")


class UnreadError(Exception):
    """A clause that has the form of a command, but whose parts are not understood."""


def things_of(text: str, new: bool = False) -> tuple[Referent, ...]:
    """Noun phrases joined by 和 and 、. Raises `UnreadError` if there is none."""
    found = [thing_of(part, new) for part in re.split(r"、|和|与|跟|以及", text) if part]
    if not found:
        raise UnreadError
    return tuple(found)


def thing_of(text: str, new: bool = False) -> Referent:
    """One noun phrase, with what stands before 的: 桌子上的书."""
    every = EVERY.search(text)
    bare = EVERY.sub("", text)
    if bare.endswith("都") and len(bare) > 1:
        bare, every = bare[:-1], re.match("", "")
    if bare in ("东西", "物体", "物品", "一切", "") and every:
        return Referent(text, pronoun="everything", every=True)
    if bare in ("这个", "这些", "选中的", "这"):
        return Referent(text, pronoun="this")
    if bare in ("东西", "物体", "物品"):
        return Referent(text, nouns=("thing",), plural=True)
    side = re.fullmatch(r"(左|右|前|后)[边面侧]的(.+)", bare)
    if side is not None and side[2] != "墙":
        picks = {"左": "left", "右": "right", "前": "near", "后": "far"}
        return _with(thing_of(side[2], new), words=text, pick=picks[side[1]])
    located = re.fullmatch(rf"(.+?)的?({PLACES})的(.+)", bare)
    known = bare in chinese_words().nouns  # 左边的墙
    if located is not None and not known and _rule(located[2]) is not None and located[1] not in ("最",):
        reference = things_of(located[1])
        rule = _rule(located[2])
        assert rule is not None
        place = Place(rule, reference, located[2])
        inner = thing_of(("所有" if every else "") + located[3], new)
        return _with(inner, words=text, places=(*inner.places, place))
    pick = re.match(r"^最?(左|右|大|小|高|近|远)(?:边|侧)?(?:的|那[个把张只盏])", bare)
    picks = {"左": "left", "右": "right", "大": "big", "小": "small", "高": "tall", "近": "near", "远": "far"}
    if pick is not None and (bare.startswith("最") or "边" in bare[: pick.end()]):
        return _with(thing_of(bare[pick.end() :], new), words=text, pick=picks[pick[1]])
    chunk = _noun_chunk(bare)
    if chunk.pronoun:
        pronoun = {"it": "it", "they": "them"}.get(chunk.pronoun, "he")
        return Referent(text, pronoun=pronoun, every=pronoun == "them")  # type: ignore[arg-type]
    nouns = tuple(dict.fromkeys((chunk.noun, chunk.noun.split()[-1])))
    demonstrative = bare.startswith(("这", "那"))
    return Referent(
        words=text,
        nouns=nouns,
        attributes=tuple(dict.fromkeys(chunk.attributes)),
        count=chunk.count,
        plural=chunk.plural,
        every=bool(every),
        definite=not new and (demonstrative or not chunk.counted),
        other=chunk.other and not new,
    )


def _with(referent: Referent, **changes: object) -> Referent:
    return replace(referent, **changes)  # type: ignore[arg-type]


def _noun_chunk(text: str) -> Chunk:
    """The noun of a phrase. Raises `UnreadError` if there is none."""
    chunks = [chunk for chunk in chunks_of(text, 0) if chunk.kind == "N"]
    if not chunks:
        raise UnreadError
    last = chunks[-1]
    for earlier in chunks[:-1]:
        last.attributes = [*earlier.attributes, *last.attributes]
        if earlier.counted:
            last.counted, last.count, last.plural = True, earlier.count, earlier.plural
    return last


def _rule(word: str) -> SpatialRule | None:
    return chinese_phrases("place").get(word) or chinese_phrases("between").get(word)


def place_of(text: str) -> Place:
    """沙发的右边, 桌子上, 桌子和沙发之间, 地上. Raises `UnreadError`."""
    text = text.removeprefix("在").removeprefix("到")
    if text in ("地上", "地面上", "地板上", "地面", "地板"):
        return Place(ON, (Referent(text, nouns=("floor",), definite=True),), "上")
    sided = re.fullmatch(rf"(.+?)的?({'|'.join((*BOTH_SIDES, *OTHER_SIDE))})", text)
    if sided is not None and sided[2] in (*BOTH_SIDES, *OTHER_SIDE) and "之间" not in text:
        return Place(NEXT_TO, things_of(sided[1]), sided[2])
    middle = re.fullmatch(r"(.+?)的?(正?中间|正?中央|中心)", text)
    if middle is not None and len(things_of(middle[1])) == 1:
        return Place(ON, things_of(middle[1]), "中间")
    alone = _rule(text)
    if alone is not None:
        return Place(alone, (Referent("它", pronoun="it"),), text)
    found = re.fullmatch(rf"(.+?)的?({PLACES})(?:的位置|的地方|去)?", text)
    if found is None:
        return Place(NEXT_TO, things_of(text), "旁边")
    rule = _rule(found[2])
    between = next(one for one in RULES if one.manner == "between")
    references = things_of(found[1])
    if rule is None:
        raise UnreadError
    if found[2] in ("之间", "中间") and len(references) > 1:
        rule = between
    return Place(rule, references, found[2])
