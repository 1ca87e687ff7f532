"""The open library for the window: searches and reads in a thread of its own, newest wish first; writes what is wished.

Signals come on the main thread. What a wish that is older than the last one of its kind finds is dropped.
"""

import getpass
import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Qt, Signal

from sd3studio.core.asking import ask
from sd3studio.core.errors import StudioError
from sd3studio.core.language.caption_styles import caption_in_style, check_template, uses
from sd3studio.core.messages import QueryResult
from sd3studio.core.requests import ReadQuery
from sd3studio.core.searching import SceneQuery, query_of_words, resolved
from sd3studio.services.library import Library, PhotoRow, State
from sd3studio.services.library.caption_editing import count_tokens, denied, flags_of, new_step
from sd3studio.services.library.caption_store import (
    about_photos,
    add_style,
    captions_of_photo,
    put_caption,
    remove_style,
    styles,
    template_of,
    write_caption,
)
from sd3studio.services.library.facets import facets
from sd3studio.services.library.filters import Filters, split_filters
from sd3studio.services.library.querying import as_words, means_something, without_attributes
from sd3studio.services.library.records import MACHINE
from sd3studio.services.library.scanning import folders, forget_folder
from sd3studio.services.library.search import Found, known_labels, match_in, photo_ids, search, searching
from sd3studio.services.library.similar import Signatures, duplicates
from sd3studio.services.library.storing import thumbnail_path
from sd3studio.ui.itemmodels.photo_grid import Box, read_picture
from sd3studio.ui.jobs import JobBridge
from sd3studio.ui.panels.library.caption_editor import ShownCaption
from sd3studio.ui.panels.library.details import PhotoDetail

if TYPE_CHECKING:
    from sd3studio.core.language.text_graph import TextGraph

log = logging.getLogger(__name__)

MOST_HITS = 5_000
DUPLICATES = -1
PHOTO_PX = 1_400
EVERYTHING, NOTHING = Filters(), SceneQuery()


@dataclass(frozen=True, slots=True)
class Wish:
    """What the grid is to show."""

    text: str = ""
    filters: Filters = EVERYTHING
    view: str = "either"
    order: str = "path"
    drawn: SceneQuery = NOTHING
    like: int = 0
    """A photo whose like are wanted; 0 for none, `DUPLICATES` for photos that are the same picture twice."""


@dataclass(frozen=True, slots=True)
class Listing:
    """What was found for a wish."""

    wish: Wish
    ids: tuple[int, ...]
    grades: dict[int, float]
    total: int
    whole: bool = True
    said: str = ""
    notes: tuple[str, ...] = ()
    query: SceneQuery = NOTHING
    likenesses: tuple[dict[str, float], ...] | None = None
    steps: Iterator[Found] | None = None
    """What goes on looking, while not all candidates were looked at."""


class _NeedsParserError(Exception):
    """The query is more than labels and relations."""


