"""Typed queries of a library: the sentence parsers read them; nouns that are no label find the likest labels."""

from collections.abc import Iterator, Sequence

from sd3studio.core.errors import MissingModelError
from sd3studio.core.messages import Finished, JobMessage, QueryResult
from sd3studio.core.requests import ReadQuery
from sd3studio.core.searching import query_of_words, resolved
from sd3studio.core.searching.query import SceneQuery

NEAR = 0.55
"""Cosine from which a label may stand for a noun that no word list knows ("settee": couch 0.66)."""
MOST_LABELS = 2_000


def run(request: ReadQuery) -> Iterator[JobMessage]:
    """Read a query; ends in ``Finished(QueryResult)``."""
    yield Finished(read_query(request.text, request.labels, request.view))


def read_query(text: str, labels: Sequence[str] = (), view: str = "either") -> QueryResult:
    """What a query means in a library with these labels."""
    from sd3studio.ml.librarian.spelling import spelled
    from sd3studio.ml.parsing.sentence import read_text

    known = frozenset(labels)
    text, mistakes = spelled(text, known) if known else (text, ())
    query, likenesses = resolved(query_of_words(text, read_text, known, view), known)
    query = query.replace(notes=(*mistakes, *query.notes))
    unknown = [n for n, found in enumerate(likenesses) if not found]
    if unknown and known:
        query, likenesses = _by_meaning(query, likenesses, unknown, sorted(known)[:MOST_LABELS])
    return QueryResult(query, tuple(likenesses))


def _by_meaning(
    query: SceneQuery, likenesses: list[dict[str, float]], unknown: Sequence[int], labels: Sequence[str]
) -> tuple[SceneQuery, list[dict[str, float]]]:
    from sd3studio.ml.embedding import embed

    try:
        vectors = embed([*(query.things[n].label for n in unknown), *labels])
    except MissingModelError as error:
        return query.replace(notes=(*query.notes, str(error))), likenesses
    notes = list(query.notes)
    for place, number in enumerate(unknown):
        cosines = vectors[len(unknown) :] @ vectors[place]
        best = sorted(zip(cosines.tolist(), labels, strict=True), reverse=True)[:2]
        near = {label: round(cosine, 3) for cosine, label in best if cosine >= NEAR}
        if near:
            likenesses[number] = near
            said = " or ".join(f"“{label}”" for label in near)
            notes.append(f"Nothing is called “{query.things[number].label}”; {said} was taken for it.")
    return query.replace(notes=tuple(notes)), likenesses
