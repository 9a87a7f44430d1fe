"""From the header and the texts of a file to declared columns."""

import pyarrow as pa
import pytest

from csvflow.contract import InputError, Mapped
from csvflow.core.columns.spec import parse_column
from csvflow.core.columns.typing import Typing


def declared(**columns):
    return tuple(parse_column(name, value) for name, value in columns.items())


def batch(**columns):
    return pa.record_batch({name: pa.array(v, pa.utf8()) for name, v in columns.items()})


def told(done, rows):
    """Code, column and reason of the first refusal of each row."""
    found = []
    for row in range(rows):
        for one in done.rejected:
            if one.mask[row].as_py():
                reason = one.reason if isinstance(one.reason, str) else one.reason(row)
                found.append((one.code, one.column, reason))
                break
        else:
            found.append(None)
    return found


def test_columns_are_mapped_by_name_and_come_out_in_declared_order():
    typing = Typing(declared(id="int", amount="decimal(8,2) from 'Total Amount'", note="text"))
    bound = typing.bind(["NOTE", "Total Amount", " Id"])

    out = bound.mapping(batch(NOTE=["n"], **{"Total Amount": ["1.5"], " Id": ["7"]}))

    assert bound.schema.names == ["id", "amount", "note"]
    assert out.schema == bound.schema
    assert {key: str(value) for key, value in out.to_pylist()[0].items()} == {
        "id": "7",
        "amount": "1.50",
        "note": "n",
    }
    assert bound.report.renamed == {"id": " Id", "note": "NOTE"}
    assert bound.report.reordered


def test_an_exact_name_wins_over_one_of_another_case():
    bound = Typing(declared(id="int"), unknown="keep").bind(["ID", "id"])
    assert bound.mapping(batch(ID=["x"], id=["1"])).to_pylist() == [{"id": 1, "ID": "x"}]


def test_two_headers_that_differ_in_case_alone_are_no_match():
    with pytest.raises(InputError, match="`id` is not in the file"):
        Typing(declared(id="int"), unknown="keep").bind(["ID", "Id"])


def test_the_first_refusal_in_declared_order_is_told():
    typing = Typing(
        declared(
            id="int required",
            amount="decimal(8,2) >= 0 < 100",
            state="text in (open, 'in work') length <= 6",
            code="text matches [A-Z]{2}",
        ),
    )
    source = batch(
        id=["1", None, "007", "4", "5", "6", "7", "12345678901234567890"],
        amount=["1", "x", "x", "-2.5", "100", "1", "1.005", "1"],
        state=["open", "open", "shut", "shut", "open", "in work", "open", "open"],
        code=["AB", "AB", "AB", "AB", "AB", "AB", "AB", "ABC"],
    )

    done = typing.bind(source.schema.names).mapping(source)

    assert isinstance(done, Mapped)
    assert told(done, 8) == [
        None,
        ("row.required", "id", "a value is required"),
        ("row.type", "id", "`007` is not int: its leading zeros would be lost"),
        ("row.rule", "amount", "`-2.5` is not >= 0"),
        ("row.rule", "amount", "`100` is not < 100"),
        ("row.rule", "state", "`in work` has more than 6 characters"),
        ("row.type", "amount", "`1.005` is not decimal(8,2): it has 3 decimals"),
        (
            "row.type",
            "id",
            "`12345678901234567890` is not int: it needs decimal(20,0) or text",
        ),
    ]
    assert done.kept.to_pylist() == [True] + [False] * 7
    assert done.batch.num_rows == 1


def test_constraints_let_null_pass_and_compare_typed_values():
    typing = Typing(
        declared(
            day="date %d/%m/%Y >= 2026-01-31",
            n="int != 5 in (5, 10)",
            word="text >= b matches 'b.*|c'",
        )
    )
    source = batch(
        day=["01/02/2026", None, "30/01/2026", "31/01/2026"],
        n=["10", None, "5", "10"],
        word=["bb", None, "c", "cc"],
    )
    done = typing.bind(["day", "n", "word"]).mapping(source)
    assert told(done, 4) == [
        None,
        None,
        ("row.rule", "day", "`30/01/2026` is not >= 2026-01-31"),
        ("row.rule", "word", "`cc` does not match b.*|c"),
    ]


def test_a_default_takes_the_place_of_null_but_not_of_a_quoted_empty_field():
    typing = Typing(declared(n="int required default 7 >= 5", t="text default none"))
    done = typing.bind(["n", "t"]).mapping(batch(n=[None, "", "8"], t=[None, "", "x"]))
    assert done.batch.to_pylist() == [{"n": 7, "t": "none"}, {"n": 8, "t": "x"}]
    assert told(done, 3) == [None, ("row.type", "n", "an empty text in quotes is not int"), None]


