"""The card of weights that a run made: what they are, from what, how, and how the losses went."""

from collections.abc import Mapping
from pathlib import Path

from sd3studio.core.errors import DataError
from sd3studio.core.training.run import GOALS, RunRequest
from sd3studio.ml.training.config import TrainConfig
from sd3studio.ml.training.data.files import sha256
from sd3studio.ml.training.data.shards import learnt_part, version_in
from sd3studio.ml.training.metrics_log import MetricsLog

LOSS_LINES = 6


def system_card(request: RunRequest, config: TrainConfig, work: Path) -> str:
    """Markdown for a run of SD3's stages."""
    rows = [
        f"| {s.name} | {s.step} | {', '.join(s.learns)} | {s.steps} x {s.batch * s.accumulate} | {s.lr:g} | {s.seed} |"
        for s in config.stages
        if not request.only or s.name in request.only
    ]
    table = "\n".join(["| stage | step | parts | steps x batch | rate | seed |", "|---|---|---|---|---|---|", *rows])
    return card(request, {"Stages": table, "Losses": _losses(work), "Weights": _hashes(work / "system")})


def card(request: RunRequest, sections: Mapping[str, str]) -> str:
    """Markdown: the request in words, then the sections that have something to say."""
    told = {
        "Goal": GOALS[request.goal],
        "Data": _data(request.data),
        "Started from": ", ".join(request.start) or "fresh weights",
        "Asked for": request.created,
        "Branched from": f"{request.parent}, step {request.parent_step}" if request.parent else "",
    }
    facts = "\n".join(f"- {name}: {value}" for name, value in told.items() if value)
    parts = [f"## {name}\n\n{text}" for name, text in sections.items() if text]
    return "\n\n".join([f"# {request.title or GOALS[request.goal]}", facts, *parts]) + "\n"


def _data(name: str) -> str:
    """The data, and which version of a data set they were."""
    try:
        return f"{name} (version {version_in(learnt_part(Path(name)))[:12]})" if name else "none"
    except DataError:
        return name  # a file, or a folder of several data sets


def _losses(work: Path) -> str:
    """A few lines of every stage, evenly spaced, the last among them."""
    stages: dict[str, list[tuple[int, float]]] = {}
    for line in MetricsLog(work).lines():
        stages.setdefault(str(line["stage"]), []).append((int(line["step"]), float(line["loss"])))
    told = []
    for name, points in stages.items():
        chosen = [points[round(k * (len(points) - 1) / max(LOSS_LINES - 1, 1))] for k in range(LOSS_LINES)]
        told.append(f"- {name}: " + ", ".join(f"step {step} {loss:.4f}" for step, loss in dict.fromkeys(chosen)))
    return "\n".join(told)


def _hashes(folder: Path) -> str:
    files = sorted(folder.rglob("*.safetensors"))
    return "\n".join(f"- `{path.parent.name}`: SHA-256 `{sha256(path.read_bytes())}`" for path in files)
