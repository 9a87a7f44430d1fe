import itertools

import pytest

from csvflow.contract import ConfigError
from csvflow.core.pipeline.compose import MAX_NODES, compose, compose_file
from csvflow.core.pipeline.nodes import Fields, Items, Mark, Scalar, plain


def refused(text):
    with pytest.raises(ConfigError) as caught:
        compose(text, "p.yaml")
    return caught.value


def test_values_keep_their_places():
    document = compose('name: orders\nsinks:\n  - parquet: {path: "a b"}\n', "p.yaml")
    root = document.root
    assert isinstance(root, Fields)
    assert document.place(root.entries["name"].key) == "p.yaml:1:1"
    assert document.place(root.entries["name"].node) == "p.yaml:1:7"
    sinks = root.node("sinks")
    assert isinstance(sinks, Items)
    parquet = sinks.nodes[0].node("parquet")
    assert parquet.entries["path"].key.mark == Mark(3, 15)
    assert parquet.node("path").mark == Mark(3, 21)
    assert parquet.node("path").width == 5


def test_quoted_values_are_text_and_keys_always_are():
    root = compose("a: '1'\n1: true\n~: \"null\"\n", "p.yaml").root
    assert plain(root) == {"a": "1", "1": True, "~": "null"}


def test_columns_count_characters_not_bytes():
    root = compose("größe: [ä, b]\n", "p.yaml").root
    assert root.node("größe").nodes[1].mark == Mark(1, 12)


def test_an_alias_means_its_anchor():
    root = compose("a: &x [1, 2]\nb: *x\n", "p.yaml").root
    assert plain(root) == {"a": [1, 2], "b": [1, 2]}


def test_a_byte_order_mark_and_crlf_are_fine(tmp_path):
    path = tmp_path / "p.yaml"
    path.write_bytes(b"\xef\xbb\xbfname: a\r\nsource: b\r\n")
    document = compose_file(path, "p.yaml")
    assert plain(document.root) == {"name": "a", "source": "b"}
    assert document.place(document.root.entries["source"].node) == "p.yaml:2:9"


def test_an_alias_bomb_is_refused():
    names = "abcdefghi"
    bomb = "a: &a [x,x,x,x,x,x,x,x,x]\n" + "".join(
        f"{name}: &{name} [{','.join([f'*{before}'] * 9)}]\n"
        for before, name in itertools.pairwise(names)
    )
    assert refused(bomb).code == "config.limit"


def test_an_anchor_can_not_hold_itself():
    error = refused("a: &x [*x]")
    assert (error.code, error.message) == ("config.syntax", "there is no anchor `&x` above")


@pytest.mark.parametrize(
    "deep",
    [
        *("[" * 10_000, "a: " + "{a: " * 10_000, "- " * 10_000, "? " * 10_000),
        "\n".join(" " * level + "a:" for level in range(1000)),
    ],
    ids=["list", "mapping", "block list", "key", "block mapping"],
)
def test_ten_thousand_levels_are_refused(deep):
    assert refused(deep).code in {"config.limit", "config.syntax"}


def test_a_scalar_of_fifty_megabytes_is_refused(tmp_path):
    path = tmp_path / "p.yaml"
    path.write_text("a: " + "x" * 50_000_000)
    with pytest.raises(ConfigError) as caught:
        compose_file(path, "p.yaml")
    assert str(caught.value) == (
        "p.yaml: is larger than 1,000 KB, which no pipeline needs\n"
        "  hint: is this the data instead of the pipeline?"
    )


def test_a_file_of_very_many_values_is_refused():
    assert refused("[" + "1," * (MAX_NODES + 1) + "]").code == ("config.limit")


