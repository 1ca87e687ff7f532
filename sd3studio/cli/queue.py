"""`sd3studio queue TASK`: pictures that wait on disk, shared with the window: add, list, run, move, cancel, retry."""

import argparse
import contextlib
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sd3studio.app import JOBS, KEPT, queue_folder
from sd3studio.cli.batch_options import add_batch_options, batch_of, variant_path
from sd3studio.cli.console import Reporter, add_scene_or_text, print_json
from sd3studio.cli.generate import add_picture_options, request_of
from sd3studio.core.errors import InputError, StudioError
from sd3studio.core.locations import user_data
from sd3studio.core.messages import Cancelled, Failed, Finished, JobMessage, Note, Progress
from sd3studio.services.jobs import JobState, JobStore, NewJob, StoredJob, failure_of, run_job
from sd3studio.services.results import PictureKeeper


def add_arguments(parser: argparse.ArgumentParser) -> None:
    tasks = parser.add_subparsers(dest="task", required=True, metavar="TASK")
    add = tasks.add_parser(
        "add", help="queue a picture, or a batch", description="Queue a picture, or a batch of them."
    )
    add_scene_or_text(add)
    add.add_argument("-o", "--output", type=Path, metavar="PNG|DIR", help="where to write (default: among the results)")
    add_picture_options(add)
    add_batch_options(add)
    add.add_argument("--front", action="store_true", help="before all that wait")
    listed = tasks.add_parser("list", help="what waits, runs or failed", description="What waits, runs or failed.")
    listed.add_argument("--all", action="store_true", help="also what is done or cancelled")
    run_ = tasks.add_parser("run", help="make what waits, here", description="Make what waits, one after the other.")
    run_.add_argument("--limit", type=int, metavar="N", help="stop after N pictures")
    tasks.add_parser("pause", help="hold back what waits", description="Hold back what waits, also after a restart.")
    tasks.add_parser("resume", help="let it run again", description="Let what waits run again.")
    move = tasks.add_parser("move", help="change the order", description="Put a waiting job elsewhere in the queue.")
    move.add_argument("job", type=_number, metavar="JOB", help="its number")
    where = move.add_mutually_exclusive_group(required=True)
    where.add_argument("--to", type=int, metavar="N", help="place among those that wait; 1 is next")
    where.add_argument("--front", action="store_true", help="next")
    where.add_argument("--back", action="store_true", help="last")
    cancel = tasks.add_parser("cancel", help="take jobs out", description="Take jobs out; what runs is stopped.")
    cancel.add_argument("jobs", nargs="*", type=_number, metavar="JOB", help="their numbers")
    cancel.add_argument("--waiting", action="store_true", help="all that wait")
    retry = tasks.add_parser("retry", help="queue ended jobs again", description="Queue ended jobs once more.")
    retry.add_argument("jobs", nargs="*", type=_number, metavar="JOB", help="their numbers")
    retry.add_argument("--failed", action="store_true", help="all that failed")
    for sub in (add, listed, run_):
        sub.add_argument("--json", action="store_true", help="print one JSON object")


def run(args: argparse.Namespace) -> int:
    with JobStore(queue_folder()) as store:
        return TASKS[args.task](store, args)


def _add(store: JobStore, args: argparse.Namespace) -> int:
    request = request_of(args)
    batch = batch_of(args, request)
    if batch is None:
        output = str(args.output.resolve()) if args.output else ""
        new = [NewJob(request, f"{request.backend}-{request.seed}", output)]
    else:
        new = [
            NewJob(v.request, v.name, str(variant_path(args.output.resolve(), v)) if args.output else "")
            for v in batch.variants()
        ]
    numbers = store.add_many(new, front=args.front)
    if args.json:
        print_json({"jobs": numbers})
    else:
        print(f"queued {numbers[0]}" if len(numbers) == 1 else f"queued {numbers[0]} to {numbers[-1]}")
    return 0


def _list(store: JobStore, args: argparse.Namespace) -> int:
    store.heal()
    shown = store.jobs(*(() if args.all else (JobState.RUNNING, JobState.QUEUED, JobState.FAILED)))
    if args.json:
        print_json({"paused": store.is_paused, "jobs": [_data(job) for job in shown]})
        return 0
    if store.is_paused:
        print("The queue is paused; `sd3studio queue resume` lets it run.", file=sys.stderr)
    for job in shown:
        print(f"{job.number:6}  {job.state:9}  {job.name:32}  {job.reason or job.result or job.output}".rstrip())
    return 0


