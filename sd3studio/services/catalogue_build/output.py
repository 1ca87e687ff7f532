"""Writing the results: only what changed, so that a rebuild leaves the other files as they are."""

from pathlib import Path

from sd3studio.core.files import write_atomic


def write_if_changed(path: Path, content: bytes) -> None:
    """Write a file whole, unless it holds just this content."""
    if not path.is_file() or path.read_bytes() != content:
        write_atomic(path, content)
