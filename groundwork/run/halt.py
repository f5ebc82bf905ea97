"""How a run stops between two steps so that nothing is recorded and it can be resumed."""

from groundwork.errors import OpsError


class Halted(BaseException):
    """Raised inside a workflow, which stays pending: the engine records only what derives from Exception."""

    def __init__(self, cause: OpsError | None = None) -> None:
        super().__init__(cause.message if cause else "asked to stop")
        self.cause = cause
