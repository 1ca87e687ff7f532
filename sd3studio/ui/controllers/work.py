"""Work in the engine: photos and sentences become scenes, scenes become pictures. Nothing that was made is lost."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from PySide6.QtCore import QObject, Signal

from sd3studio.core.batches import Batch
from sd3studio.core.edits import ReplaceScene
from sd3studio.core.errors import StudioError
from sd3studio.core.language.stepping import Step, step_asked
from sd3studio.core.messages import CaptionsResult, EditResult, Failed, Finished, ImageResult, Progress, SceneResult
from sd3studio.core.requests import CompleteScene, EditByText, GenerateImage, ParsePhoto, ParseText, WriteCaptions
from sd3studio.core.settings import Models
from sd3studio.services.jobs import JobRecord, NewJob
from sd3studio.ui.controllers.editing import first_sentence
from sd3studio.ui.jobs import JobBridge
from sd3studio.ui.session import Session

TITLES = {
    "parse_photo": "Reading the photo",
    "parse_text": "Reading the sentence",
    "generate_image": "Making a picture",
    "edit_by_text": "Doing what the sentence says",
    "complete_scene": "Filling in the scene",
    "write_captions": "Writing sentences",
    "satisfy_relations": "Looking for a layout",
    "import_library": "Reading the library",
    "download_model": "Downloading a model",
    "verify_models": "Verifying hashes",
}


class WorkController(QObject):
    """Sends requests to the engine and takes the results. Results of older photo or text requests are dropped."""

    said = Signal(str, str)
    busy_changed = Signal(str)
    """What is being worked on, or an empty text."""
    progressed = Signal(object, object)
    """JobRecord, Progress."""
    image_made = Signal(Path, object)
    """Where the picture was written, and its ImageResult."""
    image_failed = Signal(object)
    """Failed."""
    scene_read = Signal(object)
    """SceneResult that is now the scene."""
    sentence_done = Signal(str)
    """What a sentence did to the scene, in words."""
    captions_written = Signal(object, object)
    """The Scene, and the CaptionsResult that SD3 mini wrote about it."""

    def __init__(self, session: Session, bridge: JobBridge, results: Path) -> None:
        super().__init__()
        self.session, self.bridge, self.results = session, bridge, results
        self._running: dict[str, Any] = {}
        self._quiet: set[str] = set()
        """Jobs that nobody asked for: their failure shows nothing but the sentences made by rule."""
        self._latest_read = ""
        self._latest_sentence = ""
        """What was carried out last, which "once more" repeats."""
        self._last_image: GenerateImage | None = None
        bridge.started.connect(self._on_started)
        bridge.progressed.connect(self._on_progressed)
        bridge.ended.connect(self._on_ended)

    @property
    def busy(self) -> bool:
        """Whether a job waits or runs."""
        return bool(self._running)

    def read_photo(self, path: Path, models: Models) -> None:
        """Make a scene of a photo."""
        self._read(
            lambda: ParsePhoto(
                photo=str(path),
                detector=models.detector,
                segmenter=models.segmenter,
                depth=models.depth,
                relations=True,
            ),
            f"Read {path.name}",
        )

    def read_text(self, text: str, complete: bool = False) -> None:
        """Make a scene of a sentence; with `complete` SD3 mini adds what it leaves open."""
        self._read(lambda: ParseText(text=text, complete=complete), "Read sentence")

    def edit_by_text(self, text: str) -> None:
        """Change the scene as a sentence says; dropped if the scene changes meanwhile.

        "Undo", "redo" and "once more" go through the history.
        """
        step = step_asked(text)
        if step == "again" and self._latest_sentence:
            text, step = self._latest_sentence, None
        if step is not None:
            self._step(step)
            return
        document = self.session.document
        scene = document.committed
        try:
            request = EditByText(scene=scene, text=text, selection=document.selection)
        except ValidationError as error:
            self.said.emit("danger", first_sentence(error))
            return

        def take(result: EditResult) -> None:
            if document.committed is not scene:
                self.said.emit("warning", "The scene changed meanwhile, so the sentence was not carried out.")
                return
            document.apply(result.edit)
            document.select(key for key in result.touched if key in document.scene.objects)
            self._latest_sentence = text
            self.sentence_done.emit(result.sentence)
            self.said.emit("good", result.sentence)
            for note in result.notes[:2]:
                self.said.emit("info", note)

        self._remember(self.bridge.submit(request, take, group="read"), request)

    def _step(self, step: Step) -> None:
        """Go a step back or forward, and say which one."""
        document = self.session.document
        label = {"undo": document.undo_label, "redo": document.redo_label, "again": ""}[step]
        if not label:
            self.said.emit("info", f"There is nothing to {'repeat' if step == 'again' else step}.")
            return
        (document.undo if step == "undo" else document.redo)()
        done = f"{'Undone' if step == 'undo' else 'Redone'}: {label}."
        self.sentence_done.emit(done)
        self.said.emit("good", done)

    def complete(self, seed: int) -> None:
        """Let SD3 mini add likely companions to the scene; dropped if the scene changes meanwhile."""
        scene = self.session.document.committed
        request = CompleteScene(scene=scene, sentence=scene.sentence, seed=seed)

        def take(result: SceneResult) -> None:
            if self.session.document.committed is not scene:
                self.said.emit("warning", "The scene changed while it was being filled in, so nothing was added.")
                return
            added = [key for key in result.scene.objects if key not in scene.objects]
            if added:
                self.session.document.apply(ReplaceScene(result.scene, "Fill in the scene"))
                self.session.document.select(added)
            for note in result.notes[:2]:
                self.said.emit("info", note)

        self._remember(self.bridge.submit(request, take, group="complete"), request)

    def write_captions(self) -> None:
        """Let SD3 mini write sentences about the scene as it is now; who hears `captions_written` drops what is old."""
        scene = self.session.document.committed
        request = WriteCaptions(scene=scene)

        def take(result: CaptionsResult) -> None:
            self.captions_written.emit(scene, result)

        self._quiet.add(self.bridge.submit(request, take, group="captions"))

    def _read(self, make: Callable[[], ParsePhoto | ParseText], what: str) -> None:
        try:
            request = make()
        except ValidationError as error:
            self.said.emit("danger", first_sentence(error))
            return

        def take(result: SceneResult) -> None:
            if job == self._latest_read:
                self._take_scene(result, what)

        job = self.bridge.submit(request, take, group="read")
        self._latest_read = job
        self._remember(job, request)

    def _take_scene(self, result: SceneResult, what: str) -> None:
        self.session.document.apply(ReplaceScene(result.scene, what))
        self.session.document.select(())
        self.scene_read.emit(result)
        for note in result.notes[:3]:
            self.said.emit("info", note)

    def submit(self, request: Any, take: Callable[[Any], None]) -> str:
        """Send any other request; `take` gets its result, and a failure is said. Returns the job's id."""
        job = self.bridge.submit(request, take)
        self._remember(job, request)
        return job

    def generate(self, request: GenerateImage, *, front: bool = False) -> None:
        """Queue a picture, after all that wait or before them; it is a file as soon as it is made."""
        self._last_image = request
        try:
            self.bridge.submit(request, front=front, name=f"{request.backend}-{request.seed}")
        except StudioError as error:
            self.said.emit("danger", str(error))

    def generate_all(self, batch: Batch, *, front: bool = False) -> None:
        """Queue the pictures of a batch, all or none."""
        try:
            self.bridge.queue.submit_many([NewJob(v.request, v.name) for v in batch.variants()], front=front)
        except StudioError as error:
            self.said.emit("danger", str(error))

    def retry_with(self, changes: dict[str, object]) -> GenerateImage | None:
        """Try the last picture again with some fields changed; returns the new request."""
        if self._last_image is None:
            return None
        request = self._last_image.replace(**changes)
        self.generate(request, front=True)
        return request

    def _take_picture(self, record: JobRecord, result: ImageResult) -> None:
        """A picture of the queue is made, here or by another process."""
        self.image_made.emit(Path(record.result_path), result)
        for note in result.notes[:2]:
            self.said.emit("info", note)

    def _remember(self, job: str, request: Any) -> None:
        self._running[job] = request
        self.busy_changed.emit(f"{TITLES[request.kind]}…")

    def _on_started(self, record: JobRecord) -> None:
        if record.number is not None and not record.elsewhere:
            self._running[record.id] = record.request
        if record.id in self._running:
            self.busy_changed.emit(f"{TITLES[record.request.kind]}…")

    def _on_progressed(self, record: JobRecord, progress: Progress) -> None:
        if record.id not in self._quiet:
            self.progressed.emit(record, progress)

    def _on_ended(self, record: JobRecord, end: object) -> None:
        if record.id in self._quiet:
            self._quiet.discard(record.id)
            return
        request = self._running.pop(record.id, None)
        if record.number is not None and isinstance(end, Finished) and record.result_path:
            self._take_picture(record, end.result)
        if isinstance(end, Failed) and request is not None:
            if request.kind == "generate_image":
                self.image_failed.emit(end)
            self.said.emit("danger", end.message)
        elif not isinstance(end, Finished) and request is not None and record.id == self._latest_read:
            self.said.emit("info", "Cancelled.")
        left = next(iter(self._running.values()), None)
        self.busy_changed.emit(f"{TITLES[left.kind]}…" if left is not None else "")