class LibrarianController(QObject):
    """Everything that the Library workspace wishes of the library.

    Parameters
    ----------
    where : folder of the library
    author : name of the user, for the history
    """

    listed = Signal(object)
    reading = Signal()
    """The engine's parsers read a query now; the listing comes later."""
    counted = Signal(object, object, object)
    """Facets, folders, labels."""
    detailed = Signal(object)
    """PhotoDetail of the photo that was asked for last."""
    answered = Signal(int, str, object)
    """Photo, question, Answer."""
    changed = Signal(int)
    """A photo that has changed."""
    said = Signal(str, str)
    styles_known = Signal(object)
    """Name -> template."""
    _arrived = Signal(str, int, object, object, object)

    def __init__(self, bridge: JobBridge, where: Path, author: str = "") -> None:
        super().__init__()
        self.bridge = bridge
        self.author = author or getpass.getuser()
        self.library = Library.open(where)
        self.where = str(where)
        self.listing = Listing(Wish(), (), {}, 0)
        self._signatures = Signatures(self.library)
        self._reader = ThreadPoolExecutor(1, thread_name_prefix="library")
        self._numbers: dict[str, int] = {}
        self._closing = threading.Event()
        self._arrived.connect(self._on_arrived, Qt.ConnectionType.QueuedConnection)

    def close(self) -> None:
        """Give the library back."""
        self._closing.set()
        self._reader.shutdown(wait=True, cancel_futures=True)
        self.library.close()

    # -- reading -------------------------------------------------------------------------------------------------

    def show(self, wish: Wish) -> None:
        """Find what is wished; `listed` tells it."""
        try:
            rest, filters = split_filters(wish.text, wish.filters)
        except StudioError as error:
            self.said.emit("warning", str(error))
            return
        if wish.like:
            self._later("list", lambda: self._alike(wish), self._take_listing)
        elif not wish.drawn.is_empty:
            self._later("list", lambda: self._found(wish, filters, QueryResult(wish.drawn), None), self._take_listing)
        elif not rest:
            self._later("list", lambda: self._everything(wish, filters), self._take_listing)
        else:
            self._later("list", lambda: self._by_words(wish, rest, filters), self._take_listing)

    def count(self) -> None:
        """Count what there is to choose from; `counted` tells it."""

        def work() -> tuple:
            return facets(self.library), folders(self.library), sorted(known_labels(self.library))

        self._later("count", work, lambda found: self.counted.emit(*found))
        self._later("styles", lambda: styles(self.library), self.styles_known.emit)

    def look_at(self, photo: int) -> None:
        """Read all that is shown of a photo; `detailed` tells it."""
        listing = self.listing
        self._later("detail", lambda: self._detail(photo, listing), self._tell_detail)

    def ask(self, photo: int, question: str) -> None:
        """Answer a question about a photo; `answered` tells it."""

        def work() -> object:
            scene = self.library.scene_of(photo)
            return None if scene is None else ask(scene, question)

        self._later("ask", work, lambda answer: answer and self.answered.emit(photo, question, answer))

    def rows_of(self, ids: Sequence[int]) -> Sequence[PhotoRow]:
        """Rows for the grid, at once."""
        try:
            return self.library.photos(ids)
        except StudioError as error:
            log.warning("%s", error)
            return ()

    def thumbnail_of(self, row: PhotoRow) -> tuple[str, str]:
        """Paths of the thumbnail and of the photo, empty where there is none; called by threads."""
        small = thumbnail_path(self.library.folder, row.sha256) if row.sha256 else None
        whole = "" if row.missing or row.problem else row.path
        return (str(small) if small is not None and small.exists() else ""), whole

    def boxes_of(self, photo: int) -> list[Box]:
        """What is outlined on a thumbnail: the things that were searched for; called by threads."""
        listing = self.listing
        if listing.query.is_empty or self._closing.is_set():
            return []
        try:
            found = match_in(self.library, listing.query, photo, listing.likenesses)
        except StudioError:
            return []
        return [] if found is None else [thing.box for _, thing in found.things if thing.box is not None]

    def _everything(self, wish: Wish, filters: Filters) -> Listing:
        ids = tuple(photo_ids(self.library, filters, wish.order))
        return Listing(wish, ids, {}, len(ids))

    def _by_words(self, wish: Wish, rest: str, filters: Filters) -> "Listing | Callable[[], None]":
        labels = known_labels(self.library)
        try:
            query, likenesses = resolved(query_of_words(rest, _needs_parser, labels, wish.view), labels)
        except _NeedsParserError:
            return lambda: self._read_query(wish, rest, filters, tuple(labels))
        if not all(likenesses):
            return lambda: self._read_query(wish, rest, filters, tuple(labels))
        return self._found(wish, filters, QueryResult(query, tuple(likenesses)), rest)

    def _read_query(self, wish: Wish, rest: str, filters: Filters, labels: tuple[str, ...]) -> None:
        """Let the engine's parsers read a query, then search."""
        number = self._numbers.get("list", 0)
        request = ReadQuery(text=rest[:10_000], labels=labels[:20_000], view=wish.view)  # type: ignore[arg-type]

        def take(result: QueryResult) -> None:
            if self._numbers.get("list", 0) == number:
                self._later("list", lambda: self._found(wish, filters, result, rest), self._take_listing)

        self.reading.emit()
        self.bridge.submit(request, take, group="library-query", front=True)

    def _found(self, wish: Wish, filters: Filters, result: QueryResult, rest: str | None) -> Listing:
        if rest is not None and not means_something(result):
            words = replace(filters, words=f"{filters.words} {rest}".strip())
            found = search(self.library, SceneQuery(), words, MOST_HITS)
            notes = (*result.query.notes, as_words(result, rest))
            return self._listing(wish, found, QueryResult(SceneQuery()), notes)
        steps = searching(self.library, result.query, filters, MOST_HITS, result.likenesses or None)
        found = next(steps)
        if found.whole and not found.hits and (wider := without_attributes(result)) is not None:
            return self._found(wish, filters, wider, rest)
        listing = self._listing(wish, found, result, found.notes)
        return listing if found.whole else replace(listing, steps=steps)

    def _go_on(self, listing: Listing, result: QueryResult) -> Listing:
        """The listing after some more of the candidates were looked at."""
        assert listing.steps is not None
        found = next(listing.steps)
        more = self._listing(listing.wish, found, result, found.notes)
        return more if found.whole else replace(more, steps=listing.steps)

    def _listing(self, wish: Wish, found: Found, result: QueryResult, notes: tuple[str, ...]) -> Listing:
        ids = tuple(hit.photo for hit in found.hits)
        grades = {} if result.query.is_empty else {hit.photo: hit.grade for hit in found.hits}
        said = result.query.said()
        likenesses = result.likenesses or None
        if not found.whole:
            of_all = f" of {found.candidates:,}" if found.candidates else ""
            notes = (*notes, f"the likeliest {found.looked_at:,}{of_all} photos looked at, going on …")
        return Listing(wish, ids, grades, found.total, found.whole, said, notes, result.query, likenesses)

    def _alike(self, wish: Wish) -> Listing:
        if wish.like == DUPLICATES:
            same = tuple(photo for group in duplicates(self.library) for photo in group)
            return Listing(wish, same, {}, len(same), said="the same picture twice, or nearly")
        hits = self._signatures.like(wish.like, 200)
        name = self.library.photo(wish.like).name
        ids = (wish.like, *(hit.photo for hit in hits))
        return Listing(wish, ids, {h.photo: h.grade for h in hits}, len(ids), said=f"like {name}")

    def _take_listing(self, found: "Listing | Callable[[], None]") -> None:
        if callable(found):
            found()
            return
        self.listing = found
        self.listed.emit(found)
        if found.steps is not None:
            result = QueryResult(found.query, found.likenesses or ())
            self._later("list", lambda: self._go_on(found, result), self._take_listing)

    def _tell_detail(self, detail: PhotoDetail) -> None:
        self._shown = detail
        self.detailed.emit(detail)
        self._read_texts(detail)

    def _read_texts(self, detail: PhotoDetail) -> None:
        """Let the engine read what people wrote about a photo; `detailed` comes again where the geometry denies it."""
        number, index = self._numbers.get("detail", 0), detail.index
        for place, shown in enumerate(detail.captions):
            caption = shown.caption
            if caption.maker != "human" or "contradicted" in shown.flags or not index.relations:
                continue

            def take(result: QueryResult, place: int = place, shown: ShownCaption = shown) -> None:
                wrong = denied(result, index)
                if wrong and self._numbers.get("detail", 0) == number:
                    flagged = replace(shown, flags=(*shown.flags, "contradicted"), denied=tuple(wrong))
                    now = self._shown.captions
                    self._shown = replace(self._shown, captions=(*now[:place], flagged, *now[place + 1 :]))
                    self.detailed.emit(self._shown)

            labels = tuple(sorted({thing.label for thing in index.things}))
            self.bridge.submit(ReadQuery(text=caption.text, labels=labels), take, group=f"library-text-{place}")

    def _detail(self, photo: int, listing: Listing) -> PhotoDetail:
        row = self.library.photo(photo)
        index = self.library.index_of(photo)
        matched: tuple[str, ...] = ()
        if not listing.query.is_empty:
            found = match_in(self.library, listing.query, photo, listing.likenesses)
            matched = found.keys if found else ()
        shown = tuple(
            ShownCaption(caption, flags_of(caption, index), count_tokens(caption.text))
            for caption in captions_of_photo(self.library, photo)
        )
        picture = read_picture("" if row.missing else row.path, PHOTO_PX)
        return PhotoDetail(row, picture, index, shown, self.library.history(photo, 200), matched)

    # -- changing ------------------------------------------------------------------------------------------------

    def set_states(self, photos: Sequence[int], state: State | str) -> None:
        """Say how far photos are."""
        step = new_step("state") if len(photos) > 1 else ""
        self._change(lambda: self.library.set_states(photos, state, self.author, step), photos)

    def write(self, photo: int, style: str, text: str) -> None:
        """Keep a text of the user's."""
        self._change(lambda: write_caption(self.library, photo, style, text, self.author), [photo])

    def derive(self, photo: int, style: str) -> None:
        """Write a caption again from the scene; a text by a person has to be taken away first."""

        def work() -> None:
            template = template_of(self.library, style)
            scene = self.library.scene_of(photo)
            if scene is None:
                raise StudioError("This photo has no scene yet. Parse it first.")
            if "model" in uses(template):
                raise StudioError("Sentences by SD3 mini are written in a batch: press Caption below.")
            caption = caption_in_style(scene, template, about_photos(self.library, [photo])[photo])
            row = self.library.photo(photo)
            with self.library.database.change() as db:
                if not put_caption(db, photo, style, caption, MACHINE, row.scene_hash, template):
                    raise StudioError("This text was written by a person. Take it away first, then derive it again.")

        self._change(work, [photo])

    def change_styles(self, name: str, template: str, removed: str = "") -> None:
        """Keep a template as a style, or forget one of the user's."""

        def work() -> dict[str, str]:
            if removed:
                remove_style(self.library, removed)
            else:
                add_style(self.library, name, template)
            return styles(self.library)

        self._later("styles", work, self.styles_known.emit)

    def said_of(self, photo: int, template: str) -> str:
        """What a template says of a photo, at once; sentences of SD3 mini are stood for by the rule's.

        Raises `StudioError` for a template that is not valid.
        """
        check_template(template)
        scene = self.library.scene_of(photo) if photo else None
        if scene is None:
            return "Mark a photo that has a scene, and it is shown here."
        return caption_in_style(scene, template, about_photos(self.library, [photo])[photo]).text

    def forget_folder(self, folder: int) -> None:
        """Stop watching a folder."""
        self._later("forget", lambda: forget_folder(self.library, folder), lambda _: self.changed.emit(0))

    def _change(self, work: Callable[[], object], photos: Sequence[int]) -> None:
        def take(_: object) -> None:
            for photo in photos[:50]:
                self.changed.emit(photo)
            if len(photos) > 50:
                self.changed.emit(0)

        self._later("", work, take)

    # -- the thread ----------------------------------------------------------------------------------------------

    def later(self, work: Callable[[], Any], take: Callable[[Any], object]) -> None:
        """Do something with the library in its thread, and take the result here."""
        self._later("", work, take)

    def _later(self, kind: str, work: Callable[[], Any], take: Callable[[Any], object]) -> None:
        """`kind` names wishes of which only the newest counts; empty: all count."""
        self._numbers[kind] = number = self._numbers.get(kind, 0) + 1

        def run() -> Any:
            if kind and self._numbers.get(kind) != number:
                return None
            return work()

        def tell(future: Future) -> None:
            if future.cancelled() or self._closing.is_set():
                return
            error = future.exception()
            self._arrived.emit(kind, number, take, None if error else future.result(), error)

        if not self._closing.is_set():
            self._reader.submit(run).add_done_callback(tell)

    def _on_arrived(self, kind: str, number: int, take: Callable, result: object, error: Exception | None) -> None:
        if self._closing.is_set() or (kind and self._numbers.get(kind) != number):
            return
        if isinstance(error, StudioError):
            self.said.emit("warning", str(error))
        elif error is not None:
            log.error("the library failed", exc_info=error)
            self.said.emit("danger", f"unexpected {type(error).__name__}: {error}")
        else:
            take(result)


def _needs_parser(clause: str) -> "TextGraph":
    raise _NeedsParserError(clause)
