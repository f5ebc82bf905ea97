"""How a vCenter fails: its faults, and those of the link to it, as errors an operator can act on."""

import http.client
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from xml.parsers.expat import ExpatError

from pyVmomi import vim, vmodl

from groundwork.drivers.vcenter.protocol import NotQuiescedError
from groundwork.errors import OutsideError, UnreachableError


class SessionLostError(OutsideError):
    """The vCenter no longer knows our session; the driver logs in again."""


class VanishedError(OutsideError):
    """What was found a moment ago is there no more; the driver looks again."""


class HeldError(OutsideError):
    """Another task or a lease holds the machine for now."""


_HELD = (vim.fault.TaskInProgress, vim.fault.InvalidState, vim.fault.MethodDisabled)
_QUIESCING = (vim.fault.ApplicationQuiesceFault, vim.fault.FilesystemQuiesceFault, vim.fault.ToolsUnavailable)
_HINTS: tuple[tuple[type[Any], str], ...] = (
    (vim.fault.InvalidLogin, "check this site's username and password under `vcenters` in the settings"),
    (vim.fault.NoPermission, "give the account of the settings the privilege it lacks"),
    (vim.fault.DuplicateName, "something of that name was made meanwhile: look at it, then plan again"),
    (vim.fault.TaskInProgress, "another task works on it: wait for its end, then run again"),
    (vim.fault.InsufficientResourcesFault, "the cluster has no room: free some, or choose another size"),
    (vim.fault.InvalidState, "its state changed meanwhile: look at it in the vCenter, then plan again"),
    (vmodl.fault.ManagedObjectNotFound, "it vanished meanwhile: plan again"),
)


@contextmanager
def outside_errors(site: str, doing: str) -> Iterator[None]:
    """Whatever pyVmomi, the socket or TLS raises inside, as an OutsideError naming what was done."""
    who = f"the vCenter of {site}"
    try:
        yield
    except vim.fault.NotAuthenticated as fault:
        raise SessionLostError(f"{who} ended the session ({doing})", hint="run again") from fault
    except vmodl.MethodFault as fault:
        raise error_of(site, doing, fault) from fault
    except ssl.SSLError as error:
        raise OutsideError(
            f"{who} cannot prove who it is ({doing}): {getattr(error, 'verify_message', None) or error.reason}",
            hint="`ca_file` in the settings must hold the authority that signed its certificate",
        ) from error
    except TimeoutError as error:
        raise UnreachableError(f"{who} did not answer in time ({doing})", hint=_road(site)) from error
    except OSError as error:
        raise UnreachableError(f"{who} cannot be reached ({doing}): {error}", hint=_road(site)) from error
    except http.client.HTTPException as error:
        raise UnreachableError(
            f"{who} broke off or answered no SOAP ({doing}): {error!r}", hint="is it starting or overloaded? run again"
        ) from error
    except ExpatError as error:
        raise OutsideError(f"{who} answered what cannot be read ({doing}): {error}", hint="look at its log") from error


def error_of(site: str, doing: str, fault: Any) -> OutsideError:
    """The error for a fault that was raised, or that a task or a lease ended with."""
    name = type(fault).__name__.rpartition(".")[2]
    said = [str(text) for text in (getattr(fault, "msg", None), getattr(fault, "reason", None)) if text]
    if isinstance(fault, vim.fault.NoPermission) and fault.privilegeId:
        said.append(f"the account lacks the privilege {fault.privilegeId}")
    hint = next((text for kind, text in _HINTS if isinstance(fault, kind)), None)
    kind = OutsideError
    if isinstance(fault, _QUIESCING):
        kind = NotQuiescedError
    elif isinstance(fault, _HELD) and not isinstance(fault, vim.fault.InvalidPowerState):
        kind = HeldError
    elif isinstance(fault, vmodl.fault.ManagedObjectNotFound):
        kind = VanishedError
    return kind(
        f"the vCenter of {site} refused ({doing}): {': '.join([name, *dict.fromkeys(said)])}",
        hint=hint or f"look at its task list at {site}, then run again",
    )


def _road(site: str) -> str:
    return f"is the vCenter of {site} up, and the link to that site?"
