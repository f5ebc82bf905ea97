"""The exporter's endpoint: the page over HTTP until it is stopped."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event

from prometheus_client import start_http_server

from exporters.board import Board
from exporters.page import Page, registry_of
from groundwork.errors import OutsideError, UsageError
from groundwork.model.listen_address import ListenAddress


def serve(board: Board, *, city: str, listen: str, stop: Event, say: Callable[[str], None]) -> None:
    """Answer on `listen` (host:port) until `stop` is set, and report collectors that fail.

    Raises OutsideError when that address cannot be had.
    """
    with _endpoint(Page(board, city=city), listen):
        board.watch(stop, say)


@contextmanager
def _endpoint(page: Page, listen: str) -> Iterator[None]:
    try:
        address = ListenAddress.parse(listen)
    except ValueError as error:
        raise UsageError(str(error), hint="mend --listen") from error
    try:
        server, thread = start_http_server(address.port, addr=address.host, registry=registry_of(page))
    except OSError as error:
        raise OutsideError(
            f"cannot listen at {listen}: {error.strerror}", hint="is another exporter at work, or the address not ours?"
        ) from error
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
