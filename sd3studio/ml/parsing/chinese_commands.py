"""Chinese text -> commands: patterns over clauses (把…移到…, 删掉…, 在…加…), noun phrases by the chunker.

Chinese has no articles: what is moved or removed is there, what is added is not; 把 marks what is there.
"""

import math
import re
from collections.abc import Callable

from sd3studio.core.errors import SentenceError
from sd3studio.core.language.chinese_words import DIGITS, chinese_words
from sd3studio.core.language.colours import colour_of
from sd3studio.core.language.commands import Action, Command, Place, Reading, Referent, Resize, Shift
from sd3studio.core.language.vocabulary import RULES, SpatialRule, chinese_phrases
from sd3studio.ml.parsing.chinese_chunks import Chunk, chunks_of
from sd3studio.ml.parsing.command_phrases import NEXT_TO, ON

MOST_COMMANDS = 100
GO = r"(?:移动|移|挪动|挪|搬|放置|放|摆放|摆|拿|推|拉|挂|搁|调整|换)"
TO = rf"{GO}(?:到|至|在|去|往|进|回)"
REMOVE = r"(?:删除掉|删除|删掉|删去|删|移除|去掉|去除|拿走|拿掉|移走|搬走|清除|清空|扔掉|除去|撤掉)"
ADD = r"(?:再?(?:添加|增加|加上|加入|加个|加|放上|放|摆上|摆|画上|画|插入|新建|创建|来))"
INTO = r"(?:变成|改成|换成|替换成|替换为|替换|变为|改为|换为)"
PAINT = r"(?:变成|改成|涂成|漆成|刷成|染成|换成|变为|改为|弄成|设为|设成|涂|漆)"
SWAP = r"(?:交换|对调|互换|调换)"
TURN = r"(?:旋转|转动|转)"
SIDES = {"左": (-1, 0, 0), "右": (1, 0, 0), "上": (0, 0, 1), "下": (0, 0, -1), "前": (0, -1, 0), "后": (0, 1, 0)}
BIGGER = {
    "大": (1.25, 1.25, 1.25), "小": (0.8, 0.8, 0.8), "高": (1.0, 1.0, 1.25), "矮": (1.0, 1.0, 0.8),
    "低": (1.0, 1.0, 0.8), "宽": (1.25, 1.0, 1.0), "窄": (0.8, 1.0, 1.0), "长": (1.25, 1.0, 1.0),
    "短": (0.8, 1.0, 1.0), "深": (1.0, 1.25, 1.0),
}  # fmt: skip
AXES = {"宽": 0, "长": 0, "深": 1, "高": 2}
NUMBER = r"(\d+(?:\.\d+)?|[一两二三四五六七八九十半百]+)"
PLACES = "|".join(sorted((re.escape(word) for word in chinese_phrases("place", "between")), key=len, reverse=True))
EVERY = re.compile(r"^(?:所有的?|全部的?|每[一]?[把张个只盏]|两[把张个只盏]都|都)")


def read_chinese_commands(text: str) -> Reading:
    """The commands of a text, in order; a clause that describes something stays as text.

    Raises `SentenceError` if there are more than 100.
    """
    steps: list[Command | str] = []
    unread: list[str] = []
    for clause in _clauses(text):
        try:
            command = _command(clause)
        except _UnreadError:
            unread.append(clause)
            continue
        steps.append(clause if command is None else command)
        if len(steps) > MOST_COMMANDS:
            raise SentenceError(f"At most {MOST_COMMANDS} changes are read from one text. Say fewer at a time.")
    return Reading(tuple(steps), tuple(unread))


class _UnreadError(Exception):
    """A clause that has the form of a command, but whose parts are not understood."""


def _clauses(text: str) -> list[str]:
    text = re.sub(r"\s+", "", text)
    parts = re.split(
        r"[，。；！？,;!?\n]+|(?<!\d)\.(?!\d)|然后|接着|之后再|并且|(?<=.)(?:并|再|和|也)(?=把|将|删|移除|在[^，]*加|添加|加[一两三]|让|交换)",
        text,
    )
    cleaned = (
        re.sub(r"^(?:请|麻烦|帮我|你?能不能|可以|然后|再|并|也|最后|首先|先)+", "", part or "") for part in parts
    )
    return [part for part in (re.sub(r"(?:吧|吗|好吗|一下|谢谢)$", "", one) for one in cleaned) if part]


def _command(clause: str) -> Command | None:
    for pattern, read in PATTERNS:
        found = pattern.fullmatch(clause)
        if found is not None:
            command = read(found, clause)
            if command is not None:
                return command
    return None


