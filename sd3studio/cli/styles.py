"""`sd3studio styles`: the style presets of pictures: list them, add one of your own, remove it."""

import argparse

from sd3studio.cli.console import print_json
from sd3studio.core.locations import user_data
from sd3studio.core.picture_controls import Style
from sd3studio.services.styles import add_style, all_styles, own_styles, remove_style


def add_arguments(parser: argparse.ArgumentParser) -> None:
    change = parser.add_mutually_exclusive_group()
    change.add_argument("--add", metavar="NAME", help="keep a preset of your own with the words below")
    change.add_argument("--remove", metavar="NAME", help="delete one of your own")
    parser.add_argument("--prompt", default="", metavar="WORDS", help="said after the prompt")
    parser.add_argument("--negative", default="", metavar="WORDS", help="what should not be in the picture")
    parser.add_argument("--guidance", type=float, help="that the preset proposes")
    parser.add_argument("--steps", type=int, help="that the preset proposes")
    parser.add_argument("--json", action="store_true", help="print one JSON object with all presets")


def run(args: argparse.Namespace) -> int:
    home = user_data()
    if args.add is not None:
        words = {"prompt": args.prompt, "negative": args.negative}
        add_style(home, Style(name=args.add.strip(), guidance=args.guidance, steps=args.steps, **words))
    elif args.remove is not None:
        remove_style(home, args.remove)
    own = {style.name for style in own_styles(home)}
    styles = all_styles(home)
    if args.json:
        print_json({"styles": [{**style.model_dump(), "own": style.name in own} for style in styles]})
        return 0
    for style in styles:
        mark = " (yours)" if style.name in own else ""
        without = f"; without: {style.negative}" if style.negative else ""
        print(f"{style.name}{mark}: {style.prompt}{without}")
    return 0
