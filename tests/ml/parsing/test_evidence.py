"""What the arrangement of boxes in a photo tells."""

import pytest

from sd3studio.ml.parsing.detection import Detection
from sd3studio.ml.parsing.evidence import posture_of, read_evidence


@pytest.mark.parametrize(
    ("found", "posture"),
    [
        ((Detection("person", 0.9, (220, 150, 300, 380)), Detection("couch", 0.9, (120, 240, 480, 400))), "sitting"),
        ((Detection("person", 0.9, (220, 150, 300, 380)),), None),
        ((Detection("dog", 0.9, (200, 300, 340, 360)),), "lying"),
        ((Detection("dog", 0.9, (200, 260, 300, 345)),), None),
        ((Detection("dog", 0.9, (0, 300, 140, 360)),), None),  # cut by the frame: how wide it is nobody knows
        ((Detection("suitcase", 0.9, (200, 300, 340, 360)),), None),
    ],
)
def test_a_posture_is_told_only_where_the_boxes_show_it(found, posture) -> None:
    told = posture_of(read_evidence(found, 640, 480), 0)
    assert (told and told[0]) == posture
