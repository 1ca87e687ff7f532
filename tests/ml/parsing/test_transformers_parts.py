"""Detectors, segmenters and depth nets of transformers, on tiny nets with random weights that the tests save."""

import json

import numpy as np
import pytest

from sd3studio.core.errors import MissingModelError
from sd3studio.ml.libraries import prepare_libraries, quiet
from sd3studio.ml.parsing.detection import load_detector
from sd3studio.ml.parsing.transformers_depth import DepthNet
from sd3studio.ml.parsing.transformers_detector import TransformersDetector
from sd3studio.ml.parsing.transformers_segmenter import load_segmenter

prepare_libraries()
with quiet():
    import torch

PIXELS = np.random.default_rng(0).integers(0, 256, (50, 70, 3), dtype=np.uint8)
VIT = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32}
SIZE = {"height": 32, "width": 32}


@pytest.fixture(autouse=True)
def seeded():
    torch.manual_seed(0)


def saved(folder, net, processor):
    net.save_pretrained(folder)
    processor.save_pretrained(folder)
    return str(folder)


@pytest.fixture
def yolos(tmp_path):
    from transformers import YolosConfig, YolosForObjectDetection
    from transformers.models.yolos.image_processing_pil_yolos import YolosImageProcessorPil

    config = YolosConfig(
        **VIT, image_size=[32, 32], patch_size=8, num_detection_tokens=5, id2label={0: "sofa", 1: "Person"}
    )
    processor = YolosImageProcessorPil(size=SIZE, do_pad=False)
    return saved(tmp_path / "tiny-yolos", YolosForObjectDetection(config), processor)


@pytest.fixture
def owl(tmp_path):
    from transformers import CLIPTokenizer, OwlViTConfig, OwlViTForObjectDetection, OwlViTProcessor
    from transformers.models.owlvit.image_processing_pil_owlvit import OwlViTImageProcessorPil

    folder = tmp_path / "tiny-owl"
    folder.mkdir()
    letters = [*"abcdefghijklmnopqrstuvwxyz"]
    words = ["!", "<|startoftext|>", "<|endoftext|>", *letters, *(f"{letter}</w>" for letter in letters)]
    vocab, merges = folder / "vocab.json", folder / "merges.txt"
    vocab.write_text(json.dumps({word: i for i, word in enumerate(words)}), encoding="utf-8")
    merges.write_text("#version: 0.2\n", encoding="utf-8")
    tokenizer = CLIPTokenizer(str(vocab), str(merges), model_max_length=32, pad_token="<|endoftext|>")
    config = OwlViTConfig(
        text_config={**VIT, "vocab_size": len(words), "max_position_embeddings": 32, "bos_token_id": 1,
                     "eos_token_id": 2, "pad_token_id": 2},
        vision_config={**VIT, "image_size": 32, "patch_size": 8},
        projection_dim=16,
    )  # fmt: skip
    processor = OwlViTProcessor(OwlViTImageProcessorPil(size=SIZE, crop_size=SIZE), tokenizer)
    net = OwlViTForObjectDetection(config)
    torch.nn.init.zeros_(net.box_head.dense2.weight)  # random ones saturate: boxes without area
    return saved(folder, net, processor)


def depth_anything(folder, **how):
    from transformers import DepthAnythingConfig, DepthAnythingForDepthEstimation, Dinov2Config
    from transformers.models.dpt.image_processing_pil_dpt import DPTImageProcessorPil

    backbone = Dinov2Config(
        hidden_size=16, num_hidden_layers=4, num_attention_heads=2, image_size=28, patch_size=14,
        out_features=["stage1", "stage2", "stage3", "stage4"], reshape_hidden_states=False,
    )  # fmt: skip
    config = DepthAnythingConfig(
        backbone_config=backbone, reassemble_hidden_size=16, neck_hidden_sizes=[8, 8, 8, 8], fusion_hidden_size=8,
        patch_size=14, head_in_channels=8, head_hidden_size=8, **how,
    )  # fmt: skip
    processor = DPTImageProcessorPil(size={"height": 28, "width": 28}, ensure_multiple_of=14)
    return saved(folder, DepthAnythingForDepthEstimation(config), processor)


def inside(detections):
    return all(0 <= x0 < x1 <= 70 and 0 <= y0 < y1 <= 50 for x0, y0, x1, y1 in (d.box for d in detections))


def test_a_detector_with_classes_of_its_own_is_loaded_by_its_folder(yolos):
    detector = load_detector(yolos)
    found = detector.detect(PIXELS, threshold=0.0)
    assert detector.name == "tiny-yolos"
    assert found and inside(found)
    assert {d.label for d in found} <= {"couch", "person"}, "names are COCO's"
    assert [d.score for d in found] == sorted((d.score for d in found), reverse=True)
    assert detector.detect(PIXELS, threshold=1.0) == []


def test_an_open_vocabulary_detector_answers_with_the_queries(owl):
    found = TransformersDetector(owl, ("lamp", "pine tree")).detect(PIXELS, threshold=0.0)
    assert found and inside(found)
    assert {d.label for d in found} <= {"lamp", "pine tree"}


def test_an_open_vocabulary_detector_is_asked_for_the_catalogue(owl):
    queries = TransformersDetector(owl)._queries
    assert {"chair", "person"} <= set(queries)
    assert len(queries) == len(set(queries))


