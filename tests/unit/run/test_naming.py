from groundwork.run.naming import name_share, order_of_share


def test_shares_are_ordered_by_number_beyond_the_hundredth_wave() -> None:
    places = [(1, 9, "b"), (1, 99, "a"), (1, 100, "a"), (2, 1, "a"), (10, 1, "a"), (100, 1, "a")]
    ids = [name_share("20261121-101500-backup-3f2a", stage=stage, wave=wave, site=site) for stage, wave, site in places]
    assert [order_of_share(one) for one in ids] == places
    assert sorted(sorted(ids), key=order_of_share) == ids
    assert sorted(ids) != ids, "as text they are in another order"
