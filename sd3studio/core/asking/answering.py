"""Answers to questions about a scene, by patterns of questions; every number and relation comes from the graph."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from sd3studio.core.asking.answers import Answer, hedge
from sd3studio.core.asking.chinese import HAN, english_question
from sd3studio.core.asking.chinese import HELP as CHINESE_HELP
from sd3studio.core.asking.known import MOST_NAMED, KnownScene, bare
from sd3studio.core.asking.naming_things import order_of, things_meant
from sd3studio.core.language.colours import colour_of
from sd3studio.core.language.vocabulary import longest_phrase
from sd3studio.core.language.wording import is_plural, listed, number, plural, sentence
from sd3studio.core.scene.predicates import Predicate
from sd3studio.core.scene.values import Scene

HELP = (
    "This question is not understood. Ask what is somewhere, how many, how far, how big, what colour, where something "
    "is, or whether it is so: “What is to the left of the man?”, “How far is the car?”, “Is the dog on the couch?”"
)


def ask(scene: Scene, question: str) -> Answer:
    """The answer to a question about a scene; one that says so where the question is not understood.

    Questions are read in English and in Chinese; answers are English, and say how a Chinese question was read.
    """
    if HAN.search(question):
        read = english_question(question[:500])
        if read is None:
            return Answer(CHINESE_HELP)
        answer = ask(scene, read)
        return replace(answer, text=f"{answer.text} (“{read}?”)")
    text = " ".join(question.lower().replace("’", "'").split()).rstrip(" ?.!")[:500]
    text = re.sub(r"\b(what|who|where|how)'s\b", r"\1 is", text)
    asking = _Asking(scene)
    for pattern, answer in asking.patterns:
        found = re.fullmatch(pattern, text)
        if found:
            given = answer(*found.groups())
            if given is not None:
                return given
    return Answer(HELP)


class _Asking(KnownScene):
    """One scene while it is asked about."""

    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        things = r"(?:the |a |an |any |some )?(.+?)"
        self.patterns: tuple[tuple[str, Callable[..., Answer | None]], ...] = (
            (r"(?:what is|what can you see|what do you see|what is there|what things are) (?:in|on|at)? ?"
             r"(?:the |this )?(?:photo|picture|image|scene)", self._everything),
            (r"what (?:can|do) you see|what is there", self._everything),
            (rf"how far (?:away )?(?:is|are) {things}(?: away)? from {things}", self._between),
            (rf"how far (?:away )?(?:is|are) {things}(?: away)?", self._far),
            (rf"(?:how big|how large|how tall|how high|how wide|how deep|how long|what size) (?:is|are) {things}",
             self._size),
            (rf"(?:how many|count(?: the)?) {things}(?: (?:are|is|stand|sit|lie) (.*)| can you see| do you see)?",
             self._many),
            (rf"what colou?r (?:is|are) {things}", self._colour),
            (rf"where (?:is|are) {things}", self._where),
            (rf"(?:which|what|who) is (?:the )?(\w+), {things} or {things}", self._which_of),
            (r"(?:which|what|who)(?: thing| object)? is (?:the )?(nearest|closest|farthest|furthest|biggest|largest|"
             r"smallest|leftmost|rightmost)(?: thing| object| one)?(?: to (?:me|the camera|the viewer))?", self._most),
            (rf"(?:is|are) there {things}", self._is_there),
            (rf"(?:what|who|which things|what things|which objects) (?:is|are|stands|sits|lies) {things}", self._what),
            (rf"(?:is|are) {things}", self._whether),
        )  # fmt: skip

    # ---- kinds of questions

    def _everything(self) -> Answer:
        rows = [row for row, thing in enumerate(self.index.things) if thing.kind == "object"]
        if not rows:
            return Answer("No thing was found in this photo.")
        counts = {
            thing.label: n for thing in self.index.things if (n := self._count(thing.label)) and thing.kind == "object"
        }
        said = listed([_counted(n, label) for label, n in sorted(counts.items(), key=lambda item: -item[1])])
        text = f"There {'is' if len(rows) == 1 else 'are'} {said}."
        return Answer(text, self._sureness(rows), found=self._keys(rows))

    def _many(self, said: str, where: str | None = None) -> Answer | None:
        noun = re.sub(r"\s+(?:are|is) there$", "", said)
        rows = list(things_meant(noun, self.index))
        place = (
            ""
            if where is None
            else re.sub(r"^(?:there|in (?:the |this )?(?:photo|picture|image|scene))\b ?", "", where)
        )
        facts: list = []
        if place:
            split = self._placed(place)
            if split is None:
                return None
            predicate, landmarks, words = split
            rows, facts = self._standing(rows, predicate, landmarks)
            if not landmarks:
                return self._nothing(words)
        label = noun.removeprefix("the ")
        if not rows:
            return Answer(f"None: nothing called {label} {'stands there' if place else 'was found'}.")
        sure = self._sureness(rows)
        listed_ = self._listed(rows)
        many = number(len(rows)).capitalize()
        text = f"{listed_.capitalize()}." if listed_.startswith(many.lower()) else f"{many}: {listed_}."
        doubtful = [row for row in rows if self.index.things[row].score < 0.5]
        if doubtful:
            text += f" {number(len(doubtful)).capitalize()} of them {'is' if len(doubtful) == 1 else 'are'} unsure."
        return Answer(text, sure, found=self._keys(rows), facts=tuple(facts))

    def _far(self, said: str) -> Answer:
        rows = self._nearest_first(things_meant(said, self.index))
        if not rows:
            return self._nothing(said)
        parts = [f"{self._name(row)} is {self._metres(self.index.things[row].distance_m)} away" for row in rows[:3]]
        return Answer(
            sentence(listed(parts)) + self._distance_note(), self._sureness(rows[:3]), found=self._keys(rows[:3])
        )

    def _between(self, first: str, second: str) -> Answer | None:
        if second in ("the camera", "camera", "me", "here", "the viewer", "viewer"):
            return self._far(first)
        a, b = things_meant(first, self.index), things_meant(second, self.index)
        if not a or not b:
            return self._nothing(second if a else first)
        pairs = [(self._gap(i, j), i, j) for i in a for j in b if i != j]
        if not pairs:
            return Answer(f"Only one {first} was found.")
        gap, i, j = min(pairs)
        text = f"{self._name(i)} and {self._name(j)} are {self._metres(gap)} apart"
        return Answer(sentence(text) + self._distance_note(), self._sureness([i, j]), self._keys([j]), self._keys([i]))

    def _size(self, said: str) -> Answer:
        rows = self._nearest_first(things_meant(said, self.index))
        if not rows:
            return self._nothing(said)
        parts = []
        for row in rows[:3]:
            width, depth, height = self.scene.objects[self.index.things[row].key].size
            parts.append(f"{self._name(row)} is {width:.1f} m wide, {depth:.1f} m deep and {height:.1f} m high")
        guessed = any("size" in self.scene.objects[self.index.things[r].key].provenance.priors for r in rows[:3])
        note = " Sizes are what is typical of such things, fitted to the photo." if guessed else ""
        return Answer(sentence("; ".join(parts)) + note, self._sureness(rows[:3]), found=self._keys(rows[:3]))

    def _colour(self, said: str) -> Answer:
        rows = self._nearest_first(things_meant(said, self.index))
        if not rows:
            return self._nothing(said)
        parts = []
        for row in rows[:4]:
            words = [a for a in self.index.things[row].attributes if colour_of(a) is not None]
            parts.append(
                f"{self._name(row)} is {' and '.join(words)}"
                if words
                else f"the colour of {self._name(row)} is not known"
            )
        return Answer(sentence(listed(parts)), self._sureness(rows[:4]), found=self._keys(rows[:4]))

    def _where(self, said: str) -> Answer:
        rows = self._nearest_first(things_meant(said, self.index))
        if not rows:
            return self._nothing(said)
        parts, facts, landmarks = [], [], []
        for row in rows[:3]:
            best = sorted(self._relations_of(row), key=lambda fact: -fact[3])[:2]
            places = [f"{predicate.value} {self._name(other)}" for _, predicate, other, _ in best]
            parts.append(f"{self._name(row)} is {' and '.join(places) or self._part_of_picture(row)}")
            facts += [self._fact(fact) for fact in best]
            landmarks += [fact[2] for fact in best]
        sure = self._sureness([*rows[:3], *landmarks], [fact[3] for fact in facts])
        return Answer(sentence("; ".join(parts)), sure, self._keys(rows[:3]), self._keys(landmarks), tuple(facts))

    def _which_of(self, word: str, first: str, second: str) -> Answer | None:
        rows = [*things_meant(first, self.index)[:1], *things_meant(second, self.index)[:1]]
        order = order_of({"bigger": "biggest", "larger": "largest", "smaller": "smallest"}.get(word, word))
        if order is None:
            return None
        if len(rows) < 2:
            return self._nothing(first if not things_meant(first, self.index) else second)
        value, greatest = order
        best = sorted(rows, key=lambda row: value(self.index.things[row]), reverse=greatest)[0]
        return Answer(
            sentence(f"{self._name(best)} is {word}"), self._sureness(rows), self._keys(rows), self._keys([best])
        )

    def _most(self, word: str) -> Answer:
        order = order_of(word)
        rows = [row for row, thing in enumerate(self.index.things) if thing.kind == "object" and thing.box]
        if order is None or not rows:
            return Answer("No thing was found in this photo.")
        value, greatest = order
        best = sorted(rows, key=lambda row: value(self.index.things[row]), reverse=greatest)[0]
        far = (
            f", {self._metres(self.index.things[best].distance_m)} away"
            if word in ("nearest", "closest", "farthest", "furthest")
            else ""
        )
        return Answer(sentence(f"{self._name(best)}{far}"), self._sureness([best]), found=self._keys([best]))

    def _is_there(self, said: str) -> Answer | None:
        split = self._split(said)
        if split is None:
            rows = things_meant(said, self.index)
            if not rows:
                return Answer(f"No: no {bare(said)} was found. The detector may have missed one.")
            return Answer(
                f"{self._yes(rows)}{sentence(self._listed(rows))}", self._sureness(rows), found=self._keys(rows)
            )
        return self._related(*split)

    def _whether(self, said: str) -> Answer | None:
        split = self._split(said)
        if split is not None:
            return self._related(*split)
        head, _, last = said.rpartition(" ")
        rows = things_meant(head, self.index) if head else ()
        if not rows:
            return None
        having = [row for row in rows if last in self.index.things[row].attributes]
        if having:
            return Answer(
                f"{self._yes(having)}{sentence(f'{self._name(having[0])} is {last}')}",
                self._sureness(having),
                self._keys(rows),
                self._keys(having),
            )
        known = listed(list(self.index.things[rows[0]].attributes))
        return Answer(
            f"Not as far as is known: {self._name(rows[0])} is {known}."
            if known
            else f"It is not known whether {self._name(rows[0])} is {last}.",
            None,
            self._keys(rows),
        )

    def _what(self, said: str) -> Answer | None:
        place = self._placed(said)
        if place is not None:
            predicate, landmarks, words = place
            if not landmarks:
                return self._nothing(words)
            everything = [row for row, thing in enumerate(self.index.things) if thing.kind != "concept"]
            rows, facts = self._standing(everything, predicate, landmarks)
            marks = [row for row in landmarks if self.index.things[row].key in {fact[2] for fact in facts}] or landmarks
            where = f"{predicate.value} {self._landmarks(marks)}"
            if not rows:
                return Answer(f"Nothing that was found is {where}.", None, self._keys(landmarks))
            rows = self._best_first(rows, facts)[:MOST_NAMED]
            verb = "is" if len(rows) == 1 else "are"
            sure = self._sureness([*rows, *landmarks[:1]], [max(f[3] for f in facts)])
            text = sentence(f"{self._listed(rows)} {verb} {hedge(sure)}{where}")
            return Answer(text + self._illusions(facts), sure, self._keys(landmarks), self._keys(rows), tuple(facts))
        return self._other_end(said)

    def _other_end(self, said: str) -> Answer | None:
        """ "What is the dog on?", "What is the man facing?": the other end of a relation."""
        tokens = said.split()
        for start in range(1, len(tokens)):
            phrase = longest_phrase([(t,) for t in tokens], start) or longest_phrase(
                [(t,) for t in [*tokens, "of"]], start
            )
            if phrase is None or start + len(phrase.words) < len(tokens):
                continue
            subjects = things_meant(" ".join(tokens[:start]), self.index)
            if not subjects:
                return self._nothing(" ".join(tokens[:start]))
            found = [f for row in subjects for f in self._relations_of(row, phrase.rule.predicate)]
            if not found:
                said = f"{self._listed(subjects)} is {phrase.rule.predicate.value} no other thing that was found"
                return Answer(sentence(said), None, self._keys(subjects))
            best = sorted(found, key=lambda fact: -fact[3])[:3]
            sure = self._sureness([r for f in best for r in (f[0], f[2])], [f[3] for f in best])
            text = "; ".join(f"{self._name(a)} is {hedge(sure)}{p.value} {self._name(b)}" for a, p, b, _ in best)
            return Answer(
                sentence(text),
                sure,
                self._keys([f[0] for f in best]),
                self._keys([f[2] for f in best]),
                tuple(self._fact(f) for f in best),
            )
        return None

    def _related(
        self, subjects: Sequence[int], predicate: Predicate, landmarks: Sequence[int], words: tuple[str, str]
    ) -> Answer:
        if not subjects or not landmarks:
            return self._nothing(words[0] if not subjects else words[1])
        rows, facts = self._standing(subjects, predicate, landmarks)
        if rows:
            best = max(facts, key=lambda fact: fact[3])
            sure = self._sureness([*rows[:1], *landmarks[:1]], [best[3]])
            said = f"{self._name(self._row(best[0]))} is {predicate.value} {self._name(self._row(best[2]))}"
            start = "Yes: " if not hedge(sure) else f"{hedge(sure).strip().capitalize()}: "
            return Answer(
                start + sentence(said) + self._illusions(facts),
                sure,
                self._keys(landmarks),
                self._keys(rows),
                tuple(facts),
            )
        other = [f for row in subjects for f in self._relations_of(row) if f[2] in landmarks]
        best_other = max(other, key=lambda fact: fact[3], default=None)
        if best_other is None:
            return Answer(
                f"No: {self._name(subjects[0])} is not {predicate.value} {self._name(landmarks[0])}.",
                None,
                self._keys(subjects),
                self._keys(landmarks),
            )
        a, found, b, grade = best_other
        text = f"No: {self._name(a)} is {found.value} {self._name(b)}."
        return Answer(
            text,
            self._sureness([a, b], [grade]),
            self._keys(subjects),
            self._keys(landmarks),
            (self._fact(best_other),),
        )


def _counted(count: int, label: str) -> str:
    if count == 1:
        return f"{'' if is_plural(label) else 'an ' if label[0] in 'aeiou' else 'a '}{label}"
    return f"{number(count)} {plural(label)}"
