"""Noun phrases and place phrases of English commands."""

from sd3studio.core.catalogue import shipped_catalogue
from sd3studio.core.language.commands import Place, Referent, Shift
from sd3studio.core.language.noun_net import noun_net
from sd3studio.core.language.vocabulary import RULES, SpatialRule
from sd3studio.core.scene.predicates import Predicate
from sd3studio.ml.parsing.command_sides import BOTH_SIDES, MIDDLE, OTHER_SIDE
from sd3studio.ml.parsing.command_words import (
    DETERMINERS,
    EVERY,
    NUMERALS,
    ORDINALS,
    PICKS,
    PRONOUNS,
    STEP_M,
    STOPS,
    Cursor,
    is_adjective,
    lemma,
    verb_at,
)

ON = next(rule for rule in RULES if rule.predicate is Predicate.ON and rule.certain and rule.manner == "place")
NEXT_TO = next(
    rule for rule in RULES if rule.predicate is Predicate.NEXT_TO and rule.certain and rule.manner == "place"
)
OWN_SIDES = {
    "left": Predicate.LEFT_OF, "right": Predicate.RIGHT_OF, "front": Predicate.IN_FRONT_OF, "back": Predicate.BEHIND,
}  # fmt: skip
WHICH = ("that is", "that are", "which is", "which are", "that stands", "that stand", "that lies", "that sits",
         "that was", "standing", "lying", "sitting", "hanging", "which stands", "that")  # fmt: skip
BACKWARDS = {
    "left": (-1, 0, 0), "right": (1, 0, 0), "up": (0, 0, 1), "upwards": (0, 0, 1), "upward": (0, 0, 1),
    "higher": (0, 0, 1), "down": (0, 0, -1), "downwards": (0, 0, -1), "downward": (0, 0, -1), "lower": (0, 0, -1),
    "forward": (0, -1, 0), "forwards": (0, -1, 0), "closer": (0, -1, 0), "nearer": (0, -1, 0), "front": (0, -1, 0),
    "back": (0, 1, 0), "backward": (0, 1, 0), "backwards": (0, 1, 0), "away": (0, 1, 0), "farther": (0, 1, 0),
    "further": (0, 1, 0),
}  # fmt: skip
"""Direction word -> right, away from the viewer, up."""
SIDES_OF_PICTURE = {
    "on the left": "left", "on the right": "right", "to the left": "left", "to the right": "right",
    "at the back": "far", "in the back": "far", "at the front": "near",
}  # fmt: skip
"""After a noun and before nothing else these choose among several things."""
MANNERS = ("up", "down", "twice", "once", "exactly", "slightly", "much", "half", "clockwise", "evenly", "equally")
VESSELS = frozenset({"vase", "bowl", "cup", "mug", "glass", "bottle", "plate", "basket", "box", "pot", "jar", "bag"})
ME = ("me", "us", "the camera", "the viewer", "camera")


def noun_phrases(cursor: Cursor, modified: bool = True) -> tuple[Referent, ...]:
    """Noun phrases joined by "and" and commas; empty if none comes next.

    `modified`: place phrases after a noun belong to it ("the lamp on the table"). Otherwise they are left for the
    clause, but for those that can only belong to the noun ("the lamp that is on the table").
    """
    found: list[Referent] = []
    while True:
        before = cursor.at
        if found and not cursor.take(", and", "and also", "and", ",", "as well as"):
            break
        if found and verb_at(cursor.tokens, cursor.at) and not noun_like(cursor):
            cursor.at = before
            break
        one = noun_phrase(cursor, modified)
        if one is None:
            cursor.at = before
            break
        found.append(one)
    return tuple(found)


def noun_like(cursor: Cursor) -> bool:
    """True if a determiner or the end shows that the word that comes next is a noun and no verb."""
    return cursor.peek() in DETERMINERS or cursor.peek(1) in ("", ",", "and")


