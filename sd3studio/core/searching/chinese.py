"""Chinese queries taken apart: 没有狗 excludes, 至少三把 bounds, 猫或狗 has two names; the rest is read."""

import re
from collections.abc import Callable
from typing import Literal

from sd3studio.core.language.chinese_words import MEASURES, chinese_words, number_of
from sd3studio.core.searching.telegram import MOST_NUMBER, Bound, Clause, Telegram

_DIGITS = r"(\d{1,3}|[零一二两三四五六七八九十]{1,3})"
_BOUNDS: tuple[tuple[re.Pattern[str], Callable[[int], tuple[int, int | None]]], ...] = (
    (re.compile(rf"(?:至少|最少|起码|不少于|不低于)有?{_DIGITS}"), lambda n: (n, None)),
    (re.compile(rf"(?:恰好|正好|刚好|恰恰|只有|仅有|只)有?{_DIGITS}"), lambda n: (n, n)),
    (re.compile(rf"(?:最多|至多|不超过|不多于)有?{_DIGITS}"), lambda n: (0, n)),
    (re.compile(rf"(?:超过|多于|大于)有?{_DIGITS}"), lambda n: (n + 1, None)),
    (re.compile(rf"(?:少于|不到|小于)有?{_DIGITS}"), lambda n: (0, n - 1)),
)
_ABSENT = re.compile(r"(?:没有|没|无|不含|不包括|不要)(?:任何|一[个只把条])?([\u3400-\u9fff]{1,8})")
_COURTESY = re.compile(r"^(?:请)?(?:帮我|给我)?(?:找|搜索|查找|显示|搜)?(?:出|一下)?(?:所有)?(?:的)?")
_ENDS = re.compile(r"(?:的)?(?:照片|图片|图像|相片|图)$")
HAN = re.compile(r"[\u3400-\u9fff]")


def chinese_taken_apart(text: str) -> Telegram:
    """The parts of a Chinese query; nouns that must be absent, and other names, in English."""
    made = Telegram()
    text = _ENDS.sub("", _COURTESY.sub("", re.sub(r"\s+", "", text).rstrip("。！？?!."), count=1))
    for pattern, limits in _BOUNDS:
        place = 0
        while found := pattern.search(text, place):
            low, high = limits(min(number_of(found[1]), MOST_NUMBER))
            rest = text[found.end() :]
            if high is not None and high < 1:
                said = f"没有{rest.lstrip(MEASURES)}"
            else:
                noun = noun_at_start(rest.lstrip(MEASURES))
                made.bounds.append(Bound(low, high, chinese_words().nouns.get(noun, noun)))
                said = f"{max(low, 1) if high is None or low else high}{rest}"
            text, place = f"{text[: found.start()]}{said}", found.start() + 2
    while found := _ABSENT.search(text):
        text = f"{text[: found.start()]}{_absent(found, made)}{text[found.end() :]}"
    denied: Literal["", "object"] = "object" if re.search("不在|没在", text) else ""
    text = re.sub("不在|没在", "在", text)
    text = _without_alternatives(text, made)
    text = re.sub(r"[，,、；;]+[也且和又]?", "，", text).strip("，的和且也")
    if text:
        made.clauses.append(Clause(text, denied))
    return made


def noun_at_start(text: str) -> str:
    """The longest noun of the word list at the start of a Chinese text; empty if there is none."""
    nouns = chinese_words().nouns
    return next((text[:n] for n in range(min(8, len(text)), 0, -1) if text[:n] in nouns), "")


def noun_at_end(text: str) -> str:
    """The longest noun of the word list at the end of a Chinese text; empty if there is none."""
    nouns = chinese_words().nouns
    return next((text[-n:] for n in range(min(8, len(text)), 0, -1) if text[-n:] in nouns), "")


def _absent(found: re.Match[str], made: Telegram) -> str:
    noun = noun_at_start(found[1])
    if not noun:
        made.notes.append(f"“{found[0]}” can't be searched for.")
        return "，"
    made.absent.append(chinese_words().nouns[noun])
    return f"，{found[1][len(noun) :].lstrip('的也和且又')}"


def _without_alternatives(text: str, made: Telegram) -> str:
    while found := re.search("或者|还是|或", text):
        own, after = noun_at_end(text[: found.start()]), text[found.end() :]
        other = noun_at_start(after)
        if own and other:
            nouns = chinese_words().nouns
            made.alternatives.setdefault(nouns[own], []).append(nouns[other])
            text = f"{text[: found.start()]}{after[len(other) :]}"
        else:
            made.notes.append("“或” is only read between names of things, as in “猫或狗”.")
            text = f"{text[: found.start()]}，{after}"
    return text
