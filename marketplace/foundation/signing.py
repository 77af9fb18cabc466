"""Who may give a second signature: every room asks the same two things. Pure."""

from __future__ import annotations

from marketplace.foundation.errors import Refusal, Refused


def refusals_for_signature(
    *, waits: bool, maker_id: int | None, actor_id: int, decided: Refusal
) -> tuple[Refusal, ...]:
    """Every reason against a second signature, or against sending back.

    `waits`: whether the proposal is still without one; `decided`: the room's own words where it
    is not. `maker_id`: who gave the first signature, and so never gives the second
    (`same_person`; 不相容岗位分离, 行政事业单位内部控制规范 (试行) 第十二条).
    """
    reasons = []
    if not waits:
        reasons.append(decided)
    if maker_id == actor_id:
        reasons.append(Refusal("same_person"))
    return tuple(reasons)


def refuse_signature(*, waits: bool, maker_id: int | None, actor_id: int, decided: Refusal) -> None:
    """Raises the reasons of `refusals_for_signature`, if there is one."""
    if reasons := refusals_for_signature(
        waits=waits, maker_id=maker_id, actor_id=actor_id, decided=decided
    ):
        raise Refused(reasons)
