"""New things that a command asks for: drawn from the catalogue, put at a free or stated place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from sd3studio.core.catalogue import shipped_catalogue
from sd3studio.core.edits import AddObjects, AssertRelation, RemoveObjects
from sd3studio.core.errors import SentenceError
from sd3studio.core.language.commands import Command, Referent
from sd3studio.core.language.nouns import words
from sd3studio.core.language.text_graph import Mention, TextGraph
from sd3studio.core.layout.placing import place
from sd3studio.core.rooms import outdoors, place_around
from sd3studio.core.scene.values import MAX_OBJECTS, SceneObject
from sd3studio.ml.parsing.command_placing import destination, told_where, wishes_for
from sd3studio.ml.parsing.command_sides import is_for_two
from sd3studio.ml.parsing.text_scene import SOME, draft_scene

if TYPE_CHECKING:
    from sd3studio.ml.parsing.command_acting import Acting

MOST_AT_ONCE = 50
GROUNDS = frozenset(words("grass lawn meadow sand beach snow water sea road street pavement gravel ground floor"))
BELOW_M = 0.03
"""How far new ground is below other ground, so that they do not flicker."""


def add(acting: Acting, command: Command) -> None:
    """Add things, each at a free place or where the command says."""
    new: list[str] = []
    for referent in command.things:
        if is_for_two(command.places) and referent.count == 1 and not referent.plural:
            referent = replace(referent, count=2)
        new += [thing.id for thing in drawn(acting, referent)]
    if command.places:
        found = destination(acting.scene, tuple(new), command.places, acting.memory)
        near = found.wishes[0].object if found.wishes else None
        _placed(acting, new, near)
        solved = wishes_for(acting.scene, new, found)
        for edit in solved.edits:
            acting.apply(edit)
        acting.memory.doubts += solved.notes
        acting.done.append(f"Added {acting.named(new)}, {told_where(acting.scene, found)}.")
    else:
        _placed(acting, new, None)
        acting.done.append(f"Added {acting.named(new)}.")
    acting.memory.spoke_of(new)


def _placed(acting: Acting, new: Sequence[str], near: str | None) -> None:
    """Each new thing at a free spot, one after the other."""
    for key in new:
        thing = acting.scene.objects[key]
        if thing.kind == "object":
            spot = near if near in acting.scene.objects and near != key else None
            acting.put(place(acting.scene, thing, near=spot))


def drawn(acting: Acting, referent: Referent) -> list[SceneObject]:
    """Add what a description names to the scene, at the origin. Raises `SentenceError` if there is no room."""
    if not referent.nouns:
        raise SentenceError(f"“{referent.words}” names no thing that could be added.")
    if len(acting.scene.objects) + referent.count > MAX_OBJECTS:
        raise SentenceError(f"A scene holds at most {MAX_OBJECTS:,} objects.")
    nouns = ("rug",) if referent.nouns[-1] == "carpet" else referent.nouns  # a carpet that is added is no floor
    mention = Mention(
        head=nouns[-1][:200],
        noun=nouns[0][:200],
        phrase=referent.words[:2_000],
        attributes=referent.attributes[:32],
        count=min(referent.count, MOST_AT_ONCE),
        plural=referent.plural,
    )
    if referent.count > MOST_AT_ONCE:
        acting.memory.doubts.append(f"At most {MOST_AT_ONCE} of a kind are added at once.")
    draft = draft_scene(TextGraph(text=referent.words, language="en", mentions=(mention,)), shipped_catalogue())
    acting.memory.doubts += [note.replace("are drawn", "were added") for note in draft.notes]
    things = []
    for thing in draft.scene.objects.values():
        renamed = thing.replace(id=acting.scene.free_id(thing.label), parent=place_around(acting.scene))
        if thing.kind == "stuff":
            renamed = _ground(acting, thing)
        acting.apply(AddObjects((renamed,)))
        things.append(renamed)
    assert len(things) <= max(SOME, MOST_AT_ONCE)
    return things


def _ground(acting: Acting, stuff: SceneObject) -> SceneObject:
    """Ground of a kind, a little below any other. Raises `SentenceError` for walls, sky, or ground that is there."""
    last = stuff.label.lower().split()[-1]
    if last not in GROUNDS:
        raise SentenceError(f"“{stuff.label}” is no thing to add by itself; walls are built in *Arrange*.")
    there = {thing.label.lower().split()[-1] for thing in acting.scene.objects.values() if thing.kind == "stuff"}
    if last in there:
        raise SentenceError(f"There is {stuff.label} already.")
    ground = outdoors(acting.scene, stuff.label)
    return ground.replace(center=(*ground.center[:2], ground.center[2] - BELOW_M)) if there & GROUNDS else ground


def replace_things(acting: Acting, command: Command) -> None:
    """Put another thing in the place of each: it stands where the old one stood and takes over its relations."""
    old = acting.movable(command.things)
    said = acting.named(old)
    wanted = replace(command.others[0], plural=False)  # "both chairs with stools": one for each
    new: list[str] = []
    for key in old:
        before = acting.scene.objects[key]
        first, *more = drawn(acting, wanted)
        base = before.center[2] - before.size[2] / 2.0
        center = (before.center[0], before.center[1], base + first.size[2] / 2.0)
        acting.put(first.replace(center=center, yaw=before.yaw))
        for relation in acting.scene.relations:
            if key in (relation.subject, relation.object):
                ends = {
                    "subject": first.id if relation.subject == key else relation.subject,
                    "object": first.id if relation.object == key else relation.object,
                }
                if ends["subject"] != ends["object"]:
                    acting.apply(AssertRelation(relation.replace(**ends)))
        acting.apply(RemoveObjects((key,)))
        new.append(first.id)
        _placed(acting, [thing.id for thing in more], first.id)
        new += [thing.id for thing in more]
    acting.done.append(f"Replaced {said} with {acting.named(new)}.")
    acting.memory.spoke_of(new)
