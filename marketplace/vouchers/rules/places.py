"""Where a scheme holds: its own place, and the places that count like it (portability)."""

from __future__ import annotations

from marketplace.vouchers.rules.policy import Policy


def lies_within(path: str | None, policy: Policy, scheme_path: str) -> bool:
    """Whether a place lies in the scheme's place or in one of its regions; a path names the codes
    of all places above: `/220000/220800/220802/`."""
    if not path:
        return False
    regions = policy.regions.value if policy.regions else ()
    return path.startswith(scheme_path) or any(f"/{code}/" in path for code in regions)


def person_is_inside(
    policy: Policy, *, residence_path: str | None, workplace_path: str | None, scheme_path: str
) -> bool:
    """Whether somebody lives or works there, whichever the policy's rule of place names."""
    if policy.place is None:
        return True
    paths = {"residence": residence_path, "workplace": workplace_path}
    return any(lies_within(paths.get(kind), policy, scheme_path) for kind in policy.place.value)
