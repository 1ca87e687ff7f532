"""English text -> commands, by a grammar of our own over words: verbs that open clauses, noun phrases, place phrases.

No tagger is asked: small ones take most imperatives for something else. Clauses that open with no verb go on with the
verb before ("make the sofa red and the chair blue"), or describe what is there and are left to the sentence parser.
"""

import re
from collections.abc import Callable
from dataclasses import replace

from sd3studio.core.errors import SentenceError
from sd3studio.core.language.commands import Command, Place, Reading, Referent
from sd3studio.ml.parsing.command_judging import judged
from sd3studio.ml.parsing.command_phrases import NEXT_TO, ON, away_from, noun_phrase, noun_phrases, places, shift
from sd3studio.ml.parsing.command_sizes import angle, predicate_of, resized_by_verb
from sd3studio.ml.parsing.command_words import DETERMINERS, OPENERS, POLITE, TOKEN, Cursor, verb_at

WEAK = (",", "and", "also")
PARTICLES = ("please", "too", "as well", "there", "again", "instead", "for me", "now", "from the scene",
             "from the picture", "from the room", "to the scene", "to the room", "to the picture", "in the scene",
             "in the picture", "into the scene", "in the room")  # fmt: skip
MOST_COMMANDS = 100
ROWS = ("in a row", "in a line", "in line", "into a row", "into a line", "in one row", "in one line")
MIDDLE_OF_THE_ROOM = Place(NEXT_TO, (Referent("the middle", nouns=("middle",), definite=True),), "to")


def read_english_commands(text: str) -> Reading:
    """The commands of a text, in order; a clause that describes something stays as text.

    Raises `SentenceError` if there are more than 100.
    """
    steps: list[Command | str] = []
    unread: list[str] = []
    last: str | None = None
    for clause in _clauses(text):
        found = verb_at(clause, 0)
        if found is None and last is not None and not _is_statement(clause):
            clause = [*last.split(), *clause]
            found = verb_at(clause, 0)
        if found is None:
            steps.append(judged(clause, _make) or Cursor(clause).text(0))
            continue
        last = found[1]
        read, rest = _commands(clause)
        steps += [_as_written(step, text) for step in read]
        if rest:
            unread.append(rest)
        if len(steps) > MOST_COMMANDS:
            raise SentenceError(f"At most {MOST_COMMANDS} changes are read from one text. Say fewer at a time.")
    return Reading(tuple(steps), tuple(unread))


def _as_written(step: Command | str, text: str) -> Command | str:
    """A new name with the capitals that it has in the text."""
    if isinstance(step, str) or step.action != "rename":
        return step
    found = re.search(re.escape(step.word), text, re.IGNORECASE)
    return replace(step, word=found[0]) if found else step


def _clauses(text: str) -> list[list[str]]:
    """The text in clauses of words: at full stops and "then", and at "and" or a comma before a verb."""
    text = re.sub(r"[‘’`]", "'", text.lower()).replace("can't", "can not")
    text = re.sub(r'["“”]', "", text)
    clauses: list[list[str]] = []
    for sentence in re.split(r"(?<!\d)\.|\.(?!\d)|[;!?:\n]+|\bthen\b|\bafter that\b", text):
        tokens = TOKEN.findall(POLITE.sub("", sentence.strip(" ,")))
        current: list[str] = []
        at = 0
        while at < len(tokens):
            if tokens[at] in WEAK and (ahead := _command_after(tokens, at)) is not None:
                clauses.append(current)
                current, at = [], ahead
                continue
            current.append(tokens[at])
            at += 1
        clauses.append(current)
    return [clause for clause in (_stripped(clause) for clause in clauses) if clause]


def _command_after(tokens: list[str], at: int) -> int | None:
    """Where a command begins after separators, or None if what follows goes on with the same one."""
    while at < len(tokens) and (tokens[at] in WEAK or tokens[at] in OPENERS):
        at += 1
    found = verb_at(tokens, at)
    if found is None or at + found[2] >= len(tokens) or tokens[at + found[2]] in (*WEAK, "of"):
        return None
    return at


