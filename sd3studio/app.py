"""The composition root: builds every long-lived object once and hands it on. The only wiring."""

import os
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

from sd3studio.core.locations import user_data
from sd3studio.core.settings import Settings
from sd3studio.services.jobs import EngineProcess, InlineRunner, JobQueue, Runner, open_store
from sd3studio.services.results import PictureKeeper
from sd3studio.services.settings_file import read_settings, write_settings

JOBS: Mapping[str, str] = {
    "parse_photo": "sd3studio.ml.parsing.photo:run",
    "work_on_photo": "sd3studio.ml.librarian:run",
    "scan_library": "sd3studio.services.library.background:scan",
    "run_batch": "sd3studio.services.library.background:run_batch",
    "read_query": "sd3studio.ml.librarian.queries:run",
    "parse_text": "sd3studio.ml.parsing.sentence:run",
    "edit_by_text": "sd3studio.ml.parsing.edit_by_text:run",
    "generate_image": "sd3studio.ml.generation:run",
    "draft_image": "sd3studio.ml.generation.drafts:run",
    "check_picture": "sd3studio.ml.checking:run",
    "generate_until": "sd3studio.ml.generation.until:run",
    "complete_scene": "sd3studio.ml.completing:run",
    "write_captions": "sd3studio.ml.captioning:run",
    "name_box": "sd3studio.ml.parsing.annotating:name_box",
    "cut_out": "sd3studio.ml.parsing.annotating:cut_out",
    "satisfy_relations": "sd3studio.core.layout.job:run",
    "explain_conflicts": "sd3studio.core.layout.job:run_explaining",
    "make_dataset": "sd3studio.services.library.datasets:make",
    "compose_dataset": "sd3studio.ml.training.data.jobs:compose",
    "show_composed": "sd3studio.ml.training.data.jobs:show_composed",
    "describe_dataset": "sd3studio.ml.training.data.jobs:describe",
    "estimate_run": "sd3studio.services.runs.estimating:run",
    "score_weights": "sd3studio.ml.training.data.jobs:score",
    "show_weights": "sd3studio.ml.training.data.jobs:show_weights",
    "download_model": "sd3studio.services.models.downloading:run",
    "import_library": "sd3studio.services.user_catalogue:run",
    "verify_models": "sd3studio.services.models.verifying:run",
}
"""Kind of request -> the function that does the work; what needs a learning library is imported by the engine only."""

LANES: Mapping[str, str] = {
    "satisfy_relations": "quick",
    "explain_conflicts": "quick",
    "download_model": "downloads",
    "import_library": "downloads",
    "verify_models": "downloads",
    "scan_library": "library",
    "run_batch": "library",
}
"""Kind of request -> lane, where it isn't the engine: the solver answers at once, whatever the engine is busy with."""

KEPT: frozenset[str] = frozenset({"generate_image"})
"""Kinds of request that wait on disk, so that they survive a restart and the command line sees them."""

PREWARM: tuple[str, ...] = (
    "sd3studio.ml.parsing.photo",
    "cv2",
    "onnxruntime",
    "sd3studio.ml.parsing.sentence",
    "spacy",
    "torch",
)
"""What the engine imports while it is idle, most likely first. diffusers (some 8 s) waits until it is asked for."""


def queue_folder(home: Path | None = None) -> Path:
    """Where the queue on disk lies."""
    return (user_data() if home is None else home) / "queue"


def runs_folder(home: Path | None = None) -> Path:
    """Where the training runs lie."""
    return (user_data() if home is None else home) / "runs"


class App:
    """Everything that lives as long as the program: paths, settings, the engine and the job queue.

    Parameters
    ----------
    home : folder of the user's data; None is the usual place
    """

    def __init__(self, home: Path | None = None) -> None:
        self.home = user_data() if home is None else home
        self.settings_path = self.home / "settings.json"
        self.drafts = self.home / "drafts"
        self.results = self.home / "results"
        self.settings, self.settings_note = read_settings(self.settings_path)
        self.engine = EngineProcess(
            prewarm=PREWARM if self.settings.engine.prewarm else (),
            environment=engine_environment(self.settings),
            grace_s=self.settings.engine.grace_s,
        )
        lanes = {"engine": self.engine} | {name: InlineRunner() for name in ("quick", "downloads", "library")}
        self.queue_note: str | None = None
        """What was wrong with the queue on disk, for the user."""
        self.jobs = self.make_queue(JOBS, lanes)

    def make_queue(self, functions: Mapping[str, str], lanes: Mapping[str, Runner]) -> JobQueue:
        """The job queue over the queue on disk; what waits there runs after `start`."""
        store, self.queue_note = open_store(queue_folder(self.home))
        keeper = PictureKeeper(self.results)
        return JobQueue(functions, lanes, LANES, store=store, kept=KEPT, keeper=keeper, claiming=False)

    def start(self) -> None:
        """Start the engine process, so that it gets ready in the background, and let the queue on disk run."""
        self.engine.start()
        self.jobs.start_claiming()

    def change_settings(self, settings: Settings) -> None:
        """Use `settings` from now on and write them to the file; the engine's take effect when it next starts."""
        write_settings(self.settings_path, settings)
        self.settings = settings
        self.engine.prewarm = PREWARM if settings.engine.prewarm else ()
        self.engine.environment = engine_environment(settings)
        self.engine.grace_s = settings.engine.grace_s

    def close(self) -> None:
        """Cancel what runs and end the engine."""
        self.jobs.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def engine_environment(settings: Settings) -> dict[str, str]:
    """Variables of the engine process: off the network unless the user allowed it."""
    offline = "1" if settings.engine.offline else "0"
    return {
        "HF_HUB_OFFLINE": offline,
        "HF_HUB_DISABLE_TELEMETRY": "1",
        "TOKENIZERS_PARALLELISM": "false",
        # threads that wait do not spin: on two busy cores a draft took 0.25 s instead of 8.8 s
        "OMP_WAIT_POLICY": os.environ.get("OMP_WAIT_POLICY", "PASSIVE"),
    }
