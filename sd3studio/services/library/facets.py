"""What there is to choose from: how many photos have each state, label, predicate, camera, year."""

from dataclasses import dataclass

from sqlalchemy import func, literal_column, select

from sd3studio.core.searching.index import KEPT
from sd3studio.services.library import tables
from sd3studio.services.library.filters import Filters, filtered
from sd3studio.services.library.library import Library
from sd3studio.services.library.records import State

MOST_LABELS = 200


@dataclass(frozen=True, slots=True)
class Facets:
    """Per kind: name -> number of photos, the most frequent first."""

    total: int
    states: dict[str, int]
    labels: dict[str, int]
    predicates: dict[str, int]
    cameras: dict[str, int]
    years: dict[str, int]
    problems: int
    missing: int


def facets(library: Library, filters: Filters | None = None, with_predicates: bool = True) -> Facets:
    """Counts among the photos that pass the filters."""
    filters = filters or Filters()
    inside = None if filters.is_empty else filtered(filters, library.database.engine.dialect.name)
    p, c, r = tables.photos.c, tables.counts.c, tables.relations.c

    def grouped(column, *where):
        query = select(column, func.count()).where(*where).group_by(column).order_by(func.count().desc())
        if inside is not None:
            query = query.where(p.id.in_(inside))
        return {str(name): number for name, number in library.database.rows(query)}

    states = grouped(p.state, p.missing == 0)
    labels = select(tables.labels.c.label, func.count().label("n")).join(tables.counts, c.label == tables.labels.c.id)
    if inside is not None:
        labels = labels.where(c.photo.in_(inside))
    labels = labels.group_by(tables.labels.c.id, tables.labels.c.label).order_by(
        literal_column("n").desc(), tables.labels.c.label
    )
    predicates: dict[str, int] = {}
    if with_predicates:
        related = select(r.predicate, func.count(r.photo.distinct())).where(r.grade > 0.5).group_by(r.predicate)
        if inside is not None:
            related = related.where(r.photo.in_(inside))
        found = {KEPT[number].value: count for number, count in library.database.rows(related)}
        predicates = dict(sorted(found.items(), key=lambda item: -item[1]))
    problems = grouped(p.missing, p.problem != "")
    gone = library.database.rows(select(func.count()).where(p.missing == 1))[0][0]
    return Facets(
        total=sum(states.values()),
        states={str(state): states.get(state, 0) for state in State},
        labels={row[0]: row[1] for row in library.database.rows(labels.limit(MOST_LABELS))},
        predicates=predicates,
        cameras=grouped(p.camera, p.camera != ""),
        years=grouped(func.substr(p.taken, 1, 4), p.taken != ""),
        problems=sum(problems.values()),
        missing=int(gone),
    )
