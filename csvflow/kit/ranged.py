"""Objects read by parallel ranged requests, ahead of whoever reads them."""

from __future__ import annotations

import io
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

PART = 8 * 2**20
AHEAD = 4


class RangedReader(io.RawIOBase):
    """The bytes of one object from their beginning, a few parts ahead.

    ``fetch(start, end)`` returns those bytes or raises; ``check`` is asked at the end, so
    that parts of two versions never pass as one input. Raises what they raise.
    """

    def __init__(
        self, size: int, fetch: Callable[[int, int], bytes], check: Callable[[], object]
    ) -> None:
        super().__init__()
        self._size = size
        self._fetch = fetch
        self._check = check
        self._next = 0
        self._at = 0
        self._part = memoryview(b"")
        self._pool = ThreadPoolExecutor(AHEAD, "csvflow-fetch") if size > PART else None
        self._coming: deque[Future[bytes]] = deque()
        self._checked = False

    def readable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        if not self._part:
            self._part = memoryview(self._more())
        into = memoryview(buffer).cast("B")
        count = min(len(into), len(self._part))
        into[:count] = self._part[:count]
        self._part = self._part[count:]
        self._at += count
        return count

    def _more(self) -> bytes:
        if self._pool is None:
            part = self._fetch(self._next, self._size) if self._next < self._size else b""
            self._next = self._size
        else:
            while self._next < self._size and len(self._coming) < AHEAD:
                end = min(self._next + PART, self._size)
                self._coming.append(self._pool.submit(self._fetch, self._next, end))
                self._next = end
            part = self._coming[0].result() if self._coming else b""
            # Only now: what failed would fail again, and never be left out.
            if self._coming:
                self._coming.popleft()
        if not part and not self._checked:
            self._checked = True
            self._check()
        return part

    def close(self) -> None:
        if not self.closed and self._pool is not None:
            self._pool.shutdown(cancel_futures=True)
        super().close()
