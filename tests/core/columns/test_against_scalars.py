"""The kernels agree with a slow reader of one text at a time, written from the rules alone."""

import re
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from csvflow.core.columns.convert import converter
from csvflow.core.columns.show import show
from csvflow.core.columns.spec import parse_column

BAD = "row.type"
BERLIN = ZoneInfo("Europe/Berlin")


def read_int(text):
    if not re.fullmatch(r"0|-?[1-9][0-9]*", text):
        return BAD
    return int(text) if len(text) < 25 and -(2**63) <= int(text) < 2**63 else BAD


def read_decimal(precision, scale):
    def read(text):
        match = re.fullmatch(r"(-?)(0|[1-9][0-9]*)(?:\.([0-9]+))?", text)
        if not match or len(match[3] or "") > scale:
            return BAD
        if match[2] != "0" and len(match[2]) > precision - scale:
            return BAD
        value = Decimal(text)
        if match[1] and value == 0:
            return BAD
        return f"{match[1]}{match[2]}" + (f".{(match[3] or '').ljust(scale, '0')}" if scale else "")

    return read


def read_float(text):
    if not re.fullmatch(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?", text):
        return BAD
    value = float(text)
    if value in {float("inf"), float("-inf")}:
        return BAD
    return repr(value) if Decimal(text) == Decimal(repr(value)) else BAD


def read_date(*formats):
    def one(text, form):
        try:
            value = datetime.strptime(text, form).replace(tzinfo=UTC).date()
        except ValueError:
            return BAD
        printed = value.strftime(form.replace("%Y", f"{value.year:04d}"))
        return value if printed == text else BAD

    def read(text):
        return next((v for form in formats if (v := one(text, form)) != BAD), BAD)

    return read


TIME = r"([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]{1,6}))?)?"


def read_time(text):
    match = re.fullmatch(TIME, text)
    if not match:
        return BAD
    try:
        return time(
            int(match[1]), int(match[2]), int(match[3] or 0), int((match[4] or "0").ljust(6, "0"))
        )
    except ValueError:
        return BAD


def read_local(text):
    if text[10:11] not in {"T", " "}:
        return BAD
    day, clock = read_date("%Y-%m-%d")(text[:10]), read_time(text[11:])
    return BAD if BAD in (day, clock) else datetime.combine(day, clock)


def read_berlin(text):
    match = re.fullmatch(r"(.*?)(?:(Z)|([+-])([0-9]{2}):([0-9]{2}))?", text, re.DOTALL)
    local = read_local(match[1])
    if local == BAD:
        return BAD
    if match[2]:
        return local.replace(tzinfo=UTC)
    if match[3]:
        hours, minutes = int(match[4]), int(match[5])
        if hours > 23 or minutes > 59:
            return BAD
        offset = timedelta(hours=hours, minutes=minutes) * (-1 if match[3] == "-" else 1)
        try:
            return local.replace(tzinfo=timezone(offset)).astimezone(UTC)
        except OverflowError:
            return BAD
    try:
        instants = {local.replace(tzinfo=BERLIN, fold=fold).astimezone(UTC) for fold in (0, 1)}
        back = {one for one in instants if one.astimezone(BERLIN).replace(tzinfo=None) == local}
    except OverflowError:
        return BAD
    return back.pop() if len(back) == 1 else BAD


def read_bool(text):
    return {"true": True, "false": False}.get(text.lower(), BAD)


def read_uuid(text):
    shape = r"[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}"
    return text if re.fullmatch(shape, text) else BAD


digits = st.text("0123456789", max_size=22)
numbers = st.one_of(
    st.integers(-(10**20), 10**20).map(str),
    st.decimals(-(10**9), 10**9, places=2).map(str),
    st.decimals(-(10**17), 10**17, places=2).map(str),
    st.decimals(-(10**11), 10**11, places=7).map(str),
    st.floats().map(repr),
    st.builds("{}{}.{}".format, st.sampled_from(["", "-", "+"]), digits, digits),
    st.text("0123456789.-+eE_ x٣", max_size=24),
)
days = st.dates().map(lambda day: day.isoformat())
dates = st.one_of(
    days,
    st.dates().map(lambda day: f"{day.day:02d}/{day.month:02d}/{day.year:04d}"),
    st.from_regex(r"\A[0-9]{4}-[01][0-9]-[0-3][0-9]\Z"),
    st.from_regex(r"\A[0-3][0-9]/[01][0-9]/[0-9]{4}\Z"),
)
times = st.one_of(
    st.times().map(lambda clock: clock.isoformat()),
    st.from_regex(r"\A[0-2][0-9]:[0-6][0-9](:[0-6][0-9](\.[0-9]{0,7})?)?\Z"),
)
offsets = st.one_of(
    st.sampled_from(["", "", "Z", "+02:00", "-05:30", "+24:00"]),
    st.from_regex(r"\A[+-][0-2][0-9]:[0-6][0-9]\Z"),
)
stamps = st.builds(
    "{}{}{}{}".format,
    st.one_of(days, st.sampled_from(["2026-03-29", "2026-10-25", "0001-01-01", "9999-12-31"])),
    st.sampled_from("TT t"),
    times,
    offsets,
)
words = st.one_of(
    st.sampled_from(["true", "FALSE", "True", "yes", "1", "tru"]), st.uuids().map(str)
)
texts = st.one_of(
    st.none(), numbers, numbers, dates, dates, times, stamps, stamps, words, st.text(max_size=6)
)
columns = st.lists(texts, max_size=30)

READERS = {
    "int": read_int,
    "decimal(10,2)": read_decimal(10, 2),
    "decimal(18,2)": read_decimal(18, 2),
    "decimal(18,7)": read_decimal(18, 7),
    "decimal(18,9)": read_decimal(18, 9),
    "decimal(4,4)": read_decimal(4, 4),
    "decimal(25,3)": read_decimal(25, 3),
    "decimal(20,0)": read_decimal(20, 0),
    "float": read_float,
    "bool": read_bool,
    "date": read_date("%Y-%m-%d"),
    "date %d/%m/%Y | %Y-%m-%d": read_date("%d/%m/%Y", "%Y-%m-%d"),
    "time": read_time,
    "timestamp": read_local,
    "timestamp zone Europe/Berlin": read_berlin,
    "uuid": read_uuid,
}
PRINTED = {"float": repr}


def sliced(values):
    """The texts as a slice of a longer array, with bytes under the nulls."""
    around = pa.array(["12", "é", *("77" if value is None else value for value in values), "34"])
    seen = [True, True, *(value is not None for value in values), True]
    bitmap = pa.array(seen).buffers()[1]
    _, at, data = around.buffers()
    whole = pa.Array.from_buffers(pa.utf8(), len(around), [bitmap, at, data])
    return whole.slice(2, len(values))


@pytest.mark.parametrize("short", READERS)
@settings(max_examples=150, derandomize=True, deadline=None)
@given(values=columns)
def test_a_kernel_reads_what_one_text_at_a_time_reads(short, values):
    column = parse_column("x", short)
    done = converter(column.type)(sliced(values))
    done.values.validate(full=True)
    bad = [False] * len(values) if done.bad is None else done.bad.tolist()

    expected = [None if value is None else READERS[short](value) for value in values]

    assert bad == [value == BAD for value in expected]
    loaded = [BAD if wrong else v for wrong, v in zip(bad, done.values.to_pylist(), strict=True)]
    if short.startswith("decimal"):
        loaded = [f"{value:f}" if isinstance(value, Decimal) else value for value in loaded]
    if short == "float":
        loaded = [repr(value) if isinstance(value, float) else value for value in loaded]
    assert loaded == expected


def plain(short, text):
    """The text without what its type's normalisations leave out."""
    name = short.split("(")[0].split()[0]
    if name == "decimal":
        whole, _, part = text.partition(".")
        return f"{whole}.{part.rstrip('0')}".rstrip(".")
    if name == "float":
        return Decimal(text), text.startswith("-")
    if name == "bool":
        return text.lower()
    if name in {"time", "timestamp"}:
        text = text.replace(" ", "T").removesuffix("Z")
        text = re.sub(r"(T|^)([0-9]{2}:[0-9]{2})(?=$|[+-])", r"\1\2:00", text)
        return re.sub(r"\.([0-9]*?)0*(?=$|[+-])", lambda m: f".{m[1]}" if m[1] else "", text)
    return text


@pytest.mark.parametrize(
    "short",
    ["int", "decimal(10,2)", "decimal(25,3)", "float", "bool", "date", "date %d/%m/%Y", "time",
     "timestamp", "timestamp zone UTC", "uuid", "json", "text"],
)  # fmt: skip
@settings(max_examples=150, derandomize=True, deadline=None)
@given(values=columns)
def test_a_loaded_value_prints_as_the_text_that_it_came_from(short, values):
    column = parse_column("x", short)
    done = converter(column.type)(sliced(values))
    bad = [False] * len(values) if done.bad is None else done.bad.tolist()
    for text, wrong, value in zip(values, bad, done.values.to_pylist(), strict=True):
        if text is None or wrong:
            assert value is None
        elif not (short == "timestamp zone UTC" and re.search(r"[+-][0-9:]{5}$", text)):
            assert plain(short, show(column, value)) == plain(short, text)


@pytest.mark.parametrize("short", ["date %-d.%-m.%y", "date '%d de %B de %Y'", "date %b %-d, %Y"])
@settings(max_examples=150, derandomize=True, deadline=None)
@given(day=st.dates(date(1969, 1, 1), date(2068, 12, 31)))
def test_every_day_survives_a_format_of_varying_width(short, day):
    column = parse_column("x", short)
    text = show(column, day)
    done = converter(column.type)(pa.array([text, text + "0", " " + text, None]))
    assert done.values.to_pylist() == [day, None, None, None]
    assert done.bad.tolist() == [False, True, True, False]
