"""What is known of a scene while it is asked about: its graded relations, names, distances, and how to say them."""

from collections.abc import Sequence

from sd3studio.core.asking.answers import Answer, hedge
from sd3studio.core.asking.naming_things import things_meant
from sd3studio.core.language.naming import names_of
from sd3studio.core.language.nouns import NUMBERS
from sd3studio.core.language.vocabulary import longest_phrase
from sd3studio.core.language.wording import listed, number, plural
from sd3studio.core.relations import RelationField
from sd3studio.core.scene.predicates import Predicate
from sd3studio.core.scene.values import Scene
from sd3studio.core.searching.index import SceneIndex, canonical, index_of

HOLDS = 0.5
DISTANCE_ERROR = 0.22
"""Half of all distances from one photo are off by at most so much (`sd3studio evaluate distance`)."""
MOST_NAMED = 8


class KnownScene:
    """A scene with all that answers are made of. Things are rows of `index`."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.field = RelationField(scene)
        self.index: SceneIndex = index_of(scene, self.field)
        self.names = names_of(scene, self.field)
        self.grades = {(r.subject, r.predicate, r.object): r for r in self.index.relations}

    def _split(self, said: str) -> tuple[Sequence[int], Predicate, Sequence[int], tuple[str, str]] | None:
        """Subjects, predicate and landmarks of "the dog on the couch"; None where no relation is in the words."""
        tokens = said.split()
        for start in range(1, len(tokens)):
            phrase = longest_phrase([(t,) for t in tokens], start)
            if phrase is None or start + len(phrase.words) >= len(tokens):
                continue
            words = " ".join(tokens[:start]), " ".join(tokens[start + len(phrase.words) :])
            first, second = things_meant(words[0], self.index), things_meant(words[1], self.index)
            if phrase.rule.inverse:
                first, second = second, first
            return first, phrase.rule.predicate, second, words
        return None

    def _placed(self, said: str) -> tuple[Predicate, Sequence[int], str] | None:
        """Predicate and landmarks of "to the left of the man"."""
        tokens = said.split()
        phrase = longest_phrase([(t,) for t in tokens], 0)
        if phrase is None or len(phrase.words) >= len(tokens):
            return None
        words = " ".join(tokens[len(phrase.words) :])
        return phrase.rule.predicate, things_meant(words, self.index), words

    def _standing(self, rows: Sequence[int], predicate: Predicate, landmarks: Sequence[int]) -> tuple[list[int], list]:
        """Those of the rows that stand in a relation to one of the landmarks, and the facts."""
        found, facts = [], []
        for row in rows:
            best = max(
                ((self._grade(row, predicate, mark), mark) for mark in landmarks if mark != row), default=(0.0, -1)
            )
            if best[0] > HOLDS:
                found.append(row)
                facts.append(self._fact((row, predicate, best[1], best[0])))
        return found, facts

    def _grade(self, subject: int, predicate: Predicate, thing: int) -> float:
        first, kept, second = canonical(subject, predicate, thing)
        found = self.grades.get((first, kept, second))
        if found is None and kept is Predicate.NEXT_TO:
            found = self.grades.get((second, kept, first))
        if found is None:
            return self._grade_on_ground(subject, predicate, thing)
        return found.grade

    def _grade_on_ground(self, subject: int, predicate: Predicate, thing: int) -> float:
        """Stuff and places are not among the indexed relations: graded now."""
        keys = self.index.things[subject].key, self.index.things[thing].key
        kinds = {self.index.things[row].kind for row in (subject, thing)}
        if kinds == {"object"} or "concept" in kinds:
            return 0.0
        return self.field.grade(keys[0], predicate, keys[1])

    def _relations_of(self, row: int, predicate: Predicate | None = None) -> list[tuple[int, Predicate, int, float]]:
        """What is true of a thing: (row, predicate, other, grade), told from its side."""
        asked = (predicate,) if predicate is not None else (
            Predicate.ON, Predicate.IN, Predicate.UNDER, Predicate.IN_FRONT_OF, Predicate.BEHIND, Predicate.LEFT_OF,
            Predicate.RIGHT_OF, Predicate.ABOVE, Predicate.NEXT_TO,
        )  # fmt: skip
        others = [i for i, thing in enumerate(self.index.things) if i != row and thing.kind != "concept"]
        found = ((row, p, other, self._grade(row, p, other)) for p in asked for other in others)
        return [fact for fact in found if fact[3] > HOLDS]

    def _best_first(self, rows: Sequence[int], facts: Sequence) -> list[int]:
        grades = dict(zip(rows, (fact[3] for fact in facts), strict=True))
        return sorted(rows, key=lambda row: (-round(grades[row], 1), -self.index.things[row].area))

    def _illusions(self, facts: Sequence) -> str:
        """What is so in the picture only, not in space."""
        for subject, predicate, thing, _ in facts:
            first, kept, second = canonical(self._row(subject), predicate, self._row(thing))
            found = self.grades.get((first, kept, second))
            if found is not None and found.space <= HOLDS < found.seen and len(facts) == 1:
                return " So it looks in the picture; in space it is not sure."
        return ""

    def _nearest_first(self, rows: Sequence[int]) -> list[int]:
        return sorted(rows, key=lambda row: self.index.things[row].distance_m)

    def _gap(self, a: int, b: int) -> float:
        """Distance between two things, from face to face (m), along the line between their centres, about."""
        first, second = (self.scene.objects[self.index.things[row].key] for row in (a, b))
        away = sum((p - q) ** 2 for p, q in zip(first.center, second.center, strict=True)) ** 0.5
        return max(away - (first.size[0] + first.size[1] + second.size[0] + second.size[1]) / 8.0, 0.0)

    def _metres(self, length: float) -> str:
        """ "about 6.2 m (4.8 to 7.6 m)" for what was measured in a photo, "6.2 m" for what was laid out."""
        if self.scene.photo is None:
            return f"{length:.1f} m"
        low, high = length * (1.0 - DISTANCE_ERROR), length * (1.0 + DISTANCE_ERROR)
        return f"about {length:.1f} m ({low:.1f} to {high:.1f} m)"

    def _distance_note(self) -> str:
        return " Estimated from one photo: half of such distances lie within that range." if self.scene.photo else ""

    def _sureness(self, rows: Sequence[int], grades: Sequence[float] = ()) -> float | None:
        scores = [
            self.index.things[row].score
            for row in rows
            if self.scene.objects[self.index.things[row].key].provenance.score is not None
        ]
        values = [*scores, *(grade for grade in grades if grade < 1.0)]
        return round(min(values), 3) if values else None

    def _nothing(self, said: str) -> Answer:
        there = ", ".join(dict.fromkeys(thing.label for thing in self.index.things if thing.kind == "object"))
        return Answer(f"No {bare(said)} was found in this photo." + (f" There are: {there}." if there else ""))

    def _yes(self, rows: Sequence[int]) -> str:
        said = hedge(self._sureness(rows)).strip().capitalize()
        return f"{said or 'Yes'}: "

    def _count(self, label: str) -> int:
        return sum(thing.label == label and thing.kind == "object" for thing in self.index.things)

    def _keys(self, rows: Sequence[int]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(self.index.things[row].key for row in rows))

    def _row(self, key: str) -> int:
        return next(row for row, thing in enumerate(self.index.things) if thing.key == key)

    def _fact(self, fact: tuple[int, Predicate, int, float]) -> tuple[str, Predicate, str, float]:
        return self.index.things[fact[0]].key, fact[1], self.index.things[fact[2]].key, round(fact[3], 3)

    def _name(self, row: int) -> str:
        return self.names[self.index.things[row].key].known

    def _listed(self, rows: Sequence[int]) -> str:
        """By name; things of a kind that no name tells apart by their number: "ten people"."""
        named: dict[str, list[int]] = {}
        for row in rows:
            named.setdefault(self._name(row), []).append(row)
        said = []
        for name, same in named.items():
            label = self.index.things[same[0]].label
            said.append(name if len(same) == 1 else f"{number(len(same))} {plural(label)}")
        left = len(said) - MOST_NAMED
        return listed([*said[:MOST_NAMED], f"{number(left)} more"] if left > 0 else said)

    def _landmarks(self, rows: Sequence[int]) -> str:
        """Two at most by name; of more of a kind only how many."""
        labels = {self.index.things[row].label for row in rows}
        if len(rows) <= 2 or len(labels) > 1:
            return self._listed(rows)
        return f"one or other of {number(len(rows))} {plural(labels.pop())}"

    def _part_of_picture(self, row: int) -> str:
        box = self.index.things[row].box
        if box is None:
            return "not in the picture"
        x, y = (box[0] + box[2]) / 2.0, (box[1] + box[3]) / 2.0
        side = "left" if x < 0.36 else "right" if x > 0.64 else ""
        high = "top" if y < 0.36 else "bottom" if y > 0.64 else ""
        return f"at the {' '.join(p for p in (high, side) if p) or 'middle'} of the picture"


def bare(said: str) -> str:
    """Words without articles and numbers."""
    return " ".join(w for w in said.split() if w not in ("the", "a", "an", "any", "some") and w not in NUMBERS) or said
