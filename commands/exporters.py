"""Exporters: what Prometheus reads of this city."""

from typing import TYPE_CHECKING, Any

from commands.command import CITY, Asked, command
from commands.context import CommandContext, say
from groundwork.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Callable

    from exporters.source import Source


@command(
    *CITY,
    help={
        "listen": "address:port to answer at (default: the settings')",
        "interval": "seconds from the end of a reading to the next (default: each collector's own)",
    },
)
def serve(asked: Asked, *, listen: str = "", interval: float = 0.0) -> None:
    """Answer Prometheus until SIGTERM or Ctrl-C: drills, backups and replication, as the ledger records them.

    Example: inv exporters.serve --listen 127.0.0.1:9464
    """
    import signal
    from threading import Event

    from exporters.board import reading
    from exporters.serve import serve as serve_board
    from groundwork.shell.clock import SystemClock

    if interval < 0:
        raise UsageError(f"--interval {interval:g} is less than nothing", hint="give seconds: --interval 15")
    context = asked.context
    address = listen or _settings_address(context)
    context.enter_network()
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    with reading(_sources(context, interval=interval), clock=SystemClock()) as board:
        say(f"answering at http://{address}/metrics")
        serve_board(board, city=context.settings.city, listen=address, stop=stop, say=_redacted())
    say("stopped")


@command(*CITY)
def show(asked: Asked) -> None:
    """Read every collector once and print the page that Prometheus would read now.

    Example: inv exporters.show
    """
    from exporters.board import reading
    from exporters.page import Page, render
    from groundwork.shell.clock import SystemClock

    context = asked.context
    if context.settings.ledger.is_postgresql:
        context.enter_network()  # before there are threads: each would have to enter by itself
    with reading(_sources(context), clock=SystemClock()) as board:
        board.settle()
        board.report(_redacted())
        print(render(Page(board, city=context.settings.city)), end="")


def _redacted() -> "Callable[[str], None]":
    """`say`, without a secret that a driver's words may hold."""
    from groundwork.run.redaction import Redactor
    from groundwork.settings.secret import known_secrets

    redactor = Redactor(known_secrets)
    return lambda line: say(redactor.text(line))


def _sources(context: CommandContext, *, interval: float = 0.0) -> "tuple[Source[Any], ...]":
    from commands.wiring.products import sources
    from exporters.city import Origin
    from groundwork.estate.fresh import FreshEstate

    settings = context.settings  # wrong settings end the command, not each reading
    estate = FreshEstate(settings.inventory, settings.city)
    origin = Origin(city=settings.city, estate=estate.read, open_ledger=context.open_ledger)
    return sources(origin, interval_seconds=interval or None)


def _settings_address(context: CommandContext) -> str:
    from exporters.settings import EXPORTER_SETTINGS

    return EXPORTER_SETTINGS.of(context.settings).listen
