"""Drafts while a thing is dragged: one is in the making at a time, and when it is there the latest scene is next.

The engine paints them; the window only hands over the scene, so a drag never waits for a draft.
"""

import time
from collections import deque
from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from sd3studio.core.messages import Failed, Finished
from sd3studio.core.picture_controls import SlotTokens
from sd3studio.core.requests import DraftImage, GenerateImage
from sd3studio.core.scene.changes import held_tokens
from sd3studio.core.scene.values import Scene
from sd3studio.services.jobs import JobRecord
from sd3studio.ui.jobs import JobBridge
from sd3studio.ui.session import Session

PAUSE_S = 1.5
"""Drafts that come farther apart than this are not of one drag: their rate is not told."""
COUNTED = 8
LONGEST_PX = 160


class DraftController(QObject):
    """Asks for drafts while the mode is on.

    Parameters
    ----------
    request_of : the picture whose draft is wanted, for a scene
    """

    drawn = Signal(object, float)
    """DraftResult, and how many come a second (0: not known)."""
    toggled = Signal(bool)
    said = Signal(str, str)

    def __init__(self, session: Session, bridge: JobBridge, request_of: Callable[[Scene], GenerateImage]) -> None:
        super().__init__()
        self.session, self.bridge, self._request_of = session, bridge, request_of
        self.on = False
        self._job = ""
        self._wanted = False
        self._asked: GenerateImage | None = None
        self._done: tuple[GenerateImage, SlotTokens] | None = None
        self._times: deque[float] = deque(maxlen=COUNTED)
        session.document.changed.connect(self._on_changed)
        bridge.ended.connect(self._on_ended)

    def toggle(self, on: bool | None = None) -> None:
        """Draft mode on or off; `on` None changes it."""
        on = not self.on if on is None else on
        if on == self.on:
            return
        self.on = on
        self._times.clear()
        self.toggled.emit(on)
        if on:
            self.ask()

    @property
    def making(self) -> bool:
        """Whether a draft is in the making."""
        return bool(self._job)

    def ask(self) -> None:
        """Want a draft of the scene as it is now."""
        if not self.on or not self.session.scene.objects:
            return
        if self._job:
            self._wanted = True
            return
        self._wanted = False
        request = self._request_of(self.session.scene)
        held: SlotTokens = {}
        if self._done is not None:
            before, tokens = self._done
            if request.replace(scene=before.scene) == before:
                held = held_tokens(before.scene, request.scene, tokens)
        self._asked = request
        wanted = DraftImage(request=request, longest_px=LONGEST_PX, tokens=held)
        self._job = self.bridge.submit(wanted, group="draft", front=True)

    def _on_changed(self, old: Scene, new: Scene) -> None:
        self.ask()

    def _rate(self) -> float:
        times = list(self._times)
        if len(times) < 2 or times[-1] - times[-2] > PAUSE_S:
            self._times.clear()
            self._times.append(times[-1])
            return 0.0
        return (len(times) - 1) / max(times[-1] - times[0], 1e-6)

    def _on_ended(self, record: JobRecord, end: object) -> None:
        if record.id != self._job or self._asked is None:
            return
        self._job = ""
        if isinstance(end, Failed):
            self.said.emit("danger", f"No drafts: {end.message}")
            self.toggle(False)
        elif isinstance(end, Finished):
            self._done = (self._asked, end.result.tokens)
            if self.on:
                self._times.append(time.monotonic())
                self.drawn.emit(end.result, self._rate())
        if self._wanted:
            self.ask()
