"""How a file is written is found out from itself, told in the report, and can be overridden."""

import pytest

from csvflow.contract import InputError

RUSSIAN = "имя,город\nИван,Москва\nПётр,Санкт-Петербург\nОльга,Новосибирск\n"  # noqa: RUF001
JAPANESE = "名前,都市\n山田太郎,東京\n鈴木一郎,大阪\n"
POLISH = "nazwa,miasto\nZażółć gęślą jaźń,Łódź\nŻółw,Kraków\n"
GREEK = "όνομα,πόλη\nΓιώργος,Αθήνα\nΜαρία,Θεσσαλονίκη\n"  # noqa: RUF001
AB = ["a", "b"]
ONE_X = [("1", "x"), ("2", "y")]
BOOKED = ["Datum", "Text", "Betrag"]
BOOKINGS = [("02.01.2024", "Miete", "-5,00"), ("03.01.2024", "Lohn", "2,50")]

FOUND = {
    # name: (bytes, what the report says, header, rows, the lines that they begin on)
    "comma": (b"a,b\n1,x\n2,y\n", {"delimiter": ","}, AB, ONE_X, [2, 3]),
    "semicolon": (b"a;b\n1;x\n2;y\n", {"delimiter": ";"}, AB, ONE_X, [2, 3]),
    "tab": (b"a\tb\n1\tx\n2\ty\n", {"delimiter": "\t"}, AB, ONE_X, [2, 3]),
    "pipe": (b"a|b\n1|x\n2|y\n", {"delimiter": "|"}, AB, ONE_X, [2, 3]),
    "colon": (b"a:b\n1:x\n2:y\n", {"delimiter": ":"}, AB, ONE_X, [2, 3]),
    "space": (b"a b\n1 x\n2 y\n", {"delimiter": " "}, AB, ONE_X, [2, 3]),
    "tilde": (b"a~b\n1~x\n2~y\n", {"delimiter": "~"}, AB, ONE_X, [2, 3]),
    "caret": (b"a^b\n1^x\n2^y\n", {"delimiter": "^"}, AB, ONE_X, [2, 3]),
    "unit separator": (b"a\x1fb\n1\x1fx\n2\x1fy\n", {"delimiter": "\x1f"}, AB, ONE_X, [2, 3]),
    "ctrl-a": (b"a\x01b\n1\x01x\n2\x01y\n", {"delimiter": "\x01"}, AB, ONE_X, [2, 3]),
    "broken bar": ("a¦b\n1¦x\n2¦y\n".encode(), {"delimiter": "¦"}, AB, ONE_X, [2, 3]),
    "comma and space": (b"a, b\n1, x\n2, y\n", {"delimiter": ", "}, AB, ONE_X, [2, 3]),
    "comma and space, quoted": (
        b'a, b\n1, "x, y"\n2, "z"\n',
        {"delimiter": ", "},
        AB,
        [("1", "x, y"), ("2", "z")],
        [2, 3],
    ),
    "semicolon and space": (b"a; b\n1; x\n2; y\n", {"delimiter": "; "}, AB, ONE_X, [2, 3]),
    "two pipes": (b"a||b\n1||x\n2||y\n", {"delimiter": "||"}, AB, ONE_X, [2, 3]),
    "two pipes, empty fields": (
        b"a||b||c\n1||||3\n||||\n",
        {"delimiter": "||"},
        ["a", "b", "c"],
        [("1", None, "3"), (None, None, None)],
        [2, 3],
    ),
    "two pipes, quoted newline": (
        b'a||b\n1||"x||\n"\n2||y\n',
        {"delimiter": "||"},
        AB,
        [("1", "x||\n"), ("2", "y")],
        [2, 4],
    ),
    "two colons": (b"a::b\n1::x\n2::y\n", {"delimiter": "::"}, AB, ONE_X, [2, 3]),
    "pipe tilde pipe": (b"a|~|b\n1|~|x\n2|~|y\n", {"delimiter": "|~|"}, AB, ONE_X, [2, 3]),
    "tilde pipe tilde": (b"a~|~b\n1~|~x\n2~|~y\n", {"delimiter": "~|~"}, AB, ONE_X, [2, 3]),
    "told to Excel": (b"sep=;\na;b\n1;x\n2;y\n", {"preamble_lines": 1}, AB, ONE_X, [3, 4]),
    "decimal commas": (
        b"a;b\n1,5;x\n2,5;y\n",
        {"delimiter": ";"},
        AB,
        [("1,5", "x"), ("2,5", "y")],
        [2, 3],
    ),
    "commas in names": (
        b"Smith, John\t5\nDoe, Jane\t6\n",
        {"delimiter": "\t", "header": False},
        ["column_1", "column_2"],
        [("Smith, John", "5"), ("Doe, Jane", "6")],
        [1, 2],
    ),
    "times with colons": (
        b"at,to\n10:05,x\n11:10,y\n",
        {"delimiter": ","},
        ["at", "to"],
        [("10:05", "x"), ("11:10", "y")],
        [2, 3],
    ),
    "prose in quotes": (
        b'a;b\n1;"one, two, three"\n2;"one, two"\n',
        {"delimiter": ";"},
        AB,
        [("1", "one, two, three"), ("2", "one, two")],
        [2, 3],
    ),
    "single quotes": (
        b"a,b\n'1,5','x'\n'2','y'\n",
        {"quote": "'"},
        AB,
        [("1,5", "x"), ("2", "y")],
        [2, 3],
    ),
    "apostrophes": (b"a,b\n1,it's\n2,y\n", {"quote": '"'}, AB, [("1", "it's"), ("2", "y")], [2, 3]),
    "backslashes": (
        b'a,b\n1,"x\\"y"\n2,"y"\n',
        {"escape": "\\"},
        AB,
        [("1", 'x"y'), ("2", "y")],
        [2, 3],
    ),
    "paths": (b"a,b\n1,C:\\x\n2,y\n", {"escape": None}, AB, [("1", "C:\\x"), ("2", "y")], [2, 3]),
    "lf": (b"a,b\n1,x\n2,y\n", {"newline": "lf"}, AB, ONE_X, [2, 3]),
    "crlf": (b"a,b\r\n1,x\r\n2,y\r\n", {"newline": "crlf"}, AB, ONE_X, [2, 3]),
    "cr": (b"a,b\r1,x\r2,y\r", {"newline": "cr"}, AB, ONE_X, [2, 3]),
    "mixed": (b"a,b\r\n1,x\n2,y\r", {"newline": "mixed"}, AB, ONE_X, [2, 3]),
    "preamble": (b"Report of May\n\na,b\n1,x\n2,y\n", {"preamble_lines": 1}, AB, ONE_X, [4, 5]),
    "comments above": (
        b"# made, by, hand\n# x\na,b\n1,x\n2,y\n",
        {"comment": "#"},
        AB,
        ONE_X,
        [4, 5],
    ),
    "comments between": (b"a,b\n1,x\n# more\n2,y\n# end\n", {"comment": "#"}, AB, ONE_X, [2, 4]),
    "comments with quotes": (
        b'# it"s\na,b\n1,x\n# say "so\n2,y\n',
        {"comment": "#"},
        AB,
        ONE_X,
        [3, 5],
    ),
    "a header with the mark": (b"#a,b\n1,x\n2,y\n", {"comment": None}, ["#a", "b"], ONE_X, [2, 3]),
    "cells with the mark": (
        b"a,b\n#1,x\n#2,y\n",
        {"comment": None},
        AB,
        [("#1", "x"), ("#2", "y")],
        [2, 3],
    ),
    "a record with the mark among comments": (
        b"# one\na,b\n" + b"1,x\n" * 300 + b"#2,y\n",
        {"comment": "#"},
        AB,
        [("1", "x")] * 300 + [("#2", "y")],
        list(range(3, 304)),
    ),
    "total": (b"a,b\n1,x\n2,y\nTotal: 2\n", {"footer_lines": 1}, AB, ONE_X, [2, 3]),
    "rows": (b"a,b\n1,x\n2,y\n(2 rows)\n", {"footer_lines": 1}, AB, ONE_X, [2, 3]),
    "eof": (b"a,b\n1,x\n2,y\nEOF", {"footer_lines": 1}, AB, ONE_X, [2, 3]),
    "below a blank line": (
        b"a,b\r\n1,x\r\n2,y\r\n\r\nGoodbye\r\n",
        {"footer_lines": 2},
        AB,
        ONE_X,
        [2, 3],
    ),
    "trailing delimiters": (b"a,b,\n1,x,\n2,y,\n", {"trailing_delimiter": True}, AB, ONE_X, [2, 3]),
    "trailing but for the header": (
        b"a,b\n1,x,\n2,y,\n",
        {"trailing_delimiter": True},
        AB,
        ONE_X,
        [2, 3],
    ),
    "trailing in the header only": (
        b"a,b,\n1,x\n2,y\n",
        {"trailing_delimiter": False},
        AB,
        ONE_X,
        [2, 3],
    ),
    "trailing, some without": (
        b"a,b,\n1,x,\n2,y\n3,z,\n",
        {"trailing_delimiter": True},
        AB,
        [("1", "x"), ("2", "y"), ("3", "z")],
        [2, 3, 4],
    ),
    "an empty column is no trailing one": (
        b"a,b,c\n1,x,\n2,y,\n",
        {"trailing_delimiter": False},
        ["a", "b", "c"],
        [("1", "x", None), ("2", "y", None)],
        [2, 3],
    ),
    "no header": (b"1,x\n2,y\n", {"header": False}, ["column_1", "column_2"], ONE_X, [1, 2]),
    "no header, dates": (
        b"2026-01-02,x\n2026-01-03,y\n",
        {"header": False},
        ["column_1", "column_2"],
        [("2026-01-02", "x"), ("2026-01-03", "y")],
        [1, 2],
    ),
    "all text has a header": (b"x,y\nu,v\n", {"header": True}, ["x", "y"], [("u", "v")], [2]),
    "years as names": (
        b"name,2024,2025\nx,1,2\ny,3,4\n",
        {"header": True},
        ["name", "2024", "2025"],
        [("x", "1", "2"), ("y", "3", "4")],
        [2, 3],
    ),
    "groups above names": (
        b"sales,sales,cost\nnet,gross,net\n1,2,3\n4,5,6\n",
        {"header_lines": 2},
        ["sales net", "sales gross", "cost net"],
        [("1", "2", "3"), ("4", "5", "6")],
        [3, 4],
    ),
    "labels above a table": (
        (
            b'"Konto:";"DE02"\n\n"Datum";"Text";"Betrag"\n'
            b'"02.01.2024";"Miete";"-5,00"\n"03.01.2024";"Lohn";"2,50"\n'
        ),
        {"preamble_lines": 1, "delimiter": ";"},
        BOOKED,
        BOOKINGS,
        [4, 5],
    ),
    "labels, no blank line": (
        (
            b"Konto;DE02\nInhaber;X\nZeitraum;Januar\nDatum;Text;Betrag\n"
            b"02.01.2024;Miete;-5,00\n03.01.2024;Lohn;2,50\n"
        ),
        {"preamble_lines": 3},
        BOOKED,
        BOOKINGS,
        [5, 6],
    ),
    "labels and trailing delimiters": (
        (
            b'"Konto:";"DE02 / Giro";\r\n\r\n"Von:";"01.01.2024";\r\n"Bis:";"31.01.2024";\r\n\r\n'
            b'"Datum";"Text";"Betrag";\r\n'
            b'"02.01.2024";"Miete";"-5,00";\r\n"03.01.2024";"Lohn";"2,50";\r\n'
        ),
        {"preamble_lines": 4, "trailing_delimiter": True},
        BOOKED,
        BOOKINGS,
        [7, 8],
    ),
    "labels, values with units, remarks": (
        (
            b"Umsatz;Datei vom 31.01.2024\n\nIBAN;DE02\nKonto;Giro\nBank;ING\nSaldo;123,45;EUR\n\n"
            b"Sortierung;Datum\n\nVorgemerktes fehlt.\n\nDatum;Text;Betrag;Saldo;W\n"
            b"02.01.2024;Miete;-5,00;1,00;EUR\n03.01.2024;Lohn;2,50;3,50;EUR\n"
        ),
        {"preamble_lines": 10},
        [*BOOKED, "Saldo", "W"],
        [
            ("02.01.2024", "Miete", "-5,00", "1,00", "EUR"),
            ("03.01.2024", "Lohn", "2,50", "3,50", "EUR"),
        ],
        [13, 14],
    ),
    "labels filled up": (
        (
            b"Konto;DE02;\nVon;01.01.2024;\n;;\nDatum;Text;Betrag\n"
            b"02.01.2024;Miete;-5,00\n03.01.2024;Lohn;2,50\n"
        ),
        {"preamble_lines": 3},
        BOOKED,
        BOOKINGS,
        [5, 6],
    ),
    "one label filled up": (
        b"Konto;DE02;;\nDatum;Text;Betrag;W\n02.01.2024;Miete;-5,00;E\n03.01.2024;Lohn;2,50;E\n",
        {"preamble_lines": 1},
        [*BOOKED, "W"],
        [("02.01.2024", "Miete", "-5,00", "E"), ("03.01.2024", "Lohn", "2,50", "E")],
        [3, 4],
    ),
    "a label as wide as the table": (
        b"Konto:;DE02\n\nDatum;Betrag\n02.01.2024;-5,00\n03.01.2024;2,50\n",
        {"preamble_lines": 1},
        ["Datum", "Betrag"],
        [("02.01.2024", "-5,00"), ("03.01.2024", "2,50")],
        [4, 5],
    ),
    "a title and dates as wide as the table": (
        b"Sales report,,\nPeriod,2024-01-01,2024-01-31\nid,amount,qty\n1,2.50,3\n2,3.50,4\n",
        {"preamble_lines": 2},
        ["id", "amount", "qty"],
        [("1", "2.50", "3"), ("2", "3.50", "4")],
        [4, 5],
    ),
    "a total as wide as the records, above a remark": (
        b"a;b;c\n1;x;2,00\n2;y;3,00\n\nEndsaldo;;5,00\n\nErstellt am 2.1.2024\n",
        {"footer_lines": 4},
        ["a", "b", "c"],
        [("1", "x", "2,00"), ("2", "y", "3,00")],
        [2, 3],
    ),
    "25 remarks": (
        b"".join(b"line %d\n" % number for number in range(25)) + b"a,b\n" + b"1,x\n2,y\n" * 20,
        {"preamble_lines": 25, "delimiter": ","},
        AB,
        ONE_X * 20,
        list(range(27, 67)),
    ),
    "dates above the header": (
        (
            b"Campaign report\nJanuary 1, 2024 - January 31, 2024\nCampaign,Clicks,Cost\n"
            b'Brand,"1,234",5.00\nGeneric,10,6.00\n'
        ),
        {"preamble_lines": 2},
        ["Campaign", "Clicks", "Cost"],
        [("Brand", "1,234", "5.00"), ("Generic", "10", "6.00")],
        [4, 5],
    ),
    "a record without values is no name": (
        b"name,name,a,b\nfoo,bar,n/a,n/a\nx,y,1,2\nz,w,1,2\n",
        {"header_lines": 1},
        ["name", "name_2", "a", "b"],
        [("foo", "bar", "n/a", "n/a"), ("x", "y", "1", "2"), ("z", "w", "1", "2")],
        [2, 3, 4],
    ),
    "months as names": (
        b"Region,1,2,3\nNord,5,6,7\nSued,8,9,10\n",
        {"header": True},
        ["Region", "1", "2", "3"],
        [("Nord", "5", "6", "7"), ("Sued", "8", "9", "10")],
        [2, 3],
    ),
    "no header, amounts of money": (
        b"x,$5.00\ny,$6.00\nz,$7.00\n",
        {"header": False},
        ["column_1", "column_2"],
        [("x", "$5.00"), ("y", "$6.00"), ("z", "$7.00")],
        [1, 2, 3],
    ),
    "no header, times": (
        b"x,10:00\ny,11:00\nz,12:00\n",
        {"header": False},
        ["column_1", "column_2"],
        [("x", "10:00"), ("y", "11:00"), ("z", "12:00")],
        [1, 2, 3],
    ),
    "told to Excel in capitals": (
        b"SEP=;\na;b\n1;x\n2;y\n",
        {"preamble_lines": 1, "delimiter": ";"},
        AB,
        ONE_X,
        [3, 4],
    ),
    "told to Excel, a caret": (
        b"sep=^\r\na^b\r\n1^x\r\n2^y\r\n",
        {"preamble_lines": 1, "delimiter": "^"},
        AB,
        ONE_X,
        [3, 4],
    ),
    "told to Excel in quotes, above a title": (
        b'"sep=;"\nOrders of May\n\na;b\n1;x\n2;y\n',
        {"preamble_lines": 2, "delimiter": ";"},
        AB,
        ONE_X,
        [5, 6],
    ),
    "told to Excel, and not so": (
        b"sep=;\na,b\n1,x\n2,y\n",
        {"preamble_lines": 1, "delimiter": ","},
        AB,
        ONE_X,
        [3, 4],
    ),
    "log of a server": (
        b"#Software: Some Server 8.5\n#Version: 1.0\n"
        + b"10:00:01 10.0.0.1 GET 200\n" * 9
        + b"#Date: 2024-01-02 00:00:00\n10:00:02 10.0.0.1 GET 404\n",
        {"delimiter": " ", "comment": "#", "header": False},
        ["column_1", "column_2", "column_3", "column_4"],
        [("10:00:01", "10.0.0.1", "GET", "200")] * 9 + [("10:00:02", "10.0.0.1", "GET", "404")],
        [*range(3, 12), 13],
    ),
    "a total in Russian": (
        "a,b,c\n1,x,2\n2,y,3\n\nИтого: 5\n".encode(),  # noqa: RUF001
        {"footer_lines": 2},
        ["a", "b", "c"],
        [("1", "x", "2"), ("2", "y", "3")],
        [2, 3],
    ),
    "a total in Japanese": (
        "a,b,c\n1,x,2\n2,y,3\n合計: 5".encode(),
        {"footer_lines": 1},
        ["a", "b", "c"],
        [("1", "x", "2"), ("2", "y", "3")],
        [2, 3],
    ),
    "several remarks at the end": (
        b"a,b\n1,x\n2,y\n\nTotal: 2\nPrinted on 2024-01-02\n",
        {"footer_lines": 3},
        AB,
        ONE_X,
        [2, 3],
    ),
    "a total as wide as the records": (
        b"a;b;c\n1;x;2,00\n2;y;3,00\n\nSumme;;5,00\n",
        {"footer_lines": 2},
        ["a", "b", "c"],
        [("1", "x", "2,00"), ("2", "y", "3,00")],
        [2, 3],
    ),
    "a total in the middle of a line": (
        b"a;b;c\r\n1;x;2,00\r\n2;y;3,00\r\n\r\n;Gesamt:;5,00\r\n\r\n",
        {"footer_lines": 2},
        ["a", "b", "c"],
        [("1", "x", "2,00"), ("2", "y", "3,00")],
        [2, 3],
    ),
    "utf-8": ("a,b\né,x\n".encode(), {"encoding": "utf-8"}, AB, [("é", "x")], [2]),
    "utf-16-le": (
        "a,b\né,x\n".encode("utf-16-le"),
        {"encoding": "utf-16-le"},
        AB,
        [("é", "x")],
        [2],
    ),
    "utf-16-be": (
        "a,b\né,x\n".encode("utf-16-be"),
        {"encoding": "utf-16-be"},
        AB,
        [("é", "x")],
        [2],
    ),
    "utf-32-le": (
        "a,b\né,x\n".encode("utf-32-le"),
        {"encoding": "utf-32-le"},
        AB,
        [("é", "x")],
        [2],
    ),
    "utf-32-be": (
        "a,b\né,x\n".encode("utf-32-be"),
        {"encoding": "utf-32-be"},
        AB,
        [("é", "x")],
        [2],
    ),
    "utf-16 of Cyrillic": (
        RUSSIAN.encode("utf-16-le"),
        {"encoding": "utf-16-le"},
        ["имя", "город"],
        [("Иван", "Москва"), ("Пётр", "Санкт-Петербург"), ("Ольга", "Новосибирск")],
        [2, 3, 4],
    ),
    "utf-16 of Japanese": (
        JAPANESE.encode("utf-16-be"),
        {"encoding": "utf-16-be"},
        ["名前", "都市"],
        [("山田太郎", "東京"), ("鈴木一郎", "大阪")],
        [2, 3],
    ),
    "cp1252": (
        "a,b\nMüller,€ 5\nFrançois,naïve\n".encode("cp1252"),
        {"encoding": "cp1252"},
        AB,
        [("Müller", "€ 5"), ("François", "naïve")],
        [2, 3],
    ),
    "iso-8859-1 is read as its superset": (
        "a,b\ncafé,x\n".encode("latin-1"),
        {"encoding": "cp1252", "encoding_confidence": 0.82},
        AB,
        [("café", "x")],
        [2],
    ),
    "cp1250": (
        POLISH.encode("cp1250"),
        {"encoding": "cp1250"},
        ["nazwa", "miasto"],
        [("Zażółć gęślą jaźń", "Łódź"), ("Żółw", "Kraków")],
        [2, 3],
    ),
    "cp1251": (
        RUSSIAN.encode("cp1251"),
        {"encoding": "cp1251"},
        ["имя", "город"],
        [("Иван", "Москва"), ("Пётр", "Санкт-Петербург"), ("Ольга", "Новосибирск")],
        [2, 3, 4],
    ),
    "koi8-r": (
        RUSSIAN.encode("koi8-r"),
        {"encoding": "koi8-r"},
        ["имя", "город"],
        [("Иван", "Москва"), ("Пётр", "Санкт-Петербург"), ("Ольга", "Новосибирск")],
        [2, 3, 4],
    ),
    "cp1253": (
        GREEK.encode("cp1253"),
        {"encoding": "cp1253"},
        ["όνομα", "πόλη"],
        [("Γιώργος", "Αθήνα"), ("Μαρία", "Θεσσαλονίκη")],
        [2, 3],
    ),
    "shift-jis": (
        JAPANESE.encode("cp932"),
        {"encoding": "cp932"},
        ["名前", "都市"],
        [("山田太郎", "東京"), ("鈴木一郎", "大阪")],
        [2, 3],
    ),
}


