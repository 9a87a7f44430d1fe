"""Objects in parts: none is left out, whatever fails."""

from __future__ import annotations

import pytest

from csvflow.kit import ranged


@pytest.mark.parametrize("size", [6, 26])
def test_a_part_that_failed_is_never_left_out(size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ranged, "PART", 10)
    checked = []

    def fetch(start: int, end: int) -> bytes:
        if start == 0:
            raise ConnectionError("cut")
        return b"x" * (end - start)

    with ranged.RangedReader(size, fetch, lambda: checked.append(size)) as reader:
        for _ in range(3):
            with pytest.raises(ConnectionError):
                reader.read(100)
    assert checked == []
