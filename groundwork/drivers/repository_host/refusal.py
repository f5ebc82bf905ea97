"""What is said of a repository that is not the one its host bears."""

from groundwork.errors import RefusedError

IDENTITY_FILE = "/etc/cityops/repository.identity"


def refuse_another(site: str, pinned: str | None, identity: str) -> None:
    """Raise RefusedError unless nothing or just this identity is pinned."""
    if pinned not in {None, identity}:
        raise RefusedError(
            f"{site}'s host bears the repository {str(pinned)[:12]}…, not {identity[:12]}…",
            hint=f"is its disk mounted? to bear another one, a person removes {IDENTITY_FILE} on that host first",
        )
