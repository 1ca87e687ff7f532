"""The Train workspace: runs on the left, curves and samples in the middle, one run and its commands on the right."""

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QInputDialog, QMessageBox, QSplitter, QVBoxLayout, QWidget

from sd3studio.core.messages import Failed, Progress
from sd3studio.core.training.messages import ComposedShown, DatasetDescribed, DatasetMade, WeightsScored, WeightsShown
from sd3studio.core.training.requests import (
    ComposeDataset,
    DescribeDataset,
    EstimateRun,
    MakeDataset,
    ScoreWeights,
    ShowComposed,
    ShowWeights,
)
from sd3studio.core.training.run import RunRequest
from sd3studio.services.jobs import JobRecord
from sd3studio.services.library import library_folder
from sd3studio.services.runs.branching import stage_steps
from sd3studio.services.runs.store import Run
from sd3studio.services.runs.watching import Wanted
from sd3studio.ui.controllers.training import TrainingController
from sd3studio.ui.notice import NoticeArea
from sd3studio.ui.panels.training.comparison import ComparisonDialog
from sd3studio.ui.panels.training.curves import MOST_POINTS, CurvesView
from sd3studio.ui.panels.training.data_set import DataSetDialog
from sd3studio.ui.panels.training.details import RunDetails
from sd3studio.ui.panels.training.new_run import NewRunDialog
from sd3studio.ui.panels.training.outputs import RunOutputs
from sd3studio.ui.panels.training.run_list import RunList

if TYPE_CHECKING:
    from sd3studio.ui.main_window import MainWindow

MORE_STEPS = 200


