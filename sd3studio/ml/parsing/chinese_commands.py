"""Chinese text -> commands: patterns over clauses (把…移到…, 删掉…, 在…加…), noun phrases by the chunker.

Chinese has no articles: what is moved or removed is there, what is added is not; 把 marks what is there.
"""

import math
import re
from collections.abc import Callable
from dataclasses import replace

from sd3studio.core.errors import SentenceError
from sd3studio.core.language.chinese_words import DIGITS, chinese_words
from sd3studio.core.language.colours import colour_of
from sd3studio.core.language.commands import Action, Command, Place, Reading, Resize, Shift
from sd3studio.ml.parsing.chinese_phrases import UnreadError, place_of, thing_of, things_of
from sd3studio.ml.parsing.command_phrases import NEXT_TO

MOST_COMMANDS = 100
GO = r"(?:移动|移|挪动|挪|搬|放置|放|摆放|摆|拿|推|拉|挂|搁|调整|换)"
TO = rf"{GO}(?:到|至|在|去|往|进|回)"
REMOVE = r"(?:删除掉|删除|删掉|删去|删|移除|去掉|去除|拿走|拿掉|移走|搬走|清除|清空|扔掉|除去|撤掉)"
ADD = r"(?:再?(?:添加|增加|加上|加入|加个|加|放上|放|摆上|摆|画上|画|插入|新建|创建|来))"
INTO = r"(?:变成|改成|换成|替换成|替换为|替换|变为|改为|换为)"
PAINT = r"(?:变成|改成|涂成|漆成|刷成|染成|换成|变为|改为|弄成|设为|设成|涂|漆)"
SWAP = r"(?:交换|对调|互换|调换|换(?=一?[个下]?位置))"
LITTLE = r"(?:一?点儿?|一些|一下|得?多|很多)"
REST = r"(?:其他|其它|其余|别的|剩下)"
SIZES = "[大小高矮低宽窄长短深]"
TURN = r"(?:旋转|转动|转)"
SIDES = {"左": (-1, 0, 0), "右": (1, 0, 0), "上": (0, 0, 1), "下": (0, 0, -1), "前": (0, -1, 0), "后": (0, 1, 0)}
BIGGER = {
    "大": (1.25, 1.25, 1.25), "小": (0.8, 0.8, 0.8), "高": (1.0, 1.0, 1.25), "矮": (1.0, 1.0, 0.8),
    "低": (1.0, 1.0, 0.8), "宽": (1.25, 1.0, 1.0), "窄": (0.8, 1.0, 1.0), "长": (1.25, 1.0, 1.0),
    "短": (0.8, 1.0, 1.0), "深": (1.0, 1.25, 1.0),
}  # fmt: skip
AXES = {"宽": 0, "长": 0, "深": 1, "高": 2}
MENDED = {
    "大": "小",
    "小": "大",
    "高": "矮",
    "矮": "高",
    "低": "高",
    "宽": "窄",
    "窄": "宽",
    "长": "窄",
    "短": "宽",
    "深": "窄",
}
"""What a thing is too much -> what it is to become."""
NUMBER = r"(\d+(?:\.\d+)?|[一两二三四五六七八九十半百]+)"


def read_chinese_commands(text: str) -> Reading:
    """The commands of a text, in order; a clause that describes something stays as text.

    Raises `SentenceError` if there are more than 100.
    """
    steps: list[Command | str] = []
    unread: list[str] = []
    for clause in _clauses(text):
        try:
            command = _command(clause)
        except UnreadError:
            unread.append(clause)
            continue
        steps.append(clause if command is None else command)
        if len(steps) > MOST_COMMANDS:
            raise SentenceError(f"At most {MOST_COMMANDS} changes are read from one text. Say fewer at a time.")
    return Reading(tuple(steps), tuple(unread))


def _clauses(text: str) -> list[str]:
    text = re.sub(r"\s+", "", text)
    text = re.sub(r"(除了?[^，,。；]+?)(?:以外|之外|外)?[，,](?=其他|其它|其余|别的|剩下|全|都)", r"\1", text)
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


def _move(found: re.Match[str], clause: str) -> Command:
    return Command("move", things_of(found["things"]), (place_of(found["place"]),), text=clause)


def _shift(found: re.Match[str], clause: str) -> Command:
    right, away, up = SIDES[found["side"][0]]
    metres = _length(found["amount"]) if found["amount"] else 0.2 if "点" in clause or "些" in clause else 0.5
    return Command(
        "move", things_of(found["things"]), shift=Shift(right * metres, away * metres, up * metres), text=clause
    )


def _remove(found: re.Match[str], clause: str) -> Command:
    return Command("remove", things_of(found["things"]), text=clause)


