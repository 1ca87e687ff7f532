"""Search by what stands where: candidates by the indexed rows, then the best choice of objects in each, ranked."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Select, case, func, literal, or_, select
from sqlalchemy.sql.elements import ColumnElement

from sd3studio.core.scene.predicates import Predicate
from sd3studio.core.searching import Match, SceneIndex, SceneQuery, WantedRelation, likeness, match, resolved
from sd3studio.core.searching.index import KEPT, canonical
from sd3studio.services.library import tables
from sd3studio.services.library.filters import Filters, filtered
from sd3studio.services.library.library import Library

LEAST_GRADE = 0.5
"""Photos that fit less well are not shown."""
FIRST_LOOKED_AT = 200
"""So many candidates are matched object by object for a first answer, the likeliest by the indexed rows."""
FIRST_LOOKED_AT_DRAWN = 2_000
PORTION = 1_000
"""So many more are matched for each answer after that."""

Likenesses = Sequence[Mapping[str, float]]


@dataclass(frozen=True, slots=True)
class Hit:
    """A photo and how well it fits, in (0, 1]."""

    photo: int
    grade: float


@dataclass(frozen=True, slots=True)
class Found:
    """What was found, best first.

    Parameters
    ----------
    hits : the photos
    total : how many there are in all; at least so many where `whole` is False
    notes : what could not be searched for, and why
    looked_at, candidates : of so many photos that have all that is wanted so many were looked at; equal if `whole`,
        0 candidates where they were not counted yet
    """

    hits: tuple[Hit, ...]
    total: int
    whole: bool = True
    notes: tuple[str, ...] = ()
    looked_at: int = 0
    candidates: int = 0


def search(
    library: Library,
    query: SceneQuery,
    filters: Filters | None = None,
    limit: int = 200,
    likenesses: Likenesses | None = None,
    least_grade: float = LEAST_GRADE,
) -> Found:
    """The photos that fit a query, best first: all candidates are looked at.

    Parameters
    ----------
    filters : which photos are looked through
    limit : at most so many are told
    likenesses : per wanted thing which labels answer it, how well; None tells by nouns and their synonyms
    """
    *_, found = searching(library, query, filters, limit, likenesses, least_grade)
    return found


def searching(
    library: Library,
    query: SceneQuery,
    filters: Filters | None = None,
    limit: int = 200,
    likenesses: Likenesses | None = None,
    least_grade: float = LEAST_GRADE,
) -> Iterator[Found]:
    """The same in steps: a first answer at once, from the likeliest photos, then better ones; the last is `whole`."""
    filters = filters or Filters()
    dialect = library.database.engine.dialect.name
    if query.is_empty:
        ids = photo_ids(library, filters)
        yield Found(tuple(Hit(photo, 1.0) for photo in ids[:limit]), len(ids), notes=query.notes)
        return
    known = known_labels(library)
    if likenesses is None:
        query, likenesses = resolved(query, known)
    unknown = [t.label for t, found in zip(query.things, likenesses, strict=True) if not found and t.at_least]
    if unknown:
        said = " and ".join(f"“{label}”" for label in unknown)
        yield Found((), 0, notes=(*query.notes, f"Nothing in the library is called {said}."))
        return
    by_id = [{known[label]: grade for label, grade in found.items() if label in known} for found in likenesses]
    statement = _candidates(query, by_id, filters, dialect, known, least_grade)
    if _needs_matching(query):
        yield from _matching(library, query, statement, limit, likenesses, least_grade)
        return
    rows = library.database.rows(statement.limit(limit + 1))
    total = len(rows) if len(rows) <= limit else _total(library, statement)
    yield Found(tuple(Hit(row.id, float(row.grade)) for row in rows[:limit]), total, notes=query.notes)


def _matching(
    library: Library, query: SceneQuery, statement: Select, limit: int, likenesses: Likenesses, least_grade: float
) -> Iterator[Found]:
    """Match the candidates object by object, the likeliest first."""
    first = FIRST_LOOKED_AT_DRAWN if any(thing.box for thing in query.things) else FIRST_LOOKED_AT
    ids = [row.id for row in library.database.rows(statement.limit(first + 1))]
    hits = _matched(library, query, ids[:first], likenesses, least_grade)
    if len(ids) > first:
        yield Found(tuple(_best_first(hits)[:limit]), len(hits), False, query.notes, first)
        ids = [row.id for row in library.database.rows(statement)]
    for start in range(first, len(ids), PORTION):
        hits += _matched(library, query, ids[start : start + PORTION], likenesses, least_grade)
        done = min(start + PORTION, len(ids))
        if done < len(ids):
            yield Found(tuple(_best_first(hits)[:limit]), len(hits), False, query.notes, done, len(ids))
    yield Found(tuple(_best_first(hits)[:limit]), len(hits), True, query.notes, len(ids), len(ids))


def _best_first(hits: Sequence[Hit]) -> list[Hit]:
    return sorted(hits, key=lambda hit: (-hit.grade, hit.photo))


def match_in(library: Library, query: SceneQuery, photo: int, likenesses: Likenesses | None = None) -> Match | None:
    """The objects of a photo that a query means: what is outlined."""
    index = library.index_of(photo)
    if likenesses is None:
        query, likenesses = resolved(query, {thing.label for thing in index.things})
    return match(query, index, likenesses)


def known_labels(library: Library) -> dict[str, int]:
    """All labels of the library, with their ids."""
    return {row.label: row.id for row in library.database.rows(select(tables.labels.c.label, tables.labels.c.id))}


def photo_ids(library: Library, filters: Filters | None = None, order: str = "path") -> list[int]:
    """Ids of the photos that pass the filters, by path, date, name or state."""
    p = tables.photos.c
    query = filtered(filters or Filters(), library.database.engine.dialect.name)
    orders = {
        "path": (p.folder, p.id),
        "name": (p.name, p.id),
        "date": (p.taken.desc(), p.id),
        "state": (p.state, p.id),
        "newest": (p.id.desc(),),
    }
    return library.database.values(query.order_by(*orders[order]))


def _needs_matching(query: SceneQuery) -> bool:
    """Whether rows by label don't tell enough: several relations, several of a kind, attributes, drawn places."""
    if len(query.relations) > 1 or any(t.attributes or t.box for t in query.things):
        return True
    if any(relation.denied for relation in query.relations):
        return True
    related = {end for r in query.relations for end in (r.subject, r.object)}
    return any(query.things[number].at_least > 1 for number in related)


