"""Sites with their rooms, and trainers with what they may teach."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Float, ForeignKey, Index, UniqueConstraint, text

from marketplace.foundation.db import Base, Id, Mapped, mapped_column, state_column
from marketplace.teaching.states import PlaceState, TrainerState


class TrainingSite(Base):
    """A place where an institution teaches (教学点)."""

    __tablename__ = "training_site"
    __table_args__ = (
        UniqueConstraint("institution_id", "name"),
        CheckConstraint("(latitude IS NULL) = (longitude IS NULL)", name="coordinates"),
        CheckConstraint(
            "latitude BETWEEN -90 AND 90 AND longitude BETWEEN -180 AND 180", name="on_earth"
        ),
    )

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(unique=True)
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"))
    name: Mapped[str]
    address: Mapped[str]
    jurisdiction_id: Mapped[int | None] = mapped_column(ForeignKey("jurisdiction.id"), index=True)
    latitude: Mapped[float | None] = mapped_column(Float)
    longitude: Mapped[float | None] = mapped_column(Float)
    """Degrees, WGS 84."""
    step_free: Mapped[bool]
    """A wheelchair gets in without help."""
    state: Mapped[PlaceState] = state_column(PlaceState)
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]


class TrainingRoom(Base):
    """A room of a site: what lessons take up, one at a time."""

    __tablename__ = "training_room"
    __table_args__ = (
        UniqueConstraint("site_id", "name"),
        CheckConstraint("capacity BETWEEN 1 AND 2000", name="capacity"),
    )

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(unique=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("training_site.id"))
    name: Mapped[str]
    capacity: Mapped[int]
    step_free: Mapped[bool]
    """A wheelchair reaches it and finds a place in it."""
    state: Mapped[PlaceState] = state_column(PlaceState)
    created_at: Mapped[datetime]


class Trainer(Base):
    """Who teaches for an institution. Their name is public in their trade, as on every class.

    Of the ID number only a keyed fingerprint is kept: enough to know that two institutions mean
    the same person, and nothing that could leak.
    """

    __tablename__ = "trainer"
    __table_args__ = (
        Index(
            "uq_trainer_person",
            "institution_id",
            "id_number_index",
            unique=True,
            sqlite_where=text("state = 'teaches'"),
            postgresql_where=text("state = 'teaches'"),
        ),
    )

    id: Mapped[Id]
    code: Mapped[str] = mapped_column(unique=True)
    institution_id: Mapped[int] = mapped_column(ForeignKey("institution.id"))
    name: Mapped[str]
    id_number_index: Mapped[str | None] = mapped_column(index=True)
    id_number_masked: Mapped[str | None]
    state: Mapped[TrainerState] = state_column(TrainerState)
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class TrainerQualification(Base):
    """What entitles a trainer to teach an occupation, from a day to a day."""

    __tablename__ = "trainer_qualification"
    __table_args__ = (
        CheckConstraint("valid_until IS NULL OR valid_until >= valid_from", name="dates"),
    )

    id: Mapped[Id]
    trainer_id: Mapped[int] = mapped_column(ForeignKey("trainer.id"), index=True)
    title: Mapped[str]
    """The certificate or title, e.g. `二级技师 电工`."""
    occupation_code: Mapped[str | None]
    """Empty: any occupation (general subjects, safety, law)."""
    valid_from: Mapped[date]
    valid_until: Mapped[date | None]
    added_by: Mapped[int | None] = mapped_column(ForeignKey("user.id"))
    added_at: Mapped[datetime]