@pytest.mark.parametrize(("kind", "metric"), [("relative", False), ("metric", True)])
def test_a_depth_net_says_whether_it_gives_metres(tmp_path, kind, metric):
    depth = DepthNet(depth_anything(tmp_path / "depth", depth_estimation_type=kind, max_depth=10)).depth(PIXELS)
    assert depth.metric is metric
    assert depth.values.shape == PIXELS.shape[:2] and np.isfinite(depth.values).all()


def test_a_promptable_segmenter_gives_a_mask_per_box(tmp_path):
    from transformers import SamConfig, SamModel, SamProcessor
    from transformers.models.sam.image_processing_pil_sam import SamImageProcessorPil

    config = SamConfig(
        vision_config={**VIT, "image_size": 32, "patch_size": 8, "output_channels": 16, "window_size": 2,
                       "global_attn_indexes": [1], "mlp_dim": 32, "num_pos_feats": 8},
        prompt_encoder_config={"hidden_size": 16, "image_size": 32, "patch_size": 8, "mask_input_channels": 4},
        mask_decoder_config={**VIT, "mlp_dim": 32, "iou_head_hidden_dim": 16},
    )  # fmt: skip
    images = SamImageProcessorPil(size={"longest_edge": 32}, pad_size=SIZE, mask_size={"longest_edge": 8})
    folder = saved(tmp_path / "sam", SamModel(config), SamProcessor(images))
    boxes = [(5.0, 5.0, 40.0, 30.0), (20.0, 10.0, 60.0, 45.0)]
    masks = load_segmenter(folder).masks(PIXELS, boxes, ["cup", "table"])
    assert len(masks) == 2
    assert all(mask is None or (mask.shape == PIXELS.shape[:2] and mask.dtype == bool) for mask in masks)
    assert load_segmenter(folder).masks(PIXELS, [], []) == []


def test_an_instance_segmenter_takes_the_instance_that_fills_the_box(monkeypatch):
    from sd3studio.ml.parsing.transformers_segmenter import InstanceSegmenter

    segmenter = object.__new__(InstanceSegmenter)
    left, right = np.zeros((50, 70), bool), np.zeros((50, 70), bool)
    left[10:30, 5:20], right[10:30, 40:60] = True, True
    monkeypatch.setattr(segmenter, "_instances", lambda pixels: [left, right], raising=False)
    masks = segmenter.masks(PIXELS, [(41, 9, 60, 31), (5, 10, 20, 31), (20, 35, 40, 49)], ["cup"] * 3)
    assert masks[0] is right and masks[1] is left and masks[2] is None


@pytest.mark.parametrize("load", [load_detector, load_segmenter, DepthNet])
def test_a_model_that_is_not_there_is_one_sentence_and_no_download(load):
    with pytest.raises(MissingModelError, match="some-maker/some-model is not on this machine"):
        load("some-maker/some-model")


@pytest.mark.parametrize("load", [load_detector, load_segmenter, DepthNet])
def test_an_empty_folder_is_one_sentence(load, tmp_path):
    with pytest.raises(MissingModelError, match="holds no usable configuration"):
        load(str(tmp_path))


def test_a_model_of_another_kind_is_refused(yolos, tmp_path):
    with pytest.raises(MissingModelError, match="no depth net"):
        DepthNet(yolos)
    with pytest.raises(MissingModelError, match="no segmenter"):
        load_segmenter(yolos)
    with pytest.raises(MissingModelError, match="no object detector"):
        load_detector(depth_anything(tmp_path / "depth"))


def test_other_detectors_are_loaded_the_same_way(tmp_path):
    from transformers import RTDetrConfig, RTDetrForObjectDetection, RTDetrResNetConfig
    from transformers.models.rt_detr.image_processing_pil_rt_detr import RTDetrImageProcessorPil

    backbone = RTDetrResNetConfig(
        embedding_size=8, hidden_sizes=[8, 8, 16, 16], depths=[1, 1, 1, 1], layer_type="basic",
        out_features=["stage2", "stage3", "stage4"],
    )  # fmt: skip
    config = RTDetrConfig(
        backbone_config=backbone, encoder_hidden_dim=16, encoder_in_channels=[8, 16, 16], encoder_ffn_dim=16,
        encoder_attention_heads=2, d_model=16, decoder_in_channels=[16, 16, 16], decoder_ffn_dim=16, decoder_layers=1,
        decoder_attention_heads=2, num_queries=6, num_denoising=0, id2label={0: "tvmonitor", 1: "lamp"},
    )  # fmt: skip
    folder = saved(
        tmp_path / "rt", RTDetrForObjectDetection(config), RTDetrImageProcessorPil(size={"height": 64, "width": 64})
    )
    found = load_detector(folder).detect(PIXELS, threshold=0.0)
    assert {d.label for d in found} <= {"tv", "lamp"} and inside(found)


def test_dpt_gives_inverse_depth_without_a_scale(tmp_path):
    from transformers import DPTConfig, DPTForDepthEstimation
    from transformers.models.dpt.image_processing_pil_dpt import DPTImageProcessorPil

    config = DPTConfig(
        **VIT | {"num_hidden_layers": 4}, image_size=32, patch_size=8, backbone_out_indices=[0, 1, 2, 3],
        neck_hidden_sizes=[8, 8, 8, 8], fusion_hidden_size=8,
    )  # fmt: skip
    depth = DepthNet(saved(tmp_path / "dpt", DPTForDepthEstimation(config), DPTImageProcessorPil(size=SIZE))).depth(
        PIXELS
    )
    assert depth.values.shape == PIXELS.shape[:2] and not depth.metric
