"""An outside call that failed is made again: after which failures, after what pauses, and how often."""

from collections.abc import Callable, Sequence
from typing import TypeVar

from groundwork.errors import OpsError
from groundwork.shell.clock import Clock

T = TypeVar("T")


def retry(
    act: Callable[[], T],
    *,
    worth: Callable[[OpsError], bool],
    pauses_seconds: Sequence[float],
    clock: Clock,
    attempts: int | None = None,
) -> T:
    """Act until it succeeds; `act` sees for itself what of it is done already.

    A failure is raised as it is when it is not `worth` another attempt, or was that of the last of `attempts` (None:
    as long as it is worth it). The pauses come before the second attempt and those after; the last of them repeats.
    """
    from tenacity import Retrying, retry_if_exception, stop_after_attempt, stop_never, wait_chain, wait_fixed  # noqa: PLC0415 - it imports asyncio

    retrying = Retrying(
        retry=retry_if_exception(lambda error: isinstance(error, OpsError) and worth(error)),
        wait=wait_chain(*map(wait_fixed, pauses_seconds)),
        stop=stop_never if attempts is None else stop_after_attempt(attempts),
        sleep=clock.sleep,
        reraise=True,
    )
    return retrying(act)
