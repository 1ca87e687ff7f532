"""The model manager: settings, folders and jobs behind its dialog."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QMessageBox, QWidget

from sd3studio.app import App
from sd3studio.core.errors import StudioError
from sd3studio.core.messages import Cancelled, Failed, Finished, Progress, VerifyResult
from sd3studio.core.requests import DownloadModel, VerifyModels
from sd3studio.core.settings import Settings
from sd3studio.services.jobs import JobRecord
from sd3studio.services.models import NEEDS, add_folder, fitness, installed_models, this_machine
from sd3studio.services.models.downloading import usual_folder
from sd3studio.services.models.removing import is_downloaded, remove_model
from sd3studio.ui.controllers.editing import first_sentence
from sd3studio.ui.jobs import JobBridge
from sd3studio.ui.models_dialog import ModelsDialog

STOPPED = "Stopped. What has come so far is kept: asking for it again goes on from there."


class ModelsController(QObject):
    """Shows the dialog and does what is wished in it. One thing runs at a time."""

    used = Signal(str, str)
    """Field of the settings, and the model that it now names."""

    def __init__(self, window: QWidget, app: App, bridge: JobBridge) -> None:
        super().__init__(window)
        self._window, self.app, self.bridge = window, app, bridge
        self.dialog: ModelsDialog | None = None
        self._job = ""
        self._take: Callable[[Any], None] = lambda result: None
        bridge.progressed.connect(self._on_progressed)
        bridge.noted.connect(self._on_noted)
        bridge.ended.connect(self._on_ended)

    def show(self) -> None:
        """Open the dialog."""
        if self.dialog is None:
            dialog = self.dialog = ModelsDialog(self._window)
            dialog.add_requested.connect(self.add)
            dialog.remove_requested.connect(self.remove)
            dialog.verify_requested.connect(self.verify)
            dialog.use_requested.connect(self.use)
            dialog.download_requested.connect(self.download)
            dialog.offline_changed.connect(self._on_offline)
            dialog.cancel_requested.connect(self._on_cancel)
        self.refresh()
        self.dialog.show()
        self.dialog.raise_()
        self.dialog.activateWindow()

    def refresh(self) -> None:
        """Look at the machine and the folders anew."""
        if self.dialog is None:
            return
        settings, machine = self.app.settings, this_machine()
        gpus = ", ".join(gpu.name for gpu in machine.gpus) or "no GPU"
        self.dialog.show_machine(f"This machine: {machine.memory_bytes / 1e9:.1f} GB of memory, {gpus}.")
        self.dialog.show_backends([fitness(key, settings, machine) for key in NEEDS])
        models = installed_models(settings)
        used = {getattr(settings.models, need.setting): need.title for need in NEEDS.values() if need.setting}
        ours = {str(model.path) for model in models if is_downloaded(self.app.home, model.path)}
        self.dialog.show_models(models, used, ours)
        self.dialog.show_offline(settings.engine.offline)

    def add(self, folder: str) -> None:
        """Add a folder to the user's models and keep the hashes of its weights."""
        path = Path(folder).expanduser().resolve()
        if self._change(lambda settings: add_folder(settings, path)):
            request = VerifyModels(home=str(self.app.home), folders=(str(path),), remember=True)
            self._run(request, self._show_verdicts, f"Keeping the hashes of {path.name}…")

    def remove(self, path: str, delete: bool) -> None:
        """Forget a model; with `delete` its files go too, after asking."""
        if delete:
            text = f"Delete {path} and all its files?"
            if QMessageBox.question(self.dialog, "Delete?", text) != QMessageBox.StandardButton.Yes:
                return
        done = f"{Path(path).name} was {'deleted' if delete else 'forgotten; its files are still there'}."
        if self._change(lambda settings: remove_model(self.app.home, settings, path, delete=delete)[0]):
            self._say(done)

    def use(self, field: str, path: str) -> None:
        """Use a model in the place of a built-in one."""
        if self._change(lambda settings: settings.replace(models=settings.models.replace(**{field: path}))):
            self.used.emit(field, path)
            self._say(f"{Path(path).name} is used from now on.")

    def verify(self, paths: list[str]) -> None:
        """Compare the weights of models with their hashes; of all if none is named."""
        request = VerifyModels(home=str(self.app.home), folders=tuple(paths))
        self._run(request, self._show_verdicts, "Verifying hashes…")

    def download(self, name: str, sha256: str) -> None:
        """Get a model by its name, unless the program is to stay off the network."""
        if self.app.settings.engine.offline:
            self._say("“Stay off the network” is on, so nothing was downloaded.", "warning")
            return
        folder = usual_folder(self.app.home, name)
        try:
            request = DownloadModel(name=name, folder=str(folder), sha256=sha256)
        except ValidationError as error:
            self._say(first_sentence(error), "danger")
            return
        self._run(request, self._take_download, f"Asking for {name}…")

    def _take_download(self, place: str) -> None:
        folder = Path(place) if Path(place).is_dir() else Path(place).parent
        self._say(f"{place} is there.")
        if self._change(lambda settings: add_folder(settings, folder)):
            request = VerifyModels(home=str(self.app.home), folders=(str(folder.resolve()),), remember=True)
            self._run(request, self._show_verdicts, "Keeping its hashes…")

    def _show_verdicts(self, result: VerifyResult) -> None:
        self.refresh()
        if self.dialog is not None:
            self.dialog.show_verdicts(result)

    def _change(self, change: Callable[[Settings], Settings]) -> bool:
        """Change the settings and show what is there now. Whether that worked; if not, the reason is said."""
        try:
            self.app.change_settings(change(self.app.settings))
        except (StudioError, ValidationError) as error:
            self._say(first_sentence(error), "danger")
            return False
        self.refresh()
        return True

    def _run(self, request: Any, take: Callable[[Any], None], text: str) -> None:
        if self._job:
            self._say("Something is being done already; cancel it or wait for it.", "warning")
            return
        self._take = take
        self._job = self.bridge.submit(request)
        if self.dialog is not None:
            self.dialog.show_running(text)

    def _say(self, text: str, role: str = "") -> None:
        if self.dialog is not None:
            self.dialog.say(text, role)

    def _on_offline(self, on: bool) -> None:
        self._change(lambda settings: settings.replace(engine=settings.engine.replace(offline=on)))

    def _on_cancel(self) -> None:
        if self._job:
            self.bridge.queue.cancel(self._job)

    def _on_progressed(self, record: JobRecord, progress: Progress) -> None:
        if record.id == self._job and self.dialog is not None:
            self.dialog.show_progress(progress)

    def _on_noted(self, record: JobRecord, text: str) -> None:
        if record.id == self._job:
            self._say(text)

    def _on_ended(self, record: JobRecord, end: object) -> None:
        if not self._job or record.id != self._job:
            return
        self._job = ""
        if self.dialog is not None:
            self.dialog.show_running("")
        match end:
            case Finished(result=result):
                self._take(result)
            case Failed(message=message):
                self._say(message, "danger")
            case Cancelled():
                self._say(STOPPED if record.request.kind == "download_model" else "Stopped.")
