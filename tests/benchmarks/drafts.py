"""Drafts while a thing is dragged: how many come a second from the engine, and what they cost the drag.

    python tests/benchmarks/drafts.py [--seconds 10]

No window is drawn: what is timed is a drag's step (the scene, all relations, the wish for a draft) every 16 ms, with
drafts and without, while the engine process paints. Processor time is given too: on a machine that does other work the
wall time says little.
"""

import argparse
import os
import statistics
import tempfile
import time
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # as the engine has it

from PySide6.QtCore import QCoreApplication

from sd3studio.app import App
from sd3studio.core.edits import MoveObjects
from sd3studio.core.locations import RESOURCES
from sd3studio.core.requests import USUAL, DraftImage, GenerateImage
from sd3studio.services.scene_files import read_scene_file
from sd3studio.ui.controllers.drafts import LONGEST_PX, DraftController
from sd3studio.ui.jobs import JobBridge
from sd3studio.ui.session import Session

STEP_S = 0.016
DRAGGED = "armchair"


def drag(application: QCoreApplication, session: Session, seconds: float) -> list[float]:
    """Drag a thing to and fro; the time of each step (s)."""
    times = []
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        start = time.perf_counter()
        way = (len(times) % 60) / 60.0
        session.document.preview(MoveObjects((DRAGGED,), (way, 0.0, 0.0)))
        _ = session.field
        times.append(time.perf_counter() - start)
        application.processEvents()
        time.sleep(max(STEP_S - (time.perf_counter() - start), 0.0))
    session.document.end_preview()
    return times


def told(name: str, times: list[float]) -> str:
    """Median and the slowest of a hundred, in ms."""
    ordered = sorted(times)
    late = ordered[min(int(0.99 * len(ordered)), len(ordered) - 1)]
    return f"{name}: {1e3 * statistics.median(ordered):.2f} ms a step, 99 of 100 within {1e3 * late:.2f} ms"


def alone(request: DraftImage) -> None:
    """Drafts in this process: wall and processor time of one that keeps its looks, and of one that samples them."""
    from sd3studio.ml.generation import drafts

    (first,) = drafts.run(request)
    for name, asked in (("keeps its looks", request.replace(tokens=first.result.tokens)), ("samples them", request)):
        wall, cpu, count = time.perf_counter(), time.process_time(), 8
        for _ in range(count):
            list(drafts.run(asked))
        wall, cpu = (time.perf_counter() - wall) / count, (time.process_time() - cpu) / count
        print(f"a draft of {LONGEST_PX} px that {name}: {wall:.3f} s, {cpu:.3f} s of processor time")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seconds", type=float, default=10.0)
    seconds = parser.parse_args().seconds
    application = QCoreApplication([])
    usual = USUAL["sd3-mini"]
    session = Session()
    session.document.open(read_scene_file(RESOURCES / "samples" / "living-room.json"))
    with tempfile.TemporaryDirectory() as folder, App(Path(folder)) as app:
        bridge = JobBridge(app.jobs)
        numbers = {"steps": usual.steps, "guidance": usual.guidance, "width": 512, "height": 384}
        drafts = DraftController(session, bridge, lambda scene: GenerateImage(scene=scene, **numbers))
        came: list[float] = []
        drafts.drawn.connect(lambda draft, rate: came.append(time.perf_counter()))
        drafts.toggle(True)
        while not came:  # the first one loads the weights
            application.processEvents()
            time.sleep(0.01)
        came.clear()
        with_drafts = drag(application, session, seconds)
        print(f"{len(came) / seconds:.1f} drafts a second while dragging")
        print(told("drag with drafts", with_drafts))
        drafts.toggle(False)
        while drafts.making:
            application.processEvents()
            time.sleep(0.01)
        print(told("drag without", drag(application, session, seconds)))
        bridge.close()
    alone(DraftImage(request=GenerateImage(scene=session.document.committed, **numbers), longest_px=LONGEST_PX))


if __name__ == "__main__":
    main()
