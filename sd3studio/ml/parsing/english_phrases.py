"""Spatial phrases in an English sentence and what they join, by the dependency tree with the word order as fallback."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import takewhile
from typing import TYPE_CHECKING

from sd3studio.core.language.nouns import CONCEPTS, STUFF, words
from sd3studio.core.language.vocabulary import SpatialRule, longest_phrase
from sd3studio.ml.parsing.english_mentions import PERSONAL, Draft, lemma_of

if TYPE_CHECKING:
    from spacy.tokens import Doc, Token

SUBJECTS = ("nsubj", "nsubjpass", "csubj")
RELATIVE = frozenset({"who", "which", "that", "whom", "where"})
PLACING = words("put place set hang hold carry have lay park keep store arrange draw paint add show see find want")
"""Verbs whose object, not whose subject, is at the place that follows ("a woman puts a cup on the table")."""
KEEPING = words("hold hang carry have keep see show")
STATIVE = words("be sit stand lie lay rest lean hang park show stay remain appear exist situate locate")
SIDEWAYS = frozenset({"next to", "in front of", "behind", "to the left of", "to the right of"})


@dataclass(frozen=True, slots=True)
class Match:
    """A phrase at tokens ``start <= i < end``."""

    start: int
    end: int
    rule: SpatialRule


def find_phrases(doc: Doc) -> list[Match]:
    """The spatial phrases of a sentence, left to right, longest first, not overlapping."""
    forms = [(t.lower_, t.lemma_.lower(), *_stems(t.lower_)) for t in doc]
    matches, at = [], 0
    while at < len(doc):
        phrase = longest_phrase(forms, at)
        if phrase is None or not _is_meant(doc, at, len(phrase.words), phrase.rule):
            at += 1
            continue
        matches.append(Match(at, at + len(phrase.words), phrase.rule))
        at += len(phrase.words)
    return matches


def _stems(word: str) -> tuple[str, ...]:
    """Verbs that a form in -ing may belong to; spaCy's lemma of "riding" is "rid"."""
    return (word[:-3] + "e", word[:-3]) if word.endswith("ing") and len(word) > 5 else ()


def _is_meant(doc: Doc, start: int, length: int, rule: SpatialRule) -> bool:
    """Whether the words are used as the phrase: a verb as a verb, a preposition not as a particle."""
    first, last = doc[start], doc[start + length - 1]
    if rule.manner in ("verb", "has") and first.pos_ in ("NOUN", "PROPN") and not first.lower_.endswith(("ing", "ed")):
        return False
    if rule.manner == "has" and (
        first.dep_ in ("aux", "auxpass", "mark") or (first.lower_ != "with" and first.pos_ not in ("VERB", "AUX"))
    ):
        return False
    if length > 1:
        return True
    if first.lower_ == "round" and first.tag_ == "JJ":
        return False  # "a round table"
    governs = any(c.dep_ in ("pobj", "dobj") for c in first.children)
    if first.dep_ in ("prt", "mark", "cc", "aux") and not governs:
        return False
    if rule.manner == "place" and first.pos_ in ("NOUN", "PROPN"):
        return False
    if first.lower_ in (
        "down",
        "up",
        "at",
        "before",
        "past",
        "round",
        "over",
        "through",
        "next",
        "along",
        "nearby",
        "near",
        "like",
    ):
        return any(c.dep_ in ("pobj", "dobj", "npadvmod") for c in last.children) or _noun_follows(doc, start + 1)
    return not (rule.manner == "verb" and first.pos_ == "ADJ")


def _noun_follows(doc: Doc, at: int) -> bool:
    for token in doc[at : at + 6]:
        if token.pos_ in ("NOUN", "PROPN", "PRON"):
            return True
        if token.pos_ not in ("DET", "ADJ", "NUM", "ADV", "PART"):
            return False
    return False