def _stripped(clause: list[str]) -> list[str]:
    while clause and clause[0] in (*OPENERS, ",") and not (clause[0] == "first" and len(clause) < 2):
        clause = clause[1:]
    while clause and clause[-1] in (",", "and"):
        clause = clause[:-1]
    for particle in PARTICLES:
        words = particle.split()
        if len(clause) > len(words) + 1 and clause[-len(words) :] == words:
            clause = clause[: -len(words)]
    return clause


def _is_statement(clause: list[str]) -> bool:
    return bool({"is", "are", "should", "must", "stands", "lies", "sits", "there"} & set(clause[:8]))


def _commands(clause: list[str]) -> tuple[list[Command | str], str]:
    """The commands of one clause, and the words at its end that were not understood."""
    found = verb_at(clause, 0)
    assert found is not None
    kind, verb, length = found
    commands: list[Command | str] = []
    cursor = Cursor(clause, length)
    while not cursor.done and len(commands) <= MOST_COMMANDS:
        start = cursor.at
        command = READERS[kind](cursor, verb)
        if command is None:
            return commands, cursor.text(start if commands else 0)
        commands.append(command)
        if cursor.done or not cursor.take(", and", "and", ",", "but"):
            break
    return commands, "" if cursor.done else cursor.text(cursor.at)


def _move(cursor: Cursor, verb: str) -> Command | None:
    start = cursor.at
    if verb == "take" and cursor.tokens[-1] in ("away", "out"):
        cursor.tokens.pop()
        return _remove(cursor, verb)
    if verb == "set" and (sized := resized_by_verb(cursor, verb)) is not None:
        return sized
    cursor.at = start
    things = noun_phrases(cursor, modified=False)
    if not things:
        return None
    if cursor.take(*ROWS):
        return Command("line", things, text=cursor.text(start - 1, cursor.at))
    where = places(cursor)
    if goal := away_from(cursor):
        return Command("move", things, where, others=(goal,), away=True, text=cursor.text(start, cursor.at))
    way = shift(cursor, verb)
    new = all(
        thing.definite is False or (thing.count > 1 and not thing.every and thing.definite is None) for thing in things
    )
    if where and way is None and all(one.origin for one in where):
        where = (*where, *_beside(where[-1]))  # "take the book off the table"
    action = "add" if new and not any(thing.pronoun for thing in things) and way is None else "move"
    if action == "move" and not where and way is None:
        return None
    return Command(action, things, where, shift=way, text=cursor.text(start - 1, cursor.at))


def _beside(where: Place) -> tuple[Place, Place]:
    """On the floor beside what a thing is taken from."""
    floor = Referent("the floor", nouns=("floor",), definite=True)
    return Place(ON, (floor,), "on"), Place(NEXT_TO, where.of, "next to")


def _add(cursor: Cursor, verb: str) -> Command | str | None:
    start = cursor.at
    cursor.take("in", "me")
    things = noun_phrases(cursor, modified=False)
    if not things or any(thing.pronoun for thing in things):
        return None
    where = places(cursor)
    if not cursor.done and cursor.peek() not in ("and", ","):
        cursor.at = len(cursor.tokens)
        return "there is " + cursor.text(start)  # "a table with two chairs": the sentence parser knows more
    wished = verb in ("i want", "i would like", "i need", "there should be", "let there be")
    there = where and all(thing.definite for thing in things)
    action = "move" if wished and there else "add"
    return Command(action, things, where, text=cursor.text(start - 1, cursor.at))


def _remove(cursor: Cursor, verb: str) -> Command | None:
    start = cursor.at
    things = noun_phrases(cursor)
    if not things:
        return None
    if verb.startswith("clear") and not any(thing.places or thing.pronoun for thing in things):
        things = (Referent(f"what is on {things[0].words}", pronoun="everything", places=(Place(ON, things, "on"),)),)
    return Command("remove", things, text=cursor.text(start - 1, cursor.at))


def _colour(cursor: Cursor, verb: str) -> Command | None:
    return _with_predicate(cursor, "colour")


