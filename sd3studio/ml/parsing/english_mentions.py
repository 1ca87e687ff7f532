"""Things named in an English sentence: noun phrases with head, compounds, attributes, number; from a spaCy parse."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sd3studio.core.language.colours import COLOURS, SHADES
from sd3studio.core.language.noun_net import noun_net
from sd3studio.core.language.nouns import (
    ANIMATE,
    CONTAINERS,
    MATERIALS,
    NUMBERS,
    PICTURE_NOUNS,
    PLACES_IN_PICTURE,
    QUANTITY_NOUNS,
    REGION_NOUNS,
    words,
)
from sd3studio.core.language.text_graph import MAX_COUNT

if TYPE_CHECKING:
    from spacy.tokens import Doc, Token

PERSONAL = words("it he she they him her them itself himself herself themselves")
RECIPROCAL = frozenset({"other", "another"})
NOT_ATTRIBUTES = words(
    "other another many several few various different same such more most much own certain first second third last "
    "next single whole entire left right far middle front back upper lower rear top bottom leftmost rightmost"
)
NOT_THINGS = words("there what who which that this these those something anything nothing everything someone")
POSTURE_FORMS = words(
    "standing sitting lying laying hanging walking parked sits stands lies lays hangs squats walks rests sleeps leans "
    "resting riding flying running sleeping leaning swimming floating growing"
)
"""Forms of verbs that the tagger often takes for nouns, in "a man standing"  the like."""
CANS = {f"{what}can": what for what in ("trash", "garbage", "soda", "beer", "tin", "watering", "paint")}
"""Written as one word before the text is tagged, because "can" is taken for the verb."""
ROOM_WORDS = words("living dining sitting waiting changing parking swimming sleeping rocking cutting washing")
"""First words of compounds ("living room", "cutting board") that are taken for adjectives or verbs."""
SHAPES = words("round square oval circular rectangular")
"""They are never part of a noun, whatever the tree says."""
UNITS = words(
    "mm cm m km meter metre meters metres centimeter centimetre centimeters centimetres ft feet foot inch inches"
)
EXTENTS = words("tall high wide long deep")
GERUND_NOUNS = words("building painting railing ceiling awning clothing siding crossing dressing icing frosting")
"""Nouns in -ing; without an article the tagger often takes them for verbs."""


NOT_OF = CONTAINERS | QUANTITY_NOUNS | REGION_NOUNS
"""In "a glass of water", "a pile of wood", "the side of the glass" what follows is not what a thing is made of."""


@dataclass(slots=True)
class Draft:
    """A mention while a sentence is read. `first` and `last` are token indices of the noun phrase, `token` its head."""

    token: int
    first: int
    last: int
    head: str
    noun: str
    attributes: list[str] = field(default_factory=list)
    count: int = 1
    plural: bool = False
    also: list[str] = field(default_factory=list)
    whole: int | None = None
    """Token index of the possessor."""
    owner_word: str = ""
    """The possessor as written: "his"."""
    member: str = ""
    """"one" or "other", where one of several things named before is meant ("one car", "the other car")."""
    definite: bool = False
    fresh: bool = False
    """"another", "a": certainly not named before."""
    pronoun: str = ""
    """The personal pronoun, or "one", "other", "each other"; empty for a noun."""
    implied: bool = False


def lemma_of(token: Token) -> str:
    """Lower-case lemma; plural proper nouns, which spaCy keeps, lose their s."""
    if token.lower_.removesuffix("s") in CANS:
        return token.lower_.removesuffix("s")
    word = token.lower_ if token.lower_ in GERUND_NOUNS else token.lemma_.lower()
    if token.tag_ == "NNPS" and word.endswith("s") and not word.endswith("ss"):
        return word[:-1]
    return word


def _modifiers(token: Token) -> tuple[list[Token], list[Token]]:
    """Compound parts and adjectives directly before a head noun."""
    compounds, adjectives = [], []
    for child in token.lefts:
        if child.lower_ in ROOM_WORDS and token.i == child.i + 1:
            compounds.append(child)
        elif child.lower_ in SHAPES:
            adjectives.append(child)
        elif child.dep_ in ("compound", "nmod") and child.pos_ in ("NOUN", "PROPN", "ADJ", "VERB", "X"):
            inner, more = _modifiers(child)
            compounds += [*inner, child]
            adjectives += more
        elif child.dep_ == "amod" or (child.dep_ in ("nmod", "advmod", "compound") and child.pos_ == "ADJ"):
            more = (c for c in child.lefts if c.dep_ == "advmod" and c.tag_ == "JJ")
            adjectives += [*more, child, *(c for c in child.conjuncts if c.i < token.i)]
    return compounds, adjectives


def _attributes(token: Token, compounds: list[Token], adjectives: list[Token], used: set[int]) -> list[str]:
    """What is said of a head noun before it, in the order of the text: "dark brown", "leather", "2 m tall"."""
    told = {t.i: t.lower_ for t in adjectives if t.lower_ not in NOT_ATTRIBUTES and t.i not in used}
    told |= {t.i: t.lower_ for t in compounds if t.lower_ in COLOURS}
    told |= {t.i: MATERIALS[t.lower_] for t in compounds if _is_material(t, token)}
    for k in sorted(told):
        if told[k] in SHADES and told.get(k + 1) in COLOURS:
            told[k + 1] = f"{told.pop(k)} {told[k + 1]}"
        elif told[k] in EXTENTS and k >= 2 and _is_measure(token.doc[k - 1]):
            told[k] = token.doc[k - 2 : k + 1].text.lower()
    return list(dict.fromkeys(told[k] for k in sorted(told)))


def _is_material(part: Token, noun: Token) -> bool:
    """Whether the first word of a compound says what the thing is of: a leather sofa, but not a paper towel."""
    return part.lower_ in MATERIALS and part.head.i == noun.i and f"{part.lower_} {lemma_of(noun)}" not in noun_net()


def _is_measure(unit: Token) -> bool:
    return unit.lower_ in UNITS and unit.i > 0 and unit.nbor(-1).like_num


def _compound_word(token: Token) -> str:
    """A first part of a noun as it is said: "standing" lamp, "double-decker" bus, "wine" glass."""
    if token.i >= 2 and token.nbor(-1).text == "-" and not token.nbor(-1).whitespace_:
        return token.doc[token.i - 2 : token.i + 1].text.lower()
    return token.lower_ if token.lower_ in ROOM_WORDS or token.tag_ == "VBG" else lemma_of(token)


def _number(token: Token) -> tuple[int, bool]:
    """Count and whether it is an unnumbered plural."""
    for child in token.lefts:
        if child.dep_ == "nummod" or child.pos_ == "NUM":
            word = child.lower_.replace(",", "")
            value = NUMBERS.get(word) or (int(word) if word.isascii() and word.isdigit() else 0)
            if 1 <= value <= MAX_COUNT and not (value == 1 and child.i and child.nbor(-1).lower_ == "number"):
                return value, False
            if value > MAX_COUNT:
                return 1, True
        if child.lower_ == "both":
            return 2, False
    return 1, token.tag_ in ("NNS", "NNPS") and not _has_article(token)


def _has_article(token: Token) -> bool:
    """Whether it is one, whatever its ending: "a skis", "a broccoli", but not "a few chairs"."""
    before = {child.lower_ for child in token.lefts}
    return bool(before & {"a", "an"}) and not before & {"few", "dozen", "couple", "many"}


def _draft_of(token: Token, used: set[int]) -> Draft:
    compounds, adjectives = _modifiers(token)
    first = min([token.i, *(t.i for t in token.lefts if t.dep_ not in ("cc", "punct", "preconj", "predet", "case"))])
    first = min(first, min((t.left_edge.i for t in token.lefts if t.dep_ == "poss"), default=first))
    head = lemma_of(token)
    hyphened = {t.i - 2 for t in compounds if t.i >= 2 and t.nbor(-1).text == "-"}
    compounds, adjectives = ([t for t in some if t.i not in hyphened] for some in (compounds, adjectives))
    parts = [
        _compound_word(t)
        for t in compounds
        if t.i not in used
        and t.lower_ not in COLOURS
        and not (_is_material(t, token) or _is_posture_of(t, head) or _is_measure(t))
    ]
    if head in CANS:
        parts, head = [*parts, CANS[head]], "can"
    count, plural = _number(token)
    determiners = {t.lower_ for t in token.lefts if t.dep_ in ("det", "amod", "poss")}
    possessors = [t for t in token.lefts if t.dep_ == "poss"]
    return Draft(
        token=token.i,
        first=first,
        last=token.i,
        head=head,
        noun=" ".join([*parts, head]),
        attributes=_attributes(token, compounds, adjectives, used),
        count=count,
        plural=plural,
        whole=possessors[0].i if possessors else None,
        owner_word=possessors[0].lower_ if possessors else "",
        member=_member_word(token),
        definite=bool(determiners & {"the", "this", "that", "these", "those"}),
        fresh=bool(determiners & {"another", "other"}),
    )


def _member_word(token: Token) -> str:
    before = {t.lower_ for t in token.lefts}
    if "other" in before or "second" in before:
        return "other" if before & {"the", "other"} and token.tag_ not in ("NNS", "NNPS") else ""
    return "one" if before & {"one", "first"} else ""


def _pronoun_of(token: Token) -> Draft | None:
    word = token.lower_
    kind = ""
    if word in PERSONAL and token.dep_ != "poss" and token.dep_ != "expl":
        kind = word
    elif word == "other" and token.i and token.nbor(-1).lower_ == "each":
        kind = "each other"
    elif word in RECIPROCAL and token.dep_ in ("pobj", "nsubj", "dobj", "conj", "attr", "nsubjpass", "appos", "ROOT"):
        kind = "other"
    elif word == "one" and token.dep_ in ("appos", "nsubj", "nsubjpass", "conj", "pobj", "ROOT", "npadvmod", "dep"):
        kind = "one"
    if not kind or (kind == "one" and any(c.dep_ == "prep" and c.lower_ == "of" for c in token.children)):
        return None
    first = min([token.i, *(t.i for t in token.lefts if t.dep_ in ("det", "amod"))])
    return Draft(token.i, first, token.i, head=kind, noun=kind, pronoun=kind, plural=word in ("they", "them"))


def _is_thing(token: Token, used: set[int]) -> bool:
    if token.lower_.removesuffix("s") in CANS:
        return True
    if token.lower_ in ROOM_WORDS and token.i + 1 < len(token.doc) and token.nbor(1).pos_ == "NOUN":
        return False
    if token.pos_ not in ("NOUN", "PROPN"):
        return _is_mistagged(token, used)
    if _is_posture(token) or _is_measure(token):
        return False
    if token.dep_ == "pobj" and material_after(token.head) is not None:
        return False
    if token.dep_ in ("compound", "nmod") and token.head.i > token.i and token.head.pos_ in ("NOUN", "PROPN"):
        return _is_posture(token.head)
    return token.lower_ not in NOT_THINGS


def _is_posture_of(part: Token, noun: str) -> bool:
    """ "A sleeping dog" is a dog; a sleeping bag is none."""
    return part.tag_ == "VBG" and part.lower_ in POSTURE_FORMS and noun in ANIMATE


def _is_posture(token: Token) -> bool:
    """A verb that the tagger took for a noun: "a zebra *standing* in front of", "the bat *lays* in the grass"."""
    return token.lower_ in POSTURE_FORMS and token.i > 0 and token.nbor(-1).pos_ in ("NOUN", "PROPN")


def _is_mistagged(token: Token, used: set[int]) -> bool:
    """A noun that the tagger took for something else ("building", "*train* in front of trees")."""
    if token.lower_ in NOT_ATTRIBUTES or token.lower_ in COLOURS or lemma_of(token) not in noun_net():
        return False
    if token.pos_ == "NUM" and token.lower_ in NUMBERS:
        return False
    if token.i + 1 < len(token.doc) and token.i + 1 not in used and token.nbor(1).pos_ in ("NOUN", "PROPN"):
        return token.tag_ == "VBG" and token.lower_ in GERUND_NOUNS and token.nbor(1).lower_ in POSTURE_FORMS
    if token.tag_ == "VBG" and token.lower_ in GERUND_NOUNS:
        return not any(child.dep_ in ("aux", "auxpass") for child in token.children)
    if token.pos_ not in ("ADJ", "VERB", "X", "ADV", "PRON", "NUM", "INTJ", "AUX") or token.tag_ in (
        "VBG",
        "VBN",
        "PRP",
        "PRP$",
    ):
        return False
    if token.dep_ in ("pobj", "nsubj", "nsubjpass", "dobj", "attr") and not any(
        child.pos_ == "NOUN" and child.dep_ != "conj" for child in token.rights
    ):
        return True
    return _opens(token, used) and _closes(token, used)


def _opens(token: Token, used: set[int]) -> bool:
    """Whether a noun may stand after what is to the left of the token."""
    if token.i == 0 or token.i - 1 in used:
        return True
    left = token.nbor(-1)
    return left.pos_ in ("DET", "ADJ", "NUM") or (left.pos_ == "NOUN" and token.tag_ in ("MD", "JJ", "VB"))


def _closes(token: Token, used: set[int]) -> bool:
    """Whether a noun phrase may end before what is to the right of the token."""
    if token.i + 1 == len(token.doc) or token.i + 1 in used:
        return True
    right = token.nbor(1)
    return (right.is_punct and right.text != "-") or right.pos_ == "AUX" or right.lower_ in POSTURE_FORMS


def _is_a_place(token: Token) -> bool:
    """Whether "top", "side" or "right" is a place in the picture and not a thing ("the base is white")."""
    return token.dep_ in ("pobj", "npadvmod", "advmod", "amod", "acomp", "ROOT") or token.lower_ in (
        "left",
        "right",
        "middle",
    )


def _is_the_picture(token: Token, draft: Draft) -> bool:
    """Whether "in the picture" is meant, where everything is."""
    placed = token.dep_ == "pobj" and token.head.lower_ in ("in", "of", "from")
    return draft.head in PICTURE_NOUNS and placed and draft.definite


def _is_only_a_colour(token: Token, draft: Draft) -> bool:
    """ "The girl in orange" names no fruit."""
    return draft.noun in COLOURS and (token.pos_ == "ADJ" or (token.dep_ == "pobj" and draft.first == token.i))


def _of_complement(token: Token) -> Token | None:
    for child in token.rights:
        if child.dep_ == "prep" and child.lower_ == "of":
            return next((c for c in child.children if c.dep_ == "pobj"), None)
    return None


def find_mentions(doc: Doc, used: set[int]) -> list[Draft]:
    """The noun phrases of a sentence in order, pronouns included.

    Parameters
    ----------
    doc : parsed text
    used : indices of tokens that belong to spatial phrases ("left" in "to the left of") and name nothing
    """
    drafts: list[Draft] = []
    absorbed: dict[int, Draft] = {}
    for token in doc:
        if token.i in used:
            continue
        pronoun = _pronoun_of(token)
        if pronoun:
            drafts.append(pronoun)
        elif _is_thing(token, used):
            draft = _draft_of(token, used)
            inner = _of_complement(token)
            if draft.head in NOT_ATTRIBUTES or _is_only_a_colour(token, draft) or _is_the_picture(token, draft):
                continue
            if inner is not None and inner.i not in used and draft.head in QUANTITY_NOUNS | REGION_NOUNS:
                absorbed[inner.i] = draft
            elif draft.head in PLACES_IN_PICTURE and " " not in draft.noun and _is_a_place(token):
                continue
            elif token.i in absorbed:
                outer = absorbed[token.i]
                draft.also += [outer.head, *outer.also]
                draft.plural |= outer.head in QUANTITY_NOUNS and outer.head not in (
                    "piece",
                    "slice",
                    "bit",
                    "part",
                    "section",
                )
                if outer.head in ("pair", "couple") and draft.count == 1:
                    draft.count, draft.plural = 2, False
                draft.definite |= outer.definite
                draft.first = min(draft.first, outer.first)
                drafts.append(draft)
            else:
                drafts.append(draft)
    return drafts


def colour_after_in(token: Token) -> str | None:
    """The colour in "the girl in blue", where no garment is named; else None."""
    for child in token.children:
        if child.lower_ in COLOURS and child.dep_ in ("pobj", "amod", "acomp", "pcomp"):
            return child.lower_
    return None


def material_after(of: Token) -> Token | None:
    """The bare material in "made (out) of glass", "a chair of wood"; None in "a glass of water", "a pile of wood"."""
    named = next((c for c in of.children if c.dep_ == "pobj" and c.lower_ in MATERIALS), None)
    if of.lower_ != "of" or named is None or any(True for _ in named.children):
        return None
    made = of.head.head if of.head.lower_ == "out" else of.head
    if made.lemma_ in ("make", "build", "carve") or (made.pos_ in ("NOUN", "PROPN") and made.lower_ not in NOT_OF):
        return named
    return None
