"""Which mentions mean the same thing: pronouns, "the dog" after "a dog", "one ... the other"."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable

from sd3studio.core.language.nouns import ANIMATE, FEMALE, FIXTURES, MALE, words
from sd3studio.core.scene.predicates import Predicate
from sd3studio.ml.parsing.english_mentions import Draft

HE = frozenset({"he", "him", "his", "himself"})
SHE = frozenset({"she", "her", "hers", "herself"})
THEY = frozenset({"they", "them", "their", "themselves"})
PEOPLE = words("person people child kid baby player skier surfer rider driver friend student teacher worker officer")
MEMBERS = ("one", "other")
SURROUNDING = words("wall floor ceiling ground")
HUNG = FIXTURES | words("mirror shelf television tv photo photograph map calendar hook plate tapestry")
"""What is said to be on a wall, not on a thing before it."""


class Things:
    """Drafts grouped into the things that they mean.

    Parameters
    ----------
    drafts : the mentions in the order of the text
    subjects : head tokens of grammatical subjects
    sentence_of : number of the sentence that a token is in
    """

    def __init__(
        self, drafts: Iterable[Draft], subjects: Iterable[int], sentence_of: Callable[[int], int] = lambda _: 0
    ) -> None:
        self.drafts = {draft.token: draft for draft in drafts}
        self.named_by: list[Draft] = []
        """For each thing, a draft with its noun and all attributes."""
        self.of_token: dict[int, int] = {}
        """Head token of a mention -> number of the thing."""
        self.together: frozenset[int | None] = frozenset()
        """Things of which something is said together: a pronoun in that hardly means one of them."""
        self._members: dict[int, tuple[int, int]] = {}
        self._subjects = set(subjects)
        self._sentence_of = sentence_of
        for draft in self.drafts.values():
            if not draft.pronoun:
                self._name(draft)

    def _name(self, draft: Draft) -> None:
        thing = self._member_named_again(draft)
        if thing is None and not draft.fresh:
            thing = self._named_before(draft)
        if thing is None:
            thing = self.new(draft)
        known = self.named_by[thing].attributes
        known += [word for word in draft.attributes if word not in known]
        self.of_token[draft.token] = thing

    def new(self, draft: Draft) -> int:
        """A thing of its own, named by this draft."""
        self.named_by.append(draft)
        return len(self.named_by) - 1

    def _member_named_again(self, draft: Draft) -> int | None:
        """ "one car ... the other car" after "two cars"."""
        if not draft.member:
            return None
        pair = self._split_before(draft.token, draft.head)
        return None if pair is None else pair[MEMBERS.index(draft.member)]

    def _named_before(self, draft: Draft) -> int | None:
        if not draft.definite and draft.whole is None:
            return None
        for token in reversed(list(self.of_token)):
            if self._same(self.drafts[token], draft):
                return self.of_token[token]
        return None

    def _same(self, earlier: Draft, later: Draft) -> bool:
        if earlier.head != later.head or later.noun not in (earlier.noun, earlier.head):
            return False
        if _several(earlier) != _several(later):
            return False
        if later.whole is not None or earlier.whole is not None:
            return later.whole is not None and self.owner_of(earlier) == self.owner_of(later)
        known = set(self.named_by[self.of_token[earlier.token]].attributes)
        return set(later.attributes) <= known or not known

    def owner_of(self, draft: Draft) -> int | None:
        """The thing that a possessor ("the man's", "his") means."""
        if draft.whole is None:
            return None
        if draft.whole in self.of_token:
            return self.of_token[draft.whole]
        return self.antecedent(draft.owner_word, draft.whole)

    def separate(self, token: int) -> int:
        """The mention means a thing of its own after all ("the guy in front of the guy")."""
        self.of_token[token] = self.new(self.drafts[token])
        return self.of_token[token]

    def meant(self, token: int, other_end: int | None = None, hardly: Collection[str] = ()) -> int | None:
        """The thing that the mention at this head token means; None for a pronoun without antecedent.

        Parameters
        ----------
        other_end : the thing at the other end of the relation: a pronoun does not mean that one
        hardly : nouns that an "it" means only where nothing else is there
        """
        if token in self.of_token:
            return self.of_token[token]
        draft = self.drafts[token]
        if draft.pronoun in MEMBERS:
            thing = self._member(draft, other_end)
        else:
            thing = self.antecedent(draft.pronoun, token, other_end, hardly)
        if thing is not None:
            self.of_token[token] = thing
        return thing

    def _member(self, draft: Draft, other_end: int | None) -> int | None:
        pair = self._split_before(draft.token)
        if pair is not None:
            return pair[MEMBERS.index(draft.pronoun)]
        return self.new(_one_of(self.named_by[other_end])) if other_end is not None else None

    def antecedent(
        self, word: str, token: int, other_end: int | None = None, hardly: Collection[str] = ()
    ) -> int | None:
        """The thing that a personal or possessive pronoun at `token` means; None if nothing before it agrees.

        The nearest sentence counts first. A subject and a possessive ("its back") rather mean a subject; an "it" after
        a preposition the last lifeless thing ("a cat sleeps under a chair, and a lamp stands behind it"), `hardly` a
        wall or the floor ("a clock on the wall and a sofa below it").
        """
        own = self.drafts.get(token)
        place = word == "it" and own is not None and token not in self._subjects

        def rank(position: int) -> tuple[int, bool, bool, int]:
            draft, sentence = self.drafts[position], self._sentence_of(position)
            if place:
                return sentence, draft.head not in hardly, draft.head not in ANIMATE, position
            return sentence, position in self._subjects, _rather_meant(word, draft), -position

        if place and (same := self._meant_before(word, token)) not in (None, other_end):
            return same
        fitting = [
            p for p, thing in self.of_token.items() if p < token and thing != other_end and agrees(word, self.drafts[p])
        ]
        fitting = [p for p in fitting if self.of_token[p] not in self.together] or fitting
        return self.of_token[max(fitting, key=rank)] if fitting else None

    def _meant_before(self, word: str, token: int) -> int | None:
        """What the same word meant just before ("a cup to the right of it and a chair in front of it")."""
        earlier = (
            p
            for p in self.of_token
            if p < token and self._sentence_of(token) - self._sentence_of(p) <= 1 and self.drafts[p].pronoun == word
        )
        last = max(earlier, default=None)
        return None if last is None else self.of_token[last]

    def pair_of(self, token: int) -> tuple[int, int] | None:
        """The two members of a plural whose members stand to each other ("two dogs next to each other")."""
        thing = self.meant(token)
        return None if thing is None or not _several(self.named_by[thing]) else self._split(thing)

    def _split_before(self, token: int, head: str | None = None) -> tuple[int, int] | None:
        for position in sorted((p for p in self.of_token if p < token), reverse=True):
            draft = self.drafts[position]
            if _several(draft) and head in (None, draft.head):
                return self._split(self.of_token[position])
        return None

    def _split(self, thing: int) -> tuple[int, int]:
        if thing not in self._members:
            whole = self.named_by[thing]
            self._members[thing] = (thing, self.new(_one_of(whole)))
            rest = _one_of(whole)
            rest.count = max(1, whole.count - 1)
            self.named_by[thing] = rest
        return self._members[thing]


def hardly_meant(subject: str, predicate: Predicate) -> frozenset[str]:
    """What an "it" that a `subject` (noun) is at hardly means: a floor or a wall, unless such things hang on walls."""
    return SURROUNDING - {"wall"} if predicate is Predicate.ON and subject in HUNG else SURROUNDING


def _several(draft: Draft) -> bool:
    return draft.count > 1 or draft.plural


def _one_of(draft: Draft) -> Draft:
    return Draft(
        draft.token, draft.first, draft.last, draft.head, draft.noun, list(draft.attributes), also=list(draft.also)
    )


def agrees(word: str, draft: Draft) -> bool:
    """Whether a pronoun can mean this noun: number, gender, and things for "it"."""
    if draft.pronoun:
        return False
    if word in THEY:
        return _several(draft) or draft.head in PEOPLE
    if _several(draft):
        return False
    if word in HE:
        return draft.head in MALE or (draft.head in ANIMATE and draft.head not in FEMALE)
    if word in SHE:
        return draft.head in FEMALE or (draft.head in ANIMATE and draft.head not in MALE)
    return draft.head not in MALE | FEMALE


def _rather_meant(word: str, draft: Draft) -> bool:
    """He, she and they rather mean people than animals; it means anything else."""
    return word not in HE | SHE | THEY or draft.head in MALE | FEMALE | PEOPLE
