"""Window and trainer killed at random: `xvfb-run -a python tests/benchmarks/kill_window.py [KILLS MINUTES STEPS]`.

30 kills, at most 15 minutes, 1,200 steps by default. SD3 mini's sentences are tuned on eight rooms, once in peace and
once with a window that follows the run, commands it by its buttons (save, sample, pause, resume, and resume after a
kill), and SIGKILL for the window, the trainer or both, at random moments. A new window is opened after each. Printed is
how often each was killed, whether losses and weights are those of the undisturbed run to the bit, whether every
checkpoint that was there after a kill is whole, and the most steps that were done again.
"""

import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT)]

from sd3studio.core.training.run import RunRequest, RunState  # noqa: E402
from sd3studio.services.runs.launching import advance  # noqa: E402
from sd3studio.services.runs.store import METRICS, Run, RunStore  # noqa: E402

TARGETS = ("both", "trainer", "window")
"""Killed in turn."""
LOOK_S, READY_S, END_S, ACT_MS = 0.05, 240.0, 1_800.0, 120
EVERY = 10
"""Steps between checkpoints."""


@dataclass(slots=True)
class Found:
    """What the kills left."""

    kills: dict[str, int] = field(default_factory=lambda: dict.fromkeys(TARGETS, 0))
    broken: int = 0
    redone: int = 0
    commands: int = 0


def main() -> None:
    words = [float(word) for word in sys.argv[1:4]]
    kills, minutes, steps = (*words, *(30.0, 15.0, 1_200.0)[len(words) :])
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        os.environ["SD3STUDIO_HOME"] = name
        request = RunRequest(
            goal="sd3", config="fine-tuning", only="text_codec", data=str(_rooms(home)), steps=int(steps), batch=4,
            threads=1, checkpoint_every=EVERY, keep=3,
        )  # fmt: skip
        store = RunStore(home / "runs")
        whole = store.create(request.replace(title="whole"))
        advance(store)
        _until(lambda: whole.status.state is RunState.FINISHED, END_S)
        cut = store.create(request.replace(title="cut"))
        found = disturb(cut, int(kills), 60.0 * minutes)
        same = weights_of(whole) == weights_of(cut)
        print(f"kills                        {', '.join(f'{title} {n}' for title, n in found.kills.items())}")
        print(f"commands by the window       {found.commands}")
        print(f"losses the same to the bit   {losses_of(whole) == losses_of(cut)} ({len(losses_of(cut))} steps)")
        print(f"weights the same to the bit  {same}")
        print(f"broken checkpoints           {found.broken}")
        print(f"most steps done again        {found.redone} (a checkpoint every {EVERY})")


def disturb(run: Run, kills: int, seconds: float, worker: str = "", seed: int = 0) -> Found:
    """Let a window start and follow `run` to its end, with `kills` in between; `worker` is code that trains instead."""
    rng, found, end = random.Random(seed), Found(), time.monotonic() + seconds
    window = _opened(run, worker, rng)
    while sum(found.kills.values()) < kills and time.monotonic() < end and run.status.state is not RunState.FINISHED:
        _until(lambda: _trains(run) or run.status.state is RunState.FINISHED, READY_S)
        time.sleep(rng.uniform(0.0, 2.5))
        pid = run.status.pid if run.status.state.lives else 0
        target = TARGETS[sum(found.kills.values()) % len(TARGETS)] if pid else "window"
        for victim in (window.pid if target != "trainer" else 0, pid if target != "window" else 0):
            if victim:
                _kill(victim)
        found.kills[target] += 1
        if target != "window":
            _until(lambda: not run.is_locked(), READY_S)
            found.broken += _broken(run)
            kept = max((step for _, step in run.checkpoints()), default=0)
            found.redone = max(found.redone, len(losses_of(run)) - kept)
        if target != "trainer":
            found.commands += _commands(window)
            window = _opened(run, worker, rng)
    _until(lambda: run.status.state is RunState.FINISHED, END_S)
    found.commands += _commands(window, kill=True)
    return found


