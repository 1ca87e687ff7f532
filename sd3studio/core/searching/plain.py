"""Reading a telegraphic clause of known labels without a parser: "teddy bear next to two wine glasses".

A sentence parser takes "spoon" and "bear" for verbs where no sentence is around them. A clause that is nothing but
numbers, articles, colours, labels that are known and spatial phrases is unambiguous, and read here.
"""

import re
from collections.abc import Collection, Mapping
from functools import lru_cache

from sd3studio.core.language.colours import colour_of
from sd3studio.core.language.nouns import NUMBERS, words
from sd3studio.core.language.text_graph import Mention, TextGraph, TextTriple
from sd3studio.core.language.vocabulary import longest_phrase
from sd3studio.core.language.wording import plural

_ARTICLES = words("a an the some any")
ANY = words("thing things")
MOST_WORDS = 40


def read_plain(clause: str, labels: Collection[str]) -> TextGraph | None:
    """The graph of a clause, or None where it has anything that is not known here."""
    tokens = re.findall(r"[\w'-]+", clause.lower())
    if not tokens or len(tokens) > MOST_WORDS:
        return None
    return _Reading(clause, tokens, _forms(frozenset(labels))).graph()


@lru_cache(maxsize=8)
def _forms(labels: frozenset[str]) -> Mapping[tuple[str, ...], tuple[str, bool]]:
    """Words -> label, and whether they are its plural."""
    known: dict[tuple[str, ...], tuple[str, bool]] = {(word,): ("thing", word == "things") for word in ANY}
    for label in sorted(labels):
        parts = label.split()
        if parts:
            known.setdefault(tuple(plural(label).split()), (label, True))
            known[tuple(parts)] = (label, False)
    return known


class _Reading:
    def __init__(self, clause: str, tokens: list[str], known: Mapping[tuple[str, ...], tuple[str, bool]]) -> None:
        self.clause, self.tokens, self.known = clause, tokens, known
        self.mentions: list[Mention] = []
        self.triples: list[TextTriple] = []
        self._place = 0

    def graph(self) -> TextGraph | None:
        """things (relation thing)*, things joined by "and" only where no relation follows them."""
        if not self._thing():
            return None
        while self._place < len(self.tokens):
            if self._take("and"):
                if self.triples or not self._thing():
                    return None
                continue
            if not self._relation():
                return None
        return TextGraph(text=self.clause, language="en", mentions=tuple(self.mentions), triples=tuple(self.triples))

    def _thing(self) -> bool:
        count, attributes = 1, []
        start = self._place
        while self._place < len(self.tokens) and self._label() is None:
            word = self.tokens[self._place]
            if word in NUMBERS or (word.isdecimal() and 1 <= int(word) <= 100):
                count = NUMBERS.get(word) or int(word)
            elif word not in _ARTICLES:
                if colour_of(word) is None:
                    return False
                attributes.append(word)
            self._place += 1
        found = self._label()
        if found is None:
            return False
        label, many, length = found
        self._place += length
        said = " ".join(self.tokens[start : self._place])
        head = label.split()[-1]
        self.mentions.append(
            Mention(head=head, noun=label, phrase=said, attributes=tuple(attributes), count=count, plural=many)
        )
        return True

    def _relation(self) -> bool:
        phrase = longest_phrase([(token,) for token in self.tokens], self._place)
        if phrase is None or phrase.rule.manner not in ("place", "verb") or len(self.mentions) > len(self.triples) + 1:
            return False
        self._place += len(phrase.words)
        before = len(self.mentions)
        if not self._thing():
            return False
        ends = (before, 0) if phrase.rule.inverse else (0, before)
        rule = phrase.rule
        self.triples.append(
            TextTriple(
                subject=ends[0],
                predicate=rule.predicate,
                object=ends[1],
                frame=rule.frame,
                words=" ".join(phrase.words),
            )
        )
        return True

    def _take(self, word: str) -> bool:
        taken = self._place < len(self.tokens) and self.tokens[self._place] == word
        self._place += taken
        return taken

    def _label(self) -> tuple[str, bool, int] | None:
        """The longest label here: its name, whether it is a plural, how many words it has."""
        for length in range(min(5, len(self.tokens) - self._place), 0, -1):
            found = self.known.get(tuple(self.tokens[self._place : self._place + length]))
            if found is not None:
                return (*found, length)
        return None
