"""Numbers that are typed while a drag goes on: one for each axis of it, edited with a few keys."""

from collections.abc import Sequence

MAX_CHARACTERS = 12


class NumberEntry:
    """The texts of some numbers, one of them being typed. Once anything is typed, the mouse has nothing to say."""

    def __init__(self, names: Sequence[str]) -> None:
        self.names = tuple(names)
        self.current = 0
        self._texts: dict[str, str] = {}

    @property
    def active(self) -> bool:
        """Whether anything is typed."""
        return any(self._texts.values())

    def take_names(self, names: Sequence[str]) -> None:
        """Other axes: what was typed goes along to the first of them."""
        typed = self._texts.get(self.names[self.current], "")
        self.names, self.current, self._texts = tuple(names), 0, {}
        if typed:
            self._texts[self.names[0]] = typed

    def key(self, name: str) -> bool:
        """A digit, point, minus, Backspace or Tab (to the next number). Returns whether the key was of use."""
        now = self.names[self.current]
        text = self._texts.get(now, "")
        if name == "tab":
            self.current = (self.current + 1) % len(self.names)
        elif name == "backspace":
            if not self.active:
                return False
            self._texts[now] = text[:-1] if text != "-" else ""
        elif name == "-":
            self._texts[now] = text.removeprefix("-") if text.startswith("-") else f"-{text}"
        elif name == "." or (name.isdigit() and len(name) == 1):
            if len(text) < MAX_CHARACTERS and not (name == "." and "." in text):
                self._texts[now] = text + name
        else:
            return False
        return True

    def value(self, name: str) -> float | None:
        """The number typed for an axis; None where there is none yet."""
        try:
            return float(self._texts.get(name, ""))
        except ValueError:
            return None

    def text(self, name: str) -> str:
        """What is typed for an axis, with a bar where the next digit goes; empty if it is another one's turn."""
        is_current = name == self.names[self.current]
        return self._texts.get(name, "") + ("|" if is_current else "")
