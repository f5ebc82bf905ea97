"""Whether the timers of a scope agree: a client renews (T1), then asks anybody (T2), then gives its address up."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from groundwork.estate.draft import Stated
from groundwork.estate.fields import format_duration
from groundwork.files.fault import Fault

_SECOND = timedelta(seconds=1)


def renew_after(lease: timedelta, stated: timedelta | None) -> timedelta:
    """T1: what is stated, else half the lease (RFC 2131, 4.4.5), in whole seconds."""
    return stated or lease // 2 // _SECOND * _SECOND


def rebind_after(lease: timedelta, stated: timedelta | None) -> timedelta:
    """T2: what is stated, else seven eighths of the lease (RFC 2131, 4.4.5), in whole seconds."""
    return stated or lease * 7 // 8 // _SECOND * _SECOND


def preferred_for(lease: timedelta, stated: timedelta | None) -> timedelta:
    """How long an IPv6 address is preferred: what is stated, else five eighths of the lease, in whole seconds."""
    return stated or lease * 5 // 8 // _SECOND * _SECOND


def lint_timers(scope: Stated[Any]) -> Iterator[Fault]:
    """Findings of a scope of either family."""
    form = scope.form
    renew, rebind = renew_after(form.lease, form.renew), rebind_after(form.lease, form.rebind)
    lease = format_duration(form.lease)
    if rebind >= form.lease:
        what = f"a client asks any server after {format_duration(rebind)}, when its lease of {lease} is over"
        yield scope.fault(what, "shorten rebind or lengthen the lease", "rebind")
    if renew >= rebind:
        what = f"a client renews after {format_duration(renew)}, no sooner than it asks any server"
        what_to_do = f"write a renew below the rebind, which is {format_duration(rebind)}"
        yield scope.fault(what, what_to_do, "renew" if form.renew else "rebind")
    preferred = getattr(form, "preferred", None)
    if preferred is not None and preferred > form.lease:
        what = f"addresses are preferred for {format_duration(preferred)}, longer than the lease of {lease}"
        yield scope.fault(what, "shorten preferred", "preferred")
    elif preferred is not None and renew >= preferred:
        what = f"a client renews after {format_duration(renew)}, when its address is no longer preferred"
        yield scope.fault(what, "lengthen preferred or shorten renew", "preferred")
