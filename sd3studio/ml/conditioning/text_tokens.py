"""Sentences as tokens in which the names of things are pointers to the nodes of a graph.

``<obj0>`` is the name of the graph's first object as its label has it, ``<objs0>`` its other number (the plural of a
singular label, the singular of a plural one), ``<attr0>`` and ``<more0>`` its first and second attribute. So a sentence
about "power lines" needs no token for them, and a net that points can say any label. All else is byte-pair tokens of
lower-case words, trained on captions; "an" is written "a", and decoding puts the right article back.

The paper has CLIP's tokens in its diffusion and those of GPT-2 in its decoder and does not say how they are joined;
here both use this one tokenizer (ours).
"""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, ClassVar, Self

from pydantic import Field, ValidationError, model_validator

from sd3studio.core.errors import MissingModelError
from sd3studio.core.files import read_bounded, write_atomic
from sd3studio.core.language.wording import IRREGULAR, PLURAL_ONLY, article, indefinite, is_mass, is_plural, plural
from sd3studio.core.scene.value import Value

if TYPE_CHECKING:
    from tokenizers import Tokenizer

PAD, BOS, EOS, UNKNOWN = "<pad>", "<bos>", "<eos>", "<unk>"
PAD_ID, BOS_ID, EOS_ID, UNKNOWN_ID = range(4)
MAX_OBJECTS = 8
"""Objects that a sentence can point to."""
FORMS = ("obj", "objs", "attr", "more")
"""What can be copied of an object: name, name in the other number, first and second attribute."""
NAME, OTHER_NUMBER, FIRST_ATTRIBUTE, SECOND_ATTRIBUTE = range(len(FORMS))
FIRST_POINTER = 4
POINTERS = len(FORMS) * MAX_OBJECTS
MAX_JSON_BYTES = 20_000_000
WORDS = 2_000
"""Size of the vocabulary without special tokens and pointers."""

_POINTER = re.compile(r"<(obj|objs|attr|more)(\d+)>")
_BLANKS = re.compile(r"\s+")
_WORD = re.compile(r"<\w+>|\w[\w-]*|'\w+|[^\w\s]")


@dataclass(frozen=True, slots=True)
class NamedThing:
    """What can be copied of an object: its label and its attributes, as the graph has them.

    `definite` names ("left chair") mean one thing alone: "a" before them is said as "the".
    """

    label: str
    attributes: tuple[str, ...] = ()
    definite: bool = False


def pointer_id(form: int, index: int) -> int:
    """Token of a form (0 to 3, see `FORMS`) of object `index`; all forms of one object stand together."""
    if not 0 <= index < MAX_OBJECTS:
        raise ValueError(f"a sentence can point to objects 0 to {MAX_OBJECTS - 1}, not to {index}")
    return FIRST_POINTER + index * len(FORMS) + form


