"""A query from words: clauses that the sentence parsers read (see `telegram`, `chinese`), and their graphs a query.

A noun that an earlier clause has named means the same thing. What no part of the query stands for is told in `notes`.
"""

import re
from collections.abc import Callable, Collection

from sd3studio.core.language.nouns import CONCEPTS, NUMBERS, PLACES, STUFF, words
from sd3studio.core.language.text_graph import Mention, TextGraph, TextTriple
from sd3studio.core.scene.predicates import Predicate
from sd3studio.core.searching.chinese import HAN, chinese_taken_apart
from sd3studio.core.searching.index import KEPT, TURNED
from sd3studio.core.searching.plain import read_plain
from sd3studio.core.searching.query import MOST_WANTED, SceneQuery, WantedRelation, WantedThing
from sd3studio.core.searching.telegram import DETERMINERS, Bound, Clause, singular, taken_apart

Reader = Callable[[str], TextGraph]

_NEGATED = re.compile(r"\b(?:not|never)\b|n't\b", re.I)
_VEHICLES = words("car bus boat train truck airplane van")
_PASSED_OVER = DETERMINERS | words(
    "and or but with of is are was were be being been there here it its they them he she him her that which who whose "
    "where in on at to by as from for into photo photos picture pictures image images scene scenes one other each "
    "while has have had having also i me my we you their there's it's"
)
"""Words that say nothing by themselves."""
_TOGETHER = re.compile(
    r"(?:with|ha[sd]|hav(?:e|ing)|h[eo]ld\w*|carr\w+|bear\w*|featur\w+|w[eo]ar\w*|dressed in|clad in)\b"
)
"""What the boxes don't tell from standing together: "a man with an umbrella"."""


def query_of_words(text: str, read: Reader, labels: Collection[str] = (), view: str = "either") -> SceneQuery:
    """The query that a text means; what it does not tell is in `notes`.

    Parameters
    ----------
    read : the sentence parser (text -> graph), for what is more than labels and relations
    labels : labels that are known
    view : whether relations are meant in space, in the picture, or in either
    """
    parts = chinese_taken_apart(text) if HAN.search(text) else taken_apart(text)
    made = _Making(view, labels)
    made.notes += parts.notes
    for clause in parts.clauses:
        plain = read_plain(clause.text, labels) if labels else None
        made.take(plain or read(clause.text), clause)
    for bound in parts.bounds:
        made.limit(bound)
    for noun, others in parts.alternatives.items():
        made.widen(noun, others)
    return SceneQuery(
        text=text[:10_000],
        things=tuple(made.things[:MOST_WANTED]),
        relations=tuple(r for r in made.relations if max(r.subject, r.object) < MOST_WANTED),
        absent=tuple(dict.fromkeys(label for label in parts.absent if label))[:MOST_WANTED],
        notes=tuple(dict.fromkeys(made.notes)),
    )


