"""Network namespaces by name: which there are, and running a function or a program inside."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from groundwork.shell.network_namespace import enter_network_namespace

NAMED = Path("/run/netns")

T = TypeVar("T")


def list_namespaces(prefix: str) -> tuple[str, ...]:
    """The namespaces whose names begin so, in order; with them a name that a killed `ip netns add` left without one."""
    if not NAMED.is_dir():
        return ()
    return tuple(sorted(path.name for path in NAMED.iterdir() if path.name.startswith(prefix)))


def is_whole(name: str) -> bool:
    """Whether the name stands for a namespace: one is mounted on it."""
    path = NAMED / name
    return path.exists() and path.stat().st_dev != NAMED.stat().st_dev


def inside(name: str, function: Callable[[], T]) -> T:
    """What the function returns when it runs inside the namespace, in a thread of its own; its errors come through."""
    results: list[T] = []
    failures: list[BaseException] = []

    def work() -> None:
        try:
            enter_network_namespace(name)
            results.append(function())
        except BaseException as error:  # noqa: BLE001 - raised again in the caller's thread, below
            failures.append(error)

    thread = threading.Thread(target=work, name=f"inside {name}")
    thread.start()
    thread.join()
    if failures:
        raise failures[0]
    return results[0]


def entering(name: str) -> tuple[str, ...]:
    """The beginning of a command line that runs a program inside the namespace."""
    return ("nsenter", f"--net={NAMED / name}", "--")