@pytest.mark.parametrize("name", FOUND)
def test_the_dialect_is_found_and_reported(read, name):
    data, says, header, rows, lines = FOUND[name]
    found = read(data)
    assert {key: found.dialect[key] for key in says} == says
    assert found.header == header
    assert found.rows == rows
    assert found.lines == lines
    assert found.damaged == []


@pytest.mark.parametrize("name", FOUND)
@pytest.mark.parametrize("block", [1, 6, 40])
def test_blocks_change_nothing_in_a_found_dialect(read, name, block):
    data, _, _, rows, lines = FOUND[name]
    found = read(data, block=block)
    assert found.rows == rows
    assert found.lines == lines
    assert found.damaged == []


TOLD = {
    # What is told overrides what would be found.
    "delimiter": (b"a;b\n1;x\n", {"delimiter": ","}, ["a;b"], [("1;x",)]),
    "no comments": (
        b"#a,b\n#\n1,x\n",
        {"comment": "none", "ragged": "pad"},
        ["#a", "b"],
        [("#", None), ("1", "x")],
    ),
    "another comment": (b"a,b\n-- x\n1,x\n", {"comment": "--"}, AB, [("1", "x")]),
    "a comment that fits": (b"a,b\n#1,x\n2,y\n", {"comment": "#"}, AB, [("2", "y")]),
    "a footer of records": (b"a,b\n1,x\n2,9\n", {"footer": 1}, AB, [("1", "x")]),
    "no footer": (b"a\nx\nTotal: 2\n", {"footer": 0}, ["a"], [("x",), ("Total: 2",)]),
    "trailing kept": (
        b"a,b,\n1,x,\n",
        {"trailing": "keep"},
        ["a", "b", "column_3"],
        [("1", "x", None)],
    ),
    "trailing dropped": (b"a,b\n1,x,\n", {"trailing": "drop"}, AB, [("1", "x")]),
    "header none": (
        b"a,b\n1,x\n",
        {"header": "none"},
        ["column_1", "column_2"],
        [("a", "b"), ("1", "x")],
    ),
    "header of three": (b"a,b\nc,d\ne,f\n1,x\n", {"header": 3}, ["a c e", "b d f"], [("1", "x")]),
    "header where numbers are": (b"1,2\n3,4\n", {"header": 1}, ["1", "2"], [("3", "4")]),
    "preamble none": (
        b"Report\na,b\n1,x\n2,y\n",
        {"preamble": 0, "ragged": "truncate"},
        ["Report"],
        [("a",), ("1",), ("2",)],
    ),
    "preamble with quotes": (b'it"s\na,b\n1,x\n', {"preamble": 1}, AB, [("1", "x")]),
    "escape is the quote": (b'a,b\n1,"x""y"\n', {"escape": '"', "quote": '"'}, AB, [("1", 'x"y')]),
    "escape without quotes": (
        b"a,b\n1\\,5,x\n",
        {"escape": "\\", "quote": "none"},
        AB,
        [("1,5", "x")],
    ),
    "long delimiter and escapes": (
        b'a||b\n1\\|\\|||"x\\"||"\n',
        {"delimiter": "||", "escape": "\\"},
        AB,
        [("1||", 'x"||')],
    ),
}


