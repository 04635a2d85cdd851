"""The commands behind `make run`, `make dev` and `make doctor`.

Belongs here: reading arguments and turning failures into last lines that say what to do.
Does not belong here: any work. Imports are local, since worker processes read this module again.
"""

from __future__ import annotations

import argparse
import os
import sys


def main(arguments: list[str] | None = None) -> int:
    """Run one command and return its exit status."""
    parser = argparse.ArgumentParser(prog="python -m assets", description=__doc__.splitlines()[0])
    commands = parser.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="materialise every asset over the input folder and publish")
    run.add_argument("--full-refresh", action="store_true", help="read every file again and compute all anew")
    run.add_argument("--audit", action="store_true", help="compare the hash of every file, not only of moved ones")
    run.add_argument("--path-glob", default="*", help="only input files whose path matches")
    run.add_argument("--limit", type=int, default=None, help="at most so many new or changed files")
    run.add_argument("--verbose", action="store_true", help="show Dagster's own log, too")
    dev = commands.add_parser("dev", help="serve the Dagster UI and its daemon")
    dev.add_argument("--port", type=int, default=3000)
    doctor = commands.add_parser("doctor", help="look for what is wrong with the data folder")
    doctor.add_argument("--fix", action="store_true", help="mend what is safe to mend")
    sql = commands.add_parser("sql", help="ask the published database something")
    sql.add_argument("query")
    commands.add_parser("home", help="make Dagster's home in the data folder, for services that start before any run")
    given = parser.parse_args(arguments)
    if given.command == "run":
        from assets.running import run_once

        return run_once(
            full_refresh=given.full_refresh,
            audit=given.audit,
            path_glob=given.path_glob,
            limit=given.limit,
            verbose=given.verbose,
        )
    if given.command == "doctor":
        return _doctor(fix=given.fix)
    if given.command == "home":
        return _home()
    if given.command == "sql":
        return _sql(given.query)
    return _dev(given.port)


def _doctor(*, fix: bool) -> int:
    from assets import doctor
    from assets.resources import absolute, data_folder

    findings = doctor.examine(absolute(data_folder()), fix=fix)
    for finding in findings:
        print(finding)  # noqa: T201
    return 0 if all(finding.ok for finding in findings) else 1


def _home() -> int:
    from assets import home
    from assets.resources import absolute, data_folder

    print(home.prepare(absolute(data_folder())))  # noqa: T201
    return 0


def _sql(query: str) -> int:
    import duckdb

    from assets.resources import absolute, data_folder
    from pipeline.publishing import FILE_NAME

    path = absolute(data_folder()) / FILE_NAME
    if not path.exists():
        print(f"khabar: there is no {path} yet: run `make run` first", file=sys.stderr)  # noqa: T201
        return 1
    try:
        with duckdb.connect(str(path), read_only=True) as con:
            print(con.sql(query))  # noqa: T201
    except duckdb.Error as error:
        print(f"khabar: {error}", file=sys.stderr)  # noqa: T201
        return 1
    return 0


def _dev(port: int) -> int:
    """Become `dagster dev`; returns only where that cannot be started."""
    from assets import home
    from assets.resources import ROOT, absolute, data_folder, input_folder

    data = absolute(data_folder())
    try:
        home.prepare(data)
    except OSError as error:
        print(f"khabar: cannot write to the data folder {data}: {error.strerror}; set KHABAR_DATA", file=sys.stderr)  # noqa: T201
        return 1
    # The code location must see the same folders wherever Dagster starts it.
    os.environ["KHABAR_INPUT"], os.environ["KHABAR_DATA"] = str(absolute(input_folder())), str(data)
    os.chdir(ROOT)
    print(f"khabar: Dagster UI on http://127.0.0.1:{port}, data in {data}", flush=True)  # noqa: T201
    command = [sys.executable, "-m", "dagster", "dev", "-h", "127.0.0.1", "-p", str(port), "-w", "workspace.yaml"]
    os.execv(sys.executable, command)  # noqa: S606
    return 0


if __name__ == "__main__":
    sys.exit(main())
