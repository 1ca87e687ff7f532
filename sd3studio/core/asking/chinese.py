"""Chinese questions in English words, clause by clause: 男人左边有什么 is "what is to the left of the man".

The nouns, adjectives and places are those of the sentence parser's lists; the patterns are those of `answering`.
"""

import re
from collections.abc import Callable

from sd3studio.core.language.chinese_words import MEASURES, chinese_words, number_of
from sd3studio.core.language.vocabulary import chinese_phrases

HAN = re.compile(r"[\u3400-\u9fff]")
HELP = (
    "This question is not understood. In Chinese one can ask: 男人左边有什么？ 汽车有多远？ 有几把椅子？ 杯子在哪里？ "
    "杯子是什么颜色的？ 狗在沙发上吗？ 最近的是什么？"
)
_POLITE = re.compile(
    r"^(?:请问|请告诉我|告诉我|你能看到|你知道)?(?:在)?"
    r"(?:(?:这|那)?[张幅]?(?:照片|图片|图像|图|画面|画)(?:里面|里|中|上)?)?[，,]?"
)
_END = re.compile(r"[\s？?。.！!，,]*(?:呢|啊|呀)?[\s？?。.！!]*$")
_VIEWER = frozenset(("我", "我们", "相机", "镜头", "照相机", "摄像机", "观察者", "这里", "你"))
_ORDERS = {"左": "left", "左边": "left", "左侧": "left", "最左边": "leftmost", "右": "right", "右边": "right",
           "右侧": "right", "最右边": "rightmost", "最近": "nearest", "最远": "farthest", "最大": "biggest",
           "最小": "smallest", "上面": "upper", "下面": "lower"}  # fmt: skip
_SIZES = {"大": "big", "高": "tall", "宽": "wide", "长": "long", "深": "deep", "重": "big"}
_MOST = {"近": "nearest", "远": "farthest", "大": "biggest", "小": "smallest", "左": "leftmost", "右": "rightmost"}
_MORE = {"近": "nearer", "远": "farther", "大": "bigger", "小": "smaller"}
_WHAT = r"(?:什么东西|什么物体|些什么|哪些东西|什么人|什么|谁|啥|哪些)"


def english_question(question: str) -> str | None:
    """The question in English; None if it is not understood."""
    text = _END.sub("", re.sub(r"\s+", "", question))
    text = _POLITE.sub("", text, count=1) or text
    for pattern, made in _patterns():
        found = re.fullmatch(pattern, text)
        if found and (said := made(*found.groups())) is not None:
            return said
    return None


