"""The sentence that all agree on, by words in common."""

from sd3studio.ml.writing import Taste, consensus, grams

TASTE = Taste(1.0, (0.9, 0.8, 0.7, 0.6), (7.0, 6.0, 5.0, 4.0))


def test_the_sentence_most_agree_with_is_best() -> None:
    said = {"A cat is on the mat.": 2.0, "A cat sits on the mat.": 2.0, "A cat is sitting on the mat.": 2.0}
    said["Nobody saw anything there today."] = 3.0
    assert consensus(said, TASTE)[0] != "Nobody saw anything there today."
    assert sorted(consensus(said, TASTE)) == sorted(said)


def test_weights_count() -> None:
    assert consensus({"A cat is here now.": 5.0, "One dog was there then.": 1.0}, TASTE)[0] == "A cat is here now."
    assert consensus({"A cat is here now.": 1.0, "One dog was there then.": 5.0}, TASTE)[0] == "One dog was there then."


def test_more_references_make_the_rare_word_less_risky() -> None:
    said = {"A red cat is on the mat.": 4.0, "A cat is on the mat.": 6.0}
    many = Taste(8.0, (0.9, 0.8, 0.7, 0.6), (7.0, 6.0, 5.0, 4.0))
    assert consensus(said, TASTE)[0] == "A cat is on the mat."
    assert consensus(said, many)[0] == "A red cat is on the mat."


def test_long_sentences_win_where_words_gain() -> None:
    said = {"A cat.": 1.0, "A cat is asleep under that blue car.": 1.0}
    greedy = Taste(1.0, (0.9, 0.8, 0.7, 0.6), (7.0, 6.0, 5.0, 4.0), word_gain=1.0)
    assert consensus(said, greedy)[0].startswith("A cat is asleep")


def test_grams_are_counted() -> None:
    one, two, three, four = grams(["a", "b", "a", "b"])
    assert one == [(("a",), 0), (("b",), 0), (("a",), 1), (("b",), 1)]
    assert two == [(("a", "b"), 0), (("b", "a"), 0), (("a", "b"), 1)]
    assert len(three) == 2
    assert len(four) == 1


def test_a_word_said_twice_pays_where_people_say_it_twice() -> None:
    people = {"The cat sees the dog.": 6.0, "There stands one cat.": 4.0}
    others = ["The cat sees the dog.", "The cat sees that dog."]
    assert consensus(people, TASTE, others)[0] == others[0]
    once = {"The cat sees a dog.": 5.0, "A cat sees the dog.": 5.0}
    assert consensus(once, TASTE, ["The cat sees the dog."])[0] != "The cat sees the dog."
