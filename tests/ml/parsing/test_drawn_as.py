"""Which mesh a noun is drawn as."""

import pytest

from sd3studio.core.catalogue import shipped_catalogue
from sd3studio.ml.parsing.drawn_as import drawing_of


@pytest.mark.parametrize(
    ("noun", "attributes", "mesh"),
    [
        ("dog", (), "dog"),  # it sits, as dogs do
        ("dog", ("standing",), "dog-bulldog"),
        ("bulldog", (), "dog-bulldog"),  # by its very name, though the other one is a kind of it, too
        ("siamese cat", (), "cat-siamese"),
        ("polar bear", (), "bear-polar"),
        ("van", (), "truck-van"),
        ("woman", (), "person-woman"),  # not the one who sits
    ],
)
def test_the_mesh_whose_name_was_said_is_taken(noun: str, attributes: tuple[str, ...], mesh: str) -> None:
    found = drawing_of([noun], attributes, shipped_catalogue())
    assert found.entry is not None and found.entry.id == mesh
