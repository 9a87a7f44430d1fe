from csvflow.cli.dump import dump


def test_sixteen_bytes_a_line_fit_eighty_columns():
    lines = list(dump(bytes(range(0x50, 0x92)), 1_234_567_890))
    assert lines == [
        "1234567890  50 51 52 53 54 55 56 57  58 59 5a 5b 5c 5d 5e 5f  PQRSTUVWXYZ[\\]^_",
        "1234567906  60 61 62 63 64 65 66 67  68 69 6a 6b 6c 6d 6e 6f  `abcdefghijklmno",
        "1234567922  70 71 72 73 74 75 76 77  78 79 7a 7b 7c 7d 7e 7f  pqrstuvwxyz{|}~.",
        "1234567938  80 81 82 83 84 85 86 87  88 89 8a 8b 8c 8d 8e 8f  ................",
        "1234567954  90 91                                             ..",
    ]
    assert max(map(len, lines)) <= 78


def test_of_many_bytes_those_that_are_no_ascii_are_shown():
    assert list(dump(b"x" * 704 + b"\xc2\xa0" + b"y" * 603, 15)) == [
        "      … 704 bytes",
        " 719  c2 a0 79 79 79 79 79 79  79 79 79 79 79 79 79 79  ..yyyyyyyyyyyyyy",
        "      … 589 bytes",
    ]


def test_of_many_odd_bytes_the_first_are_shown():
    lines = list(dump(b"\xff" * 1_000, 0))
    assert (len(lines), lines[-1]) == (17, "      … 744 bytes")
    assert [len(list(dump(b"a" * count, 0))) for count in (0, 1, 256, 257)] == [0, 1, 16, 17]
