"""Network namespaces of Linux: entering one by name."""

import ctypes
import os
from pathlib import Path

from groundwork.errors import ConfigurationError, OutsideError

_NAMED = Path("/run/netns")
_NEW_NETWORK = 0x40000000  # CLONE_NEWNET of linux/sched.h; os.setns came with Python 3.12


def enter_network_namespace(name: str) -> None:
    """Take the calling thread, and the threads and programs it starts from now on, into the namespace.

    Raises ConfigurationError when there is none of that name, OutsideError when we may not enter it.
    """
    try:
        descriptor = os.open(_NAMED / name, os.O_RDONLY | os.O_CLOEXEC)
    except OSError as error:
        raise ConfigurationError(
            f"there is no network namespace {name}",
            hint="the settings name it (network_namespace); `ip netns list` shows those there are",
        ) from error
    try:
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.setns(descriptor, _NEW_NETWORK) != 0:
            reason = os.strerror(ctypes.get_errno())
            raise OutsideError(f"cannot enter the network namespace {name}: {reason}", hint="run it as root")
    finally:
        os.close(descriptor)
