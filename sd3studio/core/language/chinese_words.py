"""Chinese words that the sentence parser knows: nouns and adjectives with their English, measure words, numbers.

Nouns and adjectives are in ``resources/language/chinese.txt``; the closed classes stand here.
"""

import re
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from sd3studio.core.errors import DataError
from sd3studio.core.language.nouns import LANGUAGE_FOLDER

MEASURES = (
    "张把本个只条台辆棵头匹件座幅盏朵支枝根块片盆杯瓶碗盘位名群对双排堆束架艘列扇套颗"
    "株串袋箱桶副顶栋幢间所口尊面份盒罐壶部枚粒架栏丛层"
)
"""Measure words; after a number they open a noun phrase."""
VESSELS = {"杯": "cup", "碗": "bowl", "瓶": "bottle", "盘": "plate", "壶": "teapot", "罐": "can"}
"""Measure words that are vessels: of food and drink they are the thing that is seen."""
GROUP_MEASURES = "群排堆束丛串"
"""Measure words of an unknown number."""
PAIR_MEASURES = "对双"
DIGITS = {"零": 0, "一": 1, "二": 2, "两": 2, "俩": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9}
SOME = ("一些", "许多", "很多", "好几", "几", "数", "多")
PRONOUNS = {"它": "it", "他": "he", "她": "she", "它们": "they", "他们": "they", "她们": "they", "其": "it"}
POSTURES = {
    "坐": "sitting",
    "站": "standing",
    "躺": "lying",
    "趴": "lying",
    "睡": "sleeping",
    "蹲": "squatting",
    "跪": "kneeling",
    "停": "parked",
    "卧": "lying",
    "挂": "hanging",
    "飞": "flying",
}
PLACING = (
    "放|摆|搁|立|竖|悬|铺|贴|摆放|放置|停放|位|处|坐落|安|装|长|浮|漂|生|走|跑|靠|插|堆|悬挂|倚|藏|躲|"
    + "|".join(POSTURES)
)
"""Stems of verbs after which 在 tells the place."""
REQUEST = re.compile(
    r"^(请|麻烦|帮我|给我|我想|我要|想要|来)*(画|生成|绘制|创建|制作|作)(出|一下)?(一张|一幅|一个|张|幅|个)?(图片|图像|图画|图|画|照片|场景|画面)?"
    r"[，,：:]?(其中|里面|上面|中间|中|里|上)?(要|应该)?(有|是|包含|包括)?"
)
"""What one says to a drawing program before the scene begins."""


PICTURE = re.compile(
    r"^在?(?:这|那|该)?一?[张幅个]?(?:图片|图像|图画|图|画面|照片|场景)(?:里面|里边|里|之中|当中|中|上)(?:要|应该)?"
)
"""The picture itself, where the things are that one asks for: 图中有 ..."""


@dataclass(slots=True)
class ChineseWords:
    """Chinese word -> English, for nouns and for adjectives."""

    nouns: dict[str, str] = field(default_factory=dict)
    adjectives: dict[str, str] = field(default_factory=dict)


def read_chinese_words(path: Path) -> ChineseWords:
    """Read the word list. Raises `DataError` naming the file and the line."""
    words = ChineseWords()
    table: dict[str, str] | None = None
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise DataError(f"The word list {path} can't be read: {error.strerror}") from error
    for number, line in enumerate(lines, start=1):
        if not line.strip() or line.startswith("#"):
            continue
        if line in ("[nouns]", "[adjectives]"):
            table = words.nouns if line == "[nouns]" else words.adjectives
            continue
        english, equals, chinese = line.partition("=")
        if table is None or not equals:
            raise DataError(f"Line {number} of {path} is not “english = chinese”: {line!r}")
        table.update(dict.fromkeys(chinese.split(), english.strip()))
    return words


@cache
def chinese_words() -> ChineseWords:
    """The word list that ships with the program."""
    return read_chinese_words(LANGUAGE_FOLDER / "chinese.txt")


def number_of(text: str) -> int:
    """Value of a Chinese or Arabic number up to 99 ("三", "十二", "二十", "12"); 0 for what is none."""
    if text.isascii() and text.isdigit():
        return int(text)
    if "十" in text:
        tens, _, units = text.partition("十")
        if (tens and tens not in DIGITS) or (units and units not in DIGITS):
            return 0
        return 10 * (DIGITS[tens] if tens else 1) + (DIGITS[units] if units else 0)
    return DIGITS.get(text, 0)
