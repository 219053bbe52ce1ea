"""The benchmark of the layers runs in small, and says for every row what it compares."""


def test_every_row_is_measured():
    from neuromem.bench.layers import measure

    rows = measure(quick=True)
    assert len({row["name"] for row in rows}) == len(rows) == 12
    for row in rows:
        assert row["ours_s"] > 0
        assert row["note"]
    assert sum(row["goal"] is not None for row in rows) == 8
