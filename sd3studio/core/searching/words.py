"""A query from words: telegraphic text becomes clauses that the sentence parsers read, and their graphs a query.

"person behind bus and bicycle in front" becomes "a person behind a bus" and "a bicycle in front of the bus"; "no dog"
and "without a dog" exclude; "exactly two" and "at least three" bound numbers.
"""

import re
from collections.abc import Callable, Collection, Iterable

from sd3studio.core.language.nouns import NUMBERS, words
from sd3studio.core.language.text_graph import Mention, TextGraph
from sd3studio.core.language.vocabulary import longest_phrase
from sd3studio.core.searching.index import KEPT, TURNED
from sd3studio.core.searching.plain import read_plain
from sd3studio.core.searching.query import MOST_WANTED, SceneQuery, WantedRelation, WantedThing

Reader = Callable[[str], TextGraph]

_HAN = re.compile(r"[\u3400-\u9fff]")
_ABSENT = re.compile(
    r"\b(?:no|without(?: an?| any| the)?|but no)\s+([a-z][a-z -]*?)(?=$|,|;|\.| and | or | but | with)", re.I
)
_BOUND = re.compile(r"\b(exactly|only|at least|at most|more than)\s+(\w+)", re.I)
_DANGLING = re.compile(
    r"\b(in front|behind|in back|(?:to|on|at) the (?:left|right)(?: side)?|left|right|above|below|under|underneath|"
    r"nearby|beside|next)\s*$",
    re.I,
)
_COMPLETED = {"in front": "in front of", "in back": "behind", "left": "left of", "right": "right of", "nearby": "near",
              "next": "next to", "beside": "beside", "below": "below", "behind": "behind"}  # fmt: skip
_DETERMINERS = words("a an the some any all each every this that these those its his her their both another")
_EACH_OTHER = re.compile(r"\b(each other|one another)\b", re.I)


def clauses_of(text: str) -> tuple[list[str], list[str], dict[str, tuple[int, int | None]]]:
    """Clauses to be read, labels that must be absent, and bounds: noun -> at least, at most."""
    absent = [_singular(found.strip()) for found in _ABSENT.findall(text)]
    text = _ABSENT.sub(" ", text)
    bounds: dict[str, tuple[int, int | None]] = {}

    def take(found: re.Match[str]) -> str:
        number = NUMBERS.get(found[2].lower()) or (int(found[2]) if found[2].isdecimal() and int(found[2]) < 100 else 0)
        if number:
            word = found[1].lower()
            low = number + (word == "more than") if word != "at most" else 1
            bounds[str(len(bounds))] = (low, number if word in ("exactly", "only", "at most") else None)
            return f"{max(number, 1)}" if word != "at most" else f"{number}"
        return found[0]

    order = [m.start() for m in _BOUND.finditer(text)]
    text = _BOUND.sub(take, text) if order else text
    clauses: list[str] = []
    landmark = ""
    for piece in re.split(
        r"\s*[,;.]\s*|\s+and\s+(?=[^,;.]*\b(?:in front|behind|left|right|above|below|nearby|under)\s*$)", text
    ):
        piece = " ".join(piece.split()).removeprefix("and ").removesuffix(" and")
        if not piece:
            continue
        dangling = _DANGLING.search(piece)
        if dangling and landmark:
            word = dangling[1].lower()
            phrase = _COMPLETED.get(word) or (f"{word} of" if word.startswith(("to", "on", "at")) else word)
            piece = f"{piece[: dangling.start()]}{phrase} the {landmark}"
        clauses.append(_with_articles(piece))
        landmark = _landmark(piece) or landmark
    return clauses, absent, bounds


def query_of_words(text: str, read: Reader, labels: Collection[str] = (), view: str = "either") -> SceneQuery:
    """The query that a text means; what it does not tell is in `notes`.

    Parameters
    ----------
    read : the sentence parser (text -> graph), for what is more than labels and relations
    labels : labels that are known
    view : whether relations are meant in space, in the picture, or in either
    """
    if _HAN.search(text):
        clauses, absent, bounds = [text], [], {}
    else:
        clauses, absent, bounds = clauses_of(text)
    made = _Making(view, labels)
    for clause in clauses:
        made.take((read_plain(clause, labels) if labels else None) or read(clause))
    things = list(made.things)
    for (low, high), number in zip(bounds.values(), made.numbered(), strict=False):
        things[number] = things[number].replace(at_least=low, at_most=high)
    return SceneQuery(
        text=text[:10_000],
        things=tuple(things[:MOST_WANTED]),
        relations=tuple(r for r in made.relations if max(r.subject, r.object) < MOST_WANTED),
        absent=tuple(dict.fromkeys(label for label in absent if label))[:MOST_WANTED],
        notes=tuple(made.notes),
    )