def test_unknown_columns_are_kept_ignored_or_rescued_as_declared():
    columns = declared(id="int")
    source = batch(a=["x", None], id=["1", "2"], b=['"q"', None])
    header = source.schema.names

    assert Typing(columns, unknown="keep").bind(header).mapping(source).to_pylist() == [
        {"id": 1, "a": "x", "b": '"q"'},
        {"id": 2, "a": None, "b": None},
    ]
    assert Typing(columns, unknown="ignore").bind(header).mapping(source).to_pylist() == [
        {"id": 1},
        {"id": 2},
    ]
    assert Typing(columns, unknown="rescue").bind(header).mapping(source).to_pylist() == [
        {"id": 1, "_rescued": '{"a": "x", "b": "\\"q\\""}'},
        {"id": 2, "_rescued": None},
    ]


def test_unknown_columns_fail_where_columns_are_declared():
    with pytest.raises(InputError) as caught:
        Typing(declared(id="int")).bind(["id", "x", "y"])
    assert caught.value.code == "input.unknown-column"
    assert str(caught.value) == (
        "columns `x`, `y` are in the file and not declared\n"
        "  hint: declare them, or say `unknown_columns: keep`, `ignore` or `rescue`"
    )


def test_a_missing_column_fails_with_the_likely_new_name_as_yaml():
    with pytest.raises(InputError) as caught:
        Typing(declared(id="int", customer_id="decimal(9,0) required")).bind(["id", "Cust ID"])
    assert caught.value.code == "input.missing-column"
    assert str(caught.value) == (
        "column `customer_id` is not in the file\n"
        "  hint: if it only has a new name, write\n"
        "    columns:\n"
        "      customer_id: {type: 'decimal(9,0) required', from: [customer_id, Cust ID]}"
        "  # by the name alone"
    )


def test_an_unknown_column_that_may_be_a_missing_one_is_proposed_as_it():
    typing = Typing(declared(id="int", amount="decimal(9,2)"), missing="null")
    with pytest.raises(InputError) as caught:
        typing.bind(["id", "Amount EUR"])
    assert caught.value.code == "input.unknown-column"
    assert caught.value.hint == (
        "if it only has a new name, write\n"
        "    columns:\n"
        "      amount: {type: 'decimal(9,2)', from: [amount, Amount EUR]}  # by the name alone"
    )


def test_a_missing_column_that_may_have_a_new_name_is_told_where_it_may_be_missing():
    typing = Typing(declared(id="int", amount="decimal(9,2)"), unknown="keep", missing="null")
    source = batch(id=["1", "2"], Betrag=["1.50", "2"])
    report = typing.bind(source.schema.names, lambda: source).report
    assert [(one.column.name, one.header, one.fits, one.of) for one in report.likely] == [
        ("amount", "Betrag", 2, 2)
    ]


def test_a_missing_column_is_null_or_its_default_where_that_is_allowed():
    typing = Typing(declared(id="int", n="int default 3", d="date"), missing="null")
    bound = typing.bind(["id"])
    assert bound.mapping(batch(id=["1"])).to_pylist() == [{"id": 1, "n": 3, "d": None}]
    assert bound.report.missing == ("n", "d")


def test_a_missing_column_that_is_required_always_fails():
    with pytest.raises(InputError, match="`n` is not in the file"):
        Typing(declared(id="int", n="int required"), missing="null").bind(["id"])


def test_a_kept_column_takes_no_name_that_is_declared_or_reserved():
    with pytest.raises(InputError) as caught:
        Typing(declared(id="int from other"), unknown="keep").bind(["other", "id"])
    assert caught.value.code == "input.unknown-column"
    with pytest.raises(InputError) as caught:
        Typing().bind(["a", "_csvflow_row"])
    assert caught.value.code == "input.reserved-column"


def test_without_declared_columns_every_batch_goes_through_as_it_is():
    bound = Typing().bind(["a", "b"])
    source = batch(a=["1"], b=[None])
    assert bound.identity
    assert bound.mapping(source) is source


def test_headers_in_snake_case_name_the_kept_columns_and_match_the_declared():
    typing = Typing(declared(order_id="int"), unknown="keep", headers="snake")
    bound = typing.bind(["OrderId", "Total (EUR)", "total_eur", "!"])
    assert bound.schema.names == ["order_id", "total_eur", "total_eur_2", "column"]
    assert bound.report.renamed == {}


def test_hostile_headers_are_only_names():
    header = ['a"; DROP TABLE x; --', "", "x" * 10_000, "(?i)[", "\x00"]
    assert Typing().bind(header).schema.names == header


def test_snake_case_renames_also_where_nothing_is_declared():
    bound = Typing(headers="snake").bind(["Order Id"])
    out = bound.mapping(batch(**{"Order Id": ["1"]}))
    assert not bound.identity
    assert out.to_pydict() == {"order_id": ["1"]}


