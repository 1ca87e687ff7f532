"""The composition root."""

from pathlib import Path
from typing import get_args

from sd3studio.app import JOBS, App, engine_environment
from sd3studio.core.requests import Request
from sd3studio.core.settings import Engine, Settings


def test_every_kind_of_request_has_a_job() -> None:
    kinds = {request.model_fields["kind"].default for request in get_args(get_args(Request)[0])}
    assert kinds == set(JOBS)


def test_settings_are_read_once_and_written_when_changed(own_home: Path) -> None:
    with App() as app:
        assert app.home == own_home and app.settings_note is None
        app.change_settings(app.settings.replace(engine=Engine(prewarm=False, grace_s=1.0)))
        assert app.engine.grace_s == 1.0 and app.engine.prewarm == ()
    with App() as again:
        assert again.settings.engine.grace_s == 1.0


def test_the_engine_stays_off_the_network_unless_allowed() -> None:
    assert engine_environment(Settings())["HF_HUB_OFFLINE"] == "1"
    assert engine_environment(Settings(engine=Engine(offline=False)))["HF_HUB_OFFLINE"] == "0"