def _things(text: str, new: bool = False) -> tuple[Referent, ...]:
    """Noun phrases joined by 和 and 、. Raises `_UnreadError` if there is none."""
    found = [_thing(part, new) for part in re.split(r"、|和|与|跟|以及", text) if part]
    if not found:
        raise _UnreadError
    return tuple(found)


def _thing(text: str, new: bool = False) -> Referent:
    """One noun phrase, with what stands before 的: 桌子上的书."""
    every = EVERY.search(text)
    bare = EVERY.sub("", text)
    if bare.endswith("都") and len(bare) > 1:
        bare, every = bare[:-1], re.match("", "")
    if bare in ("东西", "物体", "物品", "一切", "") and every:
        return Referent(text, pronoun="everything", every=True)
    if bare in ("这个", "这些", "选中的", "这"):
        return Referent(text, pronoun="this")
    located = re.fullmatch(rf"(.+?)的?({PLACES})的(.+)", bare)
    known = bare in chinese_words().nouns  # 左边的墙
    if located is not None and not known and _rule(located[2]) is not None and located[1] not in ("最",):
        reference = _things(located[1])
        rule = _rule(located[2])
        assert rule is not None
        place = Place(rule, reference, located[2])
        inner = _thing(("所有" if every else "") + located[3], new)
        return _with(inner, words=text, places=(*inner.places, place))
    pick = re.match(r"^最?(左|右|大|小|高|近|远)(?:边|侧)?(?:的|那[个把张只盏])", bare)
    picks = {"左": "left", "右": "right", "大": "big", "小": "small", "高": "tall", "近": "near", "远": "far"}
    if pick is not None and (bare.startswith("最") or "边" in bare[: pick.end()]):
        return _with(_thing(bare[pick.end() :], new), words=text, pick=picks[pick[1]])
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
    from dataclasses import replace

    return replace(referent, **changes)  # type: ignore[arg-type]


def _noun_chunk(text: str) -> Chunk:
    """The noun of a phrase. Raises `_UnreadError` if there is none."""
    chunks = [chunk for chunk in chunks_of(text, 0) if chunk.kind == "N"]
    if not chunks:
        raise _UnreadError
    last = chunks[-1]
    for earlier in chunks[:-1]:
        last.attributes = [*earlier.attributes, *last.attributes]
        if earlier.counted:
            last.counted, last.count, last.plural = True, earlier.count, earlier.plural
    return last


def _rule(word: str) -> SpatialRule | None:
    return chinese_phrases("place").get(word) or chinese_phrases("between").get(word)


def _place(text: str) -> Place:
    """沙发的右边, 桌子上, 桌子和沙发之间, 地上. Raises `_UnreadError`."""
    text = text.removeprefix("在").removeprefix("到")
    if text in ("地上", "地面上", "地板上", "地面", "地板"):
        return Place(ON, (Referent(text, nouns=("floor",), definite=True),), "上")
    found = re.fullmatch(rf"(.+?)的?({PLACES})(?:的位置|的地方|去)?", text)
    if found is None:
        return Place(NEXT_TO, _things(text), "旁边")
    rule = _rule(found[2])
    between = next(one for one in RULES if one.manner == "between")
    references = _things(found[1])
    if rule is None:
        raise _UnreadError
    if found[2] in ("之间", "中间") and len(references) > 1:
        rule = between
    return Place(rule, references, found[2])


def _move(found: re.Match[str], clause: str) -> Command:
    return Command("move", _things(found["things"]), (_place(found["place"]),), text=clause)


def _shift(found: re.Match[str], clause: str) -> Command:
    right, away, up = SIDES[found["side"][0]]
    metres = _length(found["amount"]) if found["amount"] else 0.2 if "点" in clause or "些" in clause else 0.5
    return Command(
        "move", _things(found["things"]), shift=Shift(right * metres, away * metres, up * metres), text=clause
    )


def _remove(found: re.Match[str], clause: str) -> Command:
    return Command("remove", _things(found["things"]), text=clause)


def _add(found: re.Match[str], clause: str) -> Command | None:
    place = found.groupdict().get("place")
    things = _things(found["things"], new=True)
    return Command("add", things, (_place(place),) if place else (), text=clause)


def _paint(found: re.Match[str], clause: str) -> Command | None:
    colour = found["colour"].removesuffix("的")
    english = chinese_words().adjectives.get(colour, colour)
    if colour_of(colour) is None and colour_of(english) is None:
        return None
    things = re.sub(r"的?颜色$", "", found["things"])
    return Command("colour", _things(things), word=english if colour_of(english) else colour, text=clause)


