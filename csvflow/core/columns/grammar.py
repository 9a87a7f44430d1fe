"""The short form of a column: ``decimal(12,2) >= 0 required``."""

from __future__ import annotations

import re
from difflib import get_close_matches

from csvflow.core.columns.errors import wrong
from csvflow.core.columns.formats import strftime
from csvflow.core.columns.types import CLOCKED, OTHER_NAMES, TYPE_NAMES

OPERATORS = (">=", "<=", "!=", ">", "<", "=")
KEYWORDS = ("required", "unique", "in", "matches", "length", "from", "default", "zone", "format")
_SPACE = re.compile(r"\s*")
_WORD = re.compile(r"[^\s]+")
_VALUE = re.compile(r"[^\s,()]+")
_OPERATOR = re.compile(r">=|<=|!=|<>|==|>|<|=")
_QUOTED = re.compile(r"'((?:[^']|'')*)'|\"((?:[^\"]|\"\")*)\"", re.DOTALL)
_DECIMAL = re.compile(r"\(\s*(\d+)\s*(?:,\s*(\d+)\s*)?\)")
_LENGTH = re.compile(
    r"<=\s*(?P<most>\d+)|>=\s*(?P<least>\d+)|(?P<from>\d+)\.\.(?P<to>\d+)|(?P<is>\d+)"
)