class _Making:
    """Things and relations of several clauses."""

    def __init__(self, view: str, labels: Collection[str]) -> None:
        self.view, self.labels = view, labels
        self.things: list[WantedThing] = []
        self.relations: list[WantedRelation] = []
        self.notes: list[str] = []

    def take(self, graph: TextGraph, clause: Clause) -> None:
        """What a clause says."""
        earlier = len(self.things)
        places = [self._place(mention, earlier) for mention in graph.mentions]
        said = clause.denied or ("object" if _NEGATED.search(clause.text) else "")
        for number, triple in enumerate(graph.triples):
            denied = said if number == len(graph.triples) - 1 else ""
            self._relate(graph, triple, (places[triple.subject], places[triple.object]), denied, earlier)
        if said and not graph.triples:
            self.notes.append(f"“not {clause.text}” was not understood.")
        if graph.language == "en":
            self._tell_what_is_left(graph, clause)
        self.notes += [note for note in graph.notes if note not in self.notes]

    def _relate(self, graph: TextGraph, triple: TextTriple, ends: tuple[int, int], denied: str, earlier: int) -> None:
        subject, thing = ends
        if triple.predicate not in KEPT and triple.predicate not in TURNED:
            self.notes.append(f"“{triple.words or triple.predicate.value}” can't be searched for.")
            return
        if subject == thing:
            return
        if not denied and (_TOGETHER.match(triple.words.lower()) or _is_in_setting(graph, triple)):
            return  # both must be there
        relation = WantedRelation(
            subject=subject,
            predicate=triple.predicate,
            object=thing,
            view=self.view,  # type: ignore[arg-type]
            denied=bool(denied),
        )
        if relation not in self.relations:
            self.relations.append(relation)
        optional = subject if denied == "subject" else thing
        if denied and optional >= earlier:
            self.things[optional] = self.things[optional].replace(at_least=0)

    def limit(self, bound: Bound) -> None:
        """Bound the number of the thing that the words after the number name first."""
        said = bound.of.split()
        ranked = [(_place_of(thing.label, said), number) for number, thing in enumerate(self.things)]
        named = min(((place, number) for place, number in ranked if place is not None), default=None)
        if named is None:
            self.notes.append(f"It is not clear what the number before “{bound.of}” counts.")
            return
        thing, related = self.things[named[1]], {e for r in self.relations for e in (r.subject, r.object)}
        low = max(bound.low, 1) if named[1] in related else bound.low
        self.things[named[1]] = thing.replace(at_least=low, at_most=bound.high)

    def widen(self, noun: str, others: list[str]) -> None:
        """Let further nouns stand for a thing."""
        for number, thing in enumerate(self.things):
            if thing.label == noun or thing.label.endswith(f" {noun}"):
                self.things[number] = thing.replace(also=tuple(others[:8]))
                return
        self.things += [WantedThing(label=noun, also=tuple(others[:8]))]

    def _place(self, mention: Mention, earlier: int) -> int:
        """The number of the thing that is meant; one of an `earlier` clause with the same name is the same thing."""
        noun = mention.noun.lower()
        label = noun if noun in self.labels else singular(noun)
        attributes = tuple(dict.fromkeys(a.lower() for a in mention.attributes))
        if not mention.phrase.lower().startswith(("another ", "other ", "the other ")):
            for number, thing in enumerate(self.things[:earlier]):
                if thing.label == label and (not attributes or thing.attributes == attributes):
                    return number
        self.things.append(WantedThing(label=label, attributes=attributes[:16], at_least=min(mention.count, 100)))
        return len(self.things) - 1

    def _tell_what_is_left(self, graph: TextGraph, clause: Clause) -> None:
        """Words of a clause that stand in no noun phrase and in no relation."""
        taken = {word for mention in graph.mentions for word in _tokens(f"{mention.phrase} {mention.noun}")}
        taken |= {word for mention in graph.mentions for said in mention.attributes for word in _tokens(said)}
        taken |= {word for triple in graph.triples for word in _tokens(triple.words)}
        if graph.triples:
            taken |= _tokens("each other one another")
        left = [w for w in re.findall(r"[\w'-]+", clause.text.lower()) if w not in taken and w not in _PASSED_OVER]
        left = [word for word in left if word not in NUMBERS and not word.isdecimal() and not _NEGATED.fullmatch(word)]
        if left:
            self.notes.append(f"“{' '.join(left)}” was not understood and is left out.")


def _tokens(text: str) -> set[str]:
    return set(re.findall(r"[\w'-]+", text.lower()))


def _is_in_setting(graph: TextGraph, triple: TextTriple) -> bool:
    """Whether something is said to be in a place or on a stretch of ground: those have no relations in the index."""
    mention = graph.mentions[triple.object]
    names = {mention.noun.lower(), mention.head.lower()}
    return triple.predicate in (Predicate.IN, Predicate.ON) and bool(names & (STUFF | CONCEPTS | PLACES - _VEHICLES))


def _place_of(label: str, said: list[str]) -> int | None:
    """Where words name a label, or None."""
    size = len(label.split())
    for start in range(len(said) - size + 1):
        words_ = " ".join(said[start : start + size]).lower()
        if words_ == label or singular(words_) == label:
            return start
    last = label.split()[-1] if label else ""
    return next((start for start, word in enumerate(said) if singular(word) == last), None)


__all__ = ["query_of_words"]
