"""The check of pictures, and the search over seeds until one holds: requests to the engine, reports to the panel."""

import io
import time
from contextlib import suppress
from pathlib import Path

import numpy as np
from PySide6.QtCore import QObject, Signal

from sd3studio.core.checking import CheckReport
from sd3studio.core.errors import StudioError
from sd3studio.core.files import write_atomic
from sd3studio.core.messages import Cancelled, CheckResult, Failed, ImageResult, Progress, Try, UntilResult
from sd3studio.core.requests import CheckPicture, GenerateImage, GenerateUntil
from sd3studio.services.jobs import JobRecord
from sd3studio.services.kept_checks import keep_check, kept_check
from sd3studio.ui.jobs import JobBridge
from sd3studio.ui.panels.check import CheckPanel


class CheckController(QObject):
    """Has pictures checked and shows the verdicts; keeps what a search over seeds has made."""

    said = Signal(str, str)
    image_made = Signal(Path, object)
    """Where the best picture of a search was written, and its ImageResult."""
    preview_made = Signal(bytes)
    checked = Signal(Path)
    """A picture whose verdicts are in `reports`."""
    reported = Signal(Path, object)
    """The same, with its CheckReport."""

    def __init__(self, panel: CheckPanel, bridge: JobBridge, results: Path) -> None:
        super().__init__()
        self.panel, self.bridge, self.results = panel, bridge, results
        self.current: Path | None = None
        """The picture that the panel speaks of."""
        self.reports: dict[Path, CheckReport] = {}
        """Verdicts that are known; see `report_of`."""
        self._checks: dict[str, Path] = {}
        self._search = ""
        self._tries: dict[int, Try] = {}
        self._kept: dict[int, Path] = {}
        """Seeds of the last search whose pictures are in the strip."""
        panel.check_requested.connect(self._on_check_requested)
        panel.cancel_requested.connect(self._on_cancel)
        panel.try_requested.connect(self._on_try)
        bridge.progressed.connect(self._on_progressed)
        bridge.ended.connect(self._on_ended)

    def check(self, picture: Path) -> None:
        """Compare a picture of ours with the scene that it carries; an older check that still waits is dropped."""
        self.current = picture

        def take(result: CheckResult) -> None:
            self.take_report(picture, result.report)
            if self.current == picture:
                self.panel.show_report(result.report, _pixels(picture))

        job = self.bridge.submit(CheckPicture(picture=str(picture)), take, group="check")
        self._checks[job] = picture

    def take_report(self, picture: Path, report: CheckReport) -> None:
        """A picture was checked: keep its verdicts, on the disk too, and show them wherever it is shown."""
        self.reports[picture] = report
        with suppress(StudioError):  # a full disk: they are kept until the window closes
            keep_check(picture, report)
        self.checked.emit(picture)
        self.reported.emit(picture, report)

    def report_of(self, picture: Path) -> CheckReport | None:
        """The verdicts on a picture, if it was checked, now or before."""
        if picture not in self.reports:
            kept = kept_check(picture)
            if kept is None:
                return None
            self.reports[picture] = kept
        return self.reports[picture]

    def search(self, request: GenerateImage, target: float, budget: int, relations: int) -> None:
        """Make pictures from seed after seed until one reaches `target` and so many relations hold (0: any number)."""
        wanted = GenerateUntil(request=request, target=target, budget=budget, relations=relations or None)
        self._tries, self._kept = {}, {}
        self.panel.show_tries(())
        self.panel.show_searching(True)
        self._search = self.bridge.submit(wanted, self._take_search)

    def _take_search(self, result: UntilResult) -> None:
        self._tries = {done.seed: done for done in result.tries}
        self.panel.show_tries(result.tries)
        if not result.tries:
            return
        best = result.tries[0]
        self._show_try(best)
        self._keep(best)
        told = "holds" if result.reached else "comes closest, but does not reach what you asked for"
        score, holding = best.report.score, best.report.holding
        relations = f"{holding} relation{'s hold' if holding != 1 else ' holds'}"
        told = f"Seed {best.seed} {told}: score {score:.2f}, {relations}."
        self.said.emit("good" if result.reached else "warning", told)

    def _keep(self, best: Try) -> None:
        if best.seed in self._kept:
            self.current = self._kept[best.seed]
            return
        path = self._kept[best.seed] = self.results / f"{time.strftime('%Y%m%d-%H%M%S')}-until-{best.seed}.png"
        try:
            write_atomic(path, best.png)
        except StudioError as error:
            self.said.emit("danger", str(error))
            return
        self.current = path
        report = best.report
        made = ImageResult(best.png, report.width, report.height, best.seed, "until", report.reader == "id map")
        self.image_made.emit(path, made)
        self.take_report(path, best.report)

    def _show_try(self, done: Try) -> None:
        self.panel.show_report(done.report, _decoded(done.png))

    def _on_try(self, seed: int) -> None:
        if seed in self._tries:
            self._show_try(self._tries[seed])
            self._keep(self._tries[seed])

    def _on_check_requested(self) -> None:
        if self.current is None or not self.current.is_file():
            self.said.emit("info", "Generate a picture first, or choose one in the strip: then it can be checked.")
            return
        self.check(self.current)

    def _on_cancel(self) -> None:
        if self._search:
            self.bridge.queue.cancel(self._search)

    def _on_progressed(self, record: JobRecord, progress: Progress) -> None:
        if record.id == self._search:
            self.panel.show_progress(progress.text)
            if progress.preview:
                self.preview_made.emit(progress.preview)

    def _on_ended(self, record: JobRecord, end: object) -> None:
        checked = self._checks.pop(record.id, None)
        if checked is not None and isinstance(end, Failed):
            self.panel.clear_report()
            self.panel.show_progress(end.message)
        if record.id == self._search:
            self._search = ""
            self.panel.show_searching(False)
            if isinstance(end, Failed):
                self.said.emit("danger", end.message)
            elif isinstance(end, Cancelled):
                self.panel.show_progress("The search was stopped.")


def _pixels(path: Path) -> np.ndarray | None:
    try:
        return _decoded(path.read_bytes())
    except OSError:
        return None


def _decoded(png: bytes) -> np.ndarray:
    """(H, W, 3) uint8."""
    from PIL import Image  # not before it is needed: the window opens sooner

    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB"))