def _add(found: re.Match[str], clause: str) -> Command | None:
    place = found.groupdict().get("place")
    things = things_of(found["things"], new=True)
    return Command("add", things, (place_of(place),) if place else (), text=clause)


def _paint(found: re.Match[str], clause: str) -> Command | None:
    colour = found["colour"].removesuffix("的")
    english = chinese_words().adjectives.get(colour, colour)
    if colour_of(colour) is None and colour_of(english) is None:
        return None
    things = re.sub(r"的?颜色$", "", found["things"])
    return Command("colour", things_of(things), word=english if colour_of(english) else colour, text=clause)


def _replace(found: re.Match[str], clause: str) -> Command:
    return Command("replace", things_of(found["things"]), others=(thing_of(found["new"], new=True),), text=clause)


def _swap(found: re.Match[str], clause: str) -> Command:
    things = things_of(re.sub(r"的?位置$", "", found["things"]))
    if len(things) < 2:
        raise UnreadError
    return Command("swap", things[:1], others=things[1:2], text=clause)


def _face(found: re.Match[str], clause: str) -> Command:
    away = found["how"].startswith("背")
    return Command("face", things_of(found["things"]), others=things_of(found["goal"]), away=away, text=clause)


def _turn(found: re.Match[str], clause: str) -> Command:
    degrees = _number(found["angle"])
    right = "逆" not in clause and ("顺时针" in clause or "向右" in clause or "往右" in clause)
    return Command(
        "turn", things_of(found["things"]), angle_rad=math.radians(-degrees if right else degrees), text=clause
    )


def _set_size(found: re.Match[str], clause: str) -> Command:
    sizes: list[float | None] = [None, None, None]
    sizes[AXES[found["axis"][0]]] = _length(found["amount"])
    resize = Resize(set_m=(sizes[0], sizes[1], sizes[2]))
    return Command("scale", things_of(found["things"].removesuffix("的")), resize=resize, text=clause)


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
    return Command("scale", things_of(found["things"]), resize=Resize(factors=factors), text=clause)


def _judge(found: re.Match[str], clause: str) -> Command:
    resize = Resize(factors=BIGGER[MENDED[found["word"]]])
    return Command("scale", things_of(found["things"]), resize=resize, text=clause)


def _grow_a_little(found: re.Match[str], clause: str) -> Command:
    return Command("scale", things_of(found["things"]), resize=Resize(factors=BIGGER[found["word"]]), text=clause)


def _hang_higher(found: re.Match[str], clause: str) -> Command:
    up = 0.2 if found["word"] == "高" else -0.2
    return Command("move", things_of(found["things"]), shift=Shift(up_m=up), text=clause)


def _away(found: re.Match[str], clause: str) -> Command:
    things, goal = things_of(found["things"]), things_of(found["goal"])
    if found["word"] == "远":
        return Command("move", things, others=goal, away=True, text=clause)
    return Command("move", things, (Place(NEXT_TO, goal, "近"),), text=clause)


def _turn_around(found: re.Match[str], clause: str) -> Command:
    return Command("turn", things_of(found["things"]), angle_rad=math.pi, text=clause)


def _to_wall(found: re.Match[str], clause: str) -> Command:
    return Command("move", things_of(found["things"]), (Place(NEXT_TO, things_of(found["wall"]), "靠"),), text=clause)


def _all_but(found: re.Match[str], clause: str) -> Command | None:
    command = _command(f"把所有东西{found['rest']}")
    if command is None:
        raise UnreadError
    (everything,) = command.things
    return replace(command, things=(replace(everything, words=clause, but=things_of(found["but"])),))


def _rename(found: re.Match[str], clause: str) -> Command:
    return Command("rename", things_of(found["things"]), word=found["name"], text=clause)


def _copy(found: re.Match[str], clause: str) -> Command:
    return Command("copy", things_of(found["things"]), text=clause)


def _marked(action: Action) -> Callable[[re.Match[str], str], Command]:
    def read(found: re.Match[str], clause: str) -> Command:
        return Command(action, things_of(found["things"]), text=clause)

    return read


