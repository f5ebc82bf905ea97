"""A backup policy: how often a machine is copied, how far, and how long copies are kept."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupPolicy:
    """One policy; `copies_at` are the sites that must hold a copy, the machine's own site first."""

    name: str
    every: timedelta
    keep_daily: int
    keep_weekly: int
    keep_monthly: int
    copies_at: tuple[str, ...]