class Reader:
    """Reads a short form from left to right into the keys of the long form."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.found: dict[str, object] = {}
        self.offsets: dict[str, int] = {}

    def read(self) -> dict[str, object]:
        """Return the long form; comparisons are a list of pairs under ``compare``."""
        self._type()
        while not self._done():
            self._constraint()
        return self.found

    def _done(self) -> bool:
        """Go on to the next character that is no space; tell whether there is none."""
        found = _SPACE.match(self.text, self.at)
        self.at = found.end() if found else self.at
        return self.at >= len(self.text)

    def _match(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        if self._done():
            return None
        found = pattern.match(self.text, self.at)
        if found:
            self.at = found.end()
        return found

    def _set(self, key: str, value: object, offset: int) -> None:
        if key in self.found:
            raise wrong(f"`{key}` is said twice", offset=offset)
        self.found[key] = value
        self.offsets[key] = offset

    def _type(self) -> None:
        start = self.at
        word = self._match(re.compile(r"[A-Za-z_]\w*"))
        if word is None or word[0] not in TYPE_NAMES:
            given = word[0] if word else self.text.strip()
            hint = _near_type(given, self._match(_DECIMAL) if word else None)
            raise wrong(f"`{given}` is not a column type", hint=hint, offset=start)
        name: str = word[0]
        if name == "decimal":
            size = self._match(_DECIMAL)
            if size is None:
                raise wrong(
                    "`decimal` needs its digits",
                    hint="write `decimal(12,2)` for 12 digits, 2 of them decimals",
                    offset=start,
                )
            name = f"decimal({int(size[1])},{int(size[2] or 0)})"
        self._set("type", name, start)
        self._formats(start)

    def _formats(self, start: int) -> None:
        formats: list[str] = []
        while not self._done():
            quoted = _QUOTED.match(self.text, self.at)
            if quoted and "%" in quoted[0]:
                self.at = quoted.end()
                formats.append(_unquote(quoted))
            elif "%" in self._peek() and not _OPERATOR.match(self.text, self.at):
                words = []
                while not self._done() and "%" in self._peek():
                    word = self._match(_WORD)
                    words.append(word[0] if word else "")
                formats.append(" ".join(words))
            else:
                break
            if self._done() or self.text[self.at] != "|":
                break
            self.at += 1
        if formats:
            self._set("format", formats, start)

    def _peek(self) -> str:
        found = _WORD.match(self.text, self.at)
        return found[0] if found else ""

    def _constraint(self) -> None:
        start = self.at
        operator = self._match(_OPERATOR)
        if operator:
            sign = {"<>": "!=", "==": "="}.get(operator[0], operator[0])
            pairs = self.found.setdefault("compare", [])
            assert isinstance(pairs, list)  # noqa: S101 - set on the line above
            self._done()
            pairs.append((sign, self._value(f"`{sign}`")))
            return
        word = self._match(re.compile(r"[A-Za-z_]\w*"))
        key = word[0] if word else self._peek()
        if word is None or key not in KEYWORDS:
            near = get_close_matches(key, KEYWORDS, n=1)
            hint = f"did you mean `{near[0]}`?" if near else _LIST
            if self.found.get("type") in CLOCKED:
                meant = self._letters(start)
                hint = f"write `{meant}`" if meant else hint
            raise wrong(f"`{key}` is not a constraint", hint=hint, offset=start)
        self._set(key, self._argument(key), start)

    def _letters(self, start: int) -> str | None:
        """Return the format that words such as ``YYYY-MM-DD HH:mm`` from there mean, if any."""
        words = self.text[start:].split()
        known = [strftime(" ".join(words[:count])) for count in range(len(words), 0, -1)]
        return next((found for found in known if found), None)

    def _argument(self, key: str) -> object:
        if key in {"required", "unique"}:
            return True
        self._done()
        if key == "in":
            return self._list(key)
        if key == "from":
            return self._names()
        if key == "length":
            return self._length()
        if key in {"matches", "zone", "format"}:
            return self._value(f"`{key}`", _WORD)
        return self._value(f"`{key}`")

    def _value(self, after: str, plain: re.Pattern[str] = _VALUE) -> str:
        start = self.at
        quoted = self._match(_QUOTED)
        if quoted:
            return _unquote(quoted)
        word = self._match(plain)
        if word is None:
            raise wrong(f"{after} needs a value", offset=start)
        return word[0]

    def _list(self, key: str) -> list[str]:
        start = self.at
        if self._match(re.compile(r"\(")) is None:
            raise wrong(f"`{key}` needs a list", hint="write `in (open, closed)`", offset=start)
        values = [self._value(f"`{key}`")]
        while self._match(re.compile(",")):
            values.append(self._value(f"`{key}`"))
        if self._match(re.compile(r"\)")) is None:
            raise wrong(
                f"the list of `{key}` doesn't end",
                hint="put values with spaces, commas or brackets in quotes",
                offset=self.at,
            )
        return values

    def _names(self) -> list[str]:
        if not self._done() and self.text[self.at] == "(":
            return self._list("from")
        return [self._value("`from`")]

    def _length(self) -> str:
        start = self.at
        found = self._match(_LENGTH)
        if found is None:
            raise wrong(
                "`length` needs a number of characters",
                hint="write `length <= 10`, `length 2..5` or `length 2`",
                offset=start,
            )
        return re.sub(r"\s", "", found[0])


_LIST = "constraints are required, unique, >= 0, in (a, b), matches, length, from, default"


def read_length(text: str) -> tuple[int | None, int | None]:
    """Return the least and the most characters that ``2..5``, ``<= 10`` or ``2`` allow."""
    found = _LENGTH.fullmatch(text.strip())
    if found is None:
        raise wrong(f"`{text}` is not a length", hint="write `<= 10`, `2..5` or `2`", key="length")
    if found["is"]:
        return int(found["is"]), int(found["is"])
    least, most = found["least"] or found["from"], found["most"] or found["to"]
    return int(least) if least else None, int(most) if most else None


def _unquote(match: re.Match[str]) -> str:
    if match[1] is not None:
        return match[1].replace("''", "'")
    return match[2].replace('""', '"')


def _near_type(given: str, size: re.Match[str] | None) -> str:
    known = OTHER_NAMES.get(given.lower())
    if known and size and known.startswith("decimal"):
        known = f"decimal({size[1]},{size[2] or 0})"
    near = [known] if known else get_close_matches(given.lower(), TYPE_NAMES, n=1)
    if near:
        return f"did you mean `{near[0]}`?"
    return f"types are {', '.join(TYPE_NAMES)}"
