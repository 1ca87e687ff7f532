"""Small pictures drawn for our shapes: signs, faces of clocks, hides of animals, facades."""

import numpy as np
from PIL import Image, ImageDraw, ImageFont

Rgb = tuple[int, int, int]


def stop_sign() -> Image.Image:
    """White letters on red."""
    image = Image.new("RGB", (192, 192), (178, 24, 32))
    draw = ImageDraw.Draw(image)
    draw.text((96, 96), "STOP", fill=(255, 255, 255), font=ImageFont.load_default(70), anchor="mm", stroke_width=2)
    return image


def street_name() -> Image.Image:
    """White letters and a white rim on green."""
    image = Image.new("RGB", (256, 64), (20, 104, 62))
    draw = ImageDraw.Draw(image)
    draw.rectangle((4, 4, 251, 59), outline=(240, 244, 240), width=3)
    draw.text((128, 33), "MAIN ST", fill=(250, 250, 250), font=ImageFont.load_default(40), anchor="mm", stroke_width=1)
    return image


def clock_face() -> Image.Image:
    """Twelve strokes and two hands at ten past ten."""
    image = Image.new("RGB", (192, 192), (246, 244, 238))
    draw = ImageDraw.Draw(image)
    for hour in range(12):
        angle = np.deg2rad(hour * 30)
        inner = 72 if hour % 3 else 64
        points = [(96 + r * np.sin(angle), 96 - r * np.cos(angle)) for r in (inner, 84)]
        draw.line(points, fill=(30, 30, 34), width=4 if hour % 3 else 7)
    for degrees, length, width in ((305, 44, 8), (60, 66, 5)):
        angle = np.deg2rad(degrees)
        draw.line((96, 96, 96 + length * np.sin(angle), 96 - length * np.cos(angle)), fill=(20, 20, 24), width=width)
    draw.ellipse((89, 89, 103, 103), fill=(170, 30, 30))
    return image


def key_board() -> Image.Image:
    """Rows of light keys on a dark ground."""
    image = Image.new("RGB", (256, 90), (38, 40, 44))
    draw = ImageDraw.Draw(image)
    for row in range(6):
        x, y = 5.0, 4 + row * 14
        widths = [15.0] * 12 if row < 5 else [15.0] * 3 + [60.0] + [15.0] * 4
        for width in widths:
            draw.rounded_rectangle((x, y, x + width - 2.5, y + 11), 2, fill=(206, 208, 212))
            x += width
        for k in range(4):
            draw.rounded_rectangle((192 + k * 15, y, 204 + k * 15, y + 11), 2, fill=(186, 189, 194))
    return image


def landscape() -> Image.Image:
    """A painting: sky, hills, a field, a tree, the sun."""
    image = Image.new("RGB", (224, 160), (122, 176, 216))
    draw = ImageDraw.Draw(image)
    for row in range(90):
        draw.line((0, row, 224, row), fill=(96 + row, 160 + row // 2, 216))
    draw.ellipse((158, 18, 188, 48), fill=(250, 222, 130))
    draw.polygon([(0, 92), (52, 52), (98, 86), (142, 46), (224, 96), (224, 160), (0, 160)], fill=(104, 124, 142))
    draw.polygon([(0, 104), (90, 82), (224, 110), (224, 160), (0, 160)], fill=(98, 142, 66))
    draw.polygon([(0, 128), (120, 110), (224, 136), (224, 160), (0, 160)], fill=(198, 174, 84))
    draw.rectangle((48, 96, 54, 132), fill=(86, 58, 36))
    draw.ellipse((30, 64, 74, 108), fill=(52, 102, 46))
    return image


def facade(columns: int, rows: int, wall: Rgb, glass: Rgb, door: bool = False) -> Image.Image:
    """Rows of windows on a wall, with a door in the middle of the ground floor if wished."""
    random = np.random.default_rng(columns * 31 + rows)
    width, height = 32 * columns, 36 * rows
    image = Image.new("RGB", (width, height), wall)
    draw = ImageDraw.Draw(image)
    frame = tuple(min(int(value * 1.12) + 10, 255) for value in wall)
    for row in range(rows):
        for column in range(columns):
            x, y = column * 32 + 8, row * 36 + 9
            shade = random.uniform(0.75, 1.15)
            pane = tuple(int(min(value * shade, 255)) for value in glass)
            if door and row == rows - 1 and column == columns // 2:
                draw.rectangle((x - 2, y - 1, x + 18, height), fill=frame)
                draw.rectangle((x, y + 1, x + 16, height), fill=(92, 54, 34))
                continue
            draw.rectangle((x - 2, y - 2, x + 18, y + 20), fill=frame)
            draw.rectangle((x, y, x + 16, y + 18), fill=pane)
            draw.line((x + 8, y, x + 8, y + 18), fill=frame, width=2)
    scale = min(256 / max(width, height), 1.0)
    return image.resize((max(int(width * scale), 8), max(int(height * scale), 8)), Image.Resampling.LANCZOS)


def roof_tiles() -> Image.Image:
    """Rows of red-brown tiles."""
    random = np.random.default_rng(5)
    image = Image.new("RGB", (96, 96), (120, 62, 46))
    draw = ImageDraw.Draw(image)
    for row in range(12):
        for column in range(13):
            shade = random.uniform(0.85, 1.15)
            x = column * 8 - (4 if row % 2 else 0)
            colour = tuple(int(value * shade) for value in (158, 84, 60))
            draw.rectangle((x, row * 8, x + 6, row * 8 + 6), fill=colour)
    return image


def stripes(ground: Rgb, stripe: Rgb, count: int) -> Image.Image:
    """A hide with upright wavy stripes (zebra)."""
    height, width = 160, 256
    rows, columns = np.mgrid[0:height, 0:width]
    wave = np.sin(columns / width * count * 2 * np.pi + 1.6 * np.sin(rows / 21.0) + rows / 26.0)
    pixels = np.where((wave > 0.12)[..., None], np.asarray(ground), np.asarray(stripe)).astype(np.uint8)
    return Image.fromarray(pixels)


def book_cover(ground: Rgb, title: str) -> Image.Image:
    """A title and two rules on a coloured cover."""
    image = Image.new("RGB", (144, 208), ground)
    draw = ImageDraw.Draw(image)
    light = (244, 230, 196)
    draw.rectangle((12, 12, 131, 195), outline=light, width=2)
    draw.text((72, 68), title, fill=light, font=ImageFont.load_default(26), anchor="mm", align="center")
    draw.line((40, 120, 104, 120), fill=light, width=3)
    draw.ellipse((56, 138, 88, 170), outline=light, width=3)
    return image


def globe_map() -> Image.Image:
    """Rough continents on blue."""
    random = np.random.default_rng(8)
    image = Image.new("RGB", (192, 96), (58, 112, 176))
    draw = ImageDraw.Draw(image)
    for x, y, w, h in (
        (40, 34, 40, 30),
        (56, 66, 22, 34),
        (100, 40, 26, 40),
        (104, 26, 34, 16),
        (142, 32, 50, 30),
        (162, 70, 20, 12),
    ):
        for _ in range(18):
            dx, dy, r = random.normal(0, w / 4), random.normal(0, h / 4), random.uniform(3, 8)
            draw.ellipse((x + dx - r, y + dy - r, x + dx + r, y + dy + r), fill=(112, 148, 82))
    return image
