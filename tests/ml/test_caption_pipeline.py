"""The pipeline writes what `text_path.write` writes, and is saved and loaded as a system's folder."""

from pathlib import Path

import pytest

from sd3studio.core.errors import MissingModelError
from sd3studio.core.locations import SD3_MINI
from sd3studio.core.scene import Predicate
from sd3studio.ml.caption_pipeline import PARTS, SpatialCaptionPipeline
from sd3studio.ml.shipped import mini
from sd3studio.ml.text_path import write
from sd3studio.ml.training.data.graphs import GraphObject, SceneGraph

GRAPH = SceneGraph(
    source="tsg", objects=(GraphObject(tag="cup"), GraphObject(tag="table")), triples=((0, Predicate.ON, 1),)
)


@pytest.fixture(scope="module")
def pipeline() -> SpatialCaptionPipeline:
    if any(not (SD3_MINI / name).is_dir() for name in PARTS):
        pytest.skip(f"the trained weights of the text side are not in {SD3_MINI}")
    return SpatialCaptionPipeline(mini(*PARTS))


def test_it_writes_what_the_text_path_writes(pipeline: SpatialCaptionPipeline) -> None:
    written = pipeline([GRAPH], num_samples=4, seed=2).sentences
    assert written == [write([GRAPH], pipeline.system, seed=2, samples=4)[0].sentences]
    assert set(pipeline.components) == set(PARTS)


def test_a_folder_without_a_system_is_named(tmp_path: Path) -> None:
    with pytest.raises(MissingModelError, match=str(tmp_path)):
        SpatialCaptionPipeline.from_pretrained(tmp_path)
