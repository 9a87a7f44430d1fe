"""Where lines of a text stand in the file that it came from, whatever its encoding."""

from __future__ import annotations

import codecs
from collections.abc import Iterator
from typing import BinaryIO

from csvflow.core.intake.detect.encoding import named
from csvflow.core.intake.grammar import count_lines

PART = 1 << 16


def place_of_lines(stream: BinaryIO, encoding: str, first: int, last: int) -> tuple[int, int]:
    """Return the offsets of the first byte of a line, and of the newline that ends another.

    Lines count from 1, as in rejects: LF, CRLF and a lone CR end one each. Reads the file from
    its beginning, a part at a time. A line behind the last one begins and ends with the file.
    """
    encoding, at = named(encoding, stream.read(len(codecs.BOM_UTF32_LE)))
    begin = at if first == 1 else None
    end = at
    for number, end, after in _newlines(stream, encoding, at, {first - 1, last}):
        if number == first - 1:
            begin = after
        if number == last and begin is not None:
            return begin, end
    size = stream.seek(0, 2)
    return size if begin is None else begin, size


def _newlines(
    stream: BinaryIO, encoding: str, at: int, wanted: set[int]
) -> Iterator[tuple[int, int, int]]:
    """Yield the number of each wanted newline, and where it begins and ends.

    Of a CRLF the CR comes first, as if it were alone, and then the whole.
    """
    # UTF-8 may have damaged bytes; its newlines are those of any text of single bytes.
    decoder = codecs.getincrementaldecoder("latin-1" if encoding == "utf-8" else encoding)()
    wide = len("\n\n".encode(encoding)) - len("\n".encode(encoding))
    number, is_cr = 0, False
    stream.seek(at)
    while data := stream.read(PART):
        before = decoder.getstate()
        text = decoder.decode(data)
        more = count_lines(text.encode("utf-8", "surrogatepass"))
        if not is_cr and not any(number < one <= number + more for one in wanted):
            number += more
            at += len(data)
            is_cr = text.endswith("\r")
            continue
        decoder.setstate(before)
        for byte in data:
            at += 1
            for character in decoder.decode(bytes([byte])):
                follows = character == "\n" and is_cr
                is_cr = character == "\r"
                if character in "\r\n":
                    number += not follows
                    if number in wanted:
                        yield number, at - wide * (1 + follows), at