@pytest.mark.parametrize("name", TOLD)
@pytest.mark.parametrize("block", [None, 5])
def test_what_is_told_is_taken(read, name, block):
    data, options, header, rows = TOLD[name]
    found = read(data, block=block, **options)
    assert found.header == header
    assert found.rows == rows
    assert found.damaged == []


def test_a_record_below_a_trailing_delimiter_is_refused_where_text_stands_behind_it(read):
    data = b"a,b,\n" + b"1,x,\n" * 300 + b"2,y,z\n3,z,\n"
    found = read(data)
    assert found.damaged == [(301, 302, "row.field-count", "2,y,z")]
    assert found.rows[-1] == ("3", "z")


CUT = {
    # name: (bytes, the line and the text of each record that is refused)
    "a word": (b"a,b\n1,x\n2,y\nSmith", [(4, "Smith")]),
    "a word that footers begin with": (b"a,b\n1,x\n2,y\nSource Gmb", [(4, "Source Gmb")]),
    "a name that begins like a total": (b"a,b\n1,x\n2,y\nTotal Energies", [(4, "Total Energies")]),
    "a number behind a blank line": (b"id,n,m\n1,a,2\n\n2", [(4, "2")]),
    "a number in a line of its own": (b"id,n,m\n1,a,2\n\n2\n", [(4, "2")]),
    "a list behind a blank line": (
        b"a,b\n1,x\n2,y\n\nNotes\nfoo\nbar\n",
        [(5, "Notes"), (6, "foo"), (7, "bar")],
    ),
}


