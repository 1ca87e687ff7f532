"""Training runs on disk: their folders, the processes that train, their curves, and which weights are in use."""

from sd3studio.services.runs.store import Run, RunStore

__all__ = ["Run", "RunStore"]
