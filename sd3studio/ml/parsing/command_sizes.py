"""Sizes, turns and colours in English commands: "2 m wide", "twice as big", "by 90 degrees", "dark red"."""

import math

from sd3studio.core.language.colours import colour_of
from sd3studio.core.language.commands import Command, Referent, Resize
from sd3studio.ml.parsing.command_phrases import noun_phrase, noun_phrases
from sd3studio.ml.parsing.command_words import DETERMINERS, GROWN, SIZE_AXES, UNITS_M, Cursor, is_adjective

GROWING = {"enlarge": 1.25, "shrink": 0.8, "grow": 1.25, "increase": 1.25, "decrease": 0.8, "reduce": 0.8,
           "double": 2.0, "halve": 0.5, "scale": 1.25, "resize": 1.25, "stretch": 1.25}  # fmt: skip
ALONG = {"widen": (0,), "narrow": (0,), "heighten": (2,)}


def predicate_of(cursor: Cursor, things: tuple[Referent, ...], kind: str) -> Command | None:
    """What is to be said of things after "make" or "paint": a colour, a size, an attribute; None if it is none."""
    start = cursor.at
    text = cursor.text(0)
    colour = _colour(cursor)
    if colour:
        return Command("colour", things, word=colour, text=text)
    if kind == "colour":
        return None
    resize = _size(cursor)
    if resize is not None:
        other = noun_phrase(cursor) if cursor.take("than") else None
        return Command("scale", things, others=(other,) if other else (), resize=resize, text=text)
    cursor.at = start
    if cursor.take("invisible", "hidden"):
        return Command("hide", things, text=text)
    if cursor.take("visible"):
        return Command("show", things, text=text)
    if cursor.take("facing", "face", "look at", "look towards"):
        away = cursor.take("away from")
        goal = noun_phrases(cursor)
        return Command("face", things, others=goal, away=away, text=text) if goal else None
    if cursor.peek() in ("a", "an") and cursor.peek() in DETERMINERS:
        goal = noun_phrase(cursor, modified=False)
        if goal is not None:
            return Command("replace", things, others=(goal,), text=text)
        cursor.at = start
    word = cursor.peek()
    last = cursor.at + 1 >= len(cursor.tokens) or cursor.peek(1) in ("and", ",")
    if word and word[0].isalpha() and last and (is_adjective(word) or word.endswith(("en", "y", "ed", "ing"))):
        cursor.at += 1
        return Command("describe", things, word=word, text=text)
    return None


def _colour(cursor: Cursor) -> str:
    for length in (2, 1):
        word = cursor.text(cursor.at, cursor.at + length)
        if len(cursor.tokens) >= cursor.at + length and colour_of(word) is not None:
            cursor.at += length
            return word
    return ""


def _factors(axes: tuple[int, ...], factor: float) -> Resize:
    values = [factor if axis in axes else 1.0 for axis in range(3)]
    return Resize(factors=(values[0], values[1], values[2]))


def _set(axes: tuple[int, ...], length_m: float) -> Resize:
    """A length for one axis; for all three at once the longest side gets it and the shape is kept."""
    if len(axes) == 3:
        return Resize(set_m=(length_m, None, None), keep_shape=True)
    values = [length_m if axis in axes else None for axis in range(3)]
    return Resize(set_m=(values[0], values[1], values[2]))


def _add(axes: tuple[int, ...], length_m: float) -> Resize:
    values = [length_m if axis in axes else 0.0 for axis in range(3)]
    return Resize(add_m=(values[0], values[1], values[2]))


def _size(cursor: Cursor) -> Resize | None:
    start = cursor.at
    if (sides := _sides(cursor)) is not None:
        return sides
    length = cursor.length_m()
    if length is not None:
        if cursor.peek() in SIZE_AXES:
            cursor.at += 1
            return _set(SIZE_AXES[cursor.tokens[cursor.at - 1]], length)
        if cursor.peek() in GROWN:
            word = cursor.peek()
            cursor.at += 1
            axes = tuple(axis for axis in range(3) if GROWN[word][axis] != 1.0)
            return _add(axes, length if GROWN[word][axes[0]] > 1.0 else -length)
        return _set((0, 1, 2), length)
    cursor.at = start
    factor = _times(cursor)
    if factor is not None:
        if cursor.take("as") and cursor.peek() in SIZE_AXES:
            axes = SIZE_AXES[cursor.peek()]
            cursor.at += 1
            return _factors(axes, factor)
        if cursor.peek() in SIZE_AXES:
            axes = SIZE_AXES[cursor.peek()]
            cursor.at += 1
            cursor.take("size", "width", "height", "depth")
            return _factors(axes, factor)
        if cursor.peek() in GROWN:
            return _grown(cursor, factor)
        cursor.at = start
        return None
    strength = 1.0
    if cursor.take("much", "a lot", "far"):
        strength = 2.0
    elif cursor.take("a little bit", "a little", "a bit", "slightly"):
        strength = 0.5
    if cursor.peek() in GROWN:
        word = cursor.peek()
        cursor.at += 1
        a, b, c = (value**strength for value in GROWN[word])
        return Resize(factors=(a, b, c))
    if cursor.peek() in ("big", "small", "large", "tall", "wide", "long") and start == cursor.at:
        word = {"big": "bigger", "large": "larger", "small": "smaller", "tall": "taller", "wide": "wider"}.get(
            cursor.peek(), "longer"
        )
        cursor.at += 1
        return Resize(factors=GROWN[word])
    cursor.at = start
    return None


