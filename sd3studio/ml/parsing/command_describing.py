"""A clause that describes ("a cat on the sofa", "the lamp is left of the sofa") as changes of a scene.

The sentence parser reads it. What is there already and is named with "the" is meant; anything else is new. A stated
relation between things that are there moves the first of them; a stated attribute ("the sofa is red") is given.
"""

import re

from sd3studio.core.catalogue import shipped_catalogue
from sd3studio.core.edits import AddObjects
from sd3studio.core.errors import SentenceError
from sd3studio.core.language.chinese_words import chinese_words
from sd3studio.core.language.colours import colour_of
from sd3studio.core.language.commands import Command, Place, Referent
from sd3studio.core.language.meant import candidates, meant
from sd3studio.core.language.noun_net import noun_net
from sd3studio.core.language.text_graph import Mention, TextGraph
from sd3studio.core.language.vocabulary import SpatialRule
from sd3studio.core.layout.cornering import corners_of, is_left
from sd3studio.core.layout.placing import place
from sd3studio.core.relations.conflicts import name_in
from sd3studio.core.scene.predicates import Predicate
from sd3studio.ml.parsing.command_acting import Acting
from sd3studio.ml.parsing.command_placing import Destination, destination, told_where, wishes_for
from sd3studio.ml.parsing.sentence import read_text
from sd3studio.ml.parsing.text_scene import draft_scene, kind_of

DEFINITE = ("the ", "this ", "that ", "these ", "those ", "my ", "our ", "his ", "her ", "its ", "their ", "both ",
            "all ", "这", "那", "该", "此")  # fmt: skip
SHOULD = re.compile(r"\b(should|must|has to|have to|needs to|need to|ought to)\s+(not\s+)?(be|stand|sit|lie|hang|go)\b")
ON_SOMETHING = re.compile(r"^(it|they|he|she)\b(?=.*\b(is|are|stands?|lies?|sits?|should|must)\b)")


def describe(acting: Acting, text: str) -> None:
    """Change the scene as a description says. Raises `SentenceError` if nothing is read in it."""
    if (asked := SHOULD.search(text)) is not None and asked[2]:
        raise SentenceError(f"“{text[:60]}”: say where it should be, not where it should not.")
    graph = read_text(_with_names(acting, SHOULD.sub("is", text)))
    ids: dict[int, tuple[str, ...]] = {}
    fresh: dict[int, Mention] = {}
    for index, mention in enumerate(graph.mentions):
        if mention.implied:
            ids[index] = _wall_of_corner(acting, mention, text)
            continue
        known = _known(acting, mention, graph)
        if known:
            ids[index] = known
        elif kind_of(mention) == "object":
            fresh[index] = mention
        else:
            acting.memory.doubts.append(f"“{mention.phrase}” was not added: only things are added to a scene.")
    if not ids and not fresh:
        raise SentenceError(f"Nothing to do was found in “{text[:60]}”. Say what to change, or what to add.")
    if not ids and not graph.triples and not any(_is_known(mention) for mention in fresh.values()):
        raise SentenceError(f"Nothing to do was found in “{text[:60]}”. Say what to change, or what to add.")
    given = _give_attributes(acting, graph, ids)
    new = _draw(acting, graph, fresh)
    ids |= new
    moved = _relate(acting, graph, ids, new)
    if not (given or new or moved):
        raise SentenceError(f"“{text[:60]}” asks for nothing that is not so already.")


def _wall_of_corner(acting: Acting, mention: Mention, text: str) -> tuple[str, ...]:
    """The id of a wall that a corner implies. Raises `SentenceError` where no walls of the scene meet there."""
    corners = corners_of(acting.scene)
    if not corners:
        raise SentenceError("There is no corner: no two walls of the scene meet.")
    side = mention.noun.split()[0]
    if side == "back":
        return (corners[0].walls[0],)
    fitting = [one for one in corners if is_left(acting.scene, one) == (side == "left")]
    if not fitting and (side in text.lower() or {"left": "左", "right": "右"}[side] in text):
        raise SentenceError(f"There is no {side} corner: no wall at the {side} meets another one.")
    return ((fitting or corners)[0].walls[1],)


def _is_known(mention: Mention) -> bool:
    """True for nouns that we know; a lone word that nobody knows is rather no thing."""
    if mention.noun in noun_net() or mention.head in noun_net():
        return True
    return shipped_catalogue().category_of(mention.noun) is not None or mention.noun in chinese_words().nouns.values()


def _with_names(acting: Acting, text: str) -> str:
    """The text with a pronoun at its beginning replaced by what was spoken of last."""
    found = ON_SOMETHING.match(text)
    if found is None:
        return text
    word = {"they": "them", "he": "he", "she": "he"}.get(found[1], "it")
    ids = meant(acting.scene, Referent(found[1], pronoun=word), acting.memory)  # type: ignore[arg-type]
    return f"the {acting.scene.objects[ids[0]].label}" + text[found.end() :]


