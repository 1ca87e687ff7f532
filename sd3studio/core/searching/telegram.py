"""What of a typed query is no clause: numbers, what must not be there, alternatives; the rest is clauses to be read.

"person behind bus and bicycle in front" is two clauses; "no dog", "without a dog", "but not a dog" and "-dog" exclude;
"exactly two", "fewer than three", "2-4" and "several" bound numbers; "cat or dog" is one thing with two names; "dog not
on the couch" and "no dog on the couch" deny a relation. Chinese is taken apart in `chinese`, into the same parts.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from sd3studio.core.language.noun_net import noun_net
from sd3studio.core.language.nouns import NUMBERS, words
from sd3studio.core.language.vocabulary import longest_phrase

MOST_NUMBER = 100


@dataclass(frozen=True, slots=True)
class Clause:
    """A clause; where its (last) relation must not hold, `denied` is the end that need not be there either."""

    text: str
    denied: Literal["", "subject", "object"] = ""


@dataclass(frozen=True, slots=True)
class Bound:
    """So many of what the words `of` name first: at least `low`, at most `high`."""

    low: int
    high: int | None
    of: str


@dataclass(slots=True)
class Telegram:
    """A query taken apart.

    Parameters
    ----------
    absent : nouns of which there must be none
    alternatives : noun that stands in a clause -> further nouns that will do
    notes : what could not be taken apart
    """

    clauses: list[Clause] = field(default_factory=list)
    absent: list[str] = field(default_factory=list)
    bounds: list[Bound] = field(default_factory=list)
    alternatives: dict[str, list[str]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


_WRITTEN = sorted(
    (word for word in NUMBERS if word not in ("a", "an", "both", "pair", "couple")), key=len, reverse=True
)
_NUMBER = rf"(?:\d{{1,3}}|zero|{'|'.join(_WRITTEN)})"
_BOUNDS: tuple[tuple[re.Pattern[str], Callable[[list[int]], tuple[int, int | None]]], ...] = tuple(
    (re.compile(rf"\b{pattern}\s+(?=[a-z])", re.I), limits)
    for pattern, limits in (
        (rf"between\s+({_NUMBER})\s+and\s+({_NUMBER})", lambda n: (min(n), max(n))),
        (rf"({_NUMBER})\s*(?:-|–|to|or)\s*({_NUMBER})", lambda n: (min(n), max(n))),
        (rf"({_NUMBER})\s*(?:\+|(?:or|and) more)", lambda n: (n[0], None)),
        (rf"(?:exactly|only|just|precisely)\s+({_NUMBER})", lambda n: (n[0], n[0])),
        (rf"(?:at least|no fewer than|no less than|minimum)\s+({_NUMBER})", lambda n: (n[0], None)),
        (rf"(?:at most|no more than|up to|maximum)\s+({_NUMBER})", lambda n: (0, n[0])),
        (rf"more than\s+({_NUMBER})", lambda n: (n[0] + 1, None)),
        (rf"(?:fewer|less) than\s+({_NUMBER})", lambda n: (0, n[0] - 1)),
        (r"(?:several|many|lots of|a lot of|plenty of|a few|dozens of)", lambda n: (3, None)),
        (r"(?:zero|0)", lambda n: (0, 0)),
    )
)  # fmt: skip

_COURTESY = re.compile(
    r"^\s*(?:please\s+)?(?:(?:show|find|give|search|get|list)(?: me| for)?\s+)?(?:all |any |some )?(?:the )?"
    r"(?:(?:photos?|pictures?|images?|scenes?|ones)\s+(?:of|with|where|showing|containing|that (?:show|have|contain)|"
    r"in which|which show)\s+)?(?:there (?:is|are)\s+)?",
    re.I,
)
_PRONOUNS = (
    (re.compile(r"\bnothing\b", re.I), "no thing"),
    (re.compile(r"\b(?:nobody|no[ -]one)\b", re.I), "no person"),
    (re.compile(r"\b(?:something|anything)\b", re.I), "a thing"),
    (re.compile(r"\b(?:someone|somebody|anyone|anybody)\b", re.I), "a person"),
)
_ABSENT = re.compile(
    r"\b(?:but |and )?(?:no|without(?: an?| any| the)?|not (?:an?|any)|excluding|except(?: for)?|minus)\s+"
    r"([a-z][a-z '-]*?)(?=$|,|;|\.| and | but | with)|(?<!\S)-([a-z][a-z]+)",
    re.I,
)
_NOT = re.compile(r"\b(?:(?:is|are)\s+not|isn't|aren't|not)\s+(?:(?:standing|sitting|lying|placed)\s+)?", re.I)
_DANGLING = re.compile(
    r"\b(in front|behind|in back|(?:to|on|at) the (?:left|right)(?: side)?|left|right|above|below|under|underneath|"
    r"nearby|beside|next)\s*$",
    re.I,
)
_COMPLETED = {"in front": "in front of", "in back": "behind", "left": "left of", "right": "right of", "nearby": "near",
              "next": "next to", "beside": "beside", "below": "below", "behind": "behind"}  # fmt: skip
DETERMINERS = words("a an the some any all each every this that these those its his her their both another")
_EACH_OTHER = re.compile(r"\b(each other|one another|one other)\b", re.I)
_PIECES = re.compile(
    r"\s*[,;.]\s*|\s+and\s+(?=[^,;.]*\b(?:in front|behind|left|right|above|below|nearby|under)\s*$)|\s+but\s+"
)


def taken_apart(text: str) -> Telegram:
    """The parts of an English query."""
    made = Telegram()
    text = _COURTESY.sub("", text.replace("’", "'"), count=1)
    for pattern, word in _PRONOUNS:
        text = pattern.sub(word, text)
    text = _without_bounds(text, made)
    text = _without_absent(text, made)
    text = _without_alternatives(text, made)
    landmark = ""
    for piece in _PIECES.split(text):
        piece = " ".join(piece.split()).removeprefix("and ").removesuffix(" and").removeprefix("but ")
        if not piece:
            continue
        dangling = _DANGLING.search(piece)
        if dangling and landmark:
            word = dangling[1].lower()
            phrase = _COMPLETED.get(word) or (f"{word} of" if word.startswith(("to", "on", "at")) else word)
            piece = f"{piece[: dangling.start()]}{phrase} the {landmark}"
        made.clauses.append(_clause(piece))
        landmark = _landmark(piece) or landmark
    return made


def _clause(piece: str) -> Clause:
    """With articles, and without the "not" before its relation."""
    for found in _NOT.finditer(piece):
        if _starts_relation(piece[found.end() :]):
            return Clause(with_articles(f"{piece[: found.start()]}{piece[found.end() :]}"), "object")
    return Clause(with_articles(piece))


def _starts_relation(text: str) -> bool:
    return longest_phrase([(word.lower(),) for word in re.findall(r"[\w'-]+", text)][:8] or [("",)], 0) is not None


def _without_absent(text: str, made: Telegram) -> str:
    """The text without "no dog", "without cats or dogs"; "no dog on the couch" is a denied relation instead."""

    def take(found: re.Match[str]) -> str:
        said = " ".join((found[1] or found[2]).split())
        if re.search(r"\b(?:it|them|him|her)$", said):
            said = f"{said.rsplit(' ', 1)[0]} the {_landmark(text[: found.start()])}"
        tokens = [(word.lower(),) for word in re.findall(r"[\w'-]+", said)]
        if any(longest_phrase(tokens, place) is not None for place in range(1, len(tokens) - 1)):
            made.clauses.append(Clause(with_articles(said), "subject"))
        else:
            names = (singular(_bare(name)) for name in re.split(r"\s+n?or\s+", said))
            made.absent.extend(name for name in names if name)
        return ", "

    return _ABSENT.sub(take, text)


def _without_bounds(text: str, made: Telegram) -> str:
    """The text with plain numbers where "at least two" and the like stood."""
    for pattern, limits in _BOUNDS:
        place = 0
        while found := pattern.search(text, place):
            numbers = [_value(word) for word in found.groups() if word]
            low, high = limits(numbers)
            rest = text[found.end() :]
            of = " ".join(re.findall(r"[\w'-]+", rest)[:5])
            if high is not None and high < 1:
                number = "no "
            else:
                made.bounds.append(Bound(min(low, MOST_NUMBER), None if high is None else min(high, MOST_NUMBER), of))
                number = f"{max(low, 1) if high is None or low else high} "
            text = f"{text[: found.start()]}{number}{rest}"
            place = found.start() + len(number)
    return text


def _value(word: str) -> int:
    return min(int(word), MOST_NUMBER) if word.isdecimal() else NUMBERS.get(word.lower(), 0)


def _first_noun(text: str) -> str:
    """The longest run of words at the start that is a noun, else the first word."""
    run = re.match(r"[\w'-]+(?: [\w'-]+){0,2}", text)
    tokens = run[0].split() if run else []
    for length in range(min(3, len(tokens)), 0, -1):
        if is_noun(" ".join(tokens[:length])):
            return " ".join(tokens[:length])
    return tokens[0] if tokens else ""


def is_noun(text: str) -> bool:
    """Whether the noun lists know these words, as singular or plural."""
    return singular(text.lower()) in noun_net().senses or text.lower() in noun_net().senses


def _without_alternatives(text: str, made: Telegram) -> str:
    """ "a cat or dog left of a sofa" as "a cat left of a sofa" with *dog* as another name of the cat."""
    text = re.sub(r"\beither\s+", "", text, flags=re.I)
    while found := re.search(r"\s+or\s+(?:an?\s+|the\s+|some\s+)?", text, re.I):
        before, after = text[: found.start()].split(), text[found.end() :]
        other = _first_noun(after)
        own = next(
            (" ".join(before[-n:]) for n in (3, 2, 1) if n <= len(before) and is_noun(" ".join(before[-n:]))), ""
        )
        if not own or not is_noun(other):
            made.notes.append("“or” is only read between names of things, as in “cat or dog”.")
            text = f"{text[: found.start()]}, {after}"
            continue
        made.alternatives.setdefault(singular(own), []).append(singular(other))
        text = f"{text[: found.start()]} {after[len(other) :].lstrip()}"
    return text


def _bare(name: str) -> str:
    return re.sub(r"^(?:an?|the|any)\s+", "", name.strip(), flags=re.I)


def with_articles(clause: str) -> str:
    """The clause with "a" before bare nouns, so that "bottle right of cup" is read as nouns."""
    tokens = re.findall(r"[\w'-]+|[^\w\s]", clause)
    forms = [(word.lower(),) for word in tokens]
    made: list[str] = []
    start, position = True, 0
    each_other = _EACH_OTHER.search(clause) is not None
    while position < len(tokens):
        word = tokens[position]
        phrase = longest_phrase(forms, position)
        if phrase is not None and made and not (start and _is_noun_like(phrase.words)):
            made += tokens[position : position + len(phrase.words)]
            position += len(phrase.words)
            start = True
            continue
        if start and word.lower() not in DETERMINERS and word.lower() not in NUMBERS and not word[0].isdecimal():
            following = tokens[position : position + 2]
            if _EACH_OTHER.match(" ".join(following)):
                pass
            elif not _is_plural(following):
                made.append("an" if word[0].lower() in "aeiou" else "a")
            elif each_other and not made:
                made.append("two")
        made.append(word)
        start = word.lower() == "and"
        position += 1
    return " ".join(made)


def _is_noun_like(said: tuple[str, ...]) -> bool:
    """Words of the rule table that are nouns as well, where a noun is due: "watch", "top"."""
    return len(said) == 1 and said[0] in ("watch", "top", "face", "cover", "border", "line", "bear")


def _is_plural(following: list[str]) -> bool:
    word = following[0].lower()
    if word in ("people", "men", "women", "children", "cattle", "sheep"):
        return True
    return word.endswith("s") and not word.endswith(("ss", "us")) and word not in ("bus", "glass", "skis")


def _landmark(clause: str) -> str:
    """The noun after the last relation of a clause: what "and a bicycle in front" is in front of."""
    tokens = re.findall(r"[\w'-]+", clause)
    forms = [(word.lower(),) for word in tokens]
    position, after = 0, len(tokens)
    while position < len(tokens):
        phrase = longest_phrase(forms, position)
        if phrase is not None and position:
            position += len(phrase.words)
            after = position
        else:
            position += 1
    rest = tokens[after:] or tokens
    if rest and rest[0].lower() in DETERMINERS:
        rest = rest[1:]
    return " ".join(rest)


_IRREGULAR: Mapping[str, str] = {
    "people": "person", "men": "man", "women": "woman", "children": "child", "skis": "skis", "mice": "mouse",
    "knives": "knife", "shelves": "shelf", "leaves": "leaf", "feet": "foot", "teeth": "tooth", "geese": "goose",
    "wolves": "wolf", "calves": "calf", "loaves": "loaf", "scarves": "scarf", "wives": "wife", "potatoes": "potato",
    "tomatoes": "tomato", "buses": "bus",
}  # fmt: skip


def singular(noun: str) -> str:
    """The noun with its last word in the singular, lower case."""
    parts = noun.lower().split()
    if not parts:
        return ""
    last = parts[-1]
    if last in _IRREGULAR:
        last = _IRREGULAR[last]
    elif last.endswith("ies") and len(last) > 4:
        last = f"{last[:-3]}y"
    elif last.endswith(("ches", "shes", "sses", "xes")):
        last = last[:-2]
    elif last.endswith("s") and not last.endswith(("ss", "us", "is")) and last not in ("scissors", "skis", "stairs"):
        last = last[:-1]
    return " ".join((*parts[:-1], last))