def noun_phrase(cursor: Cursor, modified: bool = True) -> Referent | None:
    """One noun phrase or pronoun, or None."""
    start = cursor.at
    found = _pronoun(cursor) or _named(cursor)
    if found is None:
        cursor.at = start
        return None
    found = _with_modifiers(cursor, found, modified)
    several = found.every or found.pronoun in ("everything", "rest")
    if several and cursor.take("except for", "except", "but", "apart from", "other than", "besides"):
        found = _replaced(found, but=noun_phrases(cursor, modified))
    return _replaced(found, words=cursor.text(start, cursor.at))


def _replaced(referent: Referent, **changes: object) -> Referent:
    from dataclasses import replace

    return replace(referent, **changes)  # type: ignore[arg-type]


def _pronoun(cursor: Cursor) -> Referent | None:
    start = cursor.at
    if cursor.take("what is", "whatever is", "everything that is", "all that is", "the things", "the objects"):
        return Referent(cursor.text(start, cursor.at), pronoun="everything", every=True)
    if cursor.take("the rest", "the others", "all the others", "everything else"):
        return Referent(cursor.text(start, cursor.at), pronoun="rest", every=True)
    if cursor.take("the selected objects", "the selected object", "the selection", "the selected", "this thing",
                   "these things", "this object", "these objects", "what is selected"):  # fmt: skip
        return Referent(cursor.text(start, cursor.at), pronoun="this", every=True)
    if cursor.take("all of them", "both of them", "all objects", "all things", "all the objects", "all the things"):
        every = cursor.tokens[cursor.at - 1] != "them"
        return Referent(cursor.text(start, cursor.at), pronoun="everything" if every else "them", every=True)
    word = cursor.peek()
    if word not in PRONOUNS or (word in ("all", "this", "that", "these", "those", "one") and _noun_follows(cursor)):
        if word == "both" and (cursor.at + 1 >= len(cursor.tokens) or cursor.peek(1) in STOPS):
            cursor.at += 1
            return Referent("both", pronoun="them", every=True)
        return None
    cursor.at += 1
    return Referent(word, pronoun=PRONOUNS[word], every=word in ("everything", "all", "them"))  # type: ignore[arg-type]


def _noun_follows(cursor: Cursor) -> bool:
    after = cursor.peek(1)
    if not after or not after[0].isalpha() or after in STOPS:
        return after == "of"
    trial = Cursor(cursor.tokens, cursor.at + 1)
    return after in DETERMINERS or after in NUMERALS or trial.rule() is None


def _named(cursor: Cursor) -> Referent | None:
    start = cursor.at
    definite: bool | None = None
    count, numbered, every, other, pick, rank = 1, False, False, False, "", 1
    while not cursor.done:
        word = cursor.peek()
        if word in EVERY:
            every = True
            count = 2 if word == "both" else count
            cursor.at += 1
            cursor.take("of")
        elif word in DETERMINERS:
            definite = definite if word in ("some", "any") else word not in ("a", "an", "another")
            other |= word == "another"
            definite = False if word == "some" else definite
            cursor.at += 1
        elif word in ("other", "remaining", "more"):
            other = True
            definite = False if word == "more" else definite
            cursor.at += 1
        elif word in ORDINALS:
            pick, rank = pick or "first", ORDINALS[word]
            cursor.at += 1
        elif word in PICKS and cursor.peek(1) and cursor.peek(1) not in STOPS and cursor.peek(1) not in (",", "of"):
            pick = PICKS[word]
            cursor.at += 1
            cursor.take("most")
        elif word in ("most",):
            cursor.at += 1
        elif (value := cursor.number()) is not None:
            if cursor.take("of"):
                pass
            count, numbered = max(1, min(100, int(value))), True
        elif cursor.take("couple of", "pair of"):
            count, numbered, definite = 2, True, None if definite is not True else True
        else:
            break
    words = _words(cursor)
    if not words:
        cursor.at = start
        return None
    held = _held(cursor, lemma(words[-1]))
    plural = lemma(words[-1]) != words[-1] and not numbered
    if other and definite is True:
        plural_other = plural
        plural = plural_other
    if definite is False and numbered and count == 1:
        definite = False
    nouns, attributes = _nouns(words)
    if numbered and definite is None:
        definite = None
    fresh_other = other and definite is False
    return Referent(
        words=cursor.text(start, cursor.at),
        nouns=(*held, *nouns),
        attributes=attributes,
        count=count,
        plural=plural and count == 1,
        every=every,
        definite=definite,
        other=other and not fresh_other,
        pick=pick,  # type: ignore[arg-type]
        rank=rank,
    )


