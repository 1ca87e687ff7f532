"""Sentences about the history rather than the scene: "undo that", "redo", "once more", in English and Chinese."""

import re
from typing import Literal

Step = Literal["undo", "redo", "again"]

_THAT = r"(?: (?:it|that|this|everything|(?:the|my) (?:last )?(?:change|step|one|edit|command)))?"
_FORMS: dict[Step, re.Pattern[str]] = {
    "undo": re.compile(
        rf"(?:undo|revert|cancel){_THAT}|(?:go|step|one step|a step) back(?: (?:one|a) step)?|take (?:it|that) back"
        r"|(?:put|bring|move) (?:it|them|that|everything) back"
        r"(?: (?:where|as|how) (?:it|they) (?:was|were)(?: before)?)?|(?:no )?never ?mind"
        r"|撤[销消回](?:掉|一下|上一步|上一个|刚才的?)?(?:操作|修改|改动|步骤)?|取消(?:上一步|刚才的?)(?:操作|修改|改动)?"
        r"|(?:返回|回到|退回)到?上一步|后退一步|回退|还原|恢复原[状样]"
        r"|(?:把它们?)?放回(?:去|原处|原位|原来的(?:地方|位置))"
    ),
    "redo": re.compile(rf"redo{_THAT}|(?:go|step) forward|重做(?:一下|上一步)?|取消撤[销消]"),
    "again": re.compile(
        r"(?:do (?:it|that|the same) |and )?(?:again|once more|one more time)|repeat(?: (?:it|that))?|same again"
        r"|(?:even |still )?(?:a (?:little )?(?:bit|little) )?(?:more|further)"
        r"|再(?:来一?[次遍]|做一?[次遍]|一[次遍点]|多一点)|重复(?:一[次遍下])?"
    ),
}
_AROUND = re.compile(r"^(?:please|oh|no|ok|okay|and|now|请|麻烦)[\s,，]*|[\s,，]*(?:please|吧|谢谢)$")


def step_asked(text: str) -> Step | None:
    """The step in the history that a sentence asks for; None for any other sentence.

    "Again" also stands for "a bit more": what was said last is to be done once more.
    """
    bare = re.sub(r"\s+", " ", text.lower()).strip(" .!?。！？")
    while (cut := _AROUND.sub("", bare)) != bare:
        bare = cut
    return next((step for step, form in _FORMS.items() if form.fullmatch(bare)), None)