@pytest.mark.parametrize(
    "tag",
    [
        *("!!python/object/apply:os.system [touch ran]", "!!python/name:os.system", "!own x"),
        *("!!binary aGk=", "!!set {a}", "!!timestamp 2026-01-01", "!!int 5", "!<tag:x,2026:y> z"),
    ],
)
def test_tags_are_refused_and_nothing_runs(tag, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    error = refused(f"a: {tag}\n")
    assert error.code == "config.syntax"
    assert "isn't allowed" in error.message
    assert list(tmp_path.iterdir()) == []


SYNTAX = [
    (
        "- parquet: {path: ${OUT}}\n",
        (
            "p.yaml:1:20: between brackets, a value with `{` inside needs quotes\n"
            "    1 | - parquet: {path: ${OUT}}\n"
            "      |                    ^\n"
            '  hint: for example "${NAME}" or "out/{stem}.csv"'
        ),
    ),
    (
        "a: 1\nb: 2\na: 3\n",
        (
            "p.yaml:3:1: `a` stands here for the second time\n"
            "    3 | a: 3\n"
            "      | ^\n"
            "  hint: the first is in line 1; keep one of them"
        ),
    ),
    (
        "a: 1\n---\nb: 2\n",
        (
            "p.yaml:2:1: a second document begins here\n"
            "    2 | ---\n"
            "      | ^\n"
            "  hint: one file holds one pipeline"
        ),
    ),
    (
        "name: a: b\n",
        (
            "p.yaml:1:8: `: ` can't stand inside an unquoted value\n"
            "    1 | name: a: b\n"
            "      |        ^\n"
            "  hint: put the value in quotes, or mend the indentation"
        ),
    ),
    (
        'name: "a\n',
        'p.yaml:1:7: this quote is never closed\n    1 | name: "a\n      |       ^',
    ),
    (
        "by: [a, b\nkeep: last\n",
        (
            "p.yaml:1:5: this `[` isn't closed, or a comma is missing\n"
            "    1 | by: [a, b\n"
            "      |     ^\n"
            "  hint: quote a value that is text but begins with a bracket"
        ),
    ),
    (
        "steps:\n\t- a\n",
        "p.yaml:2:1: YAML is indented by spaces, not tabs\n    2 |  - a\n      | ^",
    ),
    (
        "source: *.csv\n",
        (
            "p.yaml:1:9: a value can't begin with `*`\n"
            "    1 | source: *.csv\n"
            "      |         ^\n"
            "  hint: put the value in quotes"
        ),
    ),
    (
        "format: %d.%m.%Y\n",
        (
            "p.yaml:1:9: a value can't begin with `%`\n"
            "    1 | format: %d.%m.%Y\n"
            "      |         ^\n"
            "  hint: put the value in quotes"
        ),
    ),
    (
        "path: {partner}/x.csv\n",
        (
            "p.yaml:1:16: a `key: value` pair is expected here\n"
            "    1 | path: {partner}/x.csv\n"
            "      |                ^\n"
            "  hint: put the whole value in quotes"
        ),
    ),
    (
        "<<: {a: 1}\n",
        (
            "p.yaml:1:1: YAML 1.2 has no merge key `<<`\n"
            "    1 | <<: {a: 1}\n"
            "      | ^\n"
            "  hint: write the keys out, or use `*anchor` for a whole value"
        ),
    ),
    (
        "# nothing\n",
        (
            "p.yaml:1:1: the file is empty\n"
            "    1 | # nothing\n"
            "      | ^\n"
            "  hint: a pipeline needs `source` and `sinks`"
        ),
    ),
]


@pytest.mark.parametrize(("text", "message"), SYNTAX)
def test_syntax_errors_show_the_place_and_what_to_do(text, message):
    assert str(refused(text)) == message


def test_a_control_character_is_refused():
    assert refused("a: \x00b").code == "config.syntax"


def test_bytes_that_are_not_utf8_are_refused_with_their_place(tmp_path):
    path = tmp_path / "p.yaml"
    path.write_bytes(b"name: a\nsource: b\xe4c\n")
    with pytest.raises(ConfigError) as caught:
        compose_file(path, "p.yaml")
    assert str(caught.value) == (
        "p.yaml:2:10: byte 0xe4 is not UTF-8\n  hint: save the file as UTF-8"
    )


def test_a_missing_file_is_told(tmp_path):
    with pytest.raises(ConfigError) as caught:
        compose_file(tmp_path / "no.yaml", "no.yaml")
    assert str(caught.value) == "no.yaml: can't be read: no such file or directory"


@pytest.mark.parametrize(
    ("text", "offset", "place"),
    [
        ("a: total * 2\n", 6, (1, 10)),
        ("a: 'total * 2'\n", 6, (1, 11)),
        ("a: |\n  select x\n    from rows\n", 13, (3, 7)),
        ("a: >\n  folded\n  text\n", 8, (1, 4)),
        ('a: "tab\\t x"\n', 5, (1, 4)),
    ],
)
def test_an_offset_in_a_value_is_found_in_the_file(text, offset, place):
    document = compose(text, "p.yaml")
    mark, _ = document.spot(document.root.node("a"), offset)
    assert (mark.line, mark.column) == place


def test_a_long_line_is_cut_around_the_place():
    document = compose("a: [" + "x, " * 100 + "y]\n", "p.yaml")
    shown = document.excerpt(document.root.node("a").nodes[100].mark)
    first, second = shown.split("\n")
    assert len(first) <= 110
    assert first[second.index("^")] == "y"


def test_nodes_of_a_scalar_know_their_text():
    node = compose("a: 0.10\n", "p.yaml").root.node("a")
    assert isinstance(node, Scalar)
    assert (node.text, node.value) == ("0.10", 0.1)
