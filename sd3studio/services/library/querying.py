"""A typed query from its text to the photos: filters, what stands where, else words."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from sd3studio.core.messages import QueryResult
from sd3studio.core.searching import SceneQuery
from sd3studio.services.library.filters import Filters, split_filters
from sd3studio.services.library.library import Library
from sd3studio.services.library.search import Found, known_labels, search

Reader = Callable[[str, Sequence[str]], QueryResult]


def typed_query(
    library: Library, text: str, read: Reader, filters: Filters | None = None, limit: int = 200
) -> tuple[Found, QueryResult, Filters]:
    """The photos that a typed text means, the query and the filters that were understood.

    ``key:value`` words and quoted text are filters; the rest says what stands where. A text that names nothing that
    the library has is looked for among the words of captions, names, labels and places instead.

    Parameters
    ----------
    read : reads what is left of the text without the filters, knowing the labels of the library
    """
    rest, filters = split_filters(text, filters)
    if not rest:
        empty = QueryResult(SceneQuery())
        return search(library, empty.query, filters, limit), empty, filters
    result = read(rest, tuple(known_labels(library)))
    if not means_something(result):
        filters = replace(filters, words=f"{filters.words} {rest}".strip())
        found = search(library, SceneQuery(), filters, limit)
        note = f"Nothing in the library is called so; “{rest}” was looked for in captions, names and places."
        return replace(found, notes=(*result.query.notes, note)), QueryResult(SceneQuery()), filters
    return search(library, result.query, filters, limit, result.likenesses), result, filters


def means_something(result: QueryResult) -> bool:
    """Whether a query asks for things that the library has (or must not have)."""
    if result.query.absent and not result.query.things:
        return True
    return bool(result.query.things) and all(result.likenesses)
