"""Take the README's pictures: real commands on a terminal of 96 columns, as SVG.

``python tests/docs/screens.py`` writes ``tests/docs/screens/``.
"""

import fcntl
import io
import os
import pty
import re
import struct
import subprocess
import sys
import tempfile
import termios
from pathlib import Path

from rich.console import Console
from rich.text import Text

COLUMNS = 96
CSVFLOW = str(Path(sys.executable).with_name("csvflow"))
HERE = Path(__file__).parent / "screens"
KUNDEN = ("Müller GmbH", "Café Zoë", "Schmidt & Söhne", "Weiß AG", "Österreicher KG")


def invoices(first, count):
    """Return lines as a German accounting system writes them."""
    return [
        f"{n:05d};{n * 7 % 28 + 1:02d}/{n % 12 + 1:02d}/2026;{KUNDEN[n * 3 % 5]};"
        f"{('01067', '10115', '80331')[n % 3]};{n * 7919 % 200000 / 100:.2f}".replace(".", ",")
        + f";{('open', 'paid')[n % 2]}"
        for n in range(first, first + count)
    ]


def write(path, lines):
    text = "\n".join(["Nummer;Datum;Kunde;PLZ;Betrag;Status", *lines]) + "\n"
    path.write_text(text, encoding="cp1252")


def on_terminal(arguments, folder):
    """Return what the command prints on a terminal."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, COLUMNS, 0, 0))
    env = {**os.environ, "TERM": "xterm-256color", "COLUMNS": str(COLUMNS)}
    child = subprocess.Popen(
        [CSVFLOW, *arguments], cwd=folder, stdout=theirs, stderr=subprocess.DEVNULL, env=env
    )
    os.close(theirs)
    parts = []
    while True:
        try:
            part = os.read(ours, 65536)
        except OSError:
            break
        if not part:
            break
        parts.append(part)
    child.wait()
    os.close(ours)
    return b"".join(parts).decode().replace("\r\n", "\n")


def take(name, commands, folder):
    """Write one picture of some commands with what they print."""
    console = Console(record=True, width=COLUMNS, file=io.StringIO())
    for arguments in commands:
        shown = " ".join(f"'{word}'" if " " in word else word for word in arguments)
        console.print(Text(f"$ csvflow {shown}", style="bold"))
        console.print(Text.from_ansi(on_terminal(arguments, folder).rstrip("\n")))
    HERE.mkdir(exist_ok=True)
    svg = console.export_svg(title="csvflow", unique_id=f"csvflow-{name}")
    # The viewer's own monospaced font does; a page of ours fetches nothing from elsewhere.
    svg = re.sub(r"\s*@font-face \{.*?\}", "", svg, flags=re.DOTALL)
    (HERE / f"{name}.svg").write_text(svg)


def main():
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        write(folder / "invoices-07.csv", invoices(1, 40))
        august = invoices(41, 40)
        august[1] = august[1].replace(august[1].split(";")[1], "30/02/2026")
        august[4] += ";oops"
        write(folder / "invoices-08.csv", august)
        take("init", [["init", "invoices-07.csv"]], folder)
        take("preview", [["preview", "invoices-08.csv", "--limit", "5"]], folder)
        take(
            "run",
            [["run", "invoices-07.csv", "invoices-08.csv"], ["rejects", "show"]],
            folder,
        )
        take("explain", [["explain", "invoices-08.csv:3"]], folder)


if __name__ == "__main__":
    main()