def _make(cursor: Cursor, verb: str) -> Command | str | None:
    start = cursor.at
    command = _with_predicate(cursor, "make")
    if command is not None:
        return command
    cursor.at = start
    things = noun_phrases(cursor)
    if things and cursor.take("face", "look at", "look towards", "look to", "point at", "look toward"):
        away = cursor.take("away from")
        goal = noun_phrases(cursor)
        return Command("face", things, others=goal, away=away, text=cursor.text(start, cursor.at)) if goal else None
    if things and cursor.done and all(thing.definite is False for thing in things) and verb != "let":
        return Command("add", things, text=cursor.text(start))
    return None


def _with_predicate(cursor: Cursor, kind: str) -> Command | None:
    """ "the sofa red", "the table 2 m wide": the first place at which the rest reads as a predicate."""
    start = cursor.at
    end = len(cursor.tokens)
    for split in range(start + 1, end + 1):
        trial = Cursor(cursor.tokens[:split], start)
        things = noun_phrases(trial)
        if not things or not trial.done:
            continue
        rest = Cursor(cursor.tokens, split)
        rest.take("to be", "into", "in", "to", "look", "be")
        command = predicate_of(rest, things, kind)
        if command is not None and (rest.done or rest.peek() in ("and", ",", "but")):
            cursor.at = rest.at
            return command
    return None


def _change(cursor: Cursor, verb: str) -> Command | None:
    start = cursor.at
    if cursor.take("the colour of", "the color of", "colour of"):
        things = noun_phrases(cursor)
        cursor.take("to", "into")
        command = predicate_of(cursor, things, "colour") if things else None
        return command
    sized = resized_by_verb(cursor, verb)
    if sized is not None:
        return sized
    cursor.at = start
    return _turned_into(cursor) or _with_predicate_from(cursor, start)


def _with_predicate_from(cursor: Cursor, start: int) -> Command | None:
    cursor.at = start
    return _with_predicate(cursor, "make")


def _turned_into(cursor: Cursor) -> Command | None:
    """ "change the cat into a dog"."""
    start = cursor.at
    things = noun_phrases(cursor)
    if not things or not cursor.take("into", "to", "for", "with", "by"):
        return None
    if cursor.peek() not in DETERMINERS and cursor.peek() not in ("one", "two", "three"):
        return None
    goal = noun_phrase(cursor, modified=False)
    if goal is None:
        return None
    return Command("replace", things, others=(goal,), text=cursor.text(start, cursor.at))


def _turn(cursor: Cursor, verb: str) -> Command | None:
    start = cursor.at
    replaced = _turned_into(cursor) if verb == "turn" else None
    if replaced is not None and cursor.tokens[start:].count("into"):
        return replaced
    cursor.at = start
    cursor.take("around")
    things = noun_phrases(cursor, modified=False)
    if not things:
        return None
    if cursor.take("'s back to", "'s back towards", "away from", "with its back to"):
        goal = noun_phrases(cursor)
        return Command("face", things, others=goal, away=True, text=cursor.text(start - 1, cursor.at)) if goal else None
    before = cursor.at
    turn = angle(cursor)
    if turn is not None and (cursor.done or cursor.peek() in ("and", ",")):
        return Command("turn", things, angle_rad=turn, text=cursor.text(start - 1, cursor.at))
    cursor.at = before
    if cursor.take(
        "so that it faces", "so it faces", "to face", "facing", "towards", "toward", "to look at", "at", "to"
    ):
        goal = noun_phrases(cursor)
        if goal:
            return Command("face", things, others=goal, text=cursor.text(start - 1, cursor.at))
    if verb == "face":
        goal = noun_phrases(cursor)
        if goal:
            return Command("face", things, others=goal, text=cursor.text(start - 1, cursor.at))
    cursor.at = start
    return _with_predicate(cursor, "colour") if verb == "turn" else None


def _scale(cursor: Cursor, verb: str) -> Command | None:
    return resized_by_verb(cursor, verb)


