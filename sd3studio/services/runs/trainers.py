"""Who trains what: named by path, because services know nothing of learning."""

from collections.abc import Mapping

TRAINERS: Mapping[str, str] = {
    "sd3": "sd3studio.ml.training.goals.sd3:run",
    "relations": "sd3studio.ml.training.goals.relations:run",
    "sizes": "sd3studio.ml.training.goals.sizes:run",
    "lora": "sd3studio.ml.training.goals.lora:run",
}
"""Goal of a training run -> the function that trains (`sd3studio.services.runs.working`)."""
