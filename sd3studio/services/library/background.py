"""Scans and batches as jobs, for the window: a thread that writes, processes that work."""

from collections.abc import Iterator
from pathlib import Path

from sd3studio.core.messages import Finished, JobMessage, Progress
from sd3studio.core.requests import RunBatch, ScanLibrary
from sd3studio.services.library.batch import work
from sd3studio.services.library.library import Library
from sd3studio.services.library.scanning import Scanned, add_folder, folders
from sd3studio.services.library.scanning import scan as scan_folder


def opened(where: str) -> Library:
    """The library at a folder or URL."""
    return Library.open(where if "://" in where else Path(where))


def scan(request: ScanLibrary) -> Iterator[JobMessage]:
    """Watch the folders named, scan all; ends in ``Finished(Scanned)``."""
    with opened(request.library) as library:
        for folder in request.folders:
            add_folder(library, Path(folder))
        total = Scanned()
        for row in folders(library):
            found = Scanned()
            for seen, so_far in scan_folder(library, row.id):
                found = so_far
                yield Progress(seen, seen, f"{seen:,} files seen")
            total = total.plus(found)
        yield Finished(total)


def run_batch(request: RunBatch) -> Iterator[JobMessage]:
    """Carry a batch out; ends in ``Finished(BatchResult)``. What is left after a stop waits."""
    with opened(request.library) as library:
        yield from work(library, request.run)
