"""The exporter's endpoint: the page over HTTP until it is told to stop."""

from threading import Event

from prometheus_client import start_http_server

from exporters.page import Page, registry_of
from groundwork.errors import OutsideError, UsageError
from groundwork.model.listen_address import ListenAddress


def serve(page: Page, *, listen: str, stop: Event) -> None:
    """Answer on `listen` (host:port) until `stop` is set. Raises OutsideError when that place cannot be had."""
    try:
        place = ListenAddress.parse(listen)
    except ValueError as error:
        raise UsageError(str(error), hint="mend --listen") from error
    try:
        server, thread = start_http_server(place.port, addr=place.host, registry=registry_of(page))
    except OSError as error:
        raise OutsideError(
            f"cannot listen at {listen}: {error.strerror}", hint="is another exporter at work, or the address not ours?"
        ) from error
    stop.wait()
    server.shutdown()
    server.server_close()
    thread.join()
