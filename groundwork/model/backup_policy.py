"""A backup policy: how often a machine is copied, how far, and how long copies are kept."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

Quiesce = Literal["required", "preferred"]


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupPolicy:
    """One policy; `copies_at` are the sites that must hold a copy, the machine's own site first.

    `quiesce`: whether a guest that cannot write out what it holds gets no point, or one as after a power cut.
    """

    name: str
    every: timedelta
    keep_daily: int
    keep_weekly: int
    keep_monthly: int
    copies_at: tuple[str, ...]
    quiesce: Quiesce = "preferred"
