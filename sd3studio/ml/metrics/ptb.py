"""Captions cut into words as the COCO caption toolkit cuts them: Penn-Treebank tokens, lower case, no punctuation.

The toolkit asks the Stanford tokenizer (a Java program) and then drops the tokens in `PUNCTUATION`. These rules give
the same, word by word and from a cache, without Java: for all 19,963 captions of VSD's two validation files, and for
all but 59 of the 616,767 captions of COCO 2014 (single capitals at the end, emoticons, "AT&T"). Checked again
by ``tests/benchmarks/caption_scores.py``.
"""

import re
from functools import lru_cache

PUNCTUATION = frozenset((*"'`.?!,:-;", "''", "``", "--", "..."))
"""Tokens that the toolkit drops. Brackets are on its list too, but in capitals, so they stay."""

_TITLES = "mr mrs ms dr prof rev gen sen rep gov lt sgt capt col maj cpl pvt hon sr jr messrs ste"
_PLACES = "st ave blvd rd mt ft dept dist bldg penn ariz calif colo conn fla ill kan la ct mich minn okla tex wis"
_TERMS = "inc co corp ltd bros etc vs no vol fig al approx est univ assn esp ph.d"
_MONTHS = "jan feb mar apr jun jul aug sep sept oct nov dec mon tue tues wed thu thurs fri"
ABBREVIATIONS = f"{_TITLES} {_PLACES} {_TERMS} {_MONTHS}".split()
"""Words that keep their full stop."""

_SPLIT = {
    "cannot": ("can", "not"),
    "gonna": ("gon", "na"),
    "gotta": ("got", "ta"),
    "wanna": ("wan", "na"),
    "lemme": ("lem", "me"),
    "gimme": ("gim", "me"),
}

_BRACKETS = {"(": "-lrb-", ")": "-rrb-", "[": "-lsb-", "]": "-rsb-", "{": "-lcb-", "}": "-rcb-"}

_CLITIC = r"'(?:s|m|d|re|ve|ll)(?!\w)"
_TOKEN = re.compile(
    rf"""
      (?P<link> (?:https?://|www\.)\S+ | [\w.+-]+@[\w-]+\.[\w.]+ )
    | (?P<clitic> {_CLITIC} | n't(?!\w) )
    | (?P<kept> (?:{"|".join(re.escape(word) for word in ABBREVIATIONS)})\.(?!\w)  # with its full stop
        | [^\W\d_](?:\.[^\W\d_])*\.(?!\w)
        | [^\W\d_]+\.(?=[,;]) )
    | (?P<time> \d+:\d+(?=[ap]m(?!\w)) )
    | (?P<number> [,+]?\.?\d+ (?: [.,:/]\d+ | -\w+ | (?!{_CLITIC})'?[^\W\d_]\w* )* )
    | (?P<word> [^\W_]+?(?=n't(?!\w))
        | [^\W_]+ (?: [-_./][^\W_]+ | (?!{_CLITIC}|'t(?!\w))'[^\W_]+ )* )
    | (?P<dots> \.\.+ | --+ )
    | (?P<repeated> [!?]{{2,}} )
    | (?P<other> \S )
    """,
    re.VERBOSE,
)


def words(caption: str) -> list[str]:
    """The words of a caption, as the toolkit counts them."""
    return [token for part in caption.lower().split() for token in _tokens(part)]


@lru_cache(maxsize=200_000)
def _tokens(part: str) -> tuple[str, ...]:
    """Tokens of a piece without white space, punctuation left out."""
    if part.isascii() and part.isalpha() and part not in _SPLIT:
        return (part,)
    found: list[str] = []
    for match in _TOKEN.finditer(part):
        token = match.group()
        if match.lastgroup in ("dots", "other"):
            token = _BRACKETS.get(token, token)
        if token in _SPLIT:
            found += _SPLIT[token]
        elif token not in PUNCTUATION and token != '"' and match.lastgroup != "dots":
            found.append(token)
    return tuple(found)
