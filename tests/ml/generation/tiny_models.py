"""Diffusers models of a few hundred thousand random weights, built in memory and saved as users' models are."""

import json
from pathlib import Path
from typing import Any

from sd3studio.ml.libraries import prepare_libraries, quiet

prepare_libraries()
with quiet():
    import torch
    from diffusers import (
        AutoencoderKL,
        ControlNetModel,
        DDIMScheduler,
        StableDiffusionControlNetPipeline,
        StableDiffusionGLIGENPipeline,
        StableDiffusionInpaintPipeline,
        StableDiffusionPipeline,
        StableDiffusionXLPipeline,
        UNet2DConditionModel,
    )
    from safetensors.torch import save_file
    from transformers import (
        CLIPTextConfig,
        CLIPTextModel,
        CLIPTextModelWithProjection,
        CLIPTokenizer,
        CLIPVisionConfig,
        CLIPVisionModelWithProjection,
    )


def save_stable_diffusion(folder: Path) -> Path:
    """A text-to-image model of the Stable Diffusion 1 family; the VAE's factor is 2."""
    torch.manual_seed(0)
    parts = {"unet": _unet(), "vae": _vae(), "text_encoder": _text_encoder(), "tokenizer": _tokenizer(folder)}
    _save(StableDiffusionPipeline(**parts, scheduler=_scheduler(), **_NO_CHECKER), folder)
    return folder


def save_with_controlnet(folder: Path) -> Path:
    """The same with a ControlNet inside, as `StableDiffusionControlNetPipeline.save_pretrained` lays it out."""
    torch.manual_seed(0)
    unet = _unet()
    parts = {"unet": unet, "vae": _vae(), "text_encoder": _text_encoder(), "tokenizer": _tokenizer(folder)}
    pipeline = StableDiffusionControlNetPipeline(
        **parts, controlnet=_controlnet(unet), scheduler=_scheduler(), **_NO_CHECKER
    )
    _save(pipeline, folder)
    return folder


def save_controlnet(folder: Path, seed: int = 1) -> Path:
    """A ControlNet that fits the model of `save_stable_diffusion`, with an effect (its last layers are not zero)."""
    torch.manual_seed(seed)
    _controlnet(_unet()).save_pretrained(folder)
    return folder


def save_sdxl(folder: Path) -> Path:
    """A text-to-image model of the Stable Diffusion XL family."""
    torch.manual_seed(0)
    pipeline = StableDiffusionXLPipeline(
        unet=_unet_xl(),
        vae=_vae(),
        text_encoder=_text_encoder(),
        text_encoder_2=CLIPTextModelWithProjection(_text_config(projection_dim=32)),
        tokenizer=_tokenizer(folder),
        tokenizer_2=_tokenizer(folder),
        scheduler=_scheduler(),
        add_watermarker=False,
    )
    _save(pipeline, folder)
    return folder


def save_sdxl_controlnet(folder: Path) -> Path:
    """A ControlNet that fits the model of `save_sdxl`."""
    torch.manual_seed(2)
    _controlnet(_unet_xl()).save_pretrained(folder)
    return folder


def save_gligen(folder: Path) -> Path:
    """A GLIGEN model: boxes with a phrase each."""
    torch.manual_seed(0)
    pipeline = StableDiffusionGLIGENPipeline(
        unet=_unet(attention_type="gated"),
        vae=_vae(),
        text_encoder=_text_encoder(),
        tokenizer=_tokenizer(folder),
        scheduler=_scheduler(),
        **_NO_CHECKER,
    )
    _save(pipeline, folder)
    return folder


def save_ip_adapter(folder: Path) -> Path:
    """An IP-Adapter that fits the model of `save_stable_diffusion`, as they are published: weights, image_encoder."""
    torch.manual_seed(3)
    unet = _unet()
    width, channels = unet.config.cross_attention_dim, unet.config.block_out_channels
    weights, number = {}, 1
    for name in unet.attn_processors:
        if name.endswith("attn2.processor"):
            block, place = name.split(".")[:2]
            hidden = {"down_blocks": channels, "up_blocks": channels[::-1], "mid_block": channels[-1:]}[block]
            size = hidden[0] if block == "mid_block" else hidden[int(place)]
            for part in ("to_k_ip", "to_v_ip"):
                weights[f"ip_adapter.{number}.{part}.weight"] = torch.randn(size, width)
            number += 2
    for name, shape in (("proj.weight", (4 * width, 32)), ("proj.bias", (4 * width,))):
        weights[f"image_proj.{name}"] = torch.randn(shape)
    weights |= {"image_proj.norm.weight": torch.ones(width), "image_proj.norm.bias": torch.zeros(width)}
    folder.mkdir(parents=True)
    save_file(weights, folder / "ip-adapter_sd15.safetensors")
    config = CLIPVisionConfig(
        hidden_size=32, intermediate_size=37, num_hidden_layers=2, num_attention_heads=4, projection_dim=32,
        image_size=32, patch_size=8,
    )  # fmt: skip
    CLIPVisionModelWithProjection(config).save_pretrained(folder / "image_encoder", safe_serialization=True)
    return folder


