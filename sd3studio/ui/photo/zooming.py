"""Which part of the photo is on the screen."""

from dataclasses import dataclass, replace
from typing import Self

LEAST, MOST = 0.02, 40.0
MARGIN_PX = 10.0


@dataclass(frozen=True, slots=True)
class Zoom:
    """`scale` logical px a photo px; `x`, `y`: where the photo's corner is in the widget."""

    scale: float = 1.0
    x: float = 0.0
    y: float = 0.0

    @classmethod
    def whole(cls, photo_px: tuple[int, int], widget_px: tuple[int, int]) -> Self:
        """All of the photo, in the middle of the widget."""
        room = [max(w - 2.0 * MARGIN_PX, 16.0) for w in widget_px]
        scale = min(room[0] / max(photo_px[0], 1), room[1] / max(photo_px[1], 1))
        return cls(scale, (widget_px[0] - scale * photo_px[0]) / 2.0, (widget_px[1] - scale * photo_px[1]) / 2.0)

    def to_photo(self, x: float, y: float) -> tuple[float, float]:
        """Photo px of a point of the widget."""
        return (x - self.x) / self.scale, (y - self.y) / self.scale

    def to_widget(self, x: float, y: float) -> tuple[float, float]:
        """Point of the widget of a photo px."""
        return x * self.scale + self.x, y * self.scale + self.y

    def at(self, factor: float, x: float, y: float) -> Self:
        """Nearer or farther, the point (x, y) of the widget staying where it is."""
        scale = min(max(self.scale * factor, LEAST), MOST)
        share = scale / self.scale
        return replace(self, scale=scale, x=x - (x - self.x) * share, y=y - (y - self.y) * share)

    def moved(self, dx: float, dy: float) -> Self:
        """Shifted by so many px of the widget."""
        return replace(self, x=self.x + dx, y=self.y + dy)
