"""Exporters: what Prometheus is told of this city."""

from typing import TYPE_CHECKING

from invoke import Context, task

from commands.context import CITY_HELP, SETTINGS_HELP, CommandContext, say
from groundwork.errors import ConfigurationError

if TYPE_CHECKING:
    from exporters.page import Page

_HELP = {"city": CITY_HELP, "settings": SETTINGS_HELP}


@task(help={**_HELP, "listen": "address:port to answer at (default: the settings')"})
def serve(_context: Context, *, listen: str = "", city: str = "", settings: str = "") -> None:
    """Answer Prometheus until SIGTERM or Ctrl-C: drills, backups and replication, as the ledger records them.

    Example: inv exporters.serve --listen 127.0.0.1:9464
    """
    import signal
    from threading import Event

    from exporters.serve import serve as serve_page

    context = CommandContext(settings=settings, city=city)
    place = listen or _settings_place(context)
    context.enter_network()
    page = _page(context)
    stop = Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    say(f"answering at http://{place}/metrics")
    serve_page(page, listen=place, stop=stop)
    say("stopped")


@task(help=_HELP)
def show(_context: Context, *, city: str = "", settings: str = "") -> None:
    """Print once what Prometheus would be told now.

    Example: inv exporters.show
    """
    from exporters.page import render

    print(render(_page(CommandContext(settings=settings, city=city))), end="")


def _page(context: CommandContext) -> "Page":
    from exporters.city import city_sources
    from exporters.page import Page
    from groundwork.shell.clock import SystemClock

    _ = context.settings  # wrong settings end the command, not each reading
    return Page(city_sources(lambda: context.estate, context.open_ledger), clock=SystemClock(), tell=say)


def _settings_place(context: CommandContext) -> str:
    if context.settings.exporters is None:
        raise ConfigurationError(
            f"{context.settings.file} does not say where the exporters listen", hint="add exporters: {listen: …}"
        )
    return context.settings.exporters.listen
