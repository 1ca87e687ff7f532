"""The spatial phrases that we understand: one table for English and Chinese. No parser is imported here.

English phrases are written in a small notation: words separated by spaces, ``a|b`` either word, ``[a]`` a word that
may be missing. A word stands for itself and, where a parser offers lemmas, for all forms of that lemma.
Chinese phrases are of two kinds: localisers, which follow the reference (在桌子的 *左侧*), and verbs, which stand
between subject and object (椅背 *对着* 桌子).
"""

import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Literal

from sd3studio.core.scene.predicates import Predicate
from sd3studio.core.scene.values import Frame

P = Predicate

Manner = Literal["place", "verb", "has", "between"]
"""How a phrase joins its two ends.

place : a preposition: its object follows, its subject is what it is attached to (also through a verb of being)
verb : subject and object of a verb
has : the object is somewhere on, in or beside the subject; which, depends on the nouns (`containment_of`)
between : two references, one on either side
"""


@dataclass(frozen=True, slots=True)
class SpatialRule:
    """One meaning and all the phrases for it.

    Parameters
    ----------
    predicate : what it means
    en : English phrases, in the notation of this module
    zh : Chinese localisers (manner ``place``) or verbs (manner ``verb``)
    manner : how the phrase joins its two ends
    inverse : subject and object change places ("a man wearing a hat": hat on man)
    frame : whose left, right, front and behind are meant
    certain : False where the phrase only suggests the relation ("at", "holding")
    """

    predicate: Predicate
    en: tuple[str, ...] = ()
    zh: tuple[str, ...] = ()
    manner: Manner = "place"
    inverse: bool = False
    frame: Frame = "camera"
    certain: bool = True


@dataclass(frozen=True, slots=True)
class Phrase:
    """One way to say a rule: its words (English) or its characters (Chinese, one element)."""

    words: tuple[str, ...]
    rule: SpatialRule


