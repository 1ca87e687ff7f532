import numpy as np

from sd3studio.ml.embedding import WIDTH, embed


def test_vectors_have_length_one_and_keep_the_order_of_the_texts():
    texts = ["a long sentence about a man who rides a bicycle through the town", "chair", "sofa"]
    vectors = embed(texts)
    assert vectors.shape == (3, WIDTH) and vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)
    for text, vector in zip(texts, vectors, strict=True):
        assert embed([text])[0] @ vector > 0.9999


def test_couch_is_nearer_to_sofa_than_to_lamp():
    couch, sofa, lamp = embed(["couch", "sofa", "lamp"])
    assert couch @ sofa > 0.8 > couch @ lamp


def test_no_texts_give_no_vectors():
    assert embed([]).shape == (0, WIDTH)


def test_a_text_of_thousands_of_words_is_cut():
    assert np.isfinite(embed(["word " * 5_000])).all()
