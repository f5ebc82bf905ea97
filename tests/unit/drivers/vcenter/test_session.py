"""What a session makes of a call that failed; how it does on the wire, the conformance suite looks at."""

from datetime import timedelta
from pathlib import Path

import pytest
from pyVmomi import vim

from groundwork.drivers.vcenter.session import Session, VCenterAccess
from groundwork.errors import OpsError, OutsideError, UnreachableError
from groundwork.model.site import VCenterLocation
from groundwork.settings.secret import Secret
from tests.builders.hand_clock import HandClock
from tests.builders.local_certificate import write_certificate


class Counted(Session):
    """A session that counts how often it is logged in, and needs no server for it."""

    log_ins = 0

    def _log_in(self) -> None:
        self.log_ins += 1
        self._content = object()


@pytest.fixture
def session(tmp_path: Path) -> Counted:
    certificate, _ = write_certificate(tmp_path, "ca", lasts=timedelta(days=1))
    location = VCenterLocation(address="h", datacenter="d", cluster="c", datastore="s", hypervisors=())
    access = VCenterAccess(site="alpha", location=location, username="u", password=Secret(str), ca_file=certificate)
    return Counted(access, HandClock())


@pytest.mark.parametrize(
    ("errors", "log_ins", "seconds"),
    [
        ([], 1, 0),
        ([ConnectionResetError()], 1, 0.5),
        ([ConnectionResetError(), ConnectionResetError()], 1, 2.5),
        ([vim.fault.NotAuthenticated()], 2, 0.5),
        ([ConnectionResetError(), vim.fault.NotAuthenticated()], 2, 2.5),
    ],
    ids=["nothing", "a break", "two breaks", "a lost session", "both"],
)
def test_a_broken_connection_and_a_lost_session_are_tried_again(
    session: Counted, errors: list[Exception], log_ins: int, seconds: float
) -> None:
    left = errors[:]

    def act() -> int:
        if left:
            raise left.pop(0)
        return 7

    assert session.attempt("look", act) == 7
    assert (session.log_ins, session.clock.monotonic()) == (log_ins, seconds)


@pytest.mark.parametrize(
    ("error", "attempts", "raised"),
    [
        (ConnectionResetError(), 3, UnreachableError),
        (TimeoutError(), 1, UnreachableError),
        (vim.fault.NoPermission(), 1, OutsideError),
    ],
)
def test_what_does_not_pass_is_raised(
    session: Counted, error: Exception, attempts: int, raised: type[OpsError]
) -> None:
    calls = list[int]()

    def act() -> None:
        calls.append(1)
        raise error

    with pytest.raises(raised):
        session.attempt("look", act)
    assert len(calls) == attempts