RULES: tuple[SpatialRule, ...] = (
    SpatialRule(
        P.LEFT_OF,
        en=(
            "to|on|at|in [the] [far|immediate|near|lower|upper|front|back] left [hand] [-] [hand|side|edge|part] of",
            "[just] left of",
            "on the leftmost of",
        ),
        zh=("左侧", "左边", "左面", "左方", "左手边", "左"),
    ),
    SpatialRule(
        P.RIGHT_OF,
        en=(
            "to|on|at|in [the] [far|immediate|near|lower|upper|front|back] right [hand] [-] [hand|side|edge|part] of",
            "[just] right of",
            "on the rightmost of",
        ),
        zh=("右侧", "右边", "右面", "右方", "右手边", "右"),
    ),
    SpatialRule(P.ON, en=("the top of",), certain=False),
    SpatialRule(
        P.ON,
        en=(
            "on|upon|onto|atop|aboard|astride",
            "on [the] top of",
            "at|in the top of",
            "atop of",
            "on to",
            "on [the] surface of",
            "hang|hung|hanging|suspended on|onto|to|from",
            "attach|attached|fixed|mounted|fastened|glued|pinned|tied|hitched|stuck|connected|stick on|to|onto",
            "lie|lay|laid|drape|draped|spread over|across",
        ),
        zh=("上面", "上边", "上方的表面", "表面", "顶上", "顶部", "之上", "上头", "身上", "上"),
    ),
    SpatialRule(
        P.ABOVE,
        en=(
            "above|over|overhead",
            "over [the] top of",
            "high|higher above",
            "hang|hung|hover|fly|suspended over|above",
            "higher than",
        ),
        zh=("上方", "正上方", "上空", "高处"),
    ),
    SpatialRule(
        P.UNDER,
        en=(
            "under|beneath|below|underneath",
            "at|on|in the bottom|foot|base of",
            "on the underside of",
            "lower than",
            "down below",
        ),
        zh=("下面", "下边", "下方", "底下", "之下", "下头", "下"),
    ),
    SpatialRule(
        P.IN,
        en=(
            "in|inside|within|into|amid|amidst|among|amongst|through|throughout",
            "inside of",
            "in the inside|interior|middle|center|centre|midst|corner of",
            "in the air|water of",
        ),
        zh=("里面", "里边", "里头", "之中", "当中", "内部", "里", "内", "中间", "中央", "中"),
    ),
    SpatialRule(
        P.IN_FRONT_OF,
        en=(
            "in|at|on [the] front of",
            "in [the] front side of",
            "on the front side of",
            "ahead|forward of",
            "before",
            "in the foreground of",
        ),
        zh=("前面", "前边", "前方", "正前方", "跟前", "面前", "之前", "前头", "前"),
    ),
    SpatialRule(
        P.BEHIND,
        en=(
            "behind|beyond",
            "in|at|to|on [the] back|rear of",
            "on the back|rear side of",
            "at the backside of",
            "in the background of",
        ),
        zh=("后面", "后边", "后方", "背后", "身后", "之后", "后头", "后"),
    ),
    SpatialRule(
        P.NEXT_TO,
        en=(
            "next [to]",
            "beside|besides|alongside|by|near|nearby|along|against",
            "near|close|adjacent|parallel to",
            "on|at|by [the|one|either|both|each] side|sides|edge|edges of",
            "at|on the [very] end|edge|border|corner of",
            "side by side with",
            "together|along with",
            "in the vicinity of",
            "a few feet from",
            "around|round",
            "lean on|against",
            "not far from",
            "outside [of]",
        ),
        zh=("旁边", "旁", "边上", "附近", "隔壁", "身边", "身旁", "一旁", "一侧", "侧面", "周围", "四周", "边"),
    ),
    SpatialRule(P.NEXT_TO, en=("at", "across [from]", "opposite [to|of]", "past|toward|towards"), certain=False),
    SpatialRule(P.ON, en=("down|up",), certain=False),
    SpatialRule(
        P.FACING,
        en=(
            "face [to|toward|towards]",
            "look|looking|gaze|stare at|into|toward|towards|over",
            "turned|turn|oriented|pointed|point to|toward|towards|at",
            "watch|watching",
        ),
        zh=(
            "面对着",
            "面对",
            "面朝着",
            "面朝",
            "朝向",
            "朝着",
            "面向",
            "正对着",
            "正对",
            "对着",
            "冲着",
            "看着",
            "望着",
            "朝",
            "对",
        ),
        manner="verb",
    ),
    SpatialRule(
        P.FACING_AWAY,
        en=(
            "turned|turn|face|look|pointed|point away from",
            "with its|his|her|their|the back|backs [turned|facing|pointed] to|toward|towards|at|against",
            "with back|backs [turned|facing] to|toward|towards",
            "have|has|turn|keep its|his|her|their|the back|backs [turned|facing] to|toward|towards|on|at|against",
        ),
        zh=("背对着", "背对", "背向", "背朝着", "背朝", "背着脸"),
        manner="verb",
    ),
    SpatialRule(
        P.ON,
        en=("wear", "dressed|clad in", "support"),
        zh=("穿着", "戴着", "背着", "托着"),
        manner="verb",
        inverse=True,
        certain=False,
    ),
    SpatialRule(
        P.ON,
        en=("cover|covered|decorated|adorned with|by|in", "topped|painted|dotted|loaded|printed|lined with|by"),
        zh=("覆盖着", "铺着", "摆着", "放着", "挂着", "贴着"),
        manner="verb",
        inverse=True,
    ),
    SpatialRule(
        P.IN,
        en=("filled|packed|stuffed|full with|of", "contain|enclose"),
        zh=("装着", "盛着"),
        manner="verb",
        inverse=True,
    ),
    SpatialRule(
        P.ON, en=("ride", "cover|top", "mount|straddle", "cross"), zh=("骑着", "骑"), manner="verb", certain=False
    ),
    SpatialRule(
        P.NEXT_TO,
        en=("surrounded|flanked|accompanied|bordered with|by", "surround", "border|line|adjoin|touch|flank"),
        zh=("围着", "挨着", "靠着", "紧挨着", "紧靠", "靠近", "邻近", "毗邻", "紧邻"),
        manner="verb",
    ),
    SpatialRule(P.BEHIND, en=("follow|chase",), zh=("跟着", "追着"), manner="verb"),
    SpatialRule(P.ABOVE, en=("overlook|overhang",), zh=("俯瞰",), manner="verb", certain=False),
    SpatialRule(
        P.IN_FRONT_OF, en=("block|obscure|precede|lead",), zh=("挡住", "挡着", "遮住"), manner="verb", certain=False
    ),
    SpatialRule(
        P.ON,
        en=("have|with|feature|hold|carry|bear",),
        zh=("有", "带着", "带有", "拿着", "举着", "抱着"),
        manner="has",
        certain=False,
    ),
    SpatialRule(
        P.NEXT_TO,
        en=("between", "in between", "in the middle|center|centre between"),
        zh=("之间", "中间"),
        manner="between",
    ),
    SpatialRule(P.BIGGER, en=("big|large than", "bigger|larger than"), zh=("大",), manner="verb"),
    SpatialRule(P.TALLER, en=("tall|high than", "taller than"), zh=("高",), manner="verb"),
    SpatialRule(P.NEARER, en=("near|close than", "nearer|closer than"), zh=("近",), manner="verb"),
)
"""The rule table. Where two phrases start at the same word the longer one is taken."""


