"""`kill -9` of a process that adds jobs to the queue and runs them: no committed job is lost, none is made for ever."""

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sd3studio.services.jobs import JobState, JobStore

TESTS = Path(__file__).resolve().parents[2]

WORKER = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from kept_jobs import KEPT_JOB
from sd3studio.core.requests import ParseText
from sd3studio.services.jobs import InlineRunner, JobQueue, JobStore
home = Path(sys.argv[1])
jobs = JobQueue({"parse_text": KEPT_JOB}, {"disk": InlineRunner()}, store=JobStore(home), kept={"parse_text"})
for number in range(100_000):
    name = f"job {sys.argv[3]}-{number}"
    jobs.submit(ParseText(text=f"count {home / 'ran.txt'}"), name=name)
    print(name, flush=True)
"""


def run_and_kill(home: Path, round_: int, seed: int) -> list[str]:
    """The names of the jobs that the process said it had queued before it was killed."""
    command = [sys.executable, "-c", WORKER, str(home), str(TESTS), str(round_)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    first = process.stdout.readline()
    time.sleep(random.Random(f"{seed}/{round_}").uniform(0.0, 0.3))
    process.send_signal(signal.SIGKILL)
    said, _ = process.communicate()
    return [line for line in (first + said).split("\n")[:-1] if line]


@pytest.mark.parametrize("seed", range(2))
def test_no_committed_job_is_lost(tmp_path, seed):
    home = tmp_path / "queue"
    told: list[str] = []
    for round_ in range(3):
        told += run_and_kill(home, round_, seed)
    with JobStore(home) as store:
        store.heal()
        jobs = store.jobs()
        states = {job.name: job.state for job in jobs}
        forgotten = 1_000 if len(jobs) >= 1_000 else 0
        assert forgotten or set(told) <= set(states)
        assert JobState.RUNNING not in states.values()
        assert sum(job.tries > 1 for job in jobs) <= 3, "only what a kill cut off is begun again"
        while (job := store.claim()) is not None:
            store.finish(job.number, "")
        assert {job.state for job in store.jobs()} <= {JobState.DONE, JobState.FAILED}
