"""The tables of a library, for SQLite and PostgreSQL alike (SQLAlchemy Core).

A change of this form adds one to `VERSION` and a function to `database.MIGRATIONS`.
"""

from sqlalchemy import (
    BigInteger,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    String,
    Table,
    Text,
)

VERSION = 1

metadata = MetaData()

meta = Table("meta", metadata, Column("key", String(200), primary_key=True), Column("value", Text, nullable=False))

folders = Table(
    "folders",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("path", Text, nullable=False, unique=True),
    Column("added_s", Float, nullable=False),
    Column("scanned_s", Float, nullable=False, default=0.0),
)

photos = Table(
    "photos",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("folder", ForeignKey("folders.id"), nullable=False),
    Column("path", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("size", BigInteger, nullable=False, default=0),
    Column("changed_ns", BigInteger, nullable=False, default=0),
    Column("missing", Integer, nullable=False, default=0),
    Column("problem", Text, nullable=False, default=""),
    # what was read from the file; sha256 is empty until then
    Column("sha256", String(64), nullable=False, default=""),
    Column("looks", BigInteger),
    Column("width", Integer, nullable=False, default=0),
    Column("height", Integer, nullable=False, default=0),
    Column("taken", String(32), nullable=False, default=""),
    Column("camera", Text, nullable=False, default=""),
    Column("focal_mm", Float),
    Column("latitude", Float),
    Column("longitude", Float),
    Column("place", Text, nullable=False, default=""),
    # the review
    Column("state", String(16), nullable=False, default="new"),
    Column("state_by", Text, nullable=False, default=""),
    Column("state_s", Float, nullable=False, default=0.0),
    # the scene and what is searched
    Column("scene_version", Integer, nullable=False, default=0),
    Column("scene_hash", String(64), nullable=False, default=""),
    Column("scene_by", Text, nullable=False, default=""),
    Column("parsed_as", String(64), nullable=False, default=""),
    Column("check_score", Float),
    Column("check_hash", String(64), nullable=False, default=""),
    Index("photos_by_state", "missing", "state", "id"),
    Index("photos_by_folder", "missing", "folder", "id"),
    Index("photos_by_camera", "camera"),
    Index("photos_by_problem", "problem", "missing"),
    Index("photos_by_taken", "taken", "id"),
    Index("photos_by_sha256", "sha256"),
    Index("photos_by_looks", "looks"),
)
"""`looks` is the perceptual hash; `parsed_as` the hash of file and settings by which the scene was read."""

indexes = Table(
    "indexes",
    metadata,
    Column("photo", ForeignKey("photos.id", ondelete="CASCADE"), primary_key=True),
    Column("things", Text, nullable=False),
    Column("signature", LargeBinary, nullable=False),
)
"""Of each photo's newest scene: the search index (`core.searching.SceneIndex`) and the vector for like scenes. Apart
from the photos, so that those stay short."""

scenes = Table(
    "scenes",
    metadata,
    Column("photo", ForeignKey("photos.id", ondelete="CASCADE"), nullable=False),
    Column("version", Integer, nullable=False),
    Column("hash", String(64), nullable=False),
    Column("author", Text, nullable=False),
    Column("at_s", Float, nullable=False),
    Column("data", LargeBinary, nullable=False),
    PrimaryKeyConstraint("photo", "version"),
)
"""Every version of each photo's scene, as compressed JSON."""

labels = Table(
    "labels",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("label", Text, nullable=False, unique=True),
)

counts = Table(
    "counts",
    metadata,
    Column("label", Integer, nullable=False),
    Column("photo", ForeignKey("photos.id", ondelete="CASCADE"), nullable=False),
    Column("number", Integer, nullable=False),
    PrimaryKeyConstraint("label", "photo"),
    Index("counts_by_photo", "photo"),
    sqlite_with_rowid=False,
)
"""How many things of each label a photo shows."""

relations = Table(
    "relations",
    metadata,
    Column("subject", Integer, nullable=False),
    Column("predicate", Integer, nullable=False),
    Column("object", Integer, nullable=False),
    Column("photo", ForeignKey("photos.id", ondelete="CASCADE"), nullable=False),
    Column("grade", Float, nullable=False),
    Column("space", Float, nullable=False),
    Column("seen", Float, nullable=False),
    PrimaryKeyConstraint("subject", "predicate", "object", "photo"),
    Index("relations_by_photo", "photo"),
    sqlite_with_rowid=False,
)
"""Best grades per two labels, predicate and photo; predicates by their place in `core.searching.index.KEPT`."""

captions = Table(
    "captions",
    metadata,
    Column("photo", ForeignKey("photos.id", ondelete="CASCADE"), nullable=False),
    Column("style", String(64), nullable=False),
    Column("text", Text, nullable=False),
    Column("maker", String(8), nullable=False),
    Column("author", Text, nullable=False, default=""),
    Column("scene_hash", String(64), nullable=False, default=""),
    Column("template", Text, nullable=False, default=""),
    Column("facts", Text, nullable=False, default=""),
    Column("at_s", Float, nullable=False),
    PrimaryKeyConstraint("photo", "style"),
)
"""The sentence of each style; the earlier ones are in the history."""

history = Table(
    "history",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("photo", ForeignKey("photos.id", ondelete="CASCADE"), nullable=False),
    Column("at_s", Float, nullable=False),
    Column("author", Text, nullable=False),
    Column("what", String(16), nullable=False),
    Column("detail", Text, nullable=False, default="{}"),
    Column("step", String(40), nullable=False, default=""),
    Index("history_by_photo", "photo", "id"),
    Index("history_by_step", "step"),
)
"""Every change, with who and when; `step` joins what was done, and can be undone, at once."""

runs = Table(
    "runs",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("order", Text, nullable=False),
    Column("state", String(16), nullable=False, default="running"),
    Column("owner", String(64), nullable=False, default=""),
    Column("total", Integer, nullable=False, default=0),
    Column("begun_s", Float, nullable=False),
    Column("ended_s", Float),
)
"""Batches: what was ordered, as JSON."""

tasks = Table(
    "tasks",
    metadata,
    Column("run", ForeignKey("runs.id", ondelete="CASCADE"), nullable=False),
    Column("photo", ForeignKey("photos.id", ondelete="CASCADE"), nullable=False),
    Column("tries", Integer, nullable=False, default=0),
    PrimaryKeyConstraint("run", "photo"),
    sqlite_with_rowid=False,
)
"""Photos that a batch has still to do; a photo leaves in the same transaction that stores its result."""

exported = Table(
    "exported",
    metadata,
    Column("path", Text, primary_key=True),
    Column("field", String(32), primary_key=True),
    Column("sha256", String(64), nullable=False),
)
"""What we last wrote to files outside, so that a text that somebody changed there is known as theirs."""
