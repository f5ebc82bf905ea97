"""Exporters: what Prometheus reads of this city."""

from typing import TYPE_CHECKING

from invoke import Context, task

from commands.context import CITY_HELP, SETTINGS_HELP, CommandContext, say
from groundwork.errors import ConfigurationError

if TYPE_CHECKING:
    from exporters.page import Page
    from groundwork.estate.estate import Estate
    from groundwork.settings.settings import Settings

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
    """Print once the page that Prometheus would read now.

    Example: inv exporters.show
    """
    from exporters.page import render

    print(render(_page(CommandContext(settings=settings, city=city))), end="")


def _page(context: CommandContext) -> "Page":
    from exporters.city import city_sources
    from exporters.page import Page
    from groundwork.shell.clock import SystemClock

    estate = _FreshEstate(context.settings)  # wrong settings end the command, not each reading
    return Page(city_sources(estate.read, context.open_ledger), clock=SystemClock(), tell=say)


class _FreshEstate:
    """The estate as its files are now, loaded again when one of them has changed: an exporter runs for months."""

    def __init__(self, settings: "Settings") -> None:
        self._settings = settings
        self._loaded: tuple[object, Estate] | None = None

    def read(self) -> "Estate":
        """The estate. Raises ConfigurationError."""
        from groundwork.estate.load import load_estate

        stamp = self._stamp()
        if self._loaded is None or self._loaded[0] != stamp:
            self._loaded = (stamp, load_estate(self._settings.inventory, self._settings.city))
        return self._loaded[1]

    def _stamp(self) -> tuple[tuple[str, int, int], ...]:
        folder = self._settings.inventory / self._settings.city
        found = ((path.name, path.stat()) for path in sorted(folder.glob("*")))
        return tuple((name, seen.st_mtime_ns, seen.st_size) for name, seen in found)


def _settings_place(context: CommandContext) -> str:
    if context.settings.exporters is None:
        raise ConfigurationError(
            f"{context.settings.file} does not say where the exporters listen", hint="add exporters: {listen: …}"
        )
    return context.settings.exporters.listen