def _swap(cursor: Cursor, verb: str) -> Command | None:
    start = cursor.at
    cursor.take("the places of", "the positions of", "the place of", "the position of", "around")
    first = noun_phrase(cursor)
    if first is None:
        return None
    if not cursor.take("with", "and", "for", "against"):
        if first.plural or first.count == 2 or first.pronoun == "them":
            return Command("swap", (first,), text=cursor.text(start - 1, cursor.at))
        return None
    second = noun_phrase(cursor)
    if second is None:
        return None
    cursor.take("around", "over")
    if second.definite is False:
        return Command("replace", (first,), others=(second,), text=cursor.text(start - 1, cursor.at))
    return Command("swap", (first,), others=(second,), text=cursor.text(start - 1, cursor.at))


def _replace(cursor: Cursor, verb: str) -> Command | None:
    start = cursor.at
    first = noun_phrases(cursor)
    if not first or not cursor.take("with", "by", "for"):
        return None
    second = noun_phrase(cursor, modified=False)
    if second is None:
        return None
    if verb == "substitute":
        return Command("replace", (second,), others=first[:1], text=cursor.text(start - 1, cursor.at))
    return Command("replace", first, others=(second,), text=cursor.text(start - 1, cursor.at))


def _rename(cursor: Cursor, verb: str) -> Command | None:
    start = cursor.at
    for split in range(start + 1, len(cursor.tokens)):
        trial = Cursor(cursor.tokens[:split], start)
        things = noun_phrases(trial)
        if not things or not trial.done:
            continue
        rest = Cursor(cursor.tokens, split)
        named = rest.take("to", "into", "as")
        if verb == "rename" and not named:
            continue
        name = rest.text(rest.at)
        for article in ("a ", "an ", "the "):
            name = name.removeprefix(article)
        cursor.at = len(cursor.tokens)
        return Command("rename", things, word=name, text=cursor.text(start - 1)) if name else None
    return None


def _copy(cursor: Cursor, verb: str) -> Command | None:
    start = cursor.at
    things = noun_phrases(cursor, modified=False)
    if not things:
        return None
    times = 1
    before = cursor.at
    if cursor.take("twice"):
        times = 2
    else:
        value = cursor.number()
        if value is not None and cursor.take("times", "more times"):
            times = int(value)
        else:
            cursor.at = before
            cursor.take("once")
    where = places(cursor)
    return Command("copy", things, where, times=max(1, min(times, 50)), text=cursor.text(start - 1, cursor.at))


def _in_row(action: str) -> Callable[[Cursor, str], Command | None]:
    def read(cursor: Cursor, verb: str) -> Command | None:
        start = cursor.at
        things = noun_phrases(cursor)
        cursor.take("up", "out")
        cursor.take("evenly", "equally", *ROWS)
        return Command(action, things, text=cursor.text(start - 1, cursor.at)) if things else None  # type: ignore[arg-type]

    return read


def _centre(cursor: Cursor, verb: str) -> Command | None:
    start = cursor.at
    things = noun_phrases(cursor, modified=False)
    where = places(cursor) or (MIDDLE_OF_THE_ROOM,)
    return Command("move", things, where, text=cursor.text(start - 1, cursor.at)) if things else None


def _plain(action: str) -> Callable[[Cursor, str], Command | None]:
    def read(cursor: Cursor, verb: str) -> Command | None:
        start = cursor.at
        things = noun_phrases(cursor)
        return Command(action, things, text=cursor.text(start - 1, cursor.at)) if things else None  # type: ignore[arg-type]

    return read


READERS: dict[str, Callable[[Cursor, str], Command | str | None]] = {
    "move": _move,
    "add": _add,
    "remove": _remove,
    "colour": _colour,
    "make": _make,
    "change": _change,
    "scale": _scale,
    "turn": _turn,
    "swap": _swap,
    "replace": _replace,
    "rename": _rename,
    "copy": _copy,
    "hide": _plain("hide"),
    "show": _plain("show"),
    "lock": _plain("lock"),
    "unlock": _plain("unlock"),
    "line": _in_row("line"),
    "space": _in_row("space"),
    "centre": _centre,
}
"""How the rest of a clause is read after a verb of each kind; None means that it was not understood."""
