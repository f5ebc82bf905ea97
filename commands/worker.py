"""A site's worker: does that site's shares of runs, beside what they touch."""

from invoke import Context, task

from commands.context import SETTINGS_HELP, CommandContext, say


@task(help={"site": "the site whose shares it does", "settings": SETTINGS_HELP})
def serve(_context: Context, *, site: str, settings: str = "") -> None:
    """Do one site's share of every run, until it is stopped; needs a ledger on PostgreSQL.

    SIGTERM and Ctrl-C let it finish the steps in flight; what is left goes on when it is started again.

    Example: inv worker.serve --site central
    """
    context = CommandContext(settings=settings)
    context.estate.site(site)
    with context.open_engine(worker=site) as engine:
        engine.serve(site, say=say)