class _Making:
    """Things and relations of several clauses; a noun that an earlier clause has named means the same thing."""

    def __init__(self, view: str, labels: Collection[str]) -> None:
        self.view, self.labels = view, labels
        self.things: list[WantedThing] = []
        self.relations: list[WantedRelation] = []
        self.notes: list[str] = []

    def take(self, graph: TextGraph) -> None:
        earlier = len(self.things)
        places = [self._place(mention, earlier) for mention in graph.mentions]
        for triple in graph.triples:
            subject, thing = places[triple.subject], places[triple.object]
            if triple.predicate not in KEPT and triple.predicate not in TURNED:
                self.notes.append(f"“{triple.words or triple.predicate.value}” can't be searched for.")
            elif subject != thing:
                relation = WantedRelation(
                    subject=subject,
                    predicate=triple.predicate,
                    object=thing,
                    view=self.view,  # type: ignore[arg-type]
                )
                if relation not in self.relations:
                    self.relations.append(relation)

    def numbered(self) -> list[int]:
        """Things whose number was said, in their order."""
        said = [number for number, thing in enumerate(self.things) if thing.at_least > 1]
        return said or list(range(len(self.things)))

    def _place(self, mention: Mention, earlier: int) -> int:
        """The number of the thing that is meant; one of an `earlier` clause with the same name is the same thing."""
        label = mention.noun.lower() if mention.noun.lower() in self.labels else _singular(mention.noun.lower())
        attributes = tuple(dict.fromkeys(a.lower() for a in mention.attributes))
        if not mention.phrase.lower().startswith(("another ", "other ", "the other ")):
            for number, thing in enumerate(self.things[:earlier]):
                if thing.label == label and (not attributes or thing.attributes == attributes):
                    return number
        self.things.append(WantedThing(label=label, attributes=attributes[:16], at_least=min(mention.count, 100)))
        return len(self.things) - 1


def _with_articles(clause: str) -> str:
    """The clause with "a" before bare nouns, so that "bottle right of cup" is read as nouns."""
    tokens = re.findall(r"[\w'-]+|[^\w\s]", clause)
    forms = [(word.lower(),) for word in tokens]
    made: list[str] = []
    start, position = True, 0
    while position < len(tokens):
        word = tokens[position]
        phrase = longest_phrase(forms, position)
        if phrase is not None and made and not (start and _is_noun_like(phrase.words)):
            made += tokens[position : position + len(phrase.words)]
            position += len(phrase.words)
            start = True
            continue
        if start and word.lower() not in _DETERMINERS and word.lower() not in NUMBERS and not word[0].isdecimal():
            following = tokens[position : position + 2]
            if not _EACH_OTHER.match(" ".join(following)) and not _is_plural(following, tokens[position:]):
                made.append("an" if word[0].lower() in "aeiou" else "a")
        made.append(word)
        start = word.lower() == "and"
        position += 1
    return " ".join(made)


def _is_noun_like(said: Iterable[str]) -> bool:
    """Words of the rule table that are nouns as well, where a noun is due: "watch", "top"."""
    return len(tuple(said)) == 1 and next(iter(said)) in ("watch", "top", "face", "cover", "border", "line", "bear")


def _is_plural(following: list[str], rest: list[str]) -> bool:
    word = following[0].lower()
    if word in ("people", "men", "women", "children", "cattle", "sheep", "someone", "somebody", "something"):
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
    if rest and rest[0].lower() in _DETERMINERS:
        rest = rest[1:]
    return " ".join(rest)


def _singular(noun: str) -> str:
    parts = noun.lower().split()
    if not parts:
        return ""
    last = parts[-1]
    known = {"people": "person", "men": "man", "women": "woman", "children": "child", "skis": "skis"}
    if last in known:
        last = known[last]
    elif last.endswith("ies") and len(last) > 4:
        last = f"{last[:-3]}y"
    elif last.endswith(("ches", "shes", "sses", "xes")):
        last = last[:-2]
    elif last.endswith("s") and not last.endswith(("ss", "us", "is")) and last not in ("scissors", "skis", "stairs"):
        last = last[:-1]
    return " ".join((*parts[:-1], last))


__all__ = ["clauses_of", "query_of_words"]
