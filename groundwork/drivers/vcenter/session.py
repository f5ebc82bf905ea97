"""One session with one vCenter: verified TLS, time limits, logging in again, bounded retries."""

import http.client
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pyVmomi import vim
from pyVmomi.SoapAdapter import SoapStubAdapter

from groundwork.drivers.vcenter.errors import SessionLostError, VanishedError, outside_errors
from groundwork.errors import ConfigurationError, OpsError, UnreachableError
from groundwork.model.site import VCenterLocation
from groundwork.settings.secret import Secret
from groundwork.shell.clock import Clock
from groundwork.shell.retry import retry

T = TypeVar("T")

_API = "vim.version.v7_0"  # the oldest release with everything used here; newer servers speak it
_CALL_SECONDS = 30.0  # no single call is long: long work is a task, and reads are paged
_PAUSES_SECONDS = (0.5, 2.0)  # before the second and the third attempt of a call whose connection or session broke


@dataclass(frozen=True, slots=True, kw_only=True)
class VCenterAccess:
    """Where a site's vCenter is and how to enter it; `location.address` may end in ``:port`` (443)."""

    site: str
    location: VCenterLocation
    username: str
    password: Secret
    ca_file: Path


class _Stub(SoapStubAdapter):
    """A stub that reports the name of each method it calls."""

    called: Callable[[str], None]

    def InvokeMethod(self, mo: Any, info: Any, args: Any, outerStub: Any = None) -> Any:  # noqa: N802, N803 - pyVmomi's
        """Report, then call."""
        self.called(str(info.wsdlName))
        return super().InvokeMethod(mo, info, args, outerStub)  # type: ignore[no-untyped-call]  # pyVmomi's own


class Session:
    """A logged-in stub. One thread uses it; `second_stub` gives another thread one of its own.

    `called` is given the name of each method that is called, as `privileges.METHODS` has them.
    """

    def __init__(self, access: VCenterAccess, clock: Clock, *, called: Callable[[str], None] = lambda _: None) -> None:
        self._called = called
        self.site = access.site
        self.location = access.location
        self.clock = clock
        self._access = access
        self._tls = _verified_tls(access.ca_file)
        self._stub: Any = None
        self._content: Any = None

    @property
    def content(self) -> Any:
        """What the service offers; logged in."""
        if self._content is None:
            self._log_in()
        return self._content

    def attempt(self, doing: str, act: Callable[[], T]) -> T:
        """Act, again after a lost session or connection, or when something vanished: `act` looks first what is done.

        Raises OutsideError; UnreachableError after three attempts, or at once when the time limit was used up.
        """
        return retry(
            lambda: self._attempt_once(doing, act),
            worth=_may_pass,
            pauses_seconds=_PAUSES_SECONDS,
            clock=self.clock,
            attempts=len(_PAUSES_SECONDS) + 1,
        )

    def _attempt_once(self, doing: str, act: Callable[[], T]) -> T:
        try:
            with outside_errors(self.site, doing):
                self._log_in_if_needed()
                return act()
        except SessionLostError:
            self._content = None
            raise

    def second_stub(self) -> Any:
        """A stub of its own connections on the same session, for another thread."""
        stub = self._new_stub()
        stub.cookie = self._stub.cookie
        return stub

    @property
    def cookie(self) -> str:
        """The session's cookie, ``name=value``: a secret."""
        return str(self._stub.cookie.partition(";")[0])

    def https(self, address: str, *, timeout_seconds: float) -> http.client.HTTPSConnection:
        """A verified connection for disk bytes to ``host[:port]``."""
        return http.client.HTTPSConnection(address, context=self._tls, timeout=timeout_seconds)

    def close(self) -> None:
        """Log out; a vCenter that cannot be reached any more ends the session by itself."""
        content, self._content = self._content, None
        try:
            with outside_errors(self.site, "log out"):
                if content is not None:
                    content.sessionManager.Logout()
        except OpsError:
            return
        finally:
            if self._stub is not None:
                self._stub.DropConnections()

    def _log_in_if_needed(self) -> None:
        if self._content is None:
            self._log_in()

    def _log_in(self) -> None:
        if self._stub is not None:
            self._stub.DropConnections()
        with outside_errors(self.site, "log in"):
            self._stub = self._new_stub()
            service = vim.ServiceInstance("ServiceInstance", self._stub)  # type: ignore[call-arg]  # stubs know no constructor
            content = service.RetrieveContent()
            content.sessionManager.Login(self._access.username, self._access.password.reveal(), None)
        self._content = content

    def _new_stub(self) -> Any:
        host, _, port = self.location.address.partition(":")
        stub = _Stub(  # type: ignore[no-untyped-call]  # pyVmomi's own module has no types
            host=host, port=int(port or 443), version=_API, sslContext=self._tls, httpConnectionTimeout=_CALL_SECONDS
        )
        stub.called = self._called
        return stub


def _may_pass(error: OpsError) -> bool:
    """True for a lost session, what vanished meanwhile, and a broken connection unless the time limit was used up."""
    return isinstance(error, SessionLostError | VanishedError) or (
        isinstance(error, UnreachableError) and not isinstance(error.__cause__, TimeoutError)
    )


def _verified_tls(ca_file: Path) -> ssl.SSLContext:
    try:
        return ssl.create_default_context(cafile=ca_file)
    except (OSError, ssl.SSLError) as error:
        raise ConfigurationError(
            f"{ca_file} cannot be read as a certificate authority: {error}", hint="mend `ca_file` in the settings"
        ) from error