def _run(store: JobStore, args: argparse.Namespace) -> int:
    """Make what waits. Exit code 2 if any failed; Ctrl+C gives the one that runs back to the queue."""
    keeper, done = PictureKeeper(user_data() / "results"), []
    while (args.limit is None or len(done) < args.limit) and (job := store.claim(KEPT)) is not None:
        left = len(store.waiting())
        reporter = Reporter(f"[job {job.number}, {left} more] ")
        try:
            _work(store, job, keeper, reporter)
        except BaseException:
            with contextlib.suppress(StudioError):
                store.release(job.number)
            raise
        finally:
            reporter.close()
        job = store.get(job.number)
        done.append(job)
        if job.state is JobState.FAILED:
            print(f"job {job.number} failed: {job.reason}", file=sys.stderr)
        elif job.result and not args.json:
            print(job.result, flush=True)
    if args.json:
        print_json({"paused": store.is_paused, "jobs": [_data(job) for job in done]})
    elif store.is_paused:
        print("The queue is paused; `sd3studio queue resume` lets it run.", file=sys.stderr)
    return 2 if any(job.state is JobState.FAILED for job in done) else 0


def _work(store: JobStore, job: StoredJob, keeper: PictureKeeper, reporter: Reporter) -> None:
    """One job from its request to its end in the store."""
    try:
        request = store.request(job.number)
    except StudioError as error:
        store.fail(job.number, failure_of(error))
        return
    for message in _messages(store, job, request):
        match message:
            case Progress():
                reporter.progress(message.step, message.total, message.text)
            case Note(text=text):
                reporter.say(text)
            case Failed():
                store.fail(job.number, message)
            case Cancelled():
                store.end_cancelled(job.number)
            case Finished(result=result):
                try:
                    store.finish(job.number, keeper.keep(job, request, result))
                except StudioError as error:
                    store.fail(job.number, failure_of(error))


def _messages(store: JobStore, job: StoredJob, request: Any) -> Iterator[JobMessage]:
    def is_cancelled() -> bool:
        return store.changed_elsewhere() and store.get(job.number).cancel_wanted

    return run_job(JOBS[job.kind], request, is_cancelled)


def _pause(store: JobStore, args: argparse.Namespace) -> int:
    store.pause()
    return 0


def _resume(store: JobStore, args: argparse.Namespace) -> int:
    store.resume()
    return 0


def _move(store: JobStore, args: argparse.Namespace) -> int:
    store.move(args.job, 0 if args.front else sys.maxsize if args.back else args.to - 1)
    return 0


def _cancel(store: JobStore, args: argparse.Namespace) -> int:
    if args.waiting:
        for number in store.cancel_waiting():
            print(f"{number} cancelled")
    for number in _chosen(args.jobs, (), "" if args.waiting else "--waiting"):
        print(f"{number} {store.cancel(number).state}")
    return 0


def _retry(store: JobStore, args: argparse.Namespace) -> int:
    failed = store.jobs(JobState.FAILED) if args.failed else ()
    for number in _chosen(args.jobs, failed, "--failed" if not args.failed else ""):
        store.retry(number)
        print(f"{number} queued")
    return 0


TASKS = {
    "add": _add,
    "list": _list,
    "run": _run,
    "pause": _pause,
    "resume": _resume,
    "move": _move,
    "cancel": _cancel,
    "retry": _retry,
}


def _chosen(named: list[int], all_of: tuple[StoredJob, ...], option: str) -> list[int]:
    if not named and option:
        raise InputError(f"Name the jobs by their numbers, or say {option}.")
    return list(dict.fromkeys([*named, *(job.number for job in all_of)]))


def _data(job: StoredJob) -> dict[str, Any]:
    said = {"job": job.number, "state": str(job.state), "name": job.name, "tries": job.tries}
    told = {"reason": job.reason, "result": job.result, "output": job.output}
    added = time.strftime("%Y-%m-%dT%H:%M:%S", time.localtime(job.added_s))
    return {**said, **{key: value for key, value in told.items() if value}, "added": added}


def _number(text: str) -> int:
    """``12`` or ``q12`` as 12."""
    try:
        return int(text.removeprefix("q"))
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not the number of a job") from error
