"""Training as values: what a run is asked for, how it stands and what it says, presets, curves. Nothing learns here."""

from sd3studio.core.training.run import GOALS, Goal, RunRequest, RunState, RunStatus, healed

__all__ = ["GOALS", "Goal", "RunRequest", "RunState", "RunStatus", "healed"]