@pytest.mark.parametrize("name", CUT)
@pytest.mark.parametrize("block", [None, 1, 7])
def test_a_cut_last_record_is_no_footer(read, name, block):
    data, damaged = CUT[name]
    found = read(data, block=block)
    assert [(line, raw) for _, line, _, raw in found.damaged] == damaged
    assert found.dialect["footer_lines"] == 0


MAYBE = {
    # name: (bytes, options, how many rows, the notes)
    "a total": (b"a;b;c\n1;x;2\n2;y;3\nSumme;;5\n", {}, 3, "`Summe`"),
    "in capitals": (b"a,b\n1,x\n2,y\nGRAND TOTAL,5\n", {}, 3, "`GRAND TOTAL`"),
    "no more than the word is told": (b"a,b\n1,x\n2,y\nTotal: Smith,5", {}, 3, "`Total`"),
    "each record behind a blank line": (b"a,b\n1,x\n\n2,y\n\nTotal,5\n", {}, 3, "`Total`"),
    "totals above it": (b"a,b\n1,x\nTotal,3\nTotal,5\n", {}, 3, None),
    "a word that begins like one": (b"a,b\n1,x\n2,y\nSummer,5\n", {}, 3, None),
    "told that there is none": (b"a,b\n1,x\n2,y\nTotal,5\n", {"footer": 0}, 3, None),
}


