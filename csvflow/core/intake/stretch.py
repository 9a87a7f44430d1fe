"""Records that were laid out, in the text that they stand in."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from csvflow.core.intake.line_ends import Positions


@dataclass(slots=True)
class Stretch:
    """One entry each, in order: records, blank lines and comments."""

    text: bytes
    starts: Positions
    ends: Positions
    lines: Positions
    """Physical lines in the original file."""
    damage: dict[int, tuple[str, str]]

    def joined(self, indices: Positions) -> bytes:
        """Return the text of these records alone, neighbours copied together."""
        text = memoryview(self.text)
        afters = np.append(self.starts[1:], len(text))
        breaks = np.flatnonzero(np.diff(indices) != 1)
        begins = self.starts[indices[np.append(0, breaks + 1)]].tolist()
        nexts = afters[indices[np.append(breaks, len(indices) - 1)]].tolist()
        return b"".join([text[begin:end] for begin, end in zip(begins, nexts, strict=True)])
