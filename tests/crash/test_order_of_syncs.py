"""Power loss: what a run calls done is on disk before anything says so.

SIGKILL keeps what the kernel has not written yet; a power cut doesn't. So the order of system
calls is checked: a file is synced before it is renamed, its folder after, and the ledger's
commit comes after both, synced itself.
"""

import re

import pytest
from support import faults, projects

COMMAND = [projects.CSVFLOW, "run", "landing/orders.csv", "--json", "--log-level", "error"]
SYNCS = ("fsync", "fdatasync")
FILE = re.compile(r"^\d+<([^<>]*)>")
NAMES = re.compile(r'"([^"]*)"')


def trace(folder, sinks, command=COMMAND):
    """Return the calls of a run in order: name, file, and for a rename its new name."""
    projects.make(folder, sinks)
    projects.orders(folder)
    made = faults.calls(command, folder, folder / "trace.log", "-s", "0")
    calls = []
    for _, name, arguments in made:
        if name.startswith("rename"):
            old, new = NAMES.findall(arguments)[:2]
            calls.append((name, old, new))
        elif match := FILE.match(arguments):
            calls.append((name, match[1], None))
    return calls


def synced_after_last_write(calls, path, end):
    """Tell whether the file was synced after its last write before the call number ``end``."""
    writes = [
        n for n, (name, file, _) in enumerate(calls[:end]) if file == path and "write" in name
    ]
    syncs = [n for n, (name, file, _) in enumerate(calls[:end]) if file == path and name in SYNCS]
    return bool(writes) and bool(syncs) and syncs[-1] > writes[-1]


def violations(calls, folder):
    """Return what of the order is broken, in words."""
    found = []
    ledger = f"{folder}/.csvflow/ledger.db-wal"
    for number, (name, old, new) in enumerate(calls):
        if not name.startswith("rename") or "ledger.db" in old:
            continue
        if not synced_after_last_write(calls, old, number):
            found.append(f"{old} was renamed before it was synced")
        later = calls[number + 1 :]
        home = new.rpartition("/")[0]
        folder_synced = next(
            (n for n, (call, file, _) in enumerate(later) if call in SYNCS and file == home), None
        )
        noted = next((n for n, (call, file, _) in enumerate(later) if file == ledger), None)
        if folder_synced is None:
            found.append(f"the folder of {new} was never synced")
        elif noted is None or noted < folder_synced:
            found.append(f"the ledger noted {new} before its folder was synced")
    writes = [n for n, (name, file, _) in enumerate(calls) if file == ledger and "write" in name]
    syncs = [n for n, (name, file, _) in enumerate(calls) if file == ledger and name in SYNCS]
    if not writes or not syncs or syncs[-1] < writes[-1]:
        found.append("the ledger's last commit was not synced")
    return found


def check(folder, sinks, renames):
    calls = trace(folder, sinks)
    named = [new for name, old, new in calls if name.startswith("rename") and "ledger" not in old]
    assert len(named) == renames, named
    assert violations(calls, folder) == []


@pytest.mark.parametrize("sink", ["parquet", "csv", "jsonl"])
def test_a_file_is_on_disk_before_it_has_its_name_and_the_ledger_after_both(sink, tmp_path):
    check(tmp_path / "project", f"  - {sink}: {{path: out/}}", renames=2)


def test_the_rows_of_a_table_are_on_disk_before_the_ledger_says_so(tmp_path):
    folder = tmp_path / "project"
    calls = trace(folder, "  - sqlite: {path: out.db, table: orders}")
    database = {f"{folder}/out.db", f"{folder}/out.db-wal", f"{folder}/out.db-journal"}
    written = [n for n, (name, file, _) in enumerate(calls) if file in database and "write" in name]
    synced = [n for n, (name, file, _) in enumerate(calls) if file in database and name in SYNCS]
    assert written
    assert synced[-1] > written[-1]
    ledger = f"{folder}/.csvflow/ledger.db-wal"
    noted = [n for n, (name, file, _) in enumerate(calls) if file == ledger and n > written[-1]]
    assert noted[0] > synced[-1]


def test_a_new_database_has_its_name_on_disk_before_the_ledger_says_so(tmp_path):
    folder = tmp_path / "project"
    calls = trace(folder, "  - duckdb: {path: new/place/out.duckdb, table: orders}")
    ledger = f"{folder}/.csvflow/ledger.db-wal"
    noted = max(n for n, (name, file, _) in enumerate(calls) if file == ledger and "write" in name)
    for home in (folder, folder / "new", folder / "new" / "place"):
        assert any(name in SYNCS and file == str(home) for name, file, _ in calls[:noted]), home


def test_the_check_sees_a_broken_order():
    folder = "/p"
    ledger = (
        ("pwrite64", "/p/.csvflow/ledger.db-wal", None),
        ("fdatasync", "/p/.csvflow/ledger.db-wal", None),
    )
    good = [
        ("write", "/p/out/.a.staged", None),
        ("fsync", "/p/out/.a.staged", None),
        ("rename", "/p/out/.a.staged", "/p/out/a"),
        ("fsync", "/p/out", None),
        *ledger,
    ]
    assert violations(good, folder) == []
    for left_out in (1, 3, 5):
        assert len(violations(good[:left_out] + good[left_out + 1 :], folder)) == 1
    early = [*good[:3], *ledger, good[3]]
    assert len(violations(early, folder)) == 1
    assert len(violations([good[1], good[0], *good[2:]], folder)) == 1


@pytest.mark.soak
@pytest.mark.timeout(7200)
def test_no_order_is_broken_in_a_thousand_commits(tmp_path):
    commits = 0
    for number in range(340):
        folder = tmp_path / f"project-{number}"
        calls = trace(folder, "  - parquet: {path: out/}\n  - csv: {path: copy/}")
        commits += sum(name.startswith("rename") and "ledger" not in old for name, old, _ in calls)
        assert violations(calls, folder) == []
    assert commits >= 1000