def _held(cursor: Cursor, vessel: str) -> tuple[str, ...]:
    """ "of flowers" after a vase: the longer name that makes of it; empty for any other "of"."""
    start = cursor.at
    if vessel not in VESSELS or not cursor.take("of") or cursor.peek() in DETERMINERS:
        cursor.at = start
        return ()
    content = _words(cursor)
    if not content:
        cursor.at = start
        return ()
    return (f"{vessel} of {' '.join(content)}",)


def _words(cursor: Cursor) -> list[str]:
    """Adjectives and nouns that come next."""
    words: list[str] = []
    while not cursor.done:
        word = cursor.peek()
        if (
            word in ("and", ",")
            and words
            and is_adjective(words[-1])
            and is_adjective(cursor.peek(1))
            and cursor.peek(2)
        ):
            cursor.at += 1
            continue
        if word in STOPS or not word[0].isalpha() or word in DETERMINERS:
            break
        trial = Cursor(cursor.tokens, cursor.at)
        rule = trial.rule()
        shape = is_adjective(word) and cursor.peek(1) not in ("", *DETERMINERS)  # "a round table"
        if rule is not None and not shape and not (words == [] and trial.done and len(rule[1].split()) == 1):
            break
        if words and not is_adjective(words[-1]) and (is_adjective(word) or (word.endswith("er") and _compares(word))):
            break
        if words and not is_adjective(words[-1]) and _direction(cursor):
            break
        if words and word in MANNERS:
            break
        if words and not is_adjective(words[-1]) and word.endswith("ing") and word not in noun_net():
            break  # "people walking"
        words.append(word)
        cursor.at += 1
    while words and len(words) > 1 and words[-1] in ("again",):
        words.pop()
        cursor.at -= 1
    return words if words and not all(_only_adjective(word) for word in words) else []


def _compares(word: str) -> bool:
    from sd3studio.ml.parsing.command_words import GROWN

    return word in GROWN


def _only_adjective(word: str) -> bool:
    return is_adjective(word) and lemma(word) not in noun_net() and shipped_catalogue().category_of(word) is None


def _direction(cursor: Cursor) -> bool:
    """True if a direction stands here and not before a noun ("the lamp left" against "the left lamp")."""
    return cursor.peek() in BACKWARDS and (
        cursor.peek(1) in ("", "and", ",", "by", "a", "to", "again") or cursor.peek(1)[0].isdigit()
    )


