"""The names of runs and of what belongs to them: sortable, short, and the same again after a kill."""

from datetime import datetime
from secrets import token_hex

APPLICATION = "cityops"
RUN_LOCKS = "run/"  # what the locks of living commands begin with
APPLICATION_VERSION = "2"  # changed by hand, when the steps of a run change meaning


def name_run(operation: str, at: datetime) -> str:
    """A new run's id, e.g. ``20261121-101500-backup-3f2a``."""
    return f"{at:%Y%m%d-%H%M%S}-{operation.partition('.')[0]}-{token_hex(2)}"


def name_undo(run_id: str) -> str:
    """The id of the run that undoes `run_id`: one each, so a cancel that was killed is gone on with."""
    return f"{run_id}-undo"


def name_share(run_id: str, *, stage: int, wave: int, site: str) -> str:
    """The id of one share's workflow; stage and wave count from 1."""
    return f"{run_id}/{stage:02}/{wave:02}/{site}"


def order_of_share(share_id: str) -> tuple[int, int, str]:
    """Where a share stands in its run: stage and wave as numbers, because the hundredth sorts wrongly as text."""
    _, stage, wave, site = share_id.rsplit("/", 3)
    return int(stage), int(wave), site


def name_lane(share_id: str, number: int) -> str:
    """The id of one lane of a share; lanes count from 1."""
    return f"{share_id}#{number:02}"


def share_of(workflow_id: str) -> str:
    """The share that a workflow is, or is a lane of."""
    return workflow_id.partition("#")[0]


def queue_of_command(run_id: str) -> str:
    """The queue that only the command at work on `run_id` listens to."""
    return f"run/{run_id}"


def lock_of_run(run_id: str) -> str:
    """The lock that the living command of `run_id` holds."""
    return f"{RUN_LOCKS}{run_id}"


def lock_of_worker(site: str) -> str:
    """The lock that the one worker of `site` holds."""
    return f"worker/{site}"
