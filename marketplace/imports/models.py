"""Uploaded files, import runs and their problems."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary

from marketplace.foundation.db import Base, Id, Mapped, mapped_column, state_column
from marketplace.imports.states import (
    ImportRunState,
    ProblemSeverity,
    RunPurpose,
)


class ImportFile(Base):
    """An uploaded file, kept in the database with its job, so that neither goes without the other.

    Public registers only: nothing personal is taken in this way.
    """

    __tablename__ = "import_file"

    id: Mapped[Id]
    name: Mapped[str]
    sha256: Mapped[str] = mapped_column(unique=True)
    size_bytes: Mapped[int]
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    uploaded_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    uploaded_at: Mapped[datetime]


class ImportRun(Base):
    """One file taken in once."""

    __tablename__ = "import_run"

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[str]
    """`jurisdictions`, `occupations`, `institutions`, `catalog`."""
    source: Mapped[str]
    as_of: Mapped[date | None]
    file_name: Mapped[str]
    file_sha256: Mapped[str] = mapped_column(index=True)
    state: Mapped[ImportRunState] = state_column(ImportRunState)
    counts: Mapped[dict[str, Any]] = mapped_column(default=dict)
    started_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    job_id: Mapped[int | None] = mapped_column(ForeignKey("job.id"), unique=True)
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    purpose: Mapped[str] = mapped_column(
        default=RunPurpose.APPLY, server_default=RunPurpose.APPLY.value
    )
    """`apply`, or `preview`: then nothing but its differences and problems is saved."""
    decision: Mapped[str | None]
    """What became of a preview: `applied` or `discarded`."""
    institution_id: Mapped[int | None] = mapped_column(index=True)
    """Whose own courses they are; empty: an administrator's import. Ids of the room above."""


class ImportDifference(Base):
    """What a preview found a row would change; at most DIFFERENCES_MAX a verdict are kept."""

    __tablename__ = "import_difference"
    __table_args__ = (Index("ix_import_difference_run", "import_run_id", "verdict", "id"),)

    id: Mapped[Id]
    import_run_id: Mapped[int] = mapped_column(ForeignKey("import_run.id"))
    row_number: Mapped[int]
    """0: no row of the file, but its absence."""
    key: Mapped[str]
    label: Mapped[str]
    verdict: Mapped[str]
    changes: Mapped[list[Any]] = mapped_column(default=list)
    """Field, before, after of each."""


class ImportProblem(Base):
    """One problem of one row: where, what, and what was done about it."""

    __tablename__ = "import_problem"
    __table_args__ = (
        Index("ix_import_problem_run", "import_run_id", "id"),
        Index("ix_import_problem_key", "key", "id"),
    )

    id: Mapped[Id]
    import_run_id: Mapped[int] = mapped_column(ForeignKey("import_run.id"))
    row_number: Mapped[int]
    key: Mapped[str | None]
    """The source's own id of the row."""
    field: Mapped[str | None]
    code: Mapped[str]
    message: Mapped[str]
    severity: Mapped[ProblemSeverity] = state_column(ProblemSeverity, name="severity")
    value_before: Mapped[str | None]
    value_after: Mapped[str | None]