def _candidates(
    query: SceneQuery,
    ids: Sequence[Mapping[int, float]],
    filters: Filters,
    dialect: str,
    known: Mapping[str, int],
    least_grade: float,
) -> Select:
    """Photos with all that is wanted by label, the likeliest first: rows (id, grade)."""
    parts = [_related(relation, ids, least_grade) for relation in query.asserted]
    related = {end for r in query.asserted for end in (r.subject, r.object)}
    counted = [
        _counted(ids[number], thing.at_least, thing.at_most)
        for number, thing in enumerate(query.things)
        if thing.at_least > 0 and (number not in related or thing.at_least > 1 or thing.at_most is not None)
    ]
    tables_ = [part.subquery(f"part{number}") for number, part in enumerate((*parts, *counted))]
    p = tables.photos.c
    if not tables_:
        everything = select(p.id.label("id"), literal(1.0).label("grade")).where(p.scene_version > 0)
        everything = _not_too_many(everything, p.id, query, ids)
        return _without(everything, p.id, query, filters, dialect, known).order_by(p.id)
    first, joined = tables_[0], tables_[0]
    product: ColumnElement = first.c.grade
    for other in tables_[1:]:
        joined = joined.join(other, other.c.photo == first.c.photo)
        product = product * other.c.grade
    numbers = [part.c.number for part in tables_[len(parts) :]]
    statement = select(first.c.photo.label("id"), product.label("grade")).select_from(joined)
    statement = _not_too_many(statement, first.c.photo, query, ids)
    statement = _without(statement, first.c.photo, query, filters, dialect, known)
    return statement.order_by(product.desc(), *numbers, first.c.photo)


def _not_too_many(
    statement: Select, photo: ColumnElement, query: SceneQuery, ids: Sequence[Mapping[int, float]]
) -> Select:
    """Without photos that show more than `at_most` of what need not be there at all."""
    for number, thing in enumerate(query.things):
        if thing.at_least == 0 and thing.at_most is not None and ids[number]:
            too_many = _counted(ids[number], thing.at_most + 1, None).subquery()
            statement = statement.where(photo.not_in(select(too_many.c.photo)))
    return statement


