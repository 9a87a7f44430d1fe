"""``poe bench``: csvflow and its peers in turn, each a process of its own; medians and ratios.

``--large`` takes 1 GB (10 M rows) besides 100 MB, for Postgres instead of it; ``--rounds N``
repeats; ``--only NAME`` takes one of
``types``, ``derive``, ``postgres``, ``start``, ``detection``. Absolute
times are noise on a shared machine: read the ratios.
"""

import argparse
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from bench.data import make

HERE = Path(__file__).parent
CSVFLOW = str(Path(sys.executable).with_name("csvflow"))
COLUMNS = """
columns:
  id: int required
  name: text
  email: text
  score: int required
  amount: decimal(12,2) required
  country: text
  signup: date required
  notes: text
  phone: text
  ref: text
"""
STEPS = """
steps:
  - filter: score >= 10
  - derive: {email: lower(trim(email))}
  - derive: {total: amount * 1.2, domain: "split_part(email, '@', 2)"}
"""
PARQUET = """
sinks:
  - parquet: {path: "out/{stem}.parquet"}
"""


class Measure:
    def __init__(self, wall, cpu, peak_mib):
        self.wall = wall
        self.cpu = cpu
        self.peak_mib = peak_mib


def measured(command, cwd):
    began = time.perf_counter()
    child = subprocess.Popen(
        command, cwd=cwd, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=os.environ
    )
    text = child.stderr.read()
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    wall = time.perf_counter() - began
    if child.returncode:
        raise SystemExit(f"{command} ended with {child.returncode}:\n{text.decode()[-2000:]}")
    return Measure(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def project(folder, name, text):
    root = folder / name
    shutil.rmtree(root, ignore_errors=True)
    (root / "pipelines").mkdir(parents=True)
    (root / "pipelines" / "bench.yaml").write_text(text)
    return root


def csvflow(root, path):
    shutil.rmtree(root / ".csvflow", ignore_errors=True)
    shutil.rmtree(root / "out", ignore_errors=True)
    return measured([CSVFLOW, "-q", "run", str(path), "-p", "bench"], root)


def compare(title, contenders, rounds):
    results = {name: [] for name in contenders}
    for _ in range(rounds):
        for name, action in contenders.items():
            results[name].append(action())
    first = next(iter(results))
    print(f"\n{title}")
    print(f"{'':14}{'wall s':>9}{'cpu s':>9}{'peak MiB':>10}{'csvflow / it':>14}")
    for name, found in results.items():
        ratios = [a.wall / b.wall for a, b in zip(results[first], found, strict=True)]
        print(
            f"{name:14}{statistics.median(m.wall for m in found):9.2f}"
            f"{statistics.median(m.cpu for m in found):9.2f}"
            f"{max(m.peak_mib for m in found):10.0f}"
            f"{statistics.median(ratios):14.2f}"
        )
    return results


def rest(results, small):
    """Print what is left of each wall time without the start-up, told by a file of ten rows."""
    print(f"\n{'':14}{'start-up s':>11}{'the rest s':>11}{'csvflow / it':>14}")
    walls = {name: [m.wall for m in found] for name, found in results.items()}
    starts = {name: statistics.median(m.wall for m in found) for name, found in small.items()}
    ours = statistics.median(walls["csvflow"]) - starts["csvflow"]
    for name, found in walls.items():
        theirs = statistics.median(found) - starts[name]
        print(f"{name:14}{starts[name]:11.2f}{theirs:11.2f}{ours / theirs:14.2f}")


def jobs(folder, size, rounds, only):
    path, ten = make(folder, size), make(folder, "ten rows")
    for job, steps in (("types", ""), ("derive", STEPS)):
        if only and job not in only:
            continue
        text = f"name: bench\nsource: {folder}/*.csv\n{COLUMNS}{steps}{PARQUET}"
        root = project(folder, f"project-{job}", text)
        peers = ("duckdb", "polars") if size != "100MB" else ("duckdb", "polars", "pandas")

        def contenders(path, job=job, root=root, peers=peers):
            yield "csvflow", lambda: csvflow(root, path)
            for peer in peers:
                command = [sys.executable, str(HERE / "jobs.py"), peer, job, str(path)]
                command.append(str(folder / f"{peer}.parquet"))
                yield peer, lambda command=command: measured(command, folder)

        title = f"{job}, {size} ({path.stat().st_size / 1e6:,.0f} MB)"
        results = compare(title, dict(contenders(path)), rounds)
        if size == "100MB":
            small = {name: [action() for _ in range(rounds)] for name, action in contenders(ten)}
            rest(results, small)


def start(folder, rounds):
    text = "name: bench\nsource: small/*.csv\nsinks:\n  - sqlite: {path: out.db, table: t}\n"
    root = project(folder, "project-start", text)
    (root / "small").mkdir()
    small = root / "small" / "ten.csv"
    small.write_text("id,name\n" + "".join(f"{n},name {n}\n" for n in range(10)))
    contenders = {
        "python -c pass": lambda: measured([sys.executable, "-c", "pass"], root),
        "csvflow --help": lambda: measured([CSVFLOW, "--help"], root),
        "ten rows": lambda: csvflow(root, small),
    }
    results = compare("start-up", contenders, max(rounds, 5))
    bare = statistics.median(m.wall for m in results["python -c pass"])
    for name in ("csvflow --help", "ten rows"):
        above = statistics.median(m.wall for m in results[name]) - bare
        print(f"{name}: {above * 1000:.0f} ms above a bare interpreter")


def postgres(folder, size, rounds):
    import psycopg
    from support.postgres import server

    path = make(folder, size)
    with server() as url:
        sink = f'\nsinks:\n  - postgres: {{url: "{url}", table: bench, mode: append}}\n'
        text = f"name: bench\nsource: {folder}/*.csv\n{COLUMNS}{sink}"
        root = project(folder, "project-postgres", text)
        ddl = (
            "(id bigint, name text, email text, score bigint, amount numeric(12,2), country text,"
            " signup date, notes text, phone text, ref text)"
        )

        def fresh(table):
            with psycopg.connect(url) as connection:
                connection.execute(f"DROP TABLE IF EXISTS {table}")
                connection.execute(f"CREATE TABLE {table} {ddl}")

        def ours():
            with psycopg.connect(url) as connection:
                connection.execute("DROP TABLE IF EXISTS bench, _csvflow_runs")
            fresh("bench")
            return csvflow(root, path)

        ours()
        clean = folder / f"clean-{size}.csv"
        export = "COPY bench TO STDOUT (FORMAT csv)"
        with (
            psycopg.connect(url) as connection,
            connection.cursor().copy(export) as copy,
            clean.open("wb") as file,
        ):
            file.writelines(copy)

        def theirs():
            fresh("peer")
            return measured(
                ["psql", url, "-qc", f"\\copy peer FROM '{clean}' (FORMAT csv)"], folder
            )

        results = compare(f"Postgres, {size}", {"csvflow": ours, "\\copy": theirs}, rounds)
        rates = [
            b.wall / a.wall for a, b in zip(results["csvflow"], results["\\copy"], strict=True)
        ]
        print(f"rows/s, csvflow / \\copy: {statistics.median(rates):.2f}")


def detection(folder, size, rounds):
    path = make(folder, size)
    text = f"name: bench\nsource: {folder}/*.csv\n{COLUMNS}{PARQUET}"
    root = project(folder, "project-detection", text)
    command = [sys.executable, str(HERE / "detection.py"), str(path)]
    shares = []
    for _ in range(rounds):
        load = csvflow(root, path)
        child = subprocess.run(command, check=True, capture_output=True, text=True)
        shares.append(float(child.stdout) / load.wall)
    share = statistics.median(shares)
    print(f"\ndetection, {size}: {share:.1%} of the load's time")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--large", action="store_true")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", action="append")
    parser.add_argument("--folder", type=Path)
    options = parser.parse_args()
    folder = options.folder or Path(tempfile.gettempdir()) / "csvflow-bench"
    folder.mkdir(parents=True, exist_ok=True)
    only = options.only
    if not only or "start" in only:
        start(folder, options.rounds)
    if not only or "detection" in only:
        detection(folder, "100MB", options.rounds)
    for size in ("100MB", "1GB") if options.large else ("100MB",):
        jobs(folder, size, options.rounds, only)
    if not only or "postgres" in only:
        postgres(folder, "1GB" if options.large else "100MB", options.rounds)
    print(f"\npeak of this process: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10} MiB")


if __name__ == "__main__":
    main()
