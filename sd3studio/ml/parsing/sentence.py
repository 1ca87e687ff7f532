"""Sentence -> 3DSG: a text graph, its things with catalogue sizes, a layout in which the stated relations hold."""

import re
from collections.abc import Iterator
from dataclasses import replace

from sd3studio.core.catalogue import shipped_catalogue
from sd3studio.core.errors import MissingModelError, SentenceError
from sd3studio.core.language.text_graph import Language, TextGraph
from sd3studio.core.messages import Finished, JobMessage, Note, Progress, SceneResult
from sd3studio.core.requests import ParseText
from sd3studio.core.scene.predicates import Predicate
from sd3studio.core.scene.values import Relation, Scene, SceneObject
from sd3studio.ml.parsing.likely import rings_of
from sd3studio.ml.parsing.surroundings import HIGH, UPRIGHT, place_surroundings, raised_over
from sd3studio.ml.parsing.text_scene import Draft, draft_scene
from sd3studio.ml.parsing.whereabouts import open_ground, place_of

MAX_CHARACTERS = 10_000
MAX_WORDS = 2_000
_HAN = re.compile(r"[\u3400-\u4dbf\u4e00-\u9fff]")
_WORD = re.compile(r"[A-Za-z]+(?:['’-][A-Za-z]+)*")
_STEPS = 5


def run(request: ParseText) -> Iterator[JobMessage]:
    """Read a sentence into a scene; ends in `Finished(SceneResult)`.

    Raises `SentenceError` for a text from which no scene can be made: empty, too long, in a language that is not read,
    or naming no thing.
    """
    text = check_text(request.text)
    yield Progress(0, _STEPS, "Reading the sentence")
    graph = read_text(text, request.language)
    yield Progress(1, _STEPS, "Choosing models")
    draft = draft_scene(graph, shipped_catalogue(), title=text)
    if not draft.scene.objects:
        raise SentenceError(
            f"No thing to place was found in “{_short(text)}”. Name at least one, as in “a book on a table”."
        )
    for note in draft.notes:
        yield Note(note)
    yield Progress(2, _STEPS, "Arranging")
    scene, doubts = laid_out(draft, request.seed, request.width, request.height)
    for note in doubts:
        yield Note(note)
    if request.complete:
        yield Progress(3, _STEPS, "Filling in what is left open")
        scene, notes = filled_in(scene, text, request.seed)
        for note in notes:
            yield Note(note)
        doubts += notes
    yield Progress(4, _STEPS, "Writing captions")
    from sd3studio.core.language.captions import captions_of

    yield Progress(_STEPS, _STEPS, "Done")
    yield Finished(SceneResult(scene, captions_of(scene, seed=request.seed), (*draft.notes, *doubts)))


def filled_in(scene: Scene, text: str, seed: int) -> tuple[Scene, list[str]]:
    """The scene with what the graph diffusion adds, and what to say of it; without its weights nothing is added."""
    from sd3studio.ml.generation.companions import PARTS
    from sd3studio.ml.shipped import mini

    try:
        system = mini(*PARTS)
    except MissingModelError as error:
        return scene, [f"Nothing was filled in: {error}"]
    from sd3studio.ml.graph_path import fill_in

    filled, notes = fill_in(scene, text, seed, system)
    return filled, list(notes)


def check_text(text: str) -> str:
    """The text, stripped. Raises `SentenceError` for one that is empty, too long or has no words."""
    text = "".join(c if c.isprintable() or c.isspace() else " " for c in text).strip()
    if not text:
        raise SentenceError("The sentence is empty. Describe what stands where, as in “a book on a table”.")
    words = len(_WORD.findall(text)) + len(_HAN.findall(text))
    if len(text) > MAX_CHARACTERS or words > MAX_WORDS:
        raise SentenceError(
            f"The text has {words:,} words and {len(text):,} characters; at most {MAX_WORDS:,} words and "
            f"{MAX_CHARACTERS:,} characters are read. Describe one scene in fewer words."
        )
    if not words:
        raise SentenceError(
            f"There are no English or Chinese words in “{_short(text)}”. "
            "Describe what stands where, as in “a book on a table”."
        )
    return text


def language_of(text: str) -> Language:
    """Chinese if at least every fourth letter is a Chinese character, else English."""
    han = len(_HAN.findall(text))
    letters = sum(c.isalpha() for c in text)
    return "zh" if han and 4 * han >= letters else "en"


def read_text(text: str, language: str = "auto") -> TextGraph:
    """The text graph of a text in either language ("auto" tells by the script)."""
    if (language_of(text) if language == "auto" else language) == "zh":
        from sd3studio.ml.parsing.chinese import parse_chinese

        return parse_chinese(text)
    from sd3studio.ml.parsing.english import parse_english

    return parse_english(text)


