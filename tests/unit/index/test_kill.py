"""A writer killed at any instant leaves an index that opens, under readers that never notice."""

from __future__ import annotations

import pytest

from benchmarks.crash import crash


@pytest.mark.slow
def test_kills_leave_a_sound_index_each_time_and_fail_no_query(tmp_path):
    report = crash(tmp_path / "index", rounds=8, readers=2, seed=7)
    assert report.wrong == []
    assert report.failed_queries == 0
    assert report.queries > 0
    assert report.changes > 0
    assert sum(report.kills.values()) == 8