def _in_row(action: Action) -> Callable[[re.Match[str], str], Command]:
    """All there are of a kind are meant: 椅子排成一排."""

    def read(found: re.Match[str], clause: str) -> Command:
        things = tuple(replace(one, every=True) for one in things_of(found["things"]))
        return Command(action, things, text=clause)

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
        raise UnreadError
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
    (re.compile(rf"除了?(?P<but>.+?){REST}?的?(?:东西|物体|物品)?(?:都|全部|全)(?P<rest>.+)"), _all_but),
    (re.compile(rf"(?:把|将|让|使)?(?P<things>.+?)离(?P<goal>.+?)(?P<word>远|近){LITTLE}?"), _away),
    (re.compile(rf"(?:把|将|让|使)?(?P<things>.+?)(?:挂|放|摆|移|抬|升|降)得?(?P<word>高|低){LITTLE}"), _hang_higher),
    (re.compile(r"(?:把|将|让)?(?P<things>.+?)(?:转过来|转过去|转过身来?|掉个?头|调个头|转个身)"), _turn_around),
    (re.compile(r"[把将让]?(?P<things>.+?)(?:紧?靠|贴)着?在?(?P<wall>[^靠贴]*?墙)[边上]?[放摆站]?[着好]?"), _to_wall),
    (re.compile(r"(?:把|将|让)?(?P<things>.+?)都?(?:[排摆站放]成一?[排行列]|对齐)"), _in_row("line")),
    (re.compile(r"(?:把|将|让)?(?P<things>.+?)都?(?:均匀|平均|等距)地?(?:分布|分开|排列|摆放|摆开)"), _in_row("space")),
    (re.compile(r"(?P<things>.+?)太过?(?P<word>[大小高矮低宽窄长短深])了?"), _judge),
    (re.compile(rf"{SWAP}(?P<things>.+)"), _swap),
    (re.compile(rf"(?:把|将|让)?(?P<things>.+?)(?:的?位置)?(?:互相)?{SWAP}(?:一?[个下])?(?:位置|过来)?"), _swap),
    (re.compile(r"(?:把|将|给)?(?P<things>.+?)(?:重命名为|改名为|改名叫|命名为|叫做|改叫)(?P<name>.+)"), _rename),
    (re.compile(rf"(?:把|将|让)?(?P<things>.+?)再?(?:向|往|朝){SIDE}{GO}动?(?:{AMOUNT}|一?点|一些|一下)?"), _shift),
    (re.compile(rf"(?:把|将)(?P<things>.+?){TO}{SIDE}(?:{AMOUNT}|一?点|一些)"), _shift),
    (re.compile(rf"(?:把|将)(?P<things>.+?)(?:抬高|升高)(?P<side>){AMOUNT}"), lambda m, c: Command(
        "move", things_of(m["things"]), shift=Shift(up_m=_length(m["amount"])), text=c)),
    (re.compile(rf"(?:把|将)(?P<things>.+?)(?:降低)(?P<side>){AMOUNT}"), lambda m, c: Command(
        "move", things_of(m["things"]), shift=Shift(up_m=-_length(m["amount"])), text=c)),
    (re.compile(rf"(?:把|将|让|使)(?P<things>.+?)(?:转|转过来)?(?P<how>{FACES})(?P<goal>.+)"), _face),
    (re.compile(rf"(?:把|将|让)?(?P<things>.+?){ROUND}?{TURN}(?P<angle>{LENGTH})度"), _turn),
    (re.compile(rf"{TURN}(?P<things>.+?)(?P<angle>{LENGTH})度"), _turn),
    (re.compile(rf"(?:把|将)(?P<things>.+?)的?(?P<axis>[宽高长深])度?{MADE}{AMOUNT}"), _set_size),
    (re.compile(rf"(?:把|将)(?P<things>.+?)(?:变成|改成|放大到|缩小到|做成|加宽到|加高到){AMOUNT}(?P<axis>宽|高|长|深)?"),
     lambda m, c: _set_size(m, c) if m["axis"] else None),
    (re.compile(rf"(?:把|将|让)(?P<things>.+?)[变放缩加调弄改]得?更?(?P<word>{SIZES}){BY}?"), _grow),
    (re.compile(rf"(?:把|将|让|使)?(?P<things>.+?)再?[变弄调]?得?更?(?P<word>{SIZES}){LITTLE}"), _grow_a_little),
    (re.compile(r"(?P<word>)(?:放(?P<w>大)|缩(?P<v>小))(?P<things>.+)"), lambda m, c: Command(
        "scale", things_of(m["things"]), resize=Resize(factors=BIGGER["大" if m["w"] else "小"]), text=c)),
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
        "unlock", things_of(m["things"] or m["other"]), text=c)),
    (re.compile(r"(?:把|将)(?P<things>.+?)复制(?:一份|一个)?"), _copy),
    (re.compile(r"复制(?:一份|一个)?(?P<things>.+)"), _copy),
    (re.compile(rf"在(?P<place>.+?)各?{ADD}(?P<things>.+)"), _add),
    (re.compile(r"在(?P<place>.+?)各?(?:挂|放|摆|加|添)(?:上|个)?(?P<things>[一两二三四五六七八九十几].+)"), _add),
    (re.compile(rf"(?:给|往)(?P<place>.+?){ADD}(?P<things>.+)"), _add),
    (re.compile(rf"{ADD}(?P<things>.+?)(?:放)?(?:在|到)(?P<place>.+)"), _add),
    (re.compile(rf"{ADD}(?P<things>.+)"), _add),
)  # fmt: skip
"""Forms of a clause, the most special first, and what makes a command of each."""