class Joiner:
    """Finds what a phrase joins.

    Parameters
    ----------
    doc : parsed text
    mentions : by the index of their head token
    """

    def __init__(self, doc: Doc, mentions: Mapping[int, Draft], matches: list[Match]) -> None:
        self.doc = doc
        self.mentions = mentions
        self.inside = {i: match for match in matches for i in range(match.start, match.end)}
        self._aliases = self._regions_to_nouns()

    def _regions_to_nouns(self) -> dict[int, int]:
        """Token that stands for a mention (a quantity or region noun before "of") -> head token of that mention."""
        aliases = {}
        for token, draft in self.mentions.items():
            climb = self.doc[token]
            while climb.dep_ == "pobj" and climb.head.lower_ == "of" and climb.head.head.lower_ != climb.lower_:
                climb = climb.head.head
                if climb.i in self.mentions or climb.i in self.inside or climb.i < draft.first:
                    break
                aliases[climb.i] = token
        return aliases

    def mention_at(self, token: Token) -> int | None:
        """Head token of the mention that a token stands for, or None."""
        index = self._aliases.get(token.i, token.i)
        return index if index in self.mentions else None

    def with_conjuncts(self, head: int) -> list[int]:
        """A mention and those coordinated with it after it ("a chair and a table")."""
        found = [head]
        start = self.doc[head]
        sources = [start] + [self.doc[i] for i, target in self._aliases.items() if target == head]
        for source in sources:
            for other in source.conjuncts:
                index = self.mention_at(other)
                if index is not None and index not in found and other.i > source.i and other.pos_ != "VERB":
                    found.append(index)
        return found

    def all_conjuncts(self, head: int) -> list[int]:
        """A mention and all those coordinated with it, in the order of the text."""
        found = {head, *(self.mention_at(other) for other in self.doc[head].conjuncts)}
        return sorted(index for index in found if index is not None)

    def objects_of(self, match: Match) -> list[int]:
        """Head tokens of what follows the phrase; empty if nothing does."""
        direct = self._right_after(match.end)
        if direct is None:
            direct = self._governed(match)
        if direct is None:
            return self._meant_by_which(match)
        return self._until_placed(self.with_conjuncts(direct))

    def _until_placed(self, listed: list[int]) -> list[int]:
        """In "above a fireplace and a rug in front of it" the rug has a place of its own and is not meant."""
        starts = {match.start for match in self.inside.values()}
        return list(takewhile(lambda head: head == listed[0] or head + 1 not in starts, listed))

    def _meant_by_which(self, match: Match) -> list[int]:
        """The fence of "a fence behind which a cow is grazing"."""
        relative = match.end < len(self.doc) and self.doc[match.end].lower_ in ("which", "whom")
        before = [i for i in self.mentions if i < match.start]
        return [max(before)] if relative and before else []

    def _right_after(self, at: int) -> int | None:
        best = None
        while at < len(self.doc) and self.doc[at].lower_ in ("both", "all", "of", "either", "just", "some", "-"):
            at += 1
        if at in self.mentions and self.mentions[at].pronoun in PERSONAL:
            return at  # "next to it a spoon"
        for head, draft in self.mentions.items():
            if draft.first <= at <= head and (best is None or head > best) and not self._crosses(at, head):
                best = head
        return best

    def _crosses(self, start: int, head: int) -> bool:
        return any(
            i in self.inside or (self.doc[i].is_punct and self.doc[i].text not in "-'\"") for i in range(start, head)
        )

    def _governed(self, match: Match) -> int | None:
        for token in reversed(self.doc[match.start : match.end]):
            for child in token.children:
                if child.i >= match.end and child.dep_ in ("pobj", "dobj", "npadvmod", "pcomp", "attr", "amod"):
                    index = self.mention_at(child)
                    if index is not None:
                        return index
        return None

    def subjects_of(self, match: Match, objects: list[int]) -> list[int]:
        """Head tokens of what the phrase is said of; empty if it can't be told."""
        if objects and objects[0] < match.start and objects == self._meant_by_which(match):
            return [i for i in self.mentions if i > match.end][:1]
        after, before = self._told_after(match, objects), self._told_before(match)
        if after is not None or before is not None:
            return self.with_conjuncts(after) if after is not None else [before]  # type: ignore[list-item]
        root = self.doc[match.start : match.end].root
        own = match.rule.manner in ("verb", "has") or any(c.dep_ in SUBJECTS for c in root.children)
        start = root if own and root.pos_ in ("VERB", "AUX") else root.head  # "... and a picture hangs on the wall"
        found = None
        if root.head.i != root.i or start.i != root.head.i or root.pos_ in ("VERB", "AUX"):
            found = self._climb(start, match, set(objects), 0)
        if found is None:
            found = self._nearest_left(match, objects)
        if found is None:
            return []
        if self.mentions[found].head in CONCEPTS and found < match.start:
            found = max(found, self._nearest_left(match, objects) or found)  # in a kitchen with a fridge the fridge
        return [i for i in self._subject_group(found, match) if i not in objects]

    def _told_after(self, match: Match, objects: list[int]) -> int | None:
        """The sofa of "a clock on the wall and below it (stands) a sofa"."""
        joined = match.start > 0 and self.doc[match.start - 1].lower_ in ("and", ",", ";")
        if not joined or len(objects) != 1 or not self.mentions[objects[0]].pronoun or match.rule.manner != "place":
            return None
        at = objects[0] + 1
        at += at < len(self.doc) and self.doc[at].lemma_ in (*STATIVE, "hang")
        return next((head for head, draft in self.mentions.items() if draft.first == at), None)

    def _told_before(self, match: Match) -> int | None:
        """The bicycle of "a dog next to a bench and a bicycle to the left of a car", each thing at its own place."""
        last = next((draft for draft in self.mentions.values() if draft.last + 1 == match.start), None)
        if last is None or last.pronoun or match.rule.manner != "place" or last.first < 2:
            return None
        if self.doc[last.first - 1].lower_ not in ("and", ",", ";"):
            return None
        before = [draft for draft in self.mentions.values() if draft.last < last.first]
        place = max(before, key=lambda draft: draft.last, default=None)
        phrase = None if place is None else self.inside.get(place.first - 1)
        return last.token if phrase is not None and phrase.rule.manner == "place" else None

    def _subject_group(self, found: int, match: Match) -> list[int]:
        token = self.doc[found]
        if token.i < match.start and token.dep_ in (*SUBJECTS, "attr"):
            return self.with_conjuncts(found)
        first = token
        while first.dep_ in ("conj", "appos") and first.head.i < first.i:
            first = first.head
        listed = first.dep_ == "ROOT" or (first.dep_ == "attr" and any(c.dep_ == "expl" for c in first.head.children))
        if token.dep_ == "conj" and listed and first.i < token.i and self._only_lists(first.i, token.i):
            return [i for i in sorted(self.mentions) if first.i <= i <= found]
        return [found]  # "(there are) a chair, a box and a lamp beside the bed" says it of all

    def _only_lists(self, start: int, end: int) -> bool:
        """Whether between two tokens there is nothing but things in a row."""
        spans = {i for draft in self.mentions.values() for i in range(draft.first, draft.last + 1)}
        return all(k in spans or self.doc[k].lower_ in (",", "and", "or", "&") for k in range(start, end))

    def _climb(self, node: Token, match: Match, objects: set[int], depth: int) -> int | None:
        if depth > 12:
            return None
        index = self.mention_at(node)
        if index is not None and index not in objects:
            instead = self._clause_subject_instead(node, match, objects, depth)
            return index if instead is None else instead
        if node.pos_ in ("VERB", "AUX") or node.dep_ in ("relcl", "acl"):
            found = self._of_verb(node, match, objects, depth)
            if found is not None:
                return found
        if node.head.i == node.i:
            return None
        return self._climb(node.head, match, objects, depth + 1)

    def _clause_subject_instead(self, node: Token, match: Match, objects: set[int], depth: int) -> int | None:
        """For "a man is on the couch next to a dog" the man: another place of the same verb, not of the couch.

        For "a clock on the wall above the door" the clock: where a wall or the ground is, is seldom worth saying.
        """
        if node.dep_ != "pobj" or match.rule.manner != "place" or node.i > match.start:
            return None
        if lemma_of(node) in STUFF and node.head.lower_ in ("on", "in"):
            if node.head.head.i == node.head.i:
                before = [i for i in self.mentions if i < node.head.i and i not in objects]
                return max(before, default=None)
            return self._climb(node.head.head, match, objects, depth + 1)
        if match.rule.predicate.value not in SIDEWAYS:
            return None
        verb = node.head
        while verb.pos_ in ("ADP", "ADV") or verb.i in self.inside:
            if verb.head.i == verb.i:
                break
            verb = verb.head
        if verb.pos_ not in ("VERB", "AUX") or verb.lemma_ not in STATIVE:
            return None
        return self._of_verb(verb, match, objects, depth)

    def _of_verb(self, verb: Token, match: Match, objects: set[int], depth: int) -> int | None:
        children = list(verb.children)
        if match.rule.manner == "place" and (
            self._places(verb, match) or not any(c.dep_ in SUBJECTS for c in children)
        ):
            for child in children:
                index = (
                    self.mention_at(child) if child.dep_ in ("dobj", "attr", "oprd") and child.i < match.start else None
                )
                if index is not None and index not in objects and not self._is_relative(verb):
                    return index
        for child in children:
            if child.dep_ in SUBJECTS and child.lower_ not in RELATIVE:
                index = self.mention_at(child)
                if index is not None and index not in objects:
                    return index
        for child in children:
            index = (
                self.mention_at(child)
                if child.dep_ in ("attr", "nsubj", "dobj") and not self._is_relative(verb)
                else None
            )
            if (
                index is not None
                and index not in objects
                and any(c.dep_ == "expl" for c in children) | (child.i > match.end > 0)
            ):
                return index
        return None

    def _places(self, verb: Token, match: Match) -> bool:
        """Whether the verb's object is meant to be at the place: "holds a cup in his hand", not "beside a house"."""
        sideways = match.rule.predicate.value in SIDEWAYS
        return verb.lemma_ in PLACING and not (sideways and verb.lemma_ in KEEPING)

    def _is_relative(self, verb: Token) -> bool:
        return verb.dep_ in ("relcl", "acl") and verb.lemma_ not in PLACING

    def _nearest_left(self, match: Match, objects: list[int]) -> int | None:
        before = [i for i in self.mentions if i < match.start and i not in objects]
        if before:
            return max(before)
        after = [i for i in self.mentions if i > max([match.end, *objects]) and i not in objects]
        return min(after) if after else None
