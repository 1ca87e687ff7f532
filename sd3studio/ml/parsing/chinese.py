"""Chinese text -> text graph: clause patterns over chunks, with the same table of spatial phrases as for English.

Each clause becomes a row of chunks (`chinese_chunks`); patterns over their kinds find who is where: 椅子放在桌子的左侧,
桌子上有一本书, 椅背对着桌子, 桌子上的书. A clause without a subject goes on speaking of the last one. A noun without a
number means the thing of that name which was named before.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from sd3studio.core.language.chinese_words import PICTURE, REQUEST
from sd3studio.core.language.containment import predicate_of_having, predicate_of_owning
from sd3studio.core.language.nouns import FEMALE, MALE, PLACES
from sd3studio.core.language.text_graph import Mention, TextGraph, TextTriple
from sd3studio.core.language.vocabulary import SpatialRule
from sd3studio.core.scene.predicates import Predicate
from sd3studio.ml.parsing.chinese_chunks import Chunk, chunks_of, clauses_of
from sd3studio.ml.parsing.chinese_corners import at_walls

DOUBLED = re.compile(r"(在|的|是|有|着|放|和)\1")
"""Function words typed twice."""
PERSONS = MALE | FEMALE | frozenset({"person", "child", "baby", "student", "teacher", "doctor", "people"})
COMPARED = {"big": Predicate.BIGGER, "tall": Predicate.TALLER}


def parse_chinese(text: str) -> TextGraph:
    """The text graph of a Chinese text."""
    reading = _Reading(clean_chinese(text))
    return reading.graph()


def clean_chinese(text: str) -> str:
    """Without blanks, doubled function words, and what one says to a drawing program first."""
    text = re.sub(r"\s+", "", text)
    text = DOUBLED.sub(r"\1", text)
    return REQUEST.sub("", text) or text


class _Reading:
    def __init__(self, text: str) -> None:
        self.text = text
        self.mentions: list[Mention] = []
        self.triples: dict[tuple, TextTriple] = {}
        self.notes: list[str] = []
        self.topic: list[int] = []
        """What a clause without a subject speaks of."""
        self.anchor: list[int] = []
        """What a place without a reference is a place of: 桌子左边有一把椅子，右边有一盏灯."""
        self.sides: dict[Predicate, list[int]] = {}
        """Things at the left and at the right of the picture."""

    def graph(self) -> TextGraph:
        """Everything that the text says."""
        for start, clause in clauses_of(self.text):
            stripped = PICTURE.sub("", clause)
            self._read(chunks_of(stripped, start + len(clause) - len(stripped)))
        for left in self.sides.get(Predicate.LEFT_OF, ()):
            for right in self.sides.get(Predicate.RIGHT_OF, ()):
                self._add(left, Predicate.LEFT_OF, right, "左右")
        mentions, triples = at_walls(self.mentions, tuple(self.triples.values()))
        return TextGraph(
            text=self.text,
            language="zh",
            mentions=mentions,
            triples=triples,
            notes=tuple(dict.fromkeys(self.notes)),
        )

    def _read(self, chunks: list[Chunk]) -> None:
        items = [_Item(chunk.kind, chunk, self._meant(chunk) if chunk.kind == "N" else []) for chunk in chunks]
        items = _without(items, "T", "O")
        items = self._reduce(items, r"(?<![N])VND(?=N)", self._verb_before)
        items = self._parts(items)
        items = self._coordinated(items)
        items = self._reduce(items, r"P?Z?ND?LD(?=N)", self._located_before)
        self._main(items)

    def _meant(self, chunk: Chunk) -> list[int]:
        """The mention that a noun chunk means: a new one, or one that was named before."""
        if chunk.pronoun:
            found = self._antecedent(chunk)
            if found is None:
                self.notes.append(f"It is not clear what “{chunk.text}” means.")
            return [] if found is None else [found]
        known = [i for i, mention in enumerate(self.mentions) if mention.noun == chunk.noun]
        if known and not chunk.counted and not chunk.other:
            fitting = [i for i in known if set(chunk.attributes) <= set(self.mentions[i].attributes)]
            if fitting:
                return [fitting[-1]]
        self.mentions.append(
            Mention(
                head=chunk.noun.split()[-1],
                noun=chunk.noun,
                phrase=chunk.text,
                attributes=tuple(dict.fromkeys(chunk.attributes)),
                count=chunk.count,
                plural=chunk.plural,
                start=chunk.start,
                end=chunk.start + len(chunk.text),
            )
        )
        meant = len(self.mentions) - 1
        if chunk.content:
            inside = Mention(head=chunk.content.split()[-1], noun=chunk.content, phrase=chunk.content)
            self.mentions.append(inside)
            self._add(meant + 1, Predicate.IN, meant, "of")
        return [meant]

    def _antecedent(self, chunk: Chunk) -> int | None:
        """The topic if it agrees with the pronoun, else the last mention that does."""
        for index in (*self.topic, *reversed(range(len(self.mentions)))):
            mention = self.mentions[index]
            several = mention.plural or mention.count > 1
            person = mention.head in PERSONS
            if several == chunk.plural and (chunk.pronoun == "they" or person == (chunk.pronoun in ("he", "she"))):
                return index
        return self.topic[0] if self.topic and not chunk.plural else None

    def _parts(self, items: list[_Item]) -> list[_Item]:
        """男人的帽子: the hat is the man's; 椅子的靠背: the chair, by its back."""
        items = self._reduce(items, r"ND?K", _back_of)
        return self._reduce(items, r"ND(?=N)", self._possess)

    def _possess(self, found: Sequence[_Item], rest: Sequence[_Item]) -> list[_Item]:
        for owner in found[0].things:
            for thing in rest[0].things:
                if owner != thing and self.mentions[thing].whole is None:
                    self.mentions[thing] = self.mentions[thing].replace(whole=owner)
                    predicate = predicate_of_owning(self.mentions[owner].head, self.mentions[thing].head)
                    if predicate is not None:
                        self._add(thing, predicate, owner, "的")
        return []

    def _coordinated(self, items: list[_Item]) -> list[_Item]:
        """A和B as one item of two things."""
        return self._reduce(
            items, r"NA+N", lambda found, _: [_Item("N", found[0].chunk, found[0].things + found[-1].things)]
        )

    def _located_before(self, found: Sequence[_Item], rest: Sequence[_Item]) -> list[_Item]:
        """桌子上的书: what stands before 的 says where the noun after it is."""
        reference = next(item for item in found if item.kind == "N")
        place = next(item for item in found if item.kind == "L")
        self._place(rest[0].things, reference.things, place)
        return []

    def _verb_before(self, found: Sequence[_Item], rest: Sequence[_Item]) -> list[_Item]:
        """背对桌子的椅子, 戴帽子的男孩."""
        self._verb(rest[0], found[0], found[1])
        return []

    def _reduce(self, items: list[_Item], pattern: str, action: Reduction) -> list[_Item]:
        """Replace each stretch of items whose kinds match the pattern by what `action` makes of it."""
        for _ in range(len(items)):
            match = re.search(pattern, "".join(item.kind for item in items))
            if match is None:
                break
            new = action(items[match.start() : match.end()], items[match.end() :])
            items = [*items[: match.start()], *new, *items[match.end() :]]
        return items

    def _main(self, items: list[_Item], keep_anchor: bool = False) -> None:
        """The clause itself: the first of the patterns that fits."""
        kinds = "".join(item.kind for item in items)
        if found := re.match(r"[PSY]*Z?(N)D?(L)[YPSZ]+(N)", kinds):
            self._existential(items, *(found.start(group) for group in (1, 2, 3)))
        elif found := re.match(r"Z?(L)[YPSZ]+(N)", kinds):
            place, thing = items[found.start(1)], items[found.start(2)]
            self._posture(thing.things, items)
            self._anchored(thing, place)
            self.topic = thing.things
        elif re.match(r"NYN", kinds):
            self._have(items[0].things, items[2].things)
        else:
            self._plain(items, kinds, keep_anchor)

    def _existential(self, items: list[_Item], reference: int, place: int, thing: int) -> None:
        """桌子上有一本书; the numbers are places in the row."""
        found = items[thing]
        self._posture(found.things, items[: thing + 1])
        self._place(found.things, items[reference].things, items[place])
        self.topic, self.anchor = found.things, items[reference].things
        self._main(items[thing:], keep_anchor=True)

    def _have(self, owners: Sequence[int], things: list[int]) -> None:
        """房子有窗户."""
        for thing in things:
            for owner in owners:
                predicate = predicate_of_having(self.mentions[owner].head, self.mentions[thing].head)
                self._add(thing, predicate, owner, "有")
        self.topic = things

    def _plain(self, items: list[_Item], kinds: str, keep_anchor: bool) -> None:
        """椅子在桌子左边, 椅子面对桌子: of the subject, else of the topic."""
        subject = self._subject(items)
        self._posture(subject, items)
        if compared := re.search(r"B(N)(C)", kinds):
            self._compare(subject, items[compared.start(1)], items[compared.start(2)])
            return
        for match in re.finditer(r"(Z)(N)D?(L)?|(V)(?:A|Z)*(N)", kinds):
            if match[1]:
                self._at(subject, items[match.start(2)], items[match.start(3)] if match[3] else None)
            else:
                first = items[0] if items[0].kind == "N" else _Item("N", Chunk("N", "", 0), subject)
                self._verb(first, items[match.start(4)], items[match.start(5)])
        if re.match(r"NC+$|NSC", kinds):
            self._describe(subject, items)
        self.topic = subject or self.topic
        if not keep_anchor:
            self.anchor = self.topic

    def _anchored(self, subject: _Item, place: _Item) -> None:
        """A place without a reference: of what was spoken of last, or of the picture."""
        references = [thing for thing in self.anchor if thing not in subject.things]
        if references and not self.sides:
            self._place(subject.things, references, place)
        elif place.chunk.rule is not None:
            self.sides.setdefault(place.chunk.rule.predicate, []).extend(subject.things)

    def _subject(self, items: list[_Item]) -> list[int]:
        kinds = "".join(item.kind for item in items)
        first = re.match(r"Y*(N)", kinds)
        if first:
            return items[first.start(1)].things
        behind = re.match(r"ZND?L[^N]*Y(N)", kinds)
        return items[behind.start(1)].things if behind else self.topic

    def _at(self, subject: list[int], reference: _Item, place: _Item | None) -> None:
        if place is not None:
            self._place(subject, reference.things, place)
            return
        for thing in reference.things:
            inside = self.mentions[thing].head in PLACES
            for one in subject:
                self._add(one, Predicate.IN if inside else Predicate.ON, thing, "在")

    def _place(self, subjects: Sequence[int], references: Sequence[int], place: _Item) -> None:
        rule = place.chunk.rule
        assert rule is not None
        between = place.chunk.text in ("之间", "中间") and len(references) > 1
        for subject in subjects:
            if between:
                self._add(subject, Predicate.RIGHT_OF, references[0], place.chunk.text)
                self._add(subject, Predicate.LEFT_OF, references[1], place.chunk.text)
                continue
            for reference in references:
                self._add_rule(subject, rule, reference, place.chunk.text)

    def _verb(self, subject: _Item, verb: _Item, thing: _Item) -> None:
        rule = verb.chunk.rule
        assert rule is not None
        for one in subject.things:
            for other in thing.things:
                if subject.chunk.back and rule.predicate in (
                    Predicate.FACING,
                    Predicate.FACING_AWAY,
                    Predicate.NEXT_TO,
                ):
                    self._add(one, Predicate.FACING_AWAY, other, subject.chunk.text + verb.chunk.text)
                elif rule.manner == "has":
                    self._add(
                        other,
                        predicate_of_having(self.mentions[one].head, self.mentions[other].head),
                        one,
                        verb.chunk.text,
                    )
                else:
                    self._add_rule(one, rule, other, verb.chunk.text)

    def _compare(self, subjects: Sequence[int], thing: _Item, adjective: _Item) -> None:
        for word in adjective.chunk.attributes:
            if word in COMPARED:
                for subject in subjects:
                    for other in thing.things:
                        self._add(subject, COMPARED[word], other, f"比…{adjective.chunk.text}")

    def _describe(self, subjects: Sequence[int], items: Sequence[_Item]) -> None:
        words = [word for item in items if item.kind == "C" for word in item.chunk.attributes]
        self._give(subjects, words)

    def _posture(self, subjects: Sequence[int], items: Sequence[_Item]) -> None:
        self._give(subjects, [item.chunk.posture for item in items if item.kind == "P" and item.chunk.posture])

    def _give(self, subjects: Sequence[int], words: Sequence[str]) -> None:
        for index in subjects:
            mention = self.mentions[index]
            self.mentions[index] = mention.replace(attributes=tuple(dict.fromkeys((*mention.attributes, *words))))

    def _add_rule(self, subject: int, rule: SpatialRule, thing: int, words: str) -> None:
        ends = (thing, subject) if rule.inverse else (subject, thing)
        self._add(ends[0], rule.predicate, ends[1], words)

    def _add(self, subject: int, predicate: Predicate, thing: int, words: str) -> None:
        if subject != thing:
            triple = TextTriple(subject=subject, predicate=predicate, object=thing, words=words)
            self.triples.setdefault(triple.key, triple)


class _Item:
    """A chunk in a clause, or several coordinated ones, and the mentions that it means."""

    __slots__ = ("chunk", "kind", "things")

    def __init__(self, kind: str, chunk: Chunk, things: list[int]) -> None:
        self.kind = kind
        self.chunk = chunk
        self.things = things


Reduction = Callable[[Sequence[_Item], Sequence[_Item]], list[_Item]]
"""What a stretch of items becomes, given it and the items after it."""


def _back_of(found: Sequence[_Item], _: Sequence[_Item]) -> list[_Item]:
    return [_Item("N", replace(found[0].chunk, back=True), found[0].things)]


def _without(items: list[_Item], *kinds: str) -> list[_Item]:
    return [item for item in items if item.kind not in kinds]
