"""The composition root."""

import subprocess
import sys
from pathlib import Path
from typing import get_args

import pytest

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
    assert engine_environment(Settings())["OMP_WAIT_POLICY"]
    assert engine_environment(Settings(engine=Engine(offline=False)))["HF_HUB_OFFLINE"] == "0"


@pytest.mark.gl
def test_a_picture_is_made_in_the_engine_and_the_parent_stays_light(tmp_path: Path) -> None:
    """In a process of its own, as the window is: what other tests imported doesn't count."""
    script = tmp_path / "parent.py"
    script.write_text(PARENT, encoding="utf-8")
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["done", "failed", "MissingModelError"], done.stderr


PARENT = """
import sys
from sd3studio.app import App
from sd3studio.core.requests import GenerateImage
from sd3studio.core.scene import Scene, SceneObject

def main():
    scene = Scene.of([SceneObject(id="box", label="box")])
    with App() as app:
        app.start()
        good = app.jobs.wait(app.jobs.submit(GenerateImage(scene=scene, backend="render", width=96, height=64)), 100)
        bad = app.jobs.wait(app.jobs.submit(GenerateImage(scene=scene, backend="diffusers")), 100)
    assert good.end.result.png.startswith(b"\\x89PNG"), good.end
    heavy = {"torch", "diffusers", "transformers", "spacy", "cv2", "onnxruntime", "OpenGL"} & set(sys.modules)
    assert not heavy, heavy
    print(good.state, bad.state, bad.end.kind)

if __name__ == "__main__":
    main()
"""
