"""What a plan should hold and does not: machines out of sight, lost or hindered, or more gone than can be true."""

from collections.abc import Collection, Sequence

from fleet.machines.comparison import Comparison, list_some
from groundwork.change.plan import Unread
from groundwork.errors import ConfigurationError, OpsError, OutsideError, RefusedError, VerificationError

_MANY = 5  # missing machines of a site that need no question
_MANY_SHARE = 10  # and one in so many of a site's machines
_Shortfall = tuple[str, str, type[OpsError]]  # what is the matter, what to do, and whose exit code it ends with


def left_out(rows: Sequence[Comparison], *, anew: Collection[str] = ()) -> tuple[Unread, ...]:
    """What is left out, by site and reason: whoever carries the plan out well has not done all."""
    alike: dict[tuple[str, _Shortfall], list[str]] = {}
    for row in rows:
        shortfall = _shortfall(row, anew)
        if shortfall is not None:
            alike.setdefault((row.site, shortfall), []).append(row.name)
    return tuple(
        Unread(source=site, message=f"{list_some(names)}: {what}", hint=hint, exit_code=error.exit_code)
        for (site, (what, hint, error)), names in alike.items()
    )


def refuse_many_missing(rows: Sequence[Comparison]) -> None:
    """Raises RefusedError when so many of a site's machines are missing that a misreading is likelier than a loss."""
    for site in dict.fromkeys(row.site for row in rows):
        own = [row for row in rows if row.site == site and row.wanted]
        gone = [row.name for row in own if row.state in ("missing", "lost")]
        if len(gone) > max(_MANY, len(own) // _MANY_SHARE):
            raise RefusedError(
                f"{len(gone)} of {len(own)} machines of {site} are missing: {list_some(gone)}",
                hint="is it the right vCenter, datacenter and account? If they are to be made, add --many-missing",
            )


def _shortfall(row: Comparison, anew: Collection[str]) -> _Shortfall | None:
    if row.state == "unseen" and row.found is not None:  # a site that was not read is reported as that
        return f"cannot be seen now ({row.note})", "see its state at the vCenter", OutsideError
    if row.state == "lost" and row.name not in anew:
        return "was there before and is gone", row.note, VerificationError
    if row.state in ("missing", "lost") and row.hindrance:
        error = OutsideError if row.makeable else ConfigurationError
        return f"not made: {row.hindrance}", "mend that, then plan again", error
    return None