def _nouns(words: list[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Names of a thing, the longest first, and attributes, from its words."""
    head = lemma(words[-1])
    catalogue, net = shipped_catalogue(), noun_net()
    names, attributes = [head], []
    compound = head
    for word in reversed(words[:-1]):
        longer = f"{word} {compound}"
        plain = longer in catalogue.categories or not is_adjective(word)
        # Some entries of the catalogue are called "green chair": their words are attributes all the same.
        known = plain and (catalogue.category_of(longer) is not None or longer in net)
        if known or (not is_adjective(word) and not attributes and (word in net or lemma(word) in net)):
            compound = longer
            names.insert(0, compound)
        else:
            attributes.insert(0, word)
    return tuple(names), tuple(_joined_colours(attributes))


def _joined_colours(words: list[str]) -> list[str]:
    """ "dark blue" as one attribute."""
    joined: list[str] = []
    for word in words:
        if (
            joined
            and joined[-1] in ("dark", "light", "pale", "bright", "deep")
            and is_adjective(f"{joined[-1]} {word}")
        ):
            joined[-1] += f" {word}"
        else:
            joined.append(word)
    return joined


def _with_modifiers(cursor: Cursor, found: Referent, modified: bool) -> Referent:
    if found.pick and cursor.take("from the left", "from left", "from the right"):
        side = cursor.tokens[cursor.at - 1]
        found = _replaced(found, pick=side)
    cursor.take("of them", "of these")
    if found.nouns[-1:] == ("corner",):
        cursor.take("of the room")
    for phrase, side in SIDES_OF_PICTURE.items():
        end = cursor.at + len(phrase.split())
        if (
            modified
            and not found.pick
            and cursor.tokens[end : end + 1] not in (["of"], ["side"])
            and cursor.take(phrase)
        ):
            found = _replaced(found, pick=side)
    while True:
        before = cursor.at
        sure = cursor.take(*WHICH)
        if sure and not modified and cursor.tokens[before] in ("standing", "lying", "sitting", "hanging"):
            cursor.at = before
            break
        origin = not sure and modified and cursor.take("from")
        if not (modified or sure):
            break
        found_rule = (ON, "from") if origin else cursor.rule()
        if found_rule is not None and found_rule[1] in ("into", "onto", "upon"):
            found_rule = None  # where a thing goes, not where it is
        if found_rule is None and sure:
            # "the chair that is red"
            colour = cursor.peek()
            if is_adjective(colour):
                cursor.at += 1
                found = _replaced(found, attributes=(*found.attributes, colour))
                continue
        if found_rule is None:
            cursor.at = before
            break
        reference = references(cursor, found_rule[0])
        if not reference:
            cursor.at = before
            break
        place = Place(found_rule[0], reference, found_rule[1], origin=bool(origin))
        found = _replaced(found, places=(*found.places, place))
    return found


def references(cursor: Cursor, rule: SpatialRule) -> tuple[Referent, ...]:
    """What a place phrase refers to; "and" goes on with a new clause if a place follows what comes after it."""
    first = noun_phrase(cursor, modified=False)
    if first is None:
        return ()
    found = [first]
    while cursor.peek() in ("and", ","):
        before = cursor.at
        cursor.take(", and", "and", ",")
        one = (
            None if verb_at(cursor.tokens, cursor.at) and not noun_like(cursor) else noun_phrase(cursor, modified=False)
        )
        if one is None or _place_follows(cursor):
            cursor.at = before
            break
        found.append(one)
        if rule.manner == "between":
            break
    return tuple(found)


def _place_follows(cursor: Cursor) -> bool:
    trial = Cursor(cursor.tokens, cursor.at)
    return trial.rule() is not None or trial.peek() in ("to", "by", "into", "from")


def places(cursor: Cursor) -> tuple[Place, ...]:
    """The place phrases that come next: "on the table next to the lamp"."""
    found: list[Place] = []
    while not cursor.done:
        before = cursor.at
        if found:
            cursor.take("and", "so that it is")
        place = _own_side(cursor) or _place(cursor)
        if place is None:
            cursor.at = before
            break
        found.append(place)
    return tuple(found)


def _place(cursor: Cursor) -> Place | None:
    start = cursor.at
    origin = cursor.take("from", "off", "out of", "off of")
    if origin:
        reference = references(cursor, ON)
        return Place(ON, reference, cursor.tokens[start], origin=True) if reference else None
    cursor.take("so that it is", "so that they are", "so it is", "over to", "back to", "back", "so that it stands")
    if cursor.take("closer to", "nearer to", "close to", "near to", "up to", "all the way to", "right next to"):
        rule, words = NEXT_TO, cursor.text(start, cursor.at)
    elif cursor.take(*MIDDLE):
        rule, words = ON, MIDDLE[0]
    elif cursor.take(*OTHER_SIDE):
        rule, words = NEXT_TO, OTHER_SIDE[0]
    elif cursor.take(*BOTH_SIDES):
        rule, words = NEXT_TO, BOTH_SIDES[0]
    else:
        found = cursor.rule()
        if found is None and cursor.take("directly", "right", "just", "exactly", "somewhere"):
            found = cursor.rule()
        if found is None:
            found = (NEXT_TO, "to") if cursor.take("to", "towards", "toward") else None
        if found is None:
            cursor.at = start
            return None
        rule, words = found
    sided = _side_of_reference(cursor, start)
    if sided is not None:
        return sided
    reference = () if any(cursor.take(me) for me in ME) else references(cursor, rule)
    if not reference or (words in ("to", "to the") and reference[0].nouns and reference[0].nouns[0] in OWN_SIDES):
        cursor.at = start
        return None
    return Place(rule, reference, words)


def _side_of_reference(cursor: Cursor, start: int) -> Place | None:
    """ "to the sofa's left"."""
    before = cursor.at
    owner = noun_phrase(cursor, modified=False)
    if owner is not None and cursor.take("'s") and cursor.peek() in OWN_SIDES:
        cursor.at += 1
        cursor.take("side")
        rule = SpatialRule(OWN_SIDES[cursor.tokens[cursor.at - 1]] if cursor.tokens[cursor.at - 1] in OWN_SIDES
                           else OWN_SIDES[cursor.tokens[cursor.at - 2]], frame="object")  # fmt: skip
        return Place(rule, (owner,), cursor.text(start, cursor.at))
    cursor.at = before
    return None


def _own_side(cursor: Cursor) -> Place | None:
    """ "on its left"."""
    start = cursor.at
    if cursor.take("to its", "on its", "at its") and cursor.peek() in OWN_SIDES:
        rule = SpatialRule(OWN_SIDES[cursor.peek()], frame="object")
        cursor.at += 1
        cursor.take("side")
        return Place(rule, (Referent("it", pronoun="it"),), cursor.text(start, cursor.at))
    cursor.at = start
    return None


def away_from(cursor: Cursor) -> Referent | None:
    """What a thing goes away from: "(further) away from the wall", or None."""
    start = cursor.at
    if not cursor.take("farther away from", "further away from", "away from", "further from", "farther from"):
        return None
    if any(cursor.take(me) for me in ME):
        cursor.at = start
        return None
    goal = noun_phrase(cursor)
    if goal is None:
        cursor.at = start
    return goal


def shift(cursor: Cursor, verb: str) -> Shift | None:
    """A way that comes next: "1 m to the left", "up by 20 cm", "a bit closer", "towards me"."""
    start = cursor.at
    amount = _amount(cursor)
    cursor.take("to the", "to", "more to the", "towards the", "more")
    direction: tuple[int, int, int] | None = None
    if cursor.take("towards me", "toward me", "closer to me", "closer to the camera", "towards the camera", "me"):
        direction = (0, -1, 0)
    elif cursor.take("away from me", "away from the camera", "further away", "farther away", "further back"):
        direction = (0, 1, 0)
    elif cursor.peek() in BACKWARDS:
        direction = BACKWARDS[cursor.peek()]
        cursor.at += 1
        if cursor.take("from me", "from the camera", "to me", "to the camera"):
            pass
    elif verb in ("raise", "lift") or (verb == "lower"):
        direction = (0, 0, -1) if verb == "lower" else (0, 0, 1)
    if direction is None:
        cursor.at = start
        return None
    if amount is None:
        cursor.take("by")
        amount = _amount(cursor)
    if not (cursor.done or cursor.peek() in ("and", ",", "but")):
        cursor.at = start
        return None
    metres = STEP_M if amount is None else amount
    right, away, up = (metres * part for part in direction)
    return Shift(right, away, up)


def _amount(cursor: Cursor) -> float | None:
    start = cursor.at
    cursor.take("by", "about")
    if cursor.take("a little bit", "a little", "a bit", "slightly", "a touch"):
        return 0.2
    if cursor.take("a lot", "far", "much", "way"):
        return 1.0
    value = cursor.length_m()
    if value is None:
        cursor.at = start
    return value