class TextTokenizer(Value):
    """Text to ids and back; made by `train` or read from a JSON file by `load`.

    Parameters
    ----------
    pieces : the vocabulary; id k is the k-th. The special tokens and the pointers come first
    merges : pairs of pieces that are joined, in this order
    """

    pieces: Annotated[tuple[str, ...], Field(max_length=100_000)]
    merges: Annotated[tuple[tuple[str, str], ...], Field(max_length=100_000)]

    pad: ClassVar[int] = PAD_ID
    bos: ClassVar[int] = BOS_ID
    eos: ClassVar[int] = EOS_ID

    @model_validator(mode="after")
    def _pieces_are_ours(self) -> Self:
        special = _special_tokens()
        if list(self.pieces[: len(special)]) != special:
            raise ValueError("pieces must begin with the special tokens and pointers of this program")
        if len(set(self.pieces)) != len(self.pieces):
            raise ValueError("pieces has a piece twice")
        known = set(self.pieces)
        if any(not {first, second, first + second} <= known for first, second in self.merges):
            raise ValueError("merges joins pieces that are not in the vocabulary")
        return self

    @property
    def size(self) -> int:
        """Number of ids, special tokens and pointers included."""
        return len(self.pieces)

    @cached_property
    def _tokenizer(self) -> "Tokenizer":
        from tokenizers import Tokenizer, models

        vocabulary = {piece: number for number, piece in enumerate(self.pieces)}
        tokenizer = _prepared(Tokenizer(models.BPE(vocabulary, list(self.merges), unk_token=UNKNOWN)))
        tokenizer.add_special_tokens(_special_tokens())
        return tokenizer

    @classmethod
    def train(cls, texts: Iterable[str], words: int = WORDS) -> Self:
        """Learn byte-pair tokens from texts whose names have been made pointers (`pointed`)."""
        from tokenizers import Tokenizer, models, trainers

        tokenizer = _prepared(Tokenizer(models.BPE(unk_token=UNKNOWN)))
        special = _special_tokens()
        trainer = trainers.BpeTrainer(
            vocab_size=words + len(special),
            special_tokens=special,
            show_progress=False,
            initial_alphabet=list("abcdefghijklmnopqrstuvwxyz0123456789.,;:'-\u2581"),
        )
        tokenizer.train_from_iterator((_plain(text) for text in texts), trainer)
        learnt = json.loads(tokenizer.to_str())["model"]
        pieces = sorted(learnt["vocab"], key=learnt["vocab"].get)
        return cls(pieces=tuple(pieces), merges=tuple(tuple(pair) for pair in learnt["merges"]))

    def encode(self, text: str, things: Sequence[NamedThing] = ()) -> list[int]:
        """Ids of a sentence, `EOS_ID` last; mentions of the things become pointers. The final full stop is left out."""
        plain = _plain(pointed(text, things)).removesuffix(".").rstrip()
        return [*self._tokenizer.encode(plain).ids, EOS_ID]

    def encode_many(self, texts: Sequence[str]) -> list[list[int]]:
        """`encode` of texts that are pointed already, quickly."""
        plain = [_plain(text).removesuffix(".").rstrip() for text in texts]
        return [[*found.ids, EOS_ID] for found in self._tokenizer.encode_batch(plain)]

    def words(self, ids: Sequence[int]) -> str:
        """Text with pointers as they are, up to the first end; lower case, words apart."""
        kept: list[int] = []
        for token in ids:
            if token == EOS_ID:
                break
            if token not in (PAD_ID, BOS_ID, UNKNOWN_ID):
                kept.append(int(token))
        parts: list[str] = []
        run: list[int] = []
        for token in kept:  # pointers are no words of the byte-pair decoder
            if FIRST_POINTER <= token < FIRST_POINTER + POINTERS:
                parts += [self._decoded(run), _special_tokens()[token]]
                run = []
            else:
                run.append(token)
        return " ".join(part for part in (*parts, self._decoded(run)) if part)

    def decode(self, ids: Sequence[int], things: Sequence[NamedThing]) -> str:
        """A sentence with names in the place of pointers, articles that fit, a capital letter and a full stop.

        Pointers to what is not there (an attribute that the object hasn't, an object beyond the last) are left out.
        """
        return spoken(self.words(ids), things)

    def save(self, path: Path) -> None:
        """Write a JSON file."""
        write_atomic(path, self.model_dump_json().encode())

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read a JSON file. Raises `MissingModelError` naming file and field."""
        try:
            return cls.model_validate_json(read_bounded(path, MAX_JSON_BYTES, MissingModelError))
        except ValidationError as error:
            first = error.errors()[0]
            field = ".".join(str(part) for part in first["loc"])
            raise MissingModelError(f"{path}: {field or 'the file'}: {first['msg']}.") from error

    def _decoded(self, ids: Sequence[int]) -> str:
        return self._tokenizer.decode(list(ids), skip_special_tokens=False).strip() if ids else ""


def _prepared(tokenizer: "Tokenizer") -> "Tokenizer":
    """The library's tokenizer with how text is cut into words and put together again."""
    from tokenizers import decoders, normalizers, pre_tokenizers

    tokenizer.normalizer = normalizers.Sequence([normalizers.NFKC(), normalizers.Lowercase()])
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([pre_tokenizers.Whitespace(), pre_tokenizers.Metaspace()])
    tokenizer.decoder = decoders.Metaspace()
    return tokenizer


@cache
def _special_tokens() -> list[str]:
    pointers = [f"<{form}{index}>" for index in range(MAX_OBJECTS) for form in FORMS]
    return [PAD, BOS, EOS, UNKNOWN, *pointers]


def _plain(text: str) -> str:
    """Lower case, single blanks, "a" for "an", straight quotes."""
    text = _BLANKS.sub(" ", text.lower().replace("\u2019", "'").strip())
    return re.sub(r"\ban\b", "a", text)


# ---- names to pointers


def pointed(text: str, things: Sequence[NamedThing]) -> str:
    """The text, lower case, with mentions of the things as pointers.

    Where several things share a label, its mentions are theirs in turn. Longer names are looked for first.
    """
    words = _WORD.findall(text.lower())
    for label in sorted(dict.fromkeys(_plain(thing.label) for thing in things[:MAX_OBJECTS]), key=len, reverse=True):
        owners = [k for k, thing in enumerate(things[:MAX_OBJECTS]) if _plain(thing.label) == label]
        words = _replaced(words, label, owners, things)
    return " ".join(words)


