"""A site's worker: does that site's shares of runs, beside what they touch."""

from commands.command import Asked, command
from commands.context import say


@command("settings", help={"site": "the site whose shares it does"})
def serve(asked: Asked, *, site: str) -> None:
    """Do one site's share of every run, until it is stopped; needs a ledger on PostgreSQL.

    SIGTERM and Ctrl-C let it finish the steps in flight; what is left goes on when it is started again.

    Example: inv worker.serve --site central
    """
    context = asked.context
    context.estate.site(site)
    with context.open_engine(worker=site) as engine:
        engine.serve(site, say=say)
