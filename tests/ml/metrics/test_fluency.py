"""Fluency: perplexity by a language model that was taught, and slips of grammar without any."""

from types import SimpleNamespace

import pytest
import torch

from sd3studio.ml.conditioning.said import things_of
from sd3studio.ml.conditioning.text_tokens import EOS_ID, TextTokenizer, pointed
from sd3studio.ml.metrics.fluency import perplexity, slip_share, slips
from sd3studio.ml.nets.priors import TokenPrior
from sd3studio.ml.training.data.graphs import GraphObject, SceneGraph

GRAPH = SceneGraph(source="tsg", objects=(GraphObject(tag="cup"), GraphObject(tag="table")))
SAID = "a cup is on the table"


@pytest.fixture(scope="module")
def tokenizer() -> TextTokenizer:
    return TextTokenizer.train([pointed(SAID, things_of(GRAPH))], words=60)


def system_with(tokenizer: TextTokenizer, surprise_for: int = -1) -> SimpleNamespace:
    """A system whose language model finds all tokens alike, or one token twice as likely as each other."""
    torch.manual_seed(0)
    prior = TokenPrior(classes=tokenizer.size, length=24, width=8, depth=1, heads=2).eval()
    if surprise_for >= 0:
        with torch.no_grad():
            prior.head.bias[surprise_for] = torch.tensor(2.0).log()
    return SimpleNamespace(parts={"text_prior": prior}, tokenizer=tokenizer)


def test_a_model_that_knows_nothing_is_as_perplexed_as_there_are_tokens(tokenizer):
    found = perplexity([SAID, "the table"], [GRAPH, GRAPH], system_with(tokenizer))
    assert found == pytest.approx(tokenizer.size, rel=1e-4)


def test_the_end_counts_and_padding_does_not(tokenizer):
    system = system_with(tokenizer, EOS_ID)
    rows = tokenizer.encode_many([pointed(text, things_of(GRAPH)) for text in (SAID, "the table")])
    tokens, classes = sum(map(len, rows)), tokenizer.size
    expected = (classes + 1) / 2 ** (len(rows) / tokens)
    assert perplexity([SAID, "the table"], [GRAPH, GRAPH], system) == pytest.approx(expected, rel=1e-4)


def test_a_system_without_a_language_model_says_nothing():
    assert perplexity([SAID], [GRAPH], SimpleNamespace(parts={})) is None


def test_a_sentence_longer_than_the_model_reads_is_judged_by_its_beginning(tokenizer):
    found = perplexity([" ".join([SAID] * 9)], [GRAPH], system_with(tokenizer))
    assert found == pytest.approx(tokenizer.size, rel=1e-4)


def test_names_do_not_matter_to_it(tokenizer):
    other = SceneGraph(source="tsg", objects=(GraphObject(tag="hippopotamus"), GraphObject(tag="sideboard")))
    system = system_with(tokenizer, 5)
    one = perplexity([SAID], [GRAPH], system)
    assert one == pytest.approx(perplexity(["a hippopotamus is on the sideboard"], [other], system))


def test_slips_of_grammar_are_found():
    assert slips("A cup is on the the table.") == ["the the"]
    assert slips("An cup is on a orange table.") == ["an cup", "a orange"]
    assert slips("An hour ago, a unicorn was there") == []
    assert slips("table") == ["too short"]
    assert slips("a <obj3> is here") == ["a token that is no word"]
    assert slip_share(["A cup is here.", "table"]) == 0.5
