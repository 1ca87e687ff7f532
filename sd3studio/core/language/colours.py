"""Words that name colours, and the sRGB colours that things so called are drawn in."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from sd3studio.core.scene.value import Colour

_TABLE = """
black 0.09 0.09 0.10 黑 黑色
white 0.93 0.93 0.92 白 白色
gray 0.52 0.53 0.55 grey 灰 灰色
silver 0.73 0.75 0.77 银 银色
red 0.78 0.13 0.12 红 红色
crimson 0.66 0.06 0.18
maroon 0.45 0.08 0.12
pink 0.94 0.60 0.69 粉 粉色 粉红色
magenta 0.80 0.16 0.55
orange 0.93 0.49 0.11 橙 橙色 橘色
brown 0.44 0.28 0.16 棕 棕色 褐色
tan 0.78 0.64 0.46
beige 0.87 0.81 0.69 米色
cream 0.95 0.91 0.80 奶油色
gold 0.83 0.64 0.20 golden 金 金色
yellow 0.95 0.80 0.16 黄 黄色
olive 0.47 0.47 0.16 橄榄色
lime 0.64 0.83 0.20
green 0.20 0.55 0.24 绿 绿色
teal 0.10 0.50 0.50
turquoise 0.21 0.72 0.69
cyan 0.20 0.74 0.83 青 青色
blue 0.14 0.34 0.72 蓝 蓝色
navy 0.10 0.15 0.38 藏青色
azure 0.29 0.59 0.90 天蓝色
indigo 0.28 0.20 0.58 靛蓝
violet 0.53 0.33 0.74
purple 0.47 0.22 0.58 紫 紫色
lavender 0.73 0.67 0.88
khaki 0.69 0.63 0.43 卡其色
blond 0.86 0.72 0.44 blonde
bronze 0.62 0.43 0.22
"""


def _read_table(text: str) -> dict[str, Colour]:
    """Rows of a name, three channels and synonyms."""
    colours: dict[str, Colour] = {}
    for row in text.split("\n")[1:-1]:
        name, red, green, blue, *synonyms = row.split()
        colours.update(dict.fromkeys((name, *synonyms), (float(red), float(green), float(blue))))
    return colours


COLOURS: Mapping[str, Colour] = MappingProxyType(_read_table(_TABLE))
"""Colour word, English or Chinese, lower case -> sRGB."""

SHADES = {"light": (1.0, 0.45), "pale": (1.0, 0.5), "bright": (1.0, 0.12), "dark": (0.0, 0.5), "deep": (0.0, 0.3)}
SHADES |= {"浅": (1.0, 0.45), "深": (0.0, 0.4), "亮": (1.0, 0.12)}
"""Word before a colour -> the channel value towards which it leads, and how far."""


def colour_of(word: str) -> Colour | None:
    """sRGB colour that a word or a shade of it ("blue", "dark blue", "light-green", "深蓝色") names, or None."""
    plain = word.strip().lower().replace("-", " ")
    if plain in COLOURS:
        return COLOURS[plain]
    for shade, (goal, share) in SHADES.items():
        rest = plain.removeprefix(shade).strip()
        if rest != plain and rest in COLOURS:
            red, green, blue = (channel + (goal - channel) * share for channel in COLOURS[rest])
            return red, green, blue
    return None


def first_colour(words: Iterable[str]) -> Colour | None:
    """The colour of the first word that names one, or None."""
    return next((colour for word in words if (colour := colour_of(word))), None)