class TrainPage(QWidget):
    """Fills the window; looks at the runs while it is on the screen."""

    def __init__(self, window: "MainWindow") -> None:
        super().__init__(window)
        self.w = window
        self.training = TrainingController(window.app.home)
        self.runs, self.curves, self.details, self.outputs = RunList(), CurvesView(), RunDetails(), RunOutputs()
        self.notices = NoticeArea(self)
        self._data = ""
        middle = QSplitter(Qt.Orientation.Vertical)
        middle.addWidget(self.curves)
        middle.addWidget(self.outputs)
        middle.setSizes([520, 280])
        split = QSplitter(Qt.Orientation.Horizontal)
        for widget in (self.runs, middle, self.details):
            split.addWidget(widget)
        split.setSizes([280, 780, 340])
        split.setStretchFactor(1, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(6, 6, 6, 6)
        layout.addWidget(split)
        self._dialog: DataSetDialog | NewRunDialog | None = None
        self.runs.selected.connect(self._on_selected)
        self.runs.compared_changed.connect(self._want)
        self.curves.changed.connect(self._want)
        self.runs.new_requested.connect(lambda: self.ask_run())
        self.runs.data_requested.connect(lambda: self.ask_data())
        self.runs.compare_requested.connect(self.ask_comparison)
        self.details.wished.connect(self._on_wish)
        self.training.changed.connect(self._on_changed)
        self.training.said.connect(self.notices.say)
        window.bridge.ended.connect(self._on_job_ended)
        window.bridge.progressed.connect(self._on_progress)

    # -- workspace -----------------------------------------------------------------------------------------------

    def entered(self) -> None:
        """It is on the screen now."""
        self.training.watch(True)
        self.curves.take_theme()

    def left(self) -> None:
        """It is not on the screen any more; runs go on by themselves."""
        self.training.watch(False)

    def closing(self) -> None:
        """The window closes: look no more; runs go on by themselves."""
        self.training.close()

    # -- wishes --------------------------------------------------------------------------------------------------

    def ask_run(self, data: str = "") -> None:
        """Ask what to train, and start it."""
        dialog = NewRunDialog(self, data or self._data, self.training.results())
        dialog.estimate_requested.connect(self._on_estimate)
        dialog.look_requested.connect(self._on_describe)
        self._dialog = dialog
        if dialog.exec():
            request = dialog.request()
            self._data = request.data
            run = self.training.start(request)
            if run is not None:
                self.runs.select(run.id)
        self._dialog = None

    def ask_data(self, sources: list[str] | None = None) -> None:
        """Make a data set, or look at one."""
        dialog = DataSetDialog(self, self._free_folder(), str(library_folder(self.training.home)))
        for source in sources or self._likely_sources():
            dialog.add_source(source)
        dialog.make_requested.connect(self._on_make)
        dialog.samples_requested.connect(self._on_samples_wanted)
        dialog.describe_requested.connect(self._on_describe)
        dialog.used.connect(self._on_use)
        self._dialog = dialog
        dialog.exec()
        self._dialog = None
        if self._data and dialog.result():
            self.ask_run(self._data)

    def ask_folder(self) -> None:
        """List a run whose folder lies elsewhere: one that trains on another host."""
        folder = QFileDialog.getExistingDirectory(self, "The folder of a training run")
        if folder:
            self.runs.select(self.training.follow(Path(folder)))

    def ask_comparison(self) -> None:
        """Compare the runs that are ticked, or the current one with the shipped weights."""
        names = self.runs.ticked() or ([self.runs.current()] if self.runs.current() else [])
        runs = [run for name in names if (run := self.training.run(name)) is not None]
        if not runs:
            self.notices.say("info", "Tick the runs that you want to compare.")
            return
        dialog = ComparisonDialog(self, runs, self.training.home)
        dialog.score_requested.connect(self._on_score)
        dialog.look_requested.connect(self._on_look)
        self._dialog = dialog  # type: ignore[assignment]
        dialog.exec()
        self._dialog = None

    def _on_wish(self, what: str) -> None:
        name, value = self.runs.current(), None
        run = self.training.run(name)
        if run is None:
            return
        if what == "extend":
            value, good = QInputDialog.getInt(self, "Extend", "Steps more", MORE_STEPS, 1, 10_000_000)
            if not good:
                return
        elif what == "branch":
            value = self._asked_branch(run)
            if value is None:
                return
        elif what == "export":
            value = QFileDialog.getExistingDirectory(self, "An empty folder for the weights")
            if not value:
                return
        elif what == "remove":
            question = f"Delete {name} with its checkpoints and weights?"
            if QMessageBox.question(self, "Delete the run", question) != QMessageBox.StandardButton.Yes:
                return
        self.training.wish(what, name, value)

    def _asked_branch(self, run: Run) -> tuple[int | None, dict[str, int], str] | None:
        """Where a new run is to go on from, and how far; None if it is not wanted after all."""
        kept = run.checkpoints()
        places = [f"{stage}, step {step:,}" for stage, step in kept]
        if run.result.is_dir():
            places = ["its result", *places]
        chosen, good = QInputDialog.getItem(self, "Branch", "Go on from", places, editable=False)
        if not good:
            return None
        if chosen == "its result":
            return None, {}, ""
        stage, step = kept[places.index(chosen) - (len(places) - len(kept))]
        whole = stage_steps(run, stage) or step
        usual = whole if whole > step else step + MORE_STEPS
        question = f"Steps of {stage} in all; {step:,} are done"
        steps, good = QInputDialog.getInt(self, "Branch", question, usual, step + 1, 10_000_000)
        return (step, {"steps": steps}, stage) if good else None

    # -- showing -------------------------------------------------------------------------------------------------

    def _on_changed(self) -> None:
        self.runs.show_rows(self.training.rows)
        self._want()
        self._show_curves()
        self._show_details()

    def _on_selected(self, name: str) -> None:
        self._want()
        self._show_details()

    def _want(self) -> None:
        """Say what is to be looked at: the current run, and the curves of it and of those that are ticked."""
        current = self.runs.current()
        shown = tuple(dict.fromkeys(name for name in (current, *self.runs.ticked()) if name))
        self.training.want(Wanted(current, shown, self.curves.name, self.curves.smoothing, MOST_POINTS))

    def _show_curves(self) -> None:
        now = self.training.now
        titles = {row.id: row.title for row in now.rows}
        self.curves.show_runs({name: (titles[name], series) for name, series in now.curves.items()}, now.ready)

    def _show_details(self) -> None:
        name = self.runs.current()
        row, detail = self.training.row(name), self.training.now.detail
        if row is None:
            self.details.show_run(None, None)
            self.outputs.show_samples([])
            self.outputs.show_log("")
            return
        if detail is None or detail.id != name:
            return  # it is being looked at
        self.details.show_run(row, detail)
        self.details.show_in_use(*self.training.in_use(row.request.goal))
        self.outputs.show_samples(detail.samples)
        self.outputs.show_log(detail.log)

    # -- jobs ----------------------------------------------------------------------------------------------------

    def _on_make(self, request: MakeDataset | ComposeDataset) -> None:
        self.w.bridge.submit(request, self._on_made, group="dataset")

    def _on_samples_wanted(self, request: ShowComposed) -> None:
        self.w.bridge.submit(request, self._on_samples, group="composed", front=True)

    def _on_samples(self, shown: ComposedShown) -> None:
        if isinstance(self._dialog, DataSetDialog):
            self._dialog.composed.show_samples(shown)

    def _on_progress(self, record: JobRecord, progress: Progress) -> None:
        making = record.request.kind in ("make_dataset", "compose_dataset")
        if making and isinstance(self._dialog, DataSetDialog):
            self._dialog.show_progress(progress.step, progress.total)

    def _on_made(self, made: DatasetMade) -> None:
        if made.folder:
            self._data = made.folder
        if isinstance(self._dialog, DataSetDialog):
            self._dialog.show_made(made)

    def _on_describe(self, folder: str) -> None:
        self.w.bridge.submit(DescribeDataset(folder=folder), self._on_described, group="dataset")

    def _on_described(self, told: DatasetDescribed) -> None:
        if isinstance(self._dialog, DataSetDialog):
            self._dialog.show_described(told)
        elif isinstance(self._dialog, NewRunDialog):
            self._dialog.show_data(told)

    def _on_use(self, folder: str) -> None:
        self._data = folder

    def _on_score(self, folder: str, data: str, limit: int) -> None:
        request = ScoreWeights(folder=folder, data=data, limit=limit)
        self.w.bridge.submit(request, self._on_scored, group=f"score {folder}")

    def _on_scored(self, scored: WeightsScored) -> None:
        if isinstance(self._dialog, ComparisonDialog):
            self._dialog.show_scores(scored.folder, scored.scores)

    def _on_look(self, folder: str, data: str) -> None:
        self.w.bridge.submit(ShowWeights(folder=folder, data=data), self._on_seen, group=f"look {folder}")

    def _on_seen(self, shown: WeightsShown) -> None:
        if isinstance(self._dialog, ComparisonDialog):
            self._dialog.show_made(shown)

    def _on_estimate(self, request: RunRequest) -> None:
        self.w.bridge.submit(EstimateRun(run=request), self._on_estimated, group="estimate")

    def _on_estimated(self, told: str) -> None:
        if isinstance(self._dialog, NewRunDialog):
            self._dialog.show_estimate(told)

    def _on_job_ended(self, record: JobRecord, end: object) -> None:
        """What failed is told in the dialog that asked for it."""
        if not isinstance(end, Failed) or self._dialog is None:
            return
        kind = record.request.kind
        if kind.endswith(("_dataset", "_composed")) and isinstance(self._dialog, DataSetDialog):
            self._dialog.show_problem(end.message)
        elif kind == "describe_dataset" and isinstance(self._dialog, NewRunDialog):
            self._dialog.show_data_problem(end.message)
        elif kind == "estimate_run" and isinstance(self._dialog, NewRunDialog):
            self._dialog.show_estimate(end.message)
        elif kind in ("score_weights", "show_weights") and isinstance(self._dialog, ComparisonDialog):
            self._dialog.show_problem(end.message)

    def _free_folder(self) -> Path:
        home = self.training.home / "datasets"
        return next(p for k in range(1, 10_000) if not (p := home / f"set-{k}").exists())

    def _likely_sources(self) -> list[str]:
        """The scene that is open, if it has a file."""
        path = self.w.session.path
        return [str(path)] if path is not None else []
