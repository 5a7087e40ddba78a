"""Checks the rows that ferro-bench --json wrote: check-rows.py FILE NAME..."""

import json
import sys

path, *names = sys.argv[1:]
rows = json.load(open(path))
for row in rows:
    assert list(row) == ["name", "ours_ms", "peer", "peer_ms", "ratio", "floor"], row
    assert row["ours_ms"] > 0 and row["peer_ms"] > 0 and row["peer"], row
    assert abs(row["ratio"] - row["peer_ms"] / row["ours_ms"]) < 1e-9 * row["ratio"], row
    assert row["floor"] is None or row["floor"] > 0, row
assert sorted({row["name"] for row in rows}) == sorted(names), rows