def _known(acting: Acting, mention: Mention, graph: TextGraph) -> tuple[str, ...]:
    """Ids of what a mention means, if it is in the scene already."""
    said = _as_said(mention, graph)
    definite = mention.phrase.lower().startswith(DEFINITE)
    bare_chinese = graph.language == "zh" and not re.match(r"[一二两三四五六七八九十几\d]|另|又", mention.phrase)
    if not definite and not bare_chinese:
        return ()
    if not candidates(acting.scene, said):
        if definite:
            acting.memory.doubts.append(f"There was no {said.nouns[-1]} yet: one was added.")
        return ()
    return meant(acting.scene, said, acting.memory)


def _as_said(mention: Mention, graph: TextGraph) -> Referent:
    """A mention as a description; attributes that only the verb gives it do not tell which one is meant."""
    if graph.language == "zh":
        own = tuple(
            word for word in mention.attributes if mention.count == 1 and len(mention.phrase) > len(mention.noun)
        )
    else:
        own = tuple(word for word in mention.attributes if word in mention.phrase.lower())
    return Referent(
        words=mention.phrase,
        nouns=tuple(dict.fromkeys((mention.noun, mention.head))),
        attributes=own if graph.language == "en" else (),
        count=mention.count,
        plural=mention.plural,
        definite=True,
    )


def _give_attributes(acting: Acting, graph: TextGraph, ids: dict[int, tuple[str, ...]]) -> bool:
    given = False
    for index, keys in ids.items():
        mention = graph.mentions[index]
        stated = [word for word in mention.attributes if word not in mention.phrase.lower()]
        for word in stated if graph.language == "en" or not graph.triples else ():
            for key in keys:
                if word in acting.scene.objects[key].attributes:
                    continue
                action = "colour" if colour_of(word) is not None else "describe"
                acting.memory.spoke_of([key])
                acting.do(Command(action, (Referent("it", pronoun="it"),), word=word, text=mention.phrase))  # type: ignore[arg-type]
                given = True
    return given


def _draw(acting: Acting, graph: TextGraph, fresh: dict[int, Mention]) -> dict[int, tuple[str, ...]]:
    """Add the new things of a clause; ids of each mention."""
    new: dict[int, tuple[str, ...]] = {}
    for index, mention in fresh.items():
        lone = TextGraph(text=graph.text, language=graph.language, mentions=(mention.replace(whole=None),))
        laden = any(t.predicate in (Predicate.ON, Predicate.IN) and t.object == index for t in graph.triples)
        draft = draft_scene(lone, shipped_catalogue(), laden=laden)
        keys = []
        for thing in draft.scene.objects.values():
            key = acting.scene.free_id(thing.label)
            acting.apply(AddObjects((thing.replace(id=key),)))
            keys.append(key)
        acting.memory.doubts += [note.replace("are drawn", "were added") for note in draft.notes]
        new[index] = tuple(keys)
    return new


def _relate(acting: Acting, graph: TextGraph, ids: dict[int, tuple[str, ...]], new: dict[int, tuple[str, ...]]) -> bool:
    """Bring the stated relations about, one subject after the other, references first."""
    done = False
    placed: set[int] = {index for index in ids if index not in new}
    waiting = [index for index in ids if any(t.subject == index and t.object in ids for t in graph.triples)]
    for index in new:
        if index not in waiting:
            _spread(acting, new[index], None)
            acting.done.append(f"Added {acting.named(new[index])}.")
            placed.add(index)
    while waiting:
        ready = [
            i for i in waiting if all(t.object in placed for t in graph.triples if t.subject == i and t.object in ids)
        ]
        index = (ready or waiting)[0]
        waiting.remove(index)
        triples = [t for t in graph.triples if t.subject == index and t.object in ids and t.object != index]
        found = Destination()
        for triple in triples:
            reference = _reference(acting, ids[triple.object])
            stated = Place(SpatialRule(triple.predicate, frame=triple.frame), reference, triple.words)
            part = destination(acting.scene, ids[index], (stated,), acting.memory)
            found.wishes += part.wishes
            found.helpful += part.helpful
            found.floor |= part.floor
            found.middle |= part.middle
        beside = {wish.object for wish in found.wishes if wish.predicate is Predicate.NEXT_TO}
        for corner in corners_of(acting.scene) if len(beside) > 1 else ():
            found.corners |= dict.fromkeys(ids[index], corner) if beside >= set(corner.walls) else {}
        if index in new:
            _spread(acting, new[index], found.wishes[0].object if found.wishes else None)
        solved = wishes_for(acting.scene, ids[index], found, acting.carried(ids[index]))
        for edit in solved.edits:
            acting.apply(edit)
        acting.memory.doubts += solved.notes
        verb = "Added" if index in new else "Moved"
        acting.done.append(f"{verb} {acting.named(ids[index])}, {told_where(acting.scene, found)}.")
        acting.memory.spoke_of(ids[index])
        placed.add(index)
        done = True
    return done


def _reference(acting: Acting, keys: tuple[str, ...]) -> tuple[Referent, ...]:
    """A reference that means exactly these objects."""
    acting.memory.spoke_of(keys)
    return tuple(Referent(name_in(acting.scene, key), nouns=(key,)) for key in keys)


def _spread(acting: Acting, keys: tuple[str, ...], near: str | None) -> None:
    for key in keys:
        spot = near if near in acting.scene.objects and near != key else None
        acting.put(place(acting.scene, acting.scene.objects[key], near=spot))