def _sides(cursor: Cursor) -> Resize | None:
    """ "2 m by 3 m", "2 x 3 m", "80 x 40 x 60 cm": width, depth and height."""
    start = cursor.at
    values: list[float | None] = []
    units: list[float] = []
    while len(values) < 3 and (value := cursor.number()) is not None:
        values.append(value)
        if cursor.peek() in UNITS_M:
            units.append(UNITS_M[cursor.peek()])
            cursor.at += 1
        if not cursor.take("by", "x", "×"):
            break
    if len(values) < 2 or len(units) not in (1, len(values)):
        cursor.at = start
        return None
    units = units * len(values) if len(units) == 1 else units
    width, depth, height = ([v * u for v, u in zip(values, units, strict=True) if v is not None] + [None])[:3]  # type: ignore[list-item]
    return Resize(set_m=(width, depth, height))


def _grown(cursor: Cursor, factor: float) -> Resize:
    """ "50 % bigger", "2 times smaller"."""
    word = cursor.peek()
    cursor.at += 1
    axes = tuple(axis for axis in range(3) if GROWN[word][axis] != 1.0)
    percent = cursor.tokens[cursor.at - 2] in ("%", "percent")
    shrinks = GROWN[word][axes[0]] < 1.0
    if percent:
        factor = 1.0 - factor if shrinks else 1.0 + factor
    elif shrinks:
        factor = 1.0 / factor
    return _factors(axes, max(factor, 0.05))


def _times(cursor: Cursor) -> float | None:
    """ "twice", "three times", "half", "50 %", "1.5 x" as a factor."""
    start = cursor.at
    if cursor.take("twice", "double"):
        return 2.0
    if cursor.take("half"):
        return 0.5
    value = cursor.number()
    if value is not None and value > 0.0:
        if cursor.take("times", "x"):
            return value
        if cursor.take("%", "percent"):
            return value / 100.0
    cursor.at = start
    return None


def resized_by_verb(cursor: Cursor, verb: str) -> Command | None:
    """ "scale the table by 2", "double the size of the vase", "increase the height of the table to 1 m"."""
    start = cursor.at
    axes = ALONG.get(verb, (0, 1, 2))
    cursor.take("the")
    if cursor.peek() in SIZE_AXES and cursor.peek(1) == "of":
        axes = SIZE_AXES[cursor.peek()]
        cursor.at += 2
    elif verb in ("change", "set"):
        cursor.at = start
        return None
    else:
        cursor.at = start
    things = noun_phrases(cursor)
    if not things:
        return None
    resize = _by_or_to(cursor, axes, verb)
    return None if resize is None else Command("scale", things, resize=resize, text=cursor.text(start - 1, cursor.at))


def _by_or_to(cursor: Cursor, axes: tuple[int, ...], verb: str) -> Resize | None:
    shrinks = verb in ("shrink", "decrease", "reduce", "narrow", "halve")
    if cursor.take("to"):
        length = cursor.length_m()
        if length is not None:
            if cursor.peek() in SIZE_AXES:
                axes = SIZE_AXES[cursor.peek()]
                cursor.at += 1
            return _set(axes, length)
        factor = _times(cursor)
        cursor.take("of its size", "its size", "the size")
        return None if factor is None else _factors(axes, factor)
    up, down = cursor.take("up"), cursor.take("down")
    if cursor.take("by", "by a factor of"):
        cursor.take("a factor of", "factor")
        length = cursor.length_m()
        if length is not None:
            return _add(axes, -length if shrinks else length)
        before = cursor.at
        factor = _times(cursor)
        if factor is not None:
            percent = cursor.tokens[cursor.at - 1] in ("%", "percent")
            if percent and verb not in ("scale", "resize"):
                factor = 1.0 - factor if shrinks else 1.0 + factor
            elif shrinks and not percent:
                factor = 1.0 / factor
            return _factors(axes, max(factor, 0.05))
        cursor.at = before
        value = cursor.number()
        if value is None or value <= 0.0:
            return None
        return _factors(axes, 1.0 / value if shrinks else value)
    if verb in ("change", "set"):
        return None
    usual = 0.8 if down else 1.25 if up else GROWING.get(verb, 0.8 if shrinks else 1.25)
    cursor.take("a bit", "a little")
    return _factors(axes, usual)


def angle(cursor: Cursor) -> float | None:
    """A turn that comes next, radians, counter-clockwise from above: "by 90 degrees clockwise", "around"."""
    start = cursor.at
    if cursor.take("around", "upside down"):
        return math.pi
    cursor.take("by", "around by", "about")
    value = cursor.number()
    if (value is not None and cursor.take("degrees", "degree", "°", "deg")) or (value is not None and cursor.done):
        turn = math.radians(value)
    elif value is not None and cursor.take("radians", "rad"):
        turn = value
    elif value is None and (cursor.take("a quarter turn") or cursor.peek() in ("clockwise", "left", "right") or
                            cursor.peek(2) in ("left", "right") or cursor.peek() == "counterclockwise"):  # fmt: skip
        turn = math.pi / 2.0
    elif value == 0.5 and cursor.take("turn", "rotation"):
        turn = math.pi
    else:
        cursor.at = start
        return None
    cursor.take("to the", "to", "towards the")
    if cursor.take("clockwise", "right"):
        return -turn
    cursor.take("counterclockwise", "counter-clockwise", "anticlockwise", "anti-clockwise", "left")
    return turn
