"""Pictures for the story, drawn here: stripes, checks and cushions in the shop's colours."""

from __future__ import annotations

import io
import random  # noqa: TID251 - seeded by the picture's name: the same bytes every time
from collections.abc import Callable

from PIL import Image, ImageDraw, ImageFilter

WIDTH, HEIGHT = 1200, 900
SAFFRON, RUST, INK, SAGE, CREAM = (226, 160, 44), (176, 74, 40), (38, 52, 84), (140, 158, 128), (244, 236, 220)
PALETTE = (SAFFRON, RUST, INK, SAGE)
JPEG_QUALITY = 84

Pen = ImageDraw.ImageDraw


def jpeg(name: str) -> bytes:
    """The picture of that name, the same bytes every time. Raises KeyError for a name that is not drawn."""
    rng = random.Random(name)  # noqa: S311 - draws threads, guards nothing
    image = Image.new("RGB", (WIDTH, HEIGHT), CREAM)
    _DRAWN[name](ImageDraw.Draw(image), rng)
    woven = _weave(image.filter(ImageFilter.GaussianBlur(0.8)), rng)
    kept = io.BytesIO()
    woven.save(kept, "JPEG", quality=JPEG_QUALITY)
    return kept.getvalue()


def _cushions(pen: Pen, rng: random.Random) -> None:
    pen.rectangle((0, 620, WIDTH, HEIGHT), fill=(198, 178, 150))
    for n, colour in enumerate((RUST, SAFFRON, SAGE)):
        left = 90 + n * 350
        pen.rounded_rectangle((left, 260 - n * 20, left + 400, 690), radius=70, fill=colour)
        for stripe in range(5):
            x = left + 60 + stripe * 68
            pen.line((x, 290, x + rng.randint(-8, 8), 660), fill=CREAM, width=7)
    pen.line((830, 640, 1010, 735, 1050, 700), fill=CREAM, width=4)


def _bedspread(pen: Pen, rng: random.Random) -> None:
    pen.rectangle((0, 0, WIDTH, HEIGHT), fill=INK)
    for x in range(0, WIDTH, 100):
        for y in range(0, HEIGHT, 100):
            size = 20 + rng.randint(0, 8)
            pen.ellipse((x + 50 - size, y + 50 - size, x + 50 + size, y + 50 + size), outline=CREAM, width=4)
            pen.line((x, y + 50, x + 100, y + 50), fill=(86, 104, 146), width=3)


def _throws(pen: Pen, rng: random.Random) -> None:
    for n, colour in enumerate((SAFFRON, RUST, INK)):
        top = n * 300
        pen.rectangle((0, top, WIDTH, top + 300), fill=colour)
        for _ in range(14):
            y = top + rng.randint(10, 290)
            pen.line((0, y, WIDTH, y + rng.randint(-6, 6)), fill=CREAM, width=rng.randint(1, 4))


def _living_room(pen: Pen, rng: random.Random) -> None:
    pen.rectangle((0, 0, WIDTH, 560), fill=(222, 212, 196))
    pen.rectangle((0, 560, WIDTH, HEIGHT), fill=(168, 132, 98))
    pen.rounded_rectangle((180, 380, 1020, 720), radius=60, fill=SAGE)
    pen.rounded_rectangle((240, 300, 960, 560), radius=50, fill=(122, 140, 112))
    pen.polygon((560, 400, 980, 380, 940, 700, 620, 720), fill=SAFFRON)
    for n in range(9):
        pen.line((575 + n * 45, 400 - n, 630 + n * 36, 715), fill=RUST, width=5)
    pen.ellipse((40, 120, 240, 320), fill=(250, 236, 190))
    for _ in range(40):
        x, y = rng.randint(0, WIDTH), rng.randint(760, HEIGHT)
        pen.line((x, y, x + 60, y), fill=(150, 116, 84), width=2)


def _swatches(pen: Pen, rng: random.Random) -> None:
    for column in range(6):
        for row in range(4):
            shade = rng.choice(PALETTE)
            mixed = tuple(min(255, max(0, part + rng.randint(-30, 30))) for part in shade)
            left, top = 40 + column * 190, 40 + row * 210
            pen.rectangle((left, top, left + 165, top + 185), fill=mixed)


def _weave(image: Image.Image, rng: random.Random) -> Image.Image:
    """A light grain over all, so that it looks like cloth and not like a chart."""
    grain = Image.new("L", (WIDTH // 3, HEIGHT // 3))
    grain.putdata([128 + rng.randint(-16, 16) for _ in range((WIDTH // 3) * (HEIGHT // 3))])
    large = grain.resize((WIDTH, HEIGHT)).convert("RGB")
    return Image.blend(image, large, 0.12)


_DRAWN: dict[str, Callable[[Pen, random.Random], None]] = {
    "cushions": _cushions,
    "bedspread": _bedspread,
    "throws": _throws,
    "living_room": _living_room,
    "swatches": _swatches,
}