def _replaced(words: list[str], label: str, owners: Sequence[int], things: Sequence[NamedThing]) -> list[str]:
    """`words` with each mention of a label by a pointer to one of its owners, attributes before it too."""
    same, other = _WORD.findall(label), _WORD.findall(other_number(label))
    told: list[str] = []
    mentions, place = 0, 0
    while place < len(words):
        size = next((len(form) for form in (same, other) if form and words[place : place + len(form)] == form), 0)
        if size == 0:
            told.append(words[place])
            place += 1
            continue
        owner = owners[min(mentions, len(owners) - 1)]
        form = FORMS[NAME] if words[place : place + size] == same else FORMS[OTHER_NUMBER]
        _point_attributes(told, owner, things[owner].attributes)
        told.append(f"<{form}{owner}>")
        mentions += 1
        place += size
    return told


def _point_attributes(told: list[str], owner: int, attributes: Sequence[str]) -> None:
    """Make the attributes that stand right before a name pointers, in place."""
    names = {attribute.lower(): f"<{form}{owner}>" for form, attribute in zip(FORMS[2:], attributes, strict=False)}
    place = len(told) - 1
    while place >= 0 and told[place] in names:
        told[place] = names[told[place]]
        place -= 1


@cache
def other_number(label: str) -> str:
    """The plural of a singular label, the singular of a plural one, the label itself where there is only one."""
    if not is_plural(label):
        return label if is_mass(label) else plural(label)
    before, of, after = label.partition(" of ")
    stem, space, head = before.rpartition(" ")
    return f"{stem}{space}{_singular_word(head)}{of}{after}"


def _singular_word(word: str) -> str:
    lower = word.lower()
    if lower in PLURAL_ONLY:
        return word
    for one, many in IRREGULAR.items():
        if lower == many or (lower.endswith(many) and len(many) > 3):
            return word[: len(word) - len(many)] + one
    if re.search(r"[^ao]uses$", lower):
        return word[:-2]
    for ending, single in (("ies", "y"), ("sses", "ss"), ("shes", "sh"), ("ches", "ch"), ("xes", "x"), ("s", "")):
        stem = word.removesuffix(ending) + single
        if lower.endswith(ending) and plural(stem).lower() == lower:
            return stem
    return word


# ---- pointers to names


def spoken(text: str, things: Sequence[NamedThing]) -> str:
    """A sentence from text with pointers: names, articles, a capital letter, a full stop."""
    words: list[str] = []
    nouns: dict[int, str] = {}  # place of a noun among the words -> its label in that number
    definite: set[int] = set()  # places before which "a" becomes "the"
    for word in text.split(" "):
        said = _said(word, things)
        found = _POINTER.fullmatch(word)
        if said and found and found[1].startswith("obj"):
            nouns[len(words)] = said
            if things[int(found[2])].definite:
                definite.add(len(words))
        words += [said] if said else []
    words = ["the" if word == "a" and place + 1 in definite else word for place, word in enumerate(words)]
    told = " ".join(_with_articles(words, nouns))
    told = re.sub(r" ([.,;:!?])", r"\1", told)
    told = re.sub(r"(\w) - (\w)", r"\1-\2", told)
    told = re.sub(r" ?(['\u2019]) ?(s|t|re|ve|ll|d|m)\b", r"\1\2", told).strip()
    if not told:
        return ""
    told = re.sub(r"([.!?] )([a-z])", lambda found: found[1] + found[2].upper(), told)
    return told[:1].upper() + told[1:] + ("" if told.endswith((".", "!", "?")) else ".")


def _said(word: str, things: Sequence[NamedThing]) -> str:
    """A word, or what a pointer points to; empty if it isn't there."""
    found = _POINTER.fullmatch(word)
    if found is None:
        return word
    form, index = FORMS.index(found[1]), int(found[2])
    if index >= len(things):
        return ""
    thing = things[index]
    if form in (FIRST_ATTRIBUTE, SECOND_ATTRIBUTE):
        place = form - FIRST_ATTRIBUTE
        return thing.attributes[place] if place < len(thing.attributes) else ""
    return thing.label if form == NAME else other_number(thing.label)


def _with_articles(words: Sequence[str], nouns: dict[int, str]) -> Iterator[str]:
    """The words, where "a" has become "an" before a vowel sound and "some" before a plural name."""
    for place, word in enumerate(words):
        following = " ".join(words[place + 1 : place + 2])
        if word != "a" or not following:
            yield word
        elif place + 1 in nouns and is_plural(nouns[place + 1]):
            yield indefinite(nouns[place + 1], nouns[place + 1]).removesuffix(nouns[place + 1]).strip() or "some"
        else:
            yield article(following)