def laid_out(draft: Draft, seed: int = 0, width: int = 768, height: int = 512) -> tuple[Scene, list[str]]:
    """The scene with everything placed and framed for a picture of this size (px), and what could not be kept, told.

    Things on the faces of buildings, stuff and concepts are placed around the others afterwards. What is so large that
    beside it another thing could not be seen becomes a toy.
    """
    from sd3studio.core.layout.modelling import toy_note, with_toys

    scene, notes = _laid_out(draft, seed, width, height)
    smaller = with_toys(draft.scene, scene)
    if smaller is None:
        return scene, notes
    made, more = _laid_out(replace(draft, scene=smaller), seed, width, height)
    toys = [thing for key, thing in smaller.objects.items() if thing is not draft.scene.objects[key]]
    return made, [*more, *(toy_note(toy) for toy in toys)]


def _laid_out(draft: Draft, seed: int, width: int, height: int) -> tuple[Scene, list[str]]:
    from sd3studio.core.layout import arrange, framing_camera, shown_well, sized_alike
    from sd3studio.core.layout.looking import looked_at
    from sd3studio.core.layout.seating import seated
    from sd3studio.core.layout.walling import walled

    scene, notes = sized_alike(draft.scene), []
    if added := [thing.label for thing in scene.objects.values() if _is_implied(thing)]:
        notes.append(f"Added for the corner: {' and '.join(f'a {label}' for label in added)}.")
    fastened = {part for part, _ in draft.fastened}
    movable = {key: thing for key, thing in scene.objects.items() if thing.kind == "object" and key not in fastened}
    wanted: tuple[Relation, ...] = ()
    if movable:
        wanted = tuple(r for r in scene.relations if r.subject in movable and r.object in movable)
        layout = arrange(Scene(objects=movable, relations=(*wanted, *draft.likely)), seed)
        if layout.broken and draft.likely:
            layout = arrange(Scene(objects=movable, relations=wanted), seed)
        scene = scene.with_objects(*layout.scene.objects.values())
        rings = rings_of(wanted, scene)
        scene = seated(scene, rings)
        if layout.broken:
            notes.append(layout.sentence)
    raised = raised_over(scene)
    if raised is not None and not draft.fastened:
        scene = place_surroundings(raised, draft.fastened, draft.inside)
        return looked_at(scene.replace(camera=framing_camera(scene, width, height))), notes
    if movable and not draft.fastened and _is_only_ground(scene):
        place, ground = open_ground(scene)
        alone = Scene(objects={k: scene.objects[k] for k in movable}, relations=wanted)
        place = place or place_of(scene)
        framed = alone.replace(camera=framing_camera(alone, width, height))
        shown = looked_at(framed, place) if rings else shown_well(alone, width, height, place)
        scene = scene.with_objects(*shown.objects.values()).replace(camera=shown.camera)
        if ground is not None:
            scene = scene.with_objects(ground)
            notes.append(f"Nothing says where this is. It stands on {ground.label}, where its things are told best.")
        return place_surroundings(scene, draft.fastened, draft.inside), notes
    room = walled(scene, _hung(scene, draft))
    if room is None:
        scene = place_surroundings(scene, draft.fastened, draft.inside)
        return shown_well(scene, width, height), notes
    scene, walls = room
    scene = place_surroundings(scene, draft.fastened, draft.inside, walls)
    return looked_at(scene.replace(camera=framing_camera(scene, width, height))), notes


def _is_implied(thing: SceneObject) -> bool:
    return thing.kind == "stuff" and thing.provenance.source == "model"


def _hung(scene: Scene, draft: Draft) -> dict[str, str]:
    """What hangs on a wall, of what is fastened to something."""
    things = [(key, wall) for key, wall in draft.fastened if scene.objects[key].kind == "object"]
    return {key: wall for key, wall in things if scene.objects[wall].label.lower().split()[-1] == "wall"}


def _is_only_ground(scene: Scene) -> bool:
    """Whether all that is no thing in the scene is what things are on or in: it can be laid out around them later."""
    others = {thing.id for thing in scene.objects.values() if thing.kind != "object"}
    under = all(scene.objects[key].label.split()[-1] not in (*UPRIGHT, *HIGH, "ceiling") for key in others)
    told = (r for r in scene.relations if others & {r.subject, r.object})
    return under and all(r.object in others and r.predicate in (Predicate.ON, Predicate.IN) for r in told)


def _short(text: str) -> str:
    return text if len(text) <= 60 else text[:57] + "…"
