"""What of the estate's DHCPv6 scopes would not serve: prefixes, pools and reservations that are in each other's way."""

from bisect import bisect_right
from collections.abc import Iterator
from ipaddress import IPv6Address

from fleet.dhcp.timers import lint_timers
from groundwork.estate.dhcp_entries import Dhcp6PoolForm, Dhcp6ScopeForm
from groundwork.estate.draft import Draft, Stated
from groundwork.files.fault import Fault

Scope6 = Stated[Dhcp6ScopeForm]


def lint_scopes6(draft: Draft) -> Iterator[Fault]:
    """Findings of every DHCPv6 scope."""
    first: dict[str, Scope6] = {}
    for scope in draft.dhcp6_scopes:
        other = first.setdefault(scope.form.network, scope)
        if other is not scope:
            what = f'network "{scope.form.network}" has a DHCPv6 scope already, "{other.name}" (line {other.line()})'
            yield scope.fault(what, "write its pools and reservations there", "network")
        yield from lint_timers(scope)
        yield from _pools(scope)
        yield from _reservations(scope)
    yield from _overlaps(draft)


def _overlaps(draft: Draft) -> Iterator[Fault]:
    widest: Scope6 | None = None
    for scope in sorted(draft.dhcp6_scopes, key=lambda one: one.form.prefix):
        if widest is not None and scope.form.prefix.overlaps(widest.form.prefix):
            what = f'{scope.form.prefix} overlaps {widest.form.prefix} of DHCPv6 scope "{widest.name}"'
            yield scope.fault(what, "give one of the two another prefix", "prefix")
        else:
            widest = scope


def _pools(scope: Scope6) -> Iterator[Fault]:
    ended: IPv6Address | None = None
    for position, pool in sorted(enumerate(scope.form.pools), key=lambda one: one[1].start):
        part = ("pools", position)
        if pool.start > pool.end:
            yield scope.fault(f"the pool begins at {pool.start}, after its end {pool.end}", "exchange the two", *part)
        for end, address in (("start", pool.start), ("end", pool.end)):
            if address not in scope.form.prefix:
                what = f"{address} of the pool is outside {scope.form.prefix}"
                yield scope.fault(what, "correct the address or the prefix", *part, end)
        if ended is not None and pool.start <= ended:
            yield scope.fault(f"two pools overlap, up to {min(ended, pool.end)}", "move one of the two", *part)
        ended = max(pool.end, ended) if ended else pool.end


def _reservations(scope: Scope6) -> Iterator[Fault]:
    pools = sorted(scope.form.pools, key=lambda pool: pool.start)
    starts = [pool.start for pool in pools]
    eaten = [0] * len(pools)
    seen: dict[object, int] = {}
    for position, one in enumerate(scope.form.reservations):
        part = ("reservations", position)
        for key in ("address", "duid"):
            value = getattr(one, key)
            if seen.setdefault(value, position) != position:
                line = scope.line("reservations", seen[value])
                yield scope.fault(f"{value} has two reservations, the first on line {line}", "keep one", *part, key)
        if one.address not in scope.form.prefix:
            what = f"the reserved {one.address} is outside {scope.form.prefix}"
            yield scope.fault(what, "correct the address or the prefix", *part, "address")
        before = bisect_right(starts, one.address) - 1
        if before >= 0 and one.address <= pools[before].end:
            eaten[before] += 1
            yield scope.fault(f"the reserved {one.address} is in a pool", "move the one or the other", *part, "address")
    for pool, count in zip(pools, eaten, strict=True):
        if count >= _size(pool) > 0:
            what = f"the pool {pool.start} - {pool.end} is used up by reservations"
            yield scope.fault(what, "widen it", "pools", scope.form.pools.index(pool))


def _size(pool: Dhcp6PoolForm) -> int:
    return int(pool.end) - int(pool.start) + 1
