"""Visual Genome export: the fields of the public files, relations between numbered objects."""

import json

from export_scenes import photo_scene, table_scene

from sd3studio.services.export import export_scene


def exported(scene, tmp_path):
    graphs, images = (
        json.loads(path.read_text()) for path in export_scene(scene, "vg", tmp_path / "scene_graphs.json")
    )
    return graphs, images


def test_objects_and_relationships_have_the_public_fields(tmp_path):
    (graph,), (image,) = exported(table_scene(), tmp_path)
    for thing in graph["objects"]:
        assert {"object_id", "names", "synsets", "attributes", "x", "y", "w", "h"} <= set(thing)
        assert thing["x"] >= 0 and thing["y"] >= 0 and thing["w"] >= 1 and thing["h"] >= 1
        assert thing["x"] + thing["w"] <= image["width"] and thing["y"] + thing["h"] <= image["height"]
    for relation in graph["relationships"]:
        assert {"relationship_id", "predicate", "synsets", "subject_id", "object_id"} <= set(relation)
    assert graph["image_id"] == image["image_id"]


def test_relations_join_the_right_objects_and_those_out_of_view_go(tmp_path):
    (graph,), _ = exported(table_scene(), tmp_path)
    names = {thing["object_id"]: thing["names"][0] for thing in graph["objects"]}
    stored = [r for r in graph["relationships"] if r["sd3"]["source"] != "geometry"]
    said = [(names[r["subject_id"]], r["predicate"], names[r["object_id"]]) for r in stored]
    assert said == [("cup", "on", "wooden table"), ("chair", "to the left of", "wooden table")]


def test_pairs_of_which_nothing_is_stored_get_what_geometry_shows(tmp_path):
    (graph,), _ = exported(table_scene(), tmp_path)
    names = {thing["object_id"]: thing["names"][0] for thing in graph["objects"]}
    pairs = [frozenset((names[r["subject_id"]], names[r["object_id"]])) for r in graph["relationships"]]
    assert frozenset(("chair", "ladder")) in pairs
    assert pairs.count(frozenset(("chair", "wooden table"))) == 1


def test_photo_boxes_are_kept(tmp_path):
    (graph,), (image,) = exported(photo_scene(), tmp_path)
    first = graph["objects"][0]
    assert (first["x"], first["y"], first["w"], first["h"]) == (30, 20, 20, 50)
    assert (image["width"], image["height"], image["file_name"]) == (100, 80, "two.jpg")