def _patterns() -> tuple[tuple[str, Callable[..., str | None]], ...]:
    place = "|".join(sorted(map(re.escape, chinese_phrases("place")), key=len, reverse=True))
    verb = "|".join(sorted(map(re.escape, chinese_phrases("verb")), key=len, reverse=True))
    at = rf"(.+?)(?:的)?({place})"
    many = rf"(?:有)?(?:多少|几)[{MEASURES}]?"
    return (
        (rf"(?:里面)?(?:都)?有{_WHAT}|能?看[到见]{_WHAT}", lambda: "what is in the photo"),
        (r"(.+?)(?:离|距离|距|到|和|与|跟)(.+?)(?:之间)?(?:有)?"
         r"(?:多远|的距离(?:是|有)?(?:多少|多远)|距离多远|相距多远)", _apart),
        (r"(?:到|离|距离)?(.+?)(?:离[我你]|离相机|离镜头|距离)?(?:有)?多远", lambda a: _with("how far is the {}", a)),
        (rf"{many}(.+?)(?:[坐站放躺停])?在{at}", lambda a, b, p: _with("how many {} are {}", a, (b, p))),
        (rf"{at}{many}(.+)", lambda b, p, a: _with("how many {} are {}", a, (b, p))),
        (rf"{many}(.+)", lambda a: _with("how many {}", a)),
        (rf"(.+?)(?:一共|总共)?{many}", lambda a: _with("how many {}", a)),
        (r"(.+?)(?:是|有)?(?:什么|啥|哪种)颜色(?:的)?", lambda a: _with("what colour is the {}", a)),
        (r"(.+?)(?:[坐站放躺停])?在(?:哪里|哪儿|哪|什么地方|什么位置|什么上面?|什么里面?)",
         lambda a: _with("where is the {}", a)),
        (r"(.+?)(?:和|跟|与|还是)(.+?)(?:哪个|谁)(?:离[我你])?(?:更|比较)?([近远大小])",
         lambda a, b, m: _with(f"which is {_MORE[m]}, the {{}} or the {{}}", a, b)),
        (r"(?:哪个|哪个东西|什么东西|什么|谁)(?:离[我你]|离相机|离镜头)?最([近远大小])(?:的)?",
         lambda m: f"what is the {_MOST[m]} thing"),
        (rf"(?:离[我你]|离相机)?最([近远大小左右])边?的(?:东西|物体|一个)?是(?:{_WHAT}|哪个)",
         lambda m: f"what is the {_MOST[m]} thing"),
        (rf"{at}(?:有|是|[坐站放躺停]着){_WHAT}", lambda b, p: _with("what is {}", (b, p))),
        (rf"{_WHAT}(?:[坐站放躺停])?在{at}", lambda b, p: _with("what is {}", (b, p))),
        (r"(.+?)(?:有)?多([大高宽长深重])", lambda a, s: _with(f"how {_SIZES[s]} is the {{}}", a)),
        (rf"{at}(?:有没有|有)(.+?)(?:吗)?", lambda b, p, a: _with("is there a {} {}", a, (b, p))),
        (rf"(?:有没有|有)(.+?)(?:[坐站放躺停])?在{at}(?:吗)?", lambda a, b, p: _with("is there a {} {}", a, (b, p))),
        (r"(?:有没有|有)(.+?)(?:吗)?", lambda a: _with("is there a {}", a)),
        (rf"(.+?)(?:是不是)?(?:[坐站放躺停])?在{at}(?:吗)?", lambda a, b, p: _with("is the {} {}", a, (b, p))),
        (rf"(.+?)(?:是不是)?({verb})着?(.+?)(?:吗)?", _facing),
        (r"(.+?)是(?:不是)?(.+?)的吗?", lambda a, c: _attribute(a, c)),
    )  # fmt: skip


def _apart(first: str, second: str) -> str | None:
    if second in _VIEWER or first in _VIEWER:
        return _with("how far is the {}", first if second in _VIEWER else second)
    return _with("how far is the {} from the {}", first, second)


def _facing(first: str, verb: str, second: str) -> str | None:
    rule = chinese_phrases("verb").get(verb)
    return None if rule is None else _with(f"is the {{}} {rule.predicate.value} the {{}}", first, second)


def _attribute(first: str, colour: str) -> str | None:
    word = chinese_words().adjectives.get(colour) or chinese_words().adjectives.get(f"{colour}色")
    return None if word is None else _with(f"is the {{}} {word}", first)


def _with(template: str, *said: str | tuple[str, str]) -> str | None:
    """The template with nouns and places in English; None if one is not known."""
    words = [_noun(part) if isinstance(part, str) else _place(*part) for part in said]
    return None if None in words else template.format(*words)


def _place(reference: str, place: str) -> str | None:
    rule, noun = chinese_phrases("place").get(place), _noun(reference)
    return None if rule is None or noun is None else f"{rule.predicate.value} the {noun}"


def _noun(said: str) -> str | None:
    """A noun phrase in English: 那把红色的椅子 is "red chair", 左边的男人 "left man"."""
    known = chinese_words()
    said = re.sub(r"^(?:这|那|该|此|一)?(?:些)?", "", said)
    if said[:1] in MEASURES and said not in known.nouns and len(said) > 1:
        said = said[1:]
    while said[:2] and number_of(said[0]) and said[1:2] in MEASURES and len(said) > 2:
        said = said[2:]
    *before, noun = said.split("的")
    if not noun and before:
        *before, noun = before
    words = []
    for part in before:
        word = _ORDERS.get(part) or known.adjectives.get(part) or known.adjectives.get(part.removesuffix("色"))
        if word is None:
            return None
        words.append(word)
    for start in range(len(noun)):
        if noun[start:] in known.nouns:
            adjective = noun[:start]
            word = known.adjectives.get(adjective) or known.adjectives.get(f"{adjective}色") or _ORDERS.get(adjective)
            if adjective and word is None:
                continue
            return " ".join([*words, *([word] if word else []), known.nouns[noun[start:]]])
    return None