@pytest.mark.parametrize("name", MAYBE)
def test_a_last_row_that_may_be_a_total_is_a_row_and_is_told(read, name):
    data, options, count, word = MAYBE[name]
    found = read(data, **options)
    assert len(found.rows) == count
    assert found.notes == ([f"the last row may be a total: it begins {word}"] if word else [])


def test_a_found_comment_mark_hides_no_cut_record(read):
    data = b"# export\nid,a,b\n" + b"1,x,y\n" * 300 + b"#N/A,foo\n# so, it is\n#7,cut\n4,z,w\n"
    found = read(data)
    assert found.dialect["comment"] == "#"
    assert [(line, raw) for _, line, _, raw in found.damaged] == [
        (303, "#N/A,foo"),
        (305, "#7,cut"),
    ]
    assert found.count == 303
    assert read(data, comment="#").damaged == []


@pytest.mark.parametrize("word", ["sep=;", "Sep=|"])
def test_the_line_for_excel_is_no_header_where_the_delimiter_is_told(read, word):
    found = read(f"{word}\na;b\n1;x\n2;y\n".encode(), delimiter=";")
    assert found.header == AB
    assert found.rows == ONE_X


REMEDIES = {
    # name: (bytes, code, the hint)
    "a small table above": (
        b"a,b\n1,2\n3,4\n\nx,y,z\n" + b"1,2,3\n" * 20,
        "input.second-table",
        "`csv: {preamble: 4}` leaves out what stands above",
    ),
    "a small table below": (
        b"a,b\n" + b"1,2\n" * 20 + b"\nx,y,z\n1,2,3\n",
        "input.second-table",
        "split the file",
    ),
    "labels that read as a table": (
        b"Konto;Giro\nVon;01.01.2024\nBis;31.01.2024\n\nDatum;Text;Betrag\n"
        + b"02.01.2024;Miete;-5,00\n" * 9,
        "input.second-table",
        "`csv: {preamble: 4}`",
    ),
    "words alone": (
        b"Konto;DE\nInhaber;X\nName;Stadt;Land\nann;Rom;IT\nbob;Ulm;DE\ncid;Oslo;NO\n",
        "input.layout-changed",
        "`csv: {preamble: 2}`",
    ),
    "wider from the first record on": (
        b"a,b\n" + b"1,2,3\n" * 20,
        "input.layout-changed",
        "`csv: {preamble: 1}`",
    ),
    "a title or a header": (
        b"\nKonto;DE;\n\nDatum;Text;Betrag\n02.01.2024;Miete;-5,00\n03.01.2024;Lohn;2,50\n",
        "input.header",
        (
            "say `csv: {preamble: 2}` if the next is; `csv: {preamble: 0, header: 2}` if both name"
            " the columns; else `csv: {preamble: 0, header: 1}`"
        ),
    ),
    "a title, groups or a header": (
        b"Kunde;Umsatz;;\nName;Netto;Brutto;Steuer\nann;1;2;3\nbob;4;5;6\n",
        "input.header",
        "say `csv: {preamble: 1}` if the next is; `csv: {preamble: 0, header: 2}` if both name the",
    ),
    "a header and units": (
        b"# made\nname,amount,qty\ntext,EUR,pcs\nann,5,2\nbob,6,3\n",
        "input.header",
        "say `csv: {preamble: 2}` if the next is; `csv: {preamble: 0, header: 2}` if both name the",
    ),
    "a label or a header": (
        b"Konto;DE02\nDatum;Betrag\n02.01.2024;-5,00\n03.01.2024;2,50\n",
        "input.header",
        "say `csv: {preamble: 1}` if the next is",
    ),
}


