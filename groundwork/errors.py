"""The errors of cityops: one root, and one child for each thing an operator does next.

::

    OpsError                     exit  what the operator does next
    ├── UsageError                1    types the command differently
    ├── RefusedError              3    looks at the safety rule or the lock that said no
    ├── ConfigurationError        4    mends the settings or the estate
    ├── OutsideError              5    looks at the outside system that failed
    │   └── UnreachableError      5    looks at the network path first
    ├── VerificationError         6    looks at what disagrees, or at the objective missed
    └── InterruptedRunError       7    resumes the run by its id
"""

from collections.abc import Mapping
from typing import ClassVar


class OpsError(Exception):
    """A failure an operator can act on: what happened, what to do about it, and its counts, for programs."""

    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, *, hint: str, figures: Mapping[str, int] | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.figures = dict(figures or {})

    def __reduce__(self) -> tuple[object, ...]:
        return (_rebuild, (type(self), self.message, self.hint, self.figures))


def _rebuild(kind: type[OpsError], message: str, hint: str, figures: Mapping[str, int]) -> OpsError:
    return kind(message, hint=hint, figures=figures)


class UsageError(OpsError):
    """The command was typed in a way that means nothing."""

    exit_code = 1


class RefusedError(OpsError):
    """A safety rule or a lock said no; nothing was touched."""

    exit_code = 3


class ConfigurationError(OpsError):
    """The settings or the estate are wrong, or name something that is not there."""

    exit_code = 4


class OutsideError(OpsError):
    """An outside system failed, lied, or half succeeded."""

    exit_code = 5


class UnreachableError(OutsideError):
    """An outside system does not answer at all."""


class VerificationError(OpsError):
    """What was verified disagrees with what was wanted, or an objective was missed."""

    exit_code = 6


class InterruptedRunError(OpsError):
    """A run stopped before its end and can be resumed."""

    exit_code = 7
