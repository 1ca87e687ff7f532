"""English text before it is parsed: quotes, spaces, glued articles, what asks for a picture, walls by another name."""

import re

from sd3studio.core.language.noun_net import noun_net
from sd3studio.core.language.nouns import words
from sd3studio.ml.parsing.english_mentions import CANS

WALL_SIDE = re.compile(
    r"\b(the |a )?wall (?:on|to|at|in) the (left|right|back|rear)(?:-hand)?(?: side)?\b(?! of| wall)", re.IGNORECASE
)
"""The same wall by another name: "the wall on the left"."""
WINE = re.compile(r"\b(glass|glasses) of ((?:red |white )?)(?:wine|champagne)\b", re.IGNORECASE)
"""One thing, though it is said like two."""
CAN = re.compile(rf"\b({'|'.join(CANS.values())}) can(s?)\b", re.IGNORECASE)
AS_PROMPT = re.compile(
    r"^(?:please )?(?:(?:draw|paint|make|create|generate|render|show)(?: me| us)? )?"
    r"(?:an? |the )?(?:[\w-]+ ){0,2}?(?:photo|photograph|picture|image|painting|drawing|illustration|render|rendering)"
    r" (?:of|showing) (?=(?:an?|the|one|two|three|four|five|some|several|many|\d+)\b)",
    re.IGNORECASE,
)
"""How a prompt begins that asks for a picture: what comes after it is what the picture shows."""

GLUED = re.compile(r"(?<![\w'-])(the|some|a)([a-z]{4,})\b", re.IGNORECASE)
NOT_GLUED = words(
    "about above across after again against ahead alike alive along alone already always amid among amongst "
    "around arise arose aside asleep atop awake await away afloat aloft amaze apart aglow abound afire alight "
    "amass arouse award aboard another sometimes something somewhere somebody someone somehow theme thesis "
    "therein thereof thereby themselves"
)
"""Words that are no article with a noun, though they look so."""


def clean(text: str) -> str:
    """Straight quotes, single spaces, a space after a comma or full stop that lacks it, no "a photo of" before."""
    text = text.replace("’", "'").replace("‘", "'").replace("“", '"').replace("”", '"')
    text = re.sub(r"([,;.!?])(?=[A-Za-z])", r"\1 ", text)
    text = WALL_SIDE.sub(r"\1\2 wall", text)
    text = WINE.sub(r"\2wine \1", text)
    text = CAN.sub(lambda match: f"{match[1]}can{match[2]}", text)
    text = GLUED.sub(_unglued, text)
    return AS_PROMPT.sub("", re.sub(r"\s+", " ", text).strip())


def _unglued(match: re.Match[str]) -> str:
    """ "in thelobe" as "in the lobe": an article that has grown to a noun, where the whole is no word."""
    net = noun_net()
    known = match[0].lower() in NOT_GLUED or match[0].lower() in net or match[0].lower().removesuffix("s") in net
    return match[0] if known or match[2].lower() not in net else f"{match[1]} {match[2]}"
