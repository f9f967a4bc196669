"""A writer killed at any instant leaves an index that opens, and the next run completes it."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from index_helpers import DIMENSION, SPACE, document

from kb.core.query import parse_query
from kb.index.reader import IndexReader
from kb.index.store import IndexStore

ROOT = Path(__file__).resolve().parents[3]
WRITER = """
import sys
from pathlib import Path
sys.path[:0] = [{tests!r}]
import helpers
from kb.index import store as stores
from kb.index.store import IndexStore
stores._DELTA = 12  # so that folding is among what gets killed
store = IndexStore(Path({directory!r}))
print("ready", flush=True)
while True:
    change = store.current().last_change + 1
    if change > 400:
        break
    documents = [helpers.document(change % 40, version=change % 9), helpers.document(100 + change)]
    if change % 17 == 0:
        every = [helpers.document(n, version=change % 9) for n in range(30)]
        store.build(helpers.SPACE, helpers.DIMENSION, every, change)
    else:
        store.apply(helpers.SPACE, helpers.DIMENSION, documents, [100 + change - 4], change)
"""


def start(directory):
    code = WRITER.format(tests=str(Path(__file__).parent), directory=str(directory))
    return subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )


@pytest.mark.slow
def test_thirty_kills_leave_a_sound_index_each_time(tmp_path):
    store, chance, last = IndexStore(tmp_path / "index"), random.Random(7), 0
    store.build(SPACE, DIMENSION, [document(n) for n in range(40)], 0)
    reader = IndexReader(store.directory)
    for _ in range(30):
        writer = start(store.directory)
        assert writer.stdout.readline() == b"ready\n"
        time.sleep(chance.uniform(0, 0.25))
        writer.send_signal(signal.SIGKILL)
        writer.wait()
        writer.stdout.close()
        assert store.verify() == []
        manifest = store.current()
        assert manifest.last_change >= last, "a change that was in is gone"
        last = manifest.last_change
        assert len(reader.search_words(parse_query("speech"), 5)) == 5
        assert len(reader.search_vectors(np.ones(DIMENSION, np.float32), 5)) == 5
        assert reader.generation == manifest.number
    assert last > 0
    store.apply(SPACE, DIMENSION, [document(7, version=1)], [8], last + 1)
    assert store.verify() == []
    assert not list(store.directory.glob("*.part"))
    contents = store.contents()
    assert np.array_equal(contents.word_items, contents.vector_items)