def _replace(found: re.Match[str], clause: str) -> Command:
    return Command("replace", _things(found["things"]), others=(_thing(found["new"], new=True),), text=clause)


def _swap(found: re.Match[str], clause: str) -> Command:
    things = _things(re.sub(r"的?位置$", "", found["things"]))
    if len(things) < 2:
        raise _UnreadError
    return Command("swap", things[:1], others=things[1:2], text=clause)


def _face(found: re.Match[str], clause: str) -> Command:
    away = found["how"].startswith("背")
    return Command("face", _things(found["things"]), others=_things(found["goal"]), away=away, text=clause)


def _turn(found: re.Match[str], clause: str) -> Command:
    degrees = _number(found["angle"])
    right = "逆" not in clause and ("顺时针" in clause or "向右" in clause or "往右" in clause)
    return Command(
        "turn", _things(found["things"]), angle_rad=math.radians(-degrees if right else degrees), text=clause
    )


def _set_size(found: re.Match[str], clause: str) -> Command:
    sizes: list[float | None] = [None, None, None]
    sizes[AXES[found["axis"][0]]] = _length(found["amount"])
    resize = Resize(set_m=(sizes[0], sizes[1], sizes[2]))
    return Command("scale", _things(found["things"].removesuffix("的")), resize=resize, text=clause)


def _grow(found: re.Match[str], clause: str) -> Command:
    word = found["word"]
    factors = BIGGER[word]
    times = re.search(rf"{NUMBER}倍", clause)
    if times is not None:
        value = _number(times[1])
        grown = word in "大高宽长深"
        value = 1.0 + value if times[1] == "一" else value
        factors = tuple((value if grown else 1.0 / value) if f != 1.0 else 1.0 for f in factors)  # type: ignore[assignment]
    elif "一半" in clause:
        factors = tuple(0.5 if f != 1.0 else 1.0 for f in factors)  # type: ignore[assignment]
    return Command("scale", _things(found["things"]), resize=Resize(factors=factors), text=clause)


def _rename(found: re.Match[str], clause: str) -> Command:
    return Command("rename", _things(found["things"]), word=found["name"], text=clause)


def _copy(found: re.Match[str], clause: str) -> Command:
    return Command("copy", _things(found["things"]), text=clause)


def _marked(action: Action) -> Callable[[re.Match[str], str], Command]:
    def read(found: re.Match[str], clause: str) -> Command:
        return Command(action, _things(found["things"]), text=clause)

    return read


def _number(text: str) -> float:
    if re.fullmatch(r"\d+(?:\.\d+)?", text):
        return float(text)
    if text == "半":
        return 0.5
    total, current = 0.0, 0.0
    for letter in text:
        if letter == "百":
            total, current = total + 100.0 * (current or 1.0), 0.0
        elif letter == "十":
            total, current = total + 10.0 * (current or 1.0), 0.0
        else:
            current = float(DIGITS.get(letter, 0))
    return total + current


def _length(text: str) -> float:
    """Metres of 一米, 50厘米, 半米."""
    found = re.match(rf"{NUMBER}(米|公尺|厘米|公分|毫米|m|cm|mm)", text)
    if found is None:
        raise _UnreadError
    unit = {"米": 1.0, "公尺": 1.0, "m": 1.0, "厘米": 0.01, "公分": 0.01, "cm": 0.01, "毫米": 0.001, "mm": 0.001}
    return _number(found[1]) * unit[found[2]]


LENGTH = rf"{NUMBER[1:-1]}"
AMOUNT = rf"(?P<amount>(?:{LENGTH})(?:厘米|毫米|公分|公尺|米|cm|mm|m))"
SIDE = r"(?P<side>左|右|上|下|前|后)(?:边|方|面|侧)?"

FACES = "面对着|面对|面向|面朝|朝向|朝着|转向|对着|背对着|背对|背向|背朝"
ROUND = "(?:顺时针|逆时针|向左|向右|往左|往右)"
MADE = "(?:改为|改成|设为|设成|变成|变为|调到|改到)"
BY = rf"(?:一点|一些|点|一倍|{LENGTH}倍|一半|到{LENGTH}倍)"

