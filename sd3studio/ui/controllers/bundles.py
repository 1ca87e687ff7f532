"""Project bundles in the window: the scene with its history, pictures and waiting requests in one file, and back."""

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from PySide6.QtCore import QObject, Signal

from sd3studio.core.errors import StudioError
from sd3studio.core.files import read_bounded, write_atomic
from sd3studio.core.requests import GenerateImage
from sd3studio.services.jobs import JobState, NewJob
from sd3studio.services.journal import read_journal
from sd3studio.services.projects import LIMITS, Project, read_project, write_project
from sd3studio.ui.controllers.files import FileController
from sd3studio.ui.jobs import JobBridge
from sd3studio.ui.session import Session


class BundleController(QObject):
    """Writes and opens bundles. What goes wrong is said, and nothing has changed then."""

    said = Signal(str, str)
    pictures_came = Signal()
    """Pictures of a bundle are now among the results."""

    def __init__(self, session: Session, files: FileController, bridge: JobBridge, results: Path) -> None:
        super().__init__()
        self.session, self.files, self.bridge, self.results = session, files, bridge, results

    def waiting(self) -> dict[str, GenerateImage]:
        """Requests that wait in the queue, by name."""
        queue = self.bridge.queue
        jobs = [job for job in queue.kept_jobs() if job.state is JobState.QUEUED]
        found = {f"{number:04d}": queue.request_of(job.id) for number, job in enumerate(jobs, start=1)}
        return {name: request for name, request in found.items() if isinstance(request, GenerateImage)}

    def save(self, path: Path, pictures: Sequence[Path], *, history: bool, waiting: bool) -> bool:
        """Write a bundle. Returns whether that worked."""
        try:
            project = Project(
                scene=self.session.document.committed,
                pictures={path.name: read_bounded(path, LIMITS.member_bytes, StudioError) for path in pictures},
                requests=dict(self.waiting()) if waiting else {},
                journal=self.files.journal_bytes() if history else b"",
            )
            write_project(path, project)
        except (StudioError, KeyError) as error:
            self.said.emit("danger", str(error))
            return False
        told = f" with {len(pictures)} picture{'' if len(pictures) == 1 else 's'}" if pictures else ""
        self.said.emit("good", f"Saved the project {path.name}{told}.")
        return True

    def open(self, path: Path) -> Project | None:
        """Show the scene of a bundle with its history, and bring its pictures in. Returns what was in it."""
        try:
            project = read_project(path)
        except StudioError as error:
            self.said.emit("danger", str(error))
            return None
        self._show_scene(project)
        came = self._bring_pictures(project)
        if came:
            self.pictures_came.emit()
        parts = [f"{came} new picture{'' if came == 1 else 's'}"] if came else []
        parts += [f"{len(project.requests)} waiting"] if project.requests else []
        told = f": {', '.join(parts)}" if parts else ""
        self.said.emit("good", f"Opened the project {path.name}{told}.")
        return project

    def queue(self, project: Project) -> None:
        """Queue the pictures that were waiting when the bundle was made."""
        new = [NewJob(request, name) for name, request in project.requests.items() if request.kind == "generate_image"]
        try:
            self.bridge.queue.submit_many(new)
        except StudioError as error:
            self.said.emit("danger", str(error))

    def _show_scene(self, project: Project) -> None:
        """With the history, if that fits to the scene; else without, which is said."""
        document = self.session.document
        if project.journal:
            try:
                with TemporaryDirectory() as folder:
                    path = Path(folder) / "project.journal"
                    path.write_bytes(project.journal)
                    steps, position = read_journal(path)
                if steps[position].scene == project.scene:
                    document.restore(steps, position)
                    self.files.took_over()
                    return
                self.said.emit("warning", "The history in the project does not belong to its scene; it was left out.")
            except StudioError as error:
                self.said.emit("warning", f"The history in the project can't be read and was left out: {error}")
        document.open(project.scene)
        self.files.took_over()

    def _bring_pictures(self, project: Project) -> int:
        """Write the pictures that are not there yet; returns how many. One that is there keeps its file."""
        came = 0
        for name, png in project.pictures.items():
            target, number = self.results / name, 1
            while target.exists() and target.read_bytes() != png:
                number += 1
                target = self.results / f"{Path(name).stem}-{number}.png"
            if target.exists():
                continue
            try:
                write_atomic(target, png)
                came += 1
            except StudioError as error:
                self.said.emit("danger", str(error))
                break
        return came
