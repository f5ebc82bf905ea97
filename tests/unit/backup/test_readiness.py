"""What a repository's host must have before anything is written to it."""

import pytest

from backup.readiness import prove_room
from groundwork.drivers.repository_host.fake import FakeRepositoryHost
from groundwork.errors import OutsideError

MIB = 1 << 20


def test_with_256_mib_free_a_backup_is_begun_and_with_less_it_is_not() -> None:
    prove_room(FakeRepositoryHost(rooms={"nchc": 256 * MIB}), "nchc")
    with pytest.raises(OutsideError, match=r"the disk of nchc's repository is full \(255 MiB free\)"):
        prove_room(FakeRepositoryHost(rooms={"nchc": 256 * MIB - 1}), "nchc")
