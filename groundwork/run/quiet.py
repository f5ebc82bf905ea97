"""The engine's own log, silenced: what went wrong reaches the operator as errors of ours and as records."""

import logging


def quieten() -> None:
    """Let the engine and its database library print nothing."""
    for name in ("dbos", "sqlalchemy"):
        logger = logging.getLogger(name)
        logger.setLevel(logging.CRITICAL + 1)
        logger.propagate = False
        if not logger.handlers:
            logger.addHandler(logging.NullHandler())
