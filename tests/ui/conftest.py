"""The window for tests: real events, no engine process; widgets that a test leaves behind fail it."""

import pytest

pytest.importorskip("PySide6.QtWidgets")

from PySide6.QtWidgets import QApplication

from sd3studio.services.jobs import InlineRunner
from sd3studio.ui import theme
from sd3studio.ui.canvas.gl_format import set_default_format
from tests import fake_jobs


@pytest.fixture(scope="session")
def qapp_cls():
    set_default_format()
    return QApplication


@pytest.fixture
def app(own_home, monkeypatch):
    """The application with fake jobs that run on a thread of this process."""
    from sd3studio import app as application

    studio = application.App(own_home)
    monkeypatch.setattr(studio, "start", lambda: None)
    studio.jobs.close()
    quiet = studio.settings.generation.replace(model_captions=False, check_pictures=False)  # asked for where tested
    studio.settings = studio.settings.replace(generation=quiet)
    functions = {
        kind: f"tests.fake_jobs:{kind}" if hasattr(fake_jobs, kind) else path for kind, path in application.JOBS.items()
    }
    lanes = {name: InlineRunner() for name in ("engine", "quick", "downloads", "library")}
    studio.jobs = studio.make_queue(functions, lanes)
    studio.jobs.start_claiming()
    yield studio
    studio.jobs.close()


@pytest.fixture
def window(qtbot, qapp, app, monkeypatch):
    """The main window on the screen, with nothing in it."""
    from sd3studio.ui.main_window import MainWindow

    theme.apply_theme(qapp, theme.DARK)
    made = MainWindow(app)
    monkeypatch.setattr(made, "may_lose_changes", lambda: True)
    qtbot.addWidget(made)
    with qtbot.waitExposed(made):
        made.show()
    made.start()
    made.activateWindow()
    yield made
    made.close()
