"""From asking for a run to its first step, in a process of its own: `python tests/benchmarks/start_run.py [GOAL]`.

GOAL is a stage of fine-tuning SD3 mini (text_codec by default) or ``relations``. The data are eight rooms.
"""

import os
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT)]
LOOK_S, MOST_S = 0.02, 300.0


def main() -> None:
    from sd3studio.core.training.run import RunRequest
    from sd3studio.ml.training.data.own import OwnScene, make_own_dataset
    from sd3studio.ml.training.data.records import SampleSettings, make_sample
    from sd3studio.services.runs.launching import advance
    from sd3studio.services.runs.store import METRICS, STOP, RunStore

    goal = sys.argv[1] if len(sys.argv) > 1 else "text_codec"
    with tempfile.TemporaryDirectory() as name:
        os.environ["SD3STUDIO_HOME"] = name
        data, settings = Path(name) / "set", SampleSettings(size_px=64, quality="draft")
        scenes = [OwnScene(f"room-{k}", make_sample("rooms", k, settings).record.scene) for k in range(8)]
        make_own_dataset(data, scenes, settings)
        asked = {"goal": "relations"} if goal == "relations" else {"goal": "sd3", "only": goal, "config": "fine-tuning"}
        where = os.environ.get("VSD", "") if goal == "relations" else str(data)
        store = RunStore(Path(name) / "runs")
        run = store.create(RunRequest(**asked, data=where, steps=400, threads=2))
        begun = time.perf_counter()
        advance(store)
        while not (run.work / METRICS).is_file() or not (run.work / METRICS).stat().st_size:
            if time.perf_counter() - begun > MOST_S or run.status.reason:
                sys.exit(run.status.reason or "no step came")
            time.sleep(LOOK_S)
        took, worked = time.perf_counter() - begun, _processor_s(run.status.pid)
        run.give_order(STOP)
        while run.is_locked():
            time.sleep(LOOK_S)
        print(f"asked for {goal} to its first step   {took:.1f} s")
        print(f"of processor time   {worked:.1f} s")
        print(f"load of the machine   {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")


def _processor_s(pid: int) -> float:
    """Seconds that a process has worked; 0 where the system has no /proc."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    except OSError:
        return 0.0
    return sum(int(ticks) for ticks in fields[11:13]) / os.sysconf("SC_CLK_TCK")


if __name__ == "__main__":
    main()
