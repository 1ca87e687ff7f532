"""CLIP score: how well pictures fit their captions, by a CLIP model that the user has on disk (none ships).

Hessel et al. 2021 (arXiv:2104.08718) without their factor of 2.5: 100 times the cosine of picture and caption, at least
0, mean over pictures. The model is named beside the number; values of different models can't be compared.
"""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sd3studio.core.errors import MissingModelError
from sd3studio.ml.libraries import prepare_libraries, quiet

Pixels = NDArray[np.uint8]

NEEDED = ("config.json", "preprocessor_config.json")


class ClipScorer:
    """A CLIP model from a folder in the form of transformers (safetensors). Raises `MissingModelError`."""

    def __init__(self, folder: Path) -> None:
        folder = Path(folder)
        missing = [name for name in NEEDED if not (folder / name).is_file()]
        if missing:
            raise MissingModelError(
                f"{folder} is no CLIP model: {', '.join(missing)} missing. Name a folder that transformers has saved, "
                "such as a download of openai/clip-vit-base-patch32 with safetensors."
            )
        prepare_libraries()
        with quiet():
            from transformers import CLIPImageProcessorPil, CLIPModel, CLIPTokenizerFast

            try:
                self.model = CLIPModel.from_pretrained(folder, local_files_only=True, use_safetensors=True).eval()
                self.images = CLIPImageProcessorPil.from_pretrained(folder, local_files_only=True)
                self.texts = CLIPTokenizerFast.from_pretrained(folder, local_files_only=True)
            except (OSError, ValueError, KeyError) as error:
                raise MissingModelError(f"The CLIP model in {folder} can't be read: {error}") from error

    def score(self, picture: Pixels, caption: str) -> float:
        """100 times the cosine of a picture (H, W, 3) and its caption, at least 0."""
        import torch

        words = self.texts([caption], return_tensors="pt", truncation=True)
        pixels = self.images([picture], return_tensors="pt")
        with torch.no_grad():
            found = self.model(**words, pixel_values=pixels["pixel_values"])
        cosine = torch.nn.functional.cosine_similarity(found.image_embeds, found.text_embeds)
        return max(0.0, 100.0 * float(cosine))