@pytest.mark.parametrize("name", REMEDIES)
def test_what_stands_above_a_table_is_refused_with_the_remedy_where_it_is_not_clear(read, name):
    data, code, hint = REMEDIES[name]
    with pytest.raises(InputError) as failed:
        read(data)
    assert failed.value.code == code
    assert failed.value.hint.startswith(hint)


REMEDIED = {
    # name: (what the remedy says, header, rows, the line of the first)
    "labels that read as a table": (
        {"preamble": 4},
        BOOKED,
        [("02.01.2024", "Miete", "-5,00")] * 9,
        6,
    ),
    "a title or a header": ({"preamble": 2}, BOOKED, BOOKINGS, 5),
    "a title, groups or a header": (
        {"preamble": 0, "header": 2},
        ["Kunde Name", "Umsatz Netto", "Brutto", "Steuer"],
        [("ann", "1", "2", "3"), ("bob", "4", "5", "6")],
        3,
    ),
    "a header and units": (
        {"preamble": 0, "header": 2},
        ["name text", "amount EUR", "qty pcs"],
        [("ann", "5", "2"), ("bob", "6", "3")],
        4,
    ),
    "a label or a header": (
        {"preamble": 1},
        ["Datum", "Betrag"],
        [("02.01.2024", "-5,00"), ("03.01.2024", "2,50")],
        3,
    ),
}