PATTERNS: tuple[tuple[re.Pattern[str], Callable[[re.Match[str], str], Command | None]], ...] = (
    (re.compile(rf"{SWAP}(?P<things>.+)"), _swap),
    (re.compile(rf"(?:把|将|让)?(?P<things>.+?)(?:的?位置)?(?:互相)?{SWAP}(?:位置|过来)?"), _swap),
    (re.compile(r"(?:把|将|给)?(?P<things>.+?)(?:重命名为|改名为|改名叫|命名为|叫做|改叫)(?P<name>.+)"), _rename),
    (re.compile(rf"(?:把|将|让)(?P<things>.+?)(?:向|往|朝){SIDE}{GO}动?(?:{AMOUNT}|一?点|一些|一下)?"), _shift),
    (re.compile(rf"(?:把|将)(?P<things>.+?){TO}{SIDE}(?:{AMOUNT}|一?点|一些)"), _shift),
    (re.compile(rf"(?:把|将)(?P<things>.+?)(?:抬高|升高)(?P<side>){AMOUNT}"), lambda m, c: Command(
        "move", _things(m["things"]), shift=Shift(up_m=_length(m["amount"])), text=c)),
    (re.compile(rf"(?:把|将)(?P<things>.+?)(?:降低)(?P<side>){AMOUNT}"), lambda m, c: Command(
        "move", _things(m["things"]), shift=Shift(up_m=-_length(m["amount"])), text=c)),
    (re.compile(rf"(?:把|将|让|使)(?P<things>.+?)(?:转|转过来)?(?P<how>{FACES})(?P<goal>.+)"), _face),
    (re.compile(rf"(?:把|将|让)?(?P<things>.+?){ROUND}?{TURN}(?P<angle>{LENGTH})度"), _turn),
    (re.compile(rf"{TURN}(?P<things>.+?)(?P<angle>{LENGTH})度"), _turn),
    (re.compile(rf"(?:把|将)(?P<things>.+?)的?(?P<axis>[宽高长深])度?{MADE}{AMOUNT}"), _set_size),
    (re.compile(rf"(?:把|将)(?P<things>.+?)(?:变成|改成|放大到|缩小到|做成|加宽到|加高到){AMOUNT}(?P<axis>宽|高|长|深)?"),
     lambda m, c: _set_size(m, c) if m["axis"] else None),
    (re.compile(rf"(?:把|将|让)(?P<things>.+?)[变放缩加调弄改]得?更?(?P<word>[大小高矮低宽窄长短深]){BY}?"), _grow),
    (re.compile(r"(?P<word>)(?:放(?P<w>大)|缩(?P<v>小))(?P<things>.+)"), lambda m, c: Command(
        "scale", _things(m["things"]), resize=Resize(factors=BIGGER["大" if m["w"] else "小"]), text=c)),
    (re.compile(rf"(?:把|将)(?P<things>.+?){PAINT}(?P<colour>.+)"), _paint),
    (re.compile(r"(?:把|将)?(?P<things>.+?的颜色)(?:变成|改成|换成|改为|变为)(?P<colour>.+)"), _paint),
    (re.compile(rf"(?:把|将|用)(?P<things>.+?){INTO}(?P<new>.+)"), _replace),
    (re.compile(rf"(?:把|将)(?P<things>.+?)(?:都|全部|全)?{TO}(?P<place>.+)"), _move),
    (re.compile(rf"(?:把|将)?(?P<things>.+?)(?:都|全部|全)?{REMOVE}(?:了)?"), _remove),
    (re.compile(rf"{REMOVE}(?:了)?(?P<things>.+)"), _remove),
    (re.compile(r"(?:把|将)(?P<things>.+?)(?:隐藏|藏起来)(?:起来)?"), _marked("hide")),
    (re.compile(r"隐藏(?P<things>.+)"), _marked("hide")),
    (re.compile(r"(?:把|将)(?P<things>.+?)(?:显示出来|显示)"), _marked("show")),
    (re.compile(r"显示(?P<things>.+)"), _marked("show")),
    (re.compile(r"(?:把|将)(?P<things>.+?)(?:锁定|锁住)"), _marked("lock")),
    (re.compile(r"锁定(?P<things>.+)"), _marked("lock")),
    (re.compile(r"(?:把|将)?(?P<things>.+?)(?:解锁)|解锁(?P<other>.+)"), lambda m, c: Command(
        "unlock", _things(m["things"] or m["other"]), text=c)),
    (re.compile(r"(?:把|将)(?P<things>.+?)复制(?:一份|一个)?"), _copy),
    (re.compile(r"复制(?:一份|一个)?(?P<things>.+)"), _copy),
    (re.compile(rf"在(?P<place>.+?){ADD}(?P<things>.+)"), _add),
    (re.compile(rf"(?:给|往)(?P<place>.+?){ADD}(?P<things>.+)"), _add),
    (re.compile(rf"{ADD}(?P<things>.+?)(?:放)?(?:在|到)(?P<place>.+)"), _add),
    (re.compile(rf"{ADD}(?P<things>.+)"), _add),
)  # fmt: skip
"""Forms of a clause, the most special first, and what makes a command of each."""
