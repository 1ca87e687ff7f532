"""The Train workspace with 100,000 points in a curve while a run goes on: `python tests/benchmarks/curves.py [POINTS]`.

A process of its own appends a step to the metrics of a run every few milliseconds; the window looks at it as always and
is drawn anew as often as it can. Printed are frames per second by the clock and of the window's own processor time (on
a busy machine it waits for the others), and how long the slowest frames took: those in which the run was looked at.
"""

import gc
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT)]
SECONDS, SETTLE_S = 10.0, 5.0
WRITER = """
import json, sys, time
step = int(sys.argv[2])
while True:
    step += 1
    with open(sys.argv[1], "a") as file:
        file.write(json.dumps({"stage": "text_codec", "step": step, "loss": 5.0 / step, "losses": {}}) + chr(10))
    time.sleep(0.005)
"""


def main() -> None:
    points = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    with tempfile.TemporaryDirectory() as name:
        os.environ["SD3STUDIO_HOME"] = name
        measure(Path(name), points)


def measure(home: Path, points: int) -> None:
    from PySide6.QtWidgets import QApplication

    from sd3studio.app import App, runs_folder
    from sd3studio.core.training.run import RunRequest, RunState, RunStatus
    from sd3studio.services.runs.store import METRICS, RunStore
    from sd3studio.ui import theme
    from sd3studio.ui.canvas.gl_format import set_default_format

    set_default_format()
    qt = QApplication([])
    theme.apply_theme(qt, theme.DARK)
    from sd3studio.ui.main_window import MainWindow

    run = RunStore(runs_folder(home)).create(RunRequest(goal="sd3", title="Long", data=str(home), steps=10 * points))
    run.work.mkdir(parents=True)
    lines = (
        json.dumps({"stage": "text_codec", "step": k, "loss": 5.0 / k + 0.1 * (k % 7), "losses": {}})
        for k in range(1, points + 1)
    )
    (run.work / METRICS).write_text("".join(f"{line}\n" for line in lines))
    lock = run.lock()
    run.put_status(
        RunStatus(state=RunState.RUNNING, stage="text_codec", step=points, total=10 * points, beat=time.time())
    )
    writer = subprocess.Popen([sys.executable, "-c", WRITER, str(run.work / METRICS), str(points)])
    try:
        with App(home) as app:
            app.start = lambda: None  # type: ignore[method-assign]
            window = MainWindow(app)
            window.may_lose_changes = lambda: True  # type: ignore[method-assign]
            window.resize(1500, 940)
            window.show()
            window.start()
            gc.freeze()  # as the program does
            window.workspaces.go("train")
            page = window.workspaces.made("train")
            _frames(qt, page, SETTLE_S)
            took, worked = _frames(qt, page, SECONDS)
            steps, _ = next(iter(page.curves.drawn().values()))
            print(f"points in the curve        {int(steps[-1]):,} ({len(steps):,} drawn)")
            print(f"frames per second          {len(took) / sum(took):.1f}")
            print(f"per processor second       {len(took) / sum(worked):.1f}")
            for title, values in (("frame by the clock", took), ("its processor time", worked)):
                values.sort()
                slowest = ", ".join(f"{value * 1e3:.0f}" for value in values[-5:])
                print(f"{title:26} median {values[len(values) // 2] * 1e3:.1f} ms, slowest {slowest} ms")
            print(f"load of the machine        {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
            window.close()
    finally:
        writer.kill()
        writer.wait()
        lock.close()


def _frames(qt, page, seconds: float) -> tuple[list[float], list[float]]:
    """Seconds that each frame took, by the clock and on the processor.

    The curves are moved a little, and all that waits is done until they are painted.
    """
    took, worked, end, painted = [], [], time.perf_counter() + seconds, []
    page.curves.plot.scene().sigPrepareForPaint.connect(lambda: painted.append(True))
    while time.perf_counter() < end:
        begun, worked_before = time.perf_counter(), time.thread_time()
        painted.clear()
        page.curves.plot.getViewBox().translateBy(x=1.0)
        page.curves.plot.viewport().update()
        while not painted and time.perf_counter() < end:
            qt.processEvents()
        took.append(time.perf_counter() - begun)
        worked.append(time.thread_time() - worked_before)
    return took, worked


if __name__ == "__main__":
    main()
