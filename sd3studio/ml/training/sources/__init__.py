"""Sources of batches by name, one file a kind of data."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import torch

from sd3studio.ml.named import chosen
from sd3studio.ml.system import System
from sd3studio.ml.training.losses import Batch

SOURCES: dict[str, str] = {
    "graphs": "sd3studio.ml.training.sources.graphs:GraphSource",
    "completions": "sd3studio.ml.training.sources.completions:CompletionSource",
    "relations": "sd3studio.ml.training.sources.relations:RelationSource",
    "photos": "sd3studio.ml.training.sources.photos:PhotoSource",
    "pictures": "sd3studio.ml.training.sources.pictures:PictureSource",
    "texts": "sd3studio.ml.training.sources.texts:TextSource",
    "dual": "sd3studio.ml.training.sources.dual:DualSource",
    "triples": "sd3studio.ml.training.sources.triples:TripleSource",
}
"""Name -> ``"module:class"`` with a class method ``open(folder, system, **options) -> Source``."""


class Source(Protocol):
    """Samples that can be asked for by number."""

    def __len__(self) -> int: ...

    def batch(self, indices: Sequence[int], generator: torch.Generator) -> Batch:
        """These samples, (B, ...) each; the same indices and state of the generator give the same batch."""


def open_source(name: str, folder: Path, system: System, **options: Any) -> Source:
    """Open a source. Raises `InputError` for an unknown name, `DataError` for a folder that it can't use."""
    return chosen(SOURCES, name, "source").open(folder, system, **options)
