"""A typed query from its text to the photos: filters, what stands where, else words."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from sd3studio.core.language.colours import colour_of
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
        return replace(found, notes=(*found.notes, as_words(result, rest))), QueryResult(SceneQuery()), filters
    found = search(library, result.query, filters, limit, result.likenesses)
    wider = None if found.hits else without_attributes(result)
    if wider is not None:
        return search(library, wider.query, filters, limit, wider.likenesses), wider, filters
    return found, result, filters


def means_something(result: QueryResult) -> bool:
    """Whether a query asks for things that the library has (or must not have)."""
    if result.query.absent and not result.query.things:
        return True
    pairs = zip(result.query.things, result.likenesses, strict=True)
    return bool(result.query.things) and all(found or not thing.at_least for thing, found in pairs)


def as_words(result: QueryResult, text: str) -> str:
    """What is said where a text is looked for among words, as it names nothing that the library has."""
    pairs = zip(result.query.things, result.likenesses, strict=True)
    unknown = [f"“{thing.label}”" for thing, found in pairs if thing.at_least and not found]
    called = " or ".join(unknown) or "so"
    return f"Nothing in the library is called {called}; “{text}” was looked for in captions, names and places."


def without_attributes(result: QueryResult) -> QueryResult | None:
    """The query without "big" and "old", and a note that says so; None if there are none. Colours stay."""
    query = result.query
    left = dict.fromkeys(w for thing in query.things for w in thing.attributes if colour_of(w) is None)
    if not left:
        return None
    things = tuple(
        thing.replace(attributes=tuple(word for word in thing.attributes if word not in left)) for thing in query.things
    )
    said = ", ".join(f"“{word}”" for word in left)
    note = f"Nothing was found that is {said}: {'that is' if len(left) == 1 else 'these are'} left out."
    return replace(result, query=query.replace(things=things, notes=(*query.notes, note)))
