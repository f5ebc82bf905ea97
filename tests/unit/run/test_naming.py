from datetime import UTC, datetime

from groundwork.run.naming import (
    lock_of_run,
    lock_of_worker,
    name_lane,
    name_run,
    name_share,
    name_undo,
    order_of_share,
    queue_of_command,
    share_of,
)


def test_a_run_s_name_sorts_by_time_and_says_of_what_it_is() -> None:
    one, other = (name_run("backup.run", datetime(2026, 11, 21, 10, 15, second, tzinfo=UTC)) for second in (0, 1))
    assert one.startswith("20261121-101500-backup-")
    assert (len(one.rpartition("-")[2]), one < other) == (4, True)
    assert name_undo(one) == f"{one}-undo"


def test_what_belongs_to_a_run_is_named_after_it_and_never_after_another() -> None:
    share = name_share("r-1", stage=2, wave=13, site="nchc")
    assert share == "r-1/02/13/nchc"
    assert (name_lane(share, 3), share_of(name_lane(share, 3)), share_of(share)) == ("r-1/02/13/nchc#03", share, share)
    assert (queue_of_command("r-1"), lock_of_run("r-1"), lock_of_worker("nchc")) == (
        "run/r-1",
        "run/r-1",
        "worker/nchc",
    )


def test_shares_are_ordered_by_number_beyond_the_hundredth_wave() -> None:
    positions = [(1, 9, "b"), (1, 99, "a"), (1, 100, "a"), (2, 1, "a"), (10, 1, "a"), (100, 1, "a")]
    ids = [
        name_share("20261121-101500-backup-3f2a", stage=stage, wave=wave, site=site) for stage, wave, site in positions
    ]
    assert [order_of_share(one) for one in ids] == positions
    assert sorted(sorted(ids), key=order_of_share) == ids
    assert order_of_share("run/of/another/kind/02/13/nchc") == (2, 13, "nchc")
    assert sorted(ids) != ids, "as text they are in another order"
