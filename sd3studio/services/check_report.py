"""Checks of several pictures as files: one HTML page that needs nothing else, and CSV tables, best picture first."""

import base64
import csv
import html
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from sd3studio.core.checking import CheckReport, rank_key
from sd3studio.core.files import write_atomic
from sd3studio.services.check_overlay import VERDICT_COLOURS

PICTURE_COLUMNS = (
    "rank", "picture", "score", "coverage", "found", "missing", "wrong place", "extra", "cannot decide",
    "holds", "broken", "undecided relations", "reader",
)  # fmt: skip
STATEMENT_COLUMNS = ("picture", "statement", "subject", "predicate", "object", "verdict", "score", "iou", "why")
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True, slots=True)
class Row:
    """One picture of a report: the verdicts, and a small JPEG with them drawn in (empty: no picture is shown)."""

    report: CheckReport
    thumbnail: bytes = b""


def best_first(rows: Iterable[Row]) -> list[Row]:
    """The rows by score, then coverage; equals keep their order."""
    return sorted(rows, key=lambda row: rank_key(row.report), reverse=True)


def write_report(folder: Path, rows: Sequence[Row], title: str = "Check") -> tuple[Path, ...]:
    """Write ``report.html``, ``pictures.csv`` and ``statements.csv`` into a folder; returns the files."""
    ordered = best_first(rows)
    reports = [row.report for row in ordered]
    files = {
        "report.html": html_page(ordered, title),
        "pictures.csv": pictures_csv(reports),
        "statements.csv": statements_csv(reports),
    }
    for name, text in files.items():
        write_atomic(folder / name, text.encode("utf-8"))
    return tuple(folder / name for name in files)


def pictures_csv(reports: Sequence[CheckReport]) -> str:
    """One line a picture, in the order given."""
    lines = []
    for rank, report in enumerate(reports, start=1):
        told = {"rank": rank, "picture": report.picture, "reader": report.reader, **report.counts()}
        told |= {"score": f"{report.score:.4f}", "coverage": f"{report.coverage:.4f}"}
        lines.append([told[column] for column in PICTURE_COLUMNS])
    return _csv(PICTURE_COLUMNS, lines)


def statements_csv(reports: Sequence[CheckReport]) -> str:
    """One line for every object, colour and relation of every picture."""
    lines: list[list[object]] = []
    for report in reports:
        for thing in report.objects:
            numbers = [_number(thing.score), _number(thing.iou)]
            lines.append([report.picture, "object", thing.id, "", thing.label, thing.verdict, *numbers, thing.why])
            for colour in thing.attributes:
                told = [colour.verdict, "", "", colour.why]
                lines.append([report.picture, "colour", thing.id, "", colour.attribute, *told])
        for item in report.relations:
            ends = [item.subject, item.predicate.value, item.object]
            lines.append([report.picture, "relation", *ends, item.verdict, _number(item.grade), "", item.why])
    return _csv(STATEMENT_COLUMNS, lines)


def _csv(columns: Sequence[str], lines: Iterable[Sequence[object]]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    for line in lines:
        writer.writerow([_safe(cell) for cell in line])
    return out.getvalue()


def _safe(cell: object) -> object:
    """Text that a spreadsheet would take for a formula is marked as text."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA_STARTS) else cell


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.3f}"


STYLE = """
body { font: 15px/1.45 system-ui, sans-serif; margin: 2rem auto; max-width: 70rem; padding: 0 1rem; color: #1c1e21;
  background: #fff; }
article { display: grid; grid-template-columns: 370px 1fr; gap: 1.25rem; border-top: 1px solid #ccd0d5;
  padding: 1rem 0; }
img { max-width: 360px; height: auto; }
h2 { font-size: 1rem; margin: 0 0 .3rem; overflow-wrap: anywhere; }
table { border-collapse: collapse; margin: .4rem 0; }
td, th { text-align: left; padding: .1rem .8rem .1rem 0; vertical-align: top; }
.verdict { color: #fff; border-radius: 3px; padding: 0 .4rem; white-space: nowrap; }
.quiet { color: #5a6068; }
@media (max-width: 50rem) { article { grid-template-columns: 1fr; } }
"""


def html_page(rows: Sequence[Row], title: str = "Check") -> str:
    """The page, pictures inline; every text from outside is escaped, and nothing is loaded from anywhere."""
    name = html.escape(title)
    parts = [_article(rank, row) for rank, row in enumerate(rows, start=1)]
    policy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{name}</title>\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<style>{STYLE}</style></head><body>\n<h1>{name}</h1>\n"
        f"<p>{len(rows)} pictures, best first. The score is the share of the decided statements (objects, colours, "
        "relations) that a picture keeps; what can't be decided counts neither way.</p>\n"
        f"{''.join(parts)}</body></html>\n"
    )


def _article(rank: int, row: Row) -> str:
    report = row.report
    counts = report.counts()
    told = ", ".join(f"{counts[key]} {key}" for key in counts if counts[key])
    picture = ""
    if row.thumbnail:
        data = base64.b64encode(row.thumbnail).decode("ascii")
        picture = f'<img src="data:image/jpeg;base64,{data}" alt="{html.escape(report.picture, quote=True)}">'
    notes = "".join(f'<p class="quiet">{html.escape(note)}</p>' for note in report.notes)
    return (
        f"<article><div>{picture}</div><div>\n<h2>{rank}. {html.escape(report.picture)}</h2>\n"
        f"<p><b>Score {report.score:.2f}</b>, {report.coverage:.0%} decided, read by {html.escape(report.reader)}. "
        f"{html.escape(told)}</p>{notes}\n<details><summary>Objects and relations</summary>\n"
        f"{_table(_object_lines(report))}{_table(_relation_lines(report))}</details></div></article>\n"
    )


def _object_lines(report: CheckReport) -> list[tuple[str, str, str]]:
    lines = []
    for thing in report.objects:
        lines.append((thing.verdict, thing.label, thing.why))
        lines += [(colour.verdict, f"{thing.label}: {colour.attribute}", colour.why) for colour in thing.attributes]
    return lines


def _relation_lines(report: CheckReport) -> list[tuple[str, str, str]]:
    return [(r.verdict, f"{r.subject} {r.predicate.value} {r.object}", r.why) for r in report.relations]


def _table(lines: Sequence[tuple[str, str, str]]) -> str:
    rows = []
    for verdict, what, why in lines:
        colour = "#{:02x}{:02x}{:02x}".format(*VERDICT_COLOURS[verdict])
        badge = f'<span class="verdict" style="background:{colour}">{html.escape(verdict)}</span>'
        cells = f"<td>{badge}</td><td>{html.escape(what)}</td>"
        rows.append(f'<tr>{cells}<td class="quiet">{html.escape(why)}</td></tr>\n')
    return f"<table>{''.join(rows)}</table>\n" if rows else ""
