"""The exporter's door: the page over HTTP until it is told to stop."""

from threading import Event

from prometheus_client import start_http_server

from exporters.page import Page, registry_of
from groundwork.errors import ConfigurationError, OutsideError


def serve(page: Page, *, listen: str, stop: Event) -> None:
    """Answer on `listen` (host:port) until `stop` is set. Raises OutsideError when that place cannot be had."""
    host, _, port = listen.rpartition(":")
    if not host or not port.isdigit():
        raise ConfigurationError(f"{listen!r} is no place to listen at", hint="say host:port, e.g. 127.0.0.1:9464")
    try:
        server, thread = start_http_server(int(port), addr=host, registry=registry_of(page))
    except OSError as error:
        raise OutsideError(
            f"cannot listen at {listen}: {error.strerror}", hint="is another exporter at work, or the address not ours?"
        ) from error
    stop.wait()
    server.shutdown()
    server.server_close()
    thread.join()
