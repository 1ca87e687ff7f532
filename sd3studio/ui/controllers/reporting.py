"""A report on several pictures: those that were not checked yet are, then one HTML page and two tables are written."""

from collections.abc import Callable, Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QPixmap

from sd3studio.core.errors import StudioError
from sd3studio.core.messages import CheckResult, Finished
from sd3studio.core.requests import CheckPicture
from sd3studio.services.jobs import JobRecord
from sd3studio.ui.controllers.checking import CheckController
from sd3studio.ui.jobs import JobBridge
from sd3studio.ui.pixels import pixels_of


class ReportController(QObject):
    """Has pictures checked, one after the other, and writes what came of it."""

    said = Signal(str, str)
    written = Signal(Path)
    """The HTML page."""

    def __init__(self, checking: CheckController, bridge: JobBridge) -> None:
        super().__init__()
        self.checking, self.bridge = checking, bridge
        self._pictures: tuple[Path, ...] = ()
        self._folder = Path()
        self._waiting: dict[str, Path] = {}
        bridge.ended.connect(self._on_ended)

    def report_on(self, pictures: Sequence[Path], folder: Path) -> None:
        """Write a report on these pictures into a folder, as soon as all of them are checked."""
        if self._waiting:
            self.said.emit("warning", "Another report is being made; ask again when it is written.")
            return
        self._pictures, self._folder = tuple(pictures), folder
        for picture in pictures:
            if self.checking.report_of(picture) is None:
                job = self.bridge.submit(CheckPicture(picture=str(picture)), self._taker(picture))
                self._waiting[job] = picture
        if self._waiting:
            self.said.emit("info", f"{len(self._waiting)} of {len(pictures)} pictures are checked first.")
        else:
            self._write()

    def _taker(self, picture: Path) -> Callable[[CheckResult], None]:
        def take(result: CheckResult) -> None:
            self.checking.take_report(picture, result.report)
            self._is_done(picture)

        return take

    def _on_ended(self, record: JobRecord, end: object) -> None:
        if record.id in self._waiting and not isinstance(end, Finished):
            self._is_done(self._waiting[record.id])

    def _is_done(self, picture: Path) -> None:
        self._waiting = {job: path for job, path in self._waiting.items() if path != picture}
        if not self._waiting:
            self._write()

    def _write(self) -> None:
        from sd3studio.services.check_overlay import overlay, thumbnail  # Pillow, not before it is needed
        from sd3studio.services.check_report import Row, write_report

        rows = []
        for picture in self._pictures:
            report = self.checking.report_of(picture)
            if report is not None and picture.is_file():
                shown = QPixmap(str(picture))
                drawn = b"" if shown.isNull() else thumbnail(overlay(pixels_of(shown), report))
                rows.append(Row(report.replace(picture=picture.name), drawn))
        try:
            page, *_ = write_report(self._folder, rows)
        except StudioError as error:
            self.said.emit("danger", str(error))
            return
        left = len(self._pictures) - len(rows)
        more = f" {left} could not be checked." if left else ""
        self.said.emit("warning" if left else "good", f"The report on {len(rows)} pictures is in {page}.{more}")
        self.written.emit(page)