def losses_of(run: Run) -> list[float]:
    """The loss of every step, in order."""
    path = run.work / METRICS
    lines = path.read_text().splitlines(keepends=True) if path.is_file() else []
    return [json.loads(line)["loss"] for line in lines if line.endswith("\n")]


def weights_of(run: Run) -> dict[str, bytes]:
    """File below the result -> its bytes."""
    return {str(p.relative_to(run.result)): p.read_bytes() for p in sorted(run.result.rglob("*.safetensors"))}


def _rooms(home: Path) -> Path:
    from sd3studio.ml.training.data.own import OwnScene, make_own_dataset
    from sd3studio.ml.training.data.records import SampleSettings, make_sample

    settings = SampleSettings(size_px=64, captions=4, quality="draft", maps=False)
    scenes = [OwnScene(f"room-{k}", make_sample("rooms", k, settings).record.scene) for k in range(8)]
    make_own_dataset(home / "set", scenes, settings)
    return home / "set"


def _trains(run: Run) -> bool:
    """Whether its process has begun to learn."""
    return run.status.state.lives and run.status.step > 0


def _broken(run: Run) -> int:
    """Checkpoints with a guard that is not true; those without one were being written, and are passed over."""
    from sd3studio.services.weights import sha256_of

    bad = 0
    for guard in run.work.glob("checkpoints/*/step-*/complete.json"):
        told = json.loads(guard.read_bytes())["sha256"]
        bad += any(sha256_of(guard.with_name(name)) != digest for name, digest in told.items())
    return bad


def _opened(run: Run, worker: str, rng: random.Random) -> "subprocess.Popen[str]":
    """A window over the run, once it is on the screen."""
    command = [sys.executable, __file__, "--window", run.id, str(rng.randrange(10**6)), worker]
    window = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True)
    assert window.stdout is not None
    line = window.stdout.readline()
    assert line == "ready\n", f"the window said {line!r}"
    return window


def _commands(window: "subprocess.Popen[str]", kill: bool = False) -> int:
    """How many commands a window gave before its end."""
    if kill:
        _kill(window.pid)
    told, _ = window.communicate()
    return told.count("pressed")


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return  # it ended by itself at that moment


def _until(check, seconds: float) -> None:
    end = time.monotonic() + seconds
    while not check():
        if time.monotonic() > end:
            raise TimeoutError("it took too long")
        time.sleep(LOOK_S)


def follow(name: str, seed: int, worker: str) -> None:
    """The window: shows the run, starts or resumes it, and gives it commands by its buttons until it is killed."""
    from PySide6.QtCore import Qt, QTimer
    from PySide6.QtTest import QTest
    from PySide6.QtWidgets import QApplication

    from sd3studio.app import App
    from sd3studio.services.runs import launching
    from sd3studio.ui import theme
    from sd3studio.ui.canvas.gl_format import set_default_format

    if worker:
        launching.WORKER = ("-c", worker)
    set_default_format()
    qt = QApplication([])
    theme.apply_theme(qt, theme.DARK)
    from sd3studio.ui.main_window import MainWindow

    rng = random.Random(seed)
    with App() as app:
        app.start = lambda: None  # type: ignore[method-assign]
        window = MainWindow(app)
        window.show()
        window.start()
        window.workspaces.go("train")
        page = window.workspaces.made("train")

        def act() -> None:
            row = page.training.row(name)
            if row is None:
                return
            page.runs.select(name)
            state = row.status.state
            if state is RunState.WAITING:
                launching.advance(page.training.store)
                return
            wish = "resume" if state is not RunState.RUNNING else rng.choice(("save now", "sample now", "pause", ""))
            button = page.details.buttons.get(wish)
            if button is not None and button.isEnabled() and rng.random() < 0.5:
                print("pressed", wish, flush=True)
                QTest.mouseClick(button, Qt.MouseButton.LeftButton)

        timer = QTimer(interval=ACT_MS)
        timer.timeout.connect(act)
        timer.start()
        QTimer.singleShot(0, lambda: print("ready", flush=True))
        qt.exec()


if __name__ == "__main__":
    if sys.argv[1:2] == ["--window"]:
        follow(sys.argv[2], int(sys.argv[3]), sys.argv[4])
    else:
        main()
