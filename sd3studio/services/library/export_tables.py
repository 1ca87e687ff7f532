"""Tables of captions for trainers: JSON lines, CSV, Parquet; one row a photo, with its objects and relations.

``file_name`` and ``text`` are named as the image-folder data sets of Hugging Face have them, so that such a
``metadata.jsonl`` beside the photos loads as it is.
"""

import csv
import io
import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from sd3studio.core.errors import MissingModelError
from sd3studio.services.library.caption_store import captions_of_photos
from sd3studio.services.library.library import Library

FORMS = ("jsonl", "csv", "parquet")
FIELDS = ("file_name", "text", "style", "maker", "author", "width", "height", "state", "sha256", "objects", "relations")


def table_bytes(library: Library, photos: Sequence[int], form: str, style: str, path: Path) -> bytes:
    """The table as a file in one of `FORMS`; names of photos are relative to where it will lie."""
    rows = list(_rows(library, photos, style, path.resolve().parent))
    if form == "jsonl":
        return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()
    if form == "csv":
        text = io.StringIO()
        table = csv.DictWriter(text, FIELDS)
        table.writeheader()
        for row in rows:
            plain = {key: json.dumps(v, ensure_ascii=False) if isinstance(v, list) else v for key, v in row.items()}
            table.writerow({key: _harmless(value) for key, value in plain.items()})
        return text.getvalue().encode()
    return _parquet(rows)


def _rows(library: Library, photos: Sequence[int], style: str, folder: Path) -> Iterator[dict[str, Any]]:
    captions = captions_of_photos(library, photos)
    for row in library.photos(photos):
        caption = next((c for c in captions.get(row.id, ()) if c.style == style), None)
        if caption is None:
            continue
        index = library.index_of(row.id)
        yield {
            "file_name": os.path.relpath(row.path, folder).replace(os.sep, "/"),
            "text": caption.text,
            "style": style,
            "maker": caption.maker,
            "author": caption.author,
            "width": row.width,
            "height": row.height,
            "state": str(row.state),
            "sha256": row.sha256,
            "objects": [{"id": t.key, "label": t.label, "box": list(t.box or ())} for t in index.things],
            "relations": [
                {
                    "subject": index.things[r.subject].key,
                    "predicate": r.predicate.value,
                    "object": index.things[r.object].key,
                    "grade": r.space,
                }
                for r in index.relations
                if r.space > 0.5
            ],
        }


def _parquet(rows: list[dict[str, Any]]) -> bytes:
    try:
        import pyarrow
        import pyarrow.parquet
    except ModuleNotFoundError as error:
        raise MissingModelError("Parquet needs pyarrow. Install it with: pip install 'sd3studio[parquet]'") from error
    table = pyarrow.Table.from_pylist([{key: row[key] for key in FIELDS} for row in rows])
    sink = pyarrow.BufferOutputStream()
    pyarrow.parquet.write_table(table, sink)
    return sink.getvalue().to_pybytes()


def _harmless(value: Any) -> Any:
    """A text that a spreadsheet would run as a formula gets an apostrophe in front."""
    return f"'{value}" if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r") else value