@pytest.mark.parametrize("name", REMEDIED)
def test_the_remedy_reads_the_table(read, name):
    options, header, rows, line = REMEDIED[name]
    found = read(REMEDIES[name][0], **options)
    assert found.header == header
    assert found.rows == rows
    assert found.lines[0] == line


CHANGED = {
    "another delimiter": (
        b"a,b,c\n" + b"1,2,3\n" * 30 + b"1;2;3\n" * 20,
        "input.layout-changed",
        32,
    ),
    "a column more": (b"a,b\n" + b"1,2\n" * 30 + b"1,2,3\n" * 20, "input.layout-changed", 32),
    "a column less": (b"a,b,c\n" + b"1,2,3\n" * 30 + b"1,2\n" * 20, "input.layout-changed", 32),
    "from the first record": (b"a,b\n" + b"1,2,3\n" * 20, "input.layout-changed", 2),
    "a second table": (b"a,b\n1,2\n3,4\n\nx,y,z\n1,2,3\n", "input.second-table", 5),
    "a narrower second table": (b"a,b,c\n1,2,3\n3,4,5\n\n\nx,y\n1,2\n", "input.second-table", 6),
    "a second table in crlf": (b"a,b\r\n1,2\r\n\r\nx,y,z\r\n1,2,3\r\n", "input.second-table", 4),
}


