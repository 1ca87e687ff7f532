"""A sentence typed into a scene changes it: commands are carried out, what is described is added or moved."""

import re
from collections.abc import Iterator

from sd3studio.core.edits import AddObjects, AssertRelation, Sequence, SetCamera
from sd3studio.core.errors import SentenceError
from sd3studio.core.language.commands import Command, Reading
from sd3studio.core.messages import EditResult, Finished, JobMessage, Note, Progress
from sd3studio.core.requests import EditByText
from sd3studio.core.scene.values import Scene
from sd3studio.ml.parsing.command_acting import Acting
from sd3studio.ml.parsing.sentence import check_text, language_of

LIGHT = re.compile(
    r"\b(?:night|evening|morning|noon|dusk|dawn|sunset|sunrise|sunny|daylight|rain(?:y|ing)?|snow(?:y|ing)|fog(?:gy)?"
    r"|cloudy|stormy?|summer|autumn|winter)\b|夜晚|晚上|白天|早晨|黄昏|日落|日出|下雨|下雪|雨天|雪天|晴天|阴天|有雾"
)


def run(request: EditByText) -> Iterator[JobMessage]:
    """Change a scene as a sentence says; ends in `Finished(EditResult)`.

    Raises `SentenceError` for a text that is empty or too long, and if nothing of it could be done.
    """
    text = check_text(request.text)
    yield Progress(0, 3, "Reading the sentence")
    reading = read_commands(text, request.language)
    yield Progress(1, 3, "Changing the scene")
    result = edited(request.scene, reading, text, request.selection, request.seed)
    for note in result.notes:
        yield Note(note)
    yield Progress(3, 3, "Done")
    yield Finished(result)


def read_commands(text: str, language: str = "auto") -> Reading:
    """The commands of a text in either language ("auto" tells by the script)."""
    if (language_of(text) if language == "auto" else language) == "zh":
        from sd3studio.ml.parsing.chinese_commands import read_chinese_commands

        return read_chinese_commands(text)
    from sd3studio.ml.parsing.english_commands import read_english_commands

    return read_english_commands(text)


def edited(scene: Scene, reading: Reading, text: str, selection: tuple[str, ...] = (), seed: int = 0) -> EditResult:
    """Carry out what was read, in order. A part that can't be done is told in the notes, the others are done.

    Raises `SentenceError` if nothing could be done.
    """
    acting = Acting(scene, selection, seed)
    failed = [f"Not understood: “{clause}”.{_hint(clause)}" for clause in reading.unread]
    for step in reading.steps:
        try:
            if isinstance(step, Command):
                acting.do(step)
            else:
                _describe(acting, step, seed)
        except SentenceError as error:
            failed.append(str(error))
    if not acting.done:
        reason = " ".join(dict.fromkeys(failed))
        raise SentenceError(reason or f"Nothing to do was found in “{text[:60]}”. Say what to change.")
    notes = tuple(dict.fromkeys((*acting.memory.doubts, *failed)))
    touched = tuple(key for key, thing in acting.scene.objects.items() if scene.objects.get(key) != thing)
    edit = Sequence(tuple(acting.edits), what=_title(text))
    return EditResult(acting.scene, edit, " ".join(acting.done), notes, touched)


def _describe(acting: Acting, text: str, seed: int) -> None:
    """Add what a clause describes, or move what is there already as it says."""
    if not acting.scene.objects:
        _start(acting, text, seed)
        return
    from sd3studio.ml.parsing.command_describing import describe

    describe(acting, text)


def _start(acting: Acting, text: str, seed: int) -> None:
    """A scene from a description, in an empty one."""
    from sd3studio.core.catalogue import shipped_catalogue
    from sd3studio.ml.parsing.sentence import laid_out, read_text
    from sd3studio.ml.parsing.text_scene import draft_scene

    draft = draft_scene(read_text(text), shipped_catalogue())
    if not draft.scene.objects:
        raise SentenceError(f"No thing to add was found in “{text[:60]}”.")
    scene, doubts = laid_out(draft, seed)
    acting.apply(AddObjects(tuple(scene.objects.values())))
    for relation in scene.relations:
        acting.apply(AssertRelation(relation))
    acting.apply(SetCamera(scene.camera.replace(width=acting.scene.camera.width, height=acting.scene.camera.height)))
    acting.memory.doubts += [*draft.notes, *doubts]
    acting.done.append(f"Added {acting.named(scene.objects)}.")
    acting.memory.spoke_of(scene.objects)


def _hint(clause: str) -> str:
    """Where to say what is no change of things: light and weather belong to the picture."""
    asked = LIGHT.search(clause.lower())
    return f" Say “{asked[0]}” in the prompt of *Generate*: it is about the picture." if asked else ""


def _title(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 60 else line[:57] + "…"