def save_filling(folder: Path) -> Path:
    """A model that only fills in what is masked: its UNet reads the mask and the masked picture, too."""
    torch.manual_seed(0)
    parts = {"vae": _vae(), "text_encoder": _text_encoder(), "tokenizer": _tokenizer(folder)}
    unet = _unet(in_channels=9)
    _save(StableDiffusionInpaintPipeline(**parts, unet=unet, scheduler=_scheduler(), **_NO_CHECKER), folder)
    return folder


_NO_CHECKER: dict[str, Any] = {"safety_checker": None, "feature_extractor": None, "requires_safety_checker": False}


def _save(pipeline: Any, folder: Path) -> None:
    pipeline.save_pretrained(folder, safe_serialization=True)


def _unet(**changes: Any) -> UNet2DConditionModel:
    config = {
        "sample_size": 32,
        "in_channels": 4,
        "out_channels": 4,
        "block_out_channels": (8, 16),
        "layers_per_block": 1,
        "norm_num_groups": 4,
        "down_block_types": ("CrossAttnDownBlock2D", "DownBlock2D"),
        "up_block_types": ("UpBlock2D", "CrossAttnUpBlock2D"),
        "cross_attention_dim": 32,
        "attention_head_dim": 4,
    }
    return UNet2DConditionModel(**{**config, **changes})


def _unet_xl() -> UNet2DConditionModel:
    return _unet(
        cross_attention_dim=64,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        use_linear_projection=True,
        addition_embed_type="text_time",
        addition_time_embed_dim=8,
        projection_class_embeddings_input_dim=6 * 8 + 32,
    )


def _vae() -> AutoencoderKL:
    return AutoencoderKL(
        block_out_channels=(8, 16),
        down_block_types=("DownEncoderBlock2D", "DownEncoderBlock2D"),
        up_block_types=("UpDecoderBlock2D", "UpDecoderBlock2D"),
        latent_channels=4,
        norm_num_groups=4,
        sample_size=64,
    )


def _controlnet(unet: UNet2DConditionModel) -> ControlNetModel:
    net = ControlNetModel.from_unet(unet, conditioning_embedding_out_channels=(16, 32))
    for name, weight in net.named_parameters():
        if "controlnet_" in name or "conv_out" in name:
            torch.nn.init.normal_(weight, std=0.2)
    return net


def _text_config(**changes: Any) -> CLIPTextConfig:
    config = {
        "vocab_size": 600,
        "hidden_size": 32,
        "intermediate_size": 37,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "max_position_embeddings": 77,
        "bos_token_id": 512,
        "eos_token_id": 513,
        "pad_token_id": 513,
    }
    return CLIPTextConfig(**{**config, **changes})


def _text_encoder() -> CLIPTextModel:
    return CLIPTextModel(_text_config())


def _scheduler() -> DDIMScheduler:
    return DDIMScheduler(
        beta_start=0.00085,
        beta_end=0.012,
        beta_schedule="scaled_linear",
        clip_sample=False,
        set_alpha_to_one=False,
        steps_offset=1,
    )


def _tokenizer(folder: Path) -> CLIPTokenizer:
    """A CLIP tokenizer whose vocabulary is the 256 bytes, alone and at the end of a word: any text is spelled out."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    letters = [chr(byte) for byte in printable] + [chr(256 + n) for n in range(256 - len(printable))]
    words = [*letters, *(letter + "</w>" for letter in letters), "<|startoftext|>", "<|endoftext|>"]
    source = folder.parent / f"{folder.name}-tokenizer"
    source.mkdir(parents=True, exist_ok=True)
    (source / "vocab.json").write_text(json.dumps({word: index for index, word in enumerate(words)}))
    (source / "merges.txt").write_text("#version: 0.2\n")
    return CLIPTokenizer(str(source / "vocab.json"), str(source / "merges.txt"), model_max_length=77)