def _expand(notation: str) -> Iterator[tuple[str, ...]]:
    """All word sequences of a phrase in the notation of this module."""
    choices = []
    for part in notation.split():
        optional = part.startswith("[")
        words = part.strip("[]").split("|")
        choices.append([*words, ""] if optional else words)
    for sequence in itertools.product(*choices):
        yield tuple(word for word in sequence if word)


@cache
def english_phrases() -> dict[tuple[str, ...], SpatialRule]:
    """All English phrases by their words; where two rules have the same phrase the first one counts."""
    phrases: dict[tuple[str, ...], SpatialRule] = {}
    for rule in RULES:
        for notation in rule.en:
            for words in _expand(notation):
                phrases.setdefault(words, rule)
    return phrases


@cache
def chinese_phrases(*manners: Manner) -> dict[str, SpatialRule]:
    """Chinese localisers or verbs of these manners, longest first."""
    found: dict[str, SpatialRule] = {}
    for rule in RULES:
        if rule.manner in manners:
            for phrase in rule.zh:
                found.setdefault(phrase, rule)
    return dict(sorted(found.items(), key=lambda item: -len(item[0])))


@cache
def _trie() -> dict:
    root: dict = {}
    for words, rule in english_phrases().items():
        node = root
        for word in words:
            node = node.setdefault(word, {})
        node[""] = Phrase(words, rule)
    return root


def longest_phrase(words: list[tuple[str, ...]], start: int) -> Phrase | None:
    """The longest English phrase that begins at `start`.

    Parameters
    ----------
    words : for each token the forms under which it may be looked up: lower-case text, lemma
    """
    nodes, best = [_trie()], None
    for forms in itertools.islice(words, start, None):
        nodes = [node[form] for node in nodes for form in dict.fromkeys(forms) if form in node]
        if not nodes:
            break
        ends = [node[""] for node in nodes if "" in node]
        best = ends[0] if ends else best
    return best


def find_phrase(text: str) -> SpatialRule | None:
    """The rule of a phrase given alone, English or Chinese ("on the left side of", "左侧"), or None."""
    text = re.sub(r"\s+", " ", text.strip().lower())
    chinese = chinese_phrases("between", "place", "verb", "has")
    for stripped in (text, re.sub(r"^(位于|在|的)+", "", text)):
        if stripped in chinese:
            return chinese[stripped]
    return english_phrases().get(tuple(text.split()))