def test_an_empty_batch_keeps_the_schema():
    shorts = ["int", "decimal(30,2)", "timestamp zone UTC", "date %-d.%m.%Y", "float", "bool",
              "uuid", "json"]  # fmt: skip
    bound = Typing(declared(**dict(zip("abcdefgh", shorts, strict=True)))).bind(list("abcdefgh"))
    empty = pa.record_batch([pa.array([], pa.utf8())] * 8, names=list("abcdefgh"))
    out = bound.mapping(empty)
    assert out.num_rows == 0
    assert out.schema == bound.schema


def test_a_batch_of_nulls_is_nulls_in_every_type():
    shorts = ["int", "decimal(30,2)", "decimal(4,2)", "timestamp zone Europe/Berlin", "time",
              "date %-d.%m.%Y", "float", "bool", "uuid", "json"]  # fmt: skip
    columns = {f"c{at}": short for at, short in enumerate(shorts)}
    bound = Typing(declared(**columns)).bind(list(columns))
    out = bound.mapping(batch(**{name: [None, None] for name in columns}))
    assert all(column.null_count == 2 for column in out.columns)


def test_unique_columns_are_named_for_the_engine():
    assert Typing(declared(a="int unique", b="text")).bind(["a", "b"]).uniques == ["a"]


@pytest.mark.parametrize(
    "refused", [[], [0], [999], [0, 1, 999], [5, 500], list(range(1000)), list(range(0, 1000, 3))]
)
def test_refused_rows_are_taken_out_whether_few_or_many(refused):
    numbers = [str(at) for at in range(1000)]
    for at in refused:
        numbers[at] = "x"
    source = batch(n=numbers, t=[f"t{at}" for at in range(1000)])
    done = Typing(declared(n="int", t="text")).bind(["n", "t"]).mapping(source)
    out = done.batch if isinstance(done, Mapped) else done
    left = [at for at in range(1000) if at not in set(refused)]
    assert out.to_pydict() == {"n": left, "t": [f"t{at}" for at in left]}


@pytest.mark.parametrize(
    ("header", "columns", "by_order"),
    [
        (["column_1", "column_2"], {"id": "int", "name": "text"}, ["1", "2"]),
        (["column_1", "column_2"], {"id": "int from column_2", "name": "text"}, ["2", "1"]),
        (["column_1", "column_2", "day"], {"id": "int", "day": "text", "n": "text"}, "1 3 2"),
    ],
    ids=["all", "one that is claimed", "with a capture of the path"],
)
def test_without_a_header_the_declared_columns_are_the_fields_in_their_order(
    header, columns, by_order
):
    typing = Typing(declared(**columns), by_order=True)
    places = by_order.split() if isinstance(by_order, str) else by_order
    bound = typing.bind(header)
    assert [str(output.at + 1) for output in bound.outputs] == places
    assert [output.name for output in bound.outputs] == list(columns)


def test_columns_without_names_are_not_taken_by_order_if_they_are_more_or_unasked():
    with pytest.raises(InputError) as caught:
        Typing(declared(id="int", n="text"), by_order=True).bind(["column_1"])
    assert caught.value.message == (
        "columns `id`, `n` are not in the file, which has `column_1` that no column claims"
    )
    assert caught.value.hint.startswith("its first line was read as data: `csv: {header: 1}` says")
    with pytest.raises(InputError):
        Typing(declared(id="int", n="text")).bind(["column_1", "column_2"])


def test_a_header_of_other_names_asks_where_the_header_is():
    with pytest.raises(InputError) as caught:
        Typing(declared(id="int", day="date", n="text")).bind(["Report", "of", "2026"])
    assert caught.value.hint.startswith("is that its header? `csv: {preamble: …}` says how many")


def test_a_column_without_a_name_is_not_taken_where_those_before_it_moved():
    typing = Typing(declared(id="int", column_2="text", n="int", column_4="text"), "ignore", "null")
    assert len(typing.bind(["id", "column_2", "n", "column_4"]).outputs) == 4
    assert len(typing.bind(["id", "column_2", "n", "column_4", "more"]).outputs) == 4
    with pytest.raises(InputError) as caught:
        typing.bind(["id", "more", "column_3", "column_4", "n"])
    assert caught.value.code == "input.moved-column"
    assert caught.value.message == (
        "`column_4` has no name in the file, and the columns before it have moved"
    )


def test_a_column_without_a_name_may_be_declared_beside_a_few_others():
    typing = Typing(declared(n="int", column_4="text"), unknown="ignore")
    assert [one.at for one in typing.bind(["id", "x", "n", "column_4"]).outputs] == [2, 3]