@pytest.mark.parametrize("name", CHANGED)
@pytest.mark.parametrize("block", [None, 1, 64])
def test_a_file_that_changes_its_mind_fails_and_says_where(read, name, block):
    data, code, line = CHANGED[name]
    with pytest.raises(InputError, match=f"from line {line} ") as failed:
        read(data, block=block)
    assert failed.value.code == code


@pytest.mark.parametrize("block", [None, 16])
def test_a_quote_open_for_too_many_lines_is_taken_for_unclosed(read, block):
    data = b'a,b\n1,"x\n' + b"2,y\n" * 50 + b'3,z"\n4,w\n'
    found = read(data, block=block, max_lines=20, footer=0)
    assert found.rows == [("2", "y")] * 50 + [("3", 'z"'), ("4", "w")]
    assert found.damaged == [(1, 2, "row.unclosed-quote", '1,"x')]
    whole = read(data, block=block, max_lines=60, footer=0)
    assert [len(row[1].splitlines()) for row in whole.rows] == [52, 1]


@pytest.mark.parametrize(
    ("header", "names", "first"),
    [(1, ["ts", "temp"], ("[s]", "[C]")), (2, ["ts [s]", "temp [C]"], ("1", "1.5"))],
)
def test_a_header_that_was_told_is_not_doubted(read, header, names, first):
    found = read(b"ts,temp\n[s],[C]\n1,1.5\n2,2.5\n", header=header)
    assert found.header == names
    assert found.rows[0] == first