def _without(
    statement: Select, photo: ColumnElement, query: SceneQuery, filters: Filters, dialect: str, known: Mapping[str, int]
) -> Select:
    """Only photos that pass the filters and show nothing that must be absent."""
    p, c = tables.photos.c, tables.counts.c
    rest = replace(filters, labels=())
    for label, number in filters.labels:  # straight from the counts: quicker than by way of the photos
        shown = select(c.photo).where(c.label == known.get(label, 0), c.number >= number)
        statement = statement.where(photo.in_(shown))
    if rest.is_empty:
        statement = statement.where(photo.not_in(select(p.id).where(p.missing == 1)))
    else:
        statement = statement.where(photo.in_(filtered(rest, dialect)))
    for label in query.absent:
        gone = [known[name] for name in likeness(label, known)]
        if gone:
            statement = statement.where(photo.not_in(select(c.photo).where(c.label.in_(gone))))
    return statement


def _related(relation: WantedRelation, ids: Sequence[Mapping[int, float]], least_grade: float) -> Select:
    """Best grade of one relation per photo, weighed by how well the labels answer."""
    r = tables.relations.c
    subject, predicate, thing = canonical(relation.subject, relation.predicate, relation.object)
    graded = {"either": r.grade, "space": r.space, "picture": r.seen}[relation.view]
    first, second = ids[subject], ids[thing]
    where = (r.subject.in_(list(first))) & (r.object.in_(list(second)))
    value = graded * _weight(r.subject, first) * _weight(r.object, second)
    if predicate is Predicate.NEXT_TO:
        turned = (r.subject.in_(list(second))) & (r.object.in_(list(first)))
        where = or_(where, turned)
        value = graded
    where = where & (r.predicate == KEPT.index(predicate)) & (graded >= least_grade)
    if len(first) == len(second) == 1 and (predicate is not Predicate.NEXT_TO or first == second):
        return select(r.photo, value.label("grade")).where(where)  # one row a photo
    return select(r.photo, func.max(value).label("grade")).where(where).group_by(r.photo)


def _weight(column: ColumnElement, grades: Mapping[int, float]) -> ColumnElement:
    if all(grade == 1.0 for grade in grades.values()):
        return literal(1.0)
    return case(*((column == label, grade) for label, grade in grades.items()), else_=0.0)


def _counted(grades: Mapping[int, float], at_least: int, at_most: int | None) -> Select:
    """Photos with so many things of these labels."""
    c = tables.counts.c
    if len(grades) == 1:  # one row a photo
        ((label, grade),) = grades.items()
        alone = select(c.photo, c.number, literal(grade).label("grade")).where(c.label == label, c.number >= at_least)
        return alone if at_most is None else alone.where(c.number <= at_most)
    number = func.sum(c.number)
    query = (
        select(c.photo, number.label("number"), func.max(_weight(c.label, grades)).label("grade"))
        .where(c.label.in_(list(grades)))
        .group_by(c.photo)
        .having(number >= at_least)
    )
    return query if at_most is None else query.having(number <= at_most)


def _total(library: Library, statement: Select) -> int:
    inner = statement.order_by(None).subquery()
    return int(library.database.rows(select(func.count()).select_from(inner))[0][0])


def _matched(
    library: Library, query: SceneQuery, photos: Sequence[int], likenesses: Likenesses, least_grade: float
) -> list[Hit]:
    """The photos whose objects fit, in no order."""
    i, hits = tables.indexes.c, []
    only = {canonical(0, relation.predicate, 1)[1].value for relation in query.relations}
    for start in range(0, len(photos), 500):
        part = list(photos[start : start + 500])
        for row in library.database.rows(select(i.photo, i.things).where(i.photo.in_(part))):
            found = match(query, SceneIndex.from_text(row.things, only), likenesses)
            if found is not None and found.grade >= least_grade * _expected(query):
                hits.append(Hit(row.photo, found.grade))
    return hits


def _expected(query: SceneQuery) -> float:
    """Products of several grades are smaller: the bar is that of one relation for each; drawn places only rank."""
    if any(thing.box for thing in query.things):
        return 0.02
    return 0.8 * 0.5 ** max(len(query.asserted) - 1, 0)
