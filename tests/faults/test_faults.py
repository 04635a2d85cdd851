"""Faults in short form: each done for real, each followed by a look at what readers see."""

import os
import random
import resource
import shutil
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pytest

from assets import parsing
from pipeline import manifest
from pipeline.warehouse import Warehouse
from tests.faults.harness import DEATHS, FAKETIME, die_at, differences, run, start, tables, write_article, write_corpus
from tests.faults.kills import campaign


def test_killed_runs_lose_nothing(tmp_path: Path) -> None:
    """Two kills here; `make faults` does fifty."""
    account = campaign(tmp_path, 2, documents=40)
    assert not account.failures, "\n".join(account.failures)
    assert account.injected == account.recovered == 2


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    write_corpus(tmp_path / "input", 30)
    return tmp_path / "input"


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[Path]:
    """Make `folder` a file system of its own with so much room."""
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size}", "none", str(folder)]
    if subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("mounting is not allowed here")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=False)


def test_a_full_disk_is_said_in_the_last_lines_and_the_published_file_stays(corpus: Path, tmp_path: Path) -> None:
    """No file may grow past a limit: what a full disk does to every write, without filling one."""
    data = tmp_path / "data"
    assert run(corpus, data).code == 0
    before = tables(data)
    for i in range(1000, 1400):
        path = write_article(corpus, i, random.Random(i))
        path.write_text(path.read_text() + os.urandom(3000).hex())
    size = (data / "warehouse" / "warehouse.duckdb").stat().st_size

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (size + 200_000, size + 200_000))

    outcome = run(corpus, data, preexec_fn=limit)
    assert outcome.code != 0
    last = "\n".join(outcome.output.strip().splitlines()[-6:])
    assert "FAILED, nothing was published" in last
    assert "File too large" in last or "full" in last or "space" in last
    assert tables(data) == before
    shutil.rmtree(data / "warehouse")
    assert run(corpus, data).code == 0
    assert len(tables(data)["news.documents"]) > len(before["news.documents"])


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a file system")
def test_a_really_full_disk(corpus: Path, tmp_path: Path) -> None:
    with small_disk(tmp_path / "small", "24m") as data:
        for i in range(1000, 1500):
            path = write_article(corpus, i, random.Random(i))
            path.write_text(path.read_text() + os.urandom(20000).hex())
        outcome = run(corpus, data)
        assert outcome.code != 0
        assert "FAILED, nothing was published" in outcome.output
        assert "space" in "\n".join(outcome.output.strip().splitlines()[-6:])
        assert not (data / "khabar.duckdb").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may mount a file system")
def test_a_disk_that_is_full_while_publishing(corpus: Path, tmp_path: Path) -> None:
    """Room for what changed, none for another copy of the published file."""
    with small_disk(tmp_path / "small", "300m") as data:
        for i in range(1000, 1030):
            path = write_article(corpus, i, random.Random(i))
            path.write_text(path.read_text() + os.urandom(60_000).hex())
        assert run(corpus, data).code == 0
        before = tables(data)
        size = (data / "khabar.duckdb").stat().st_size
        free = shutil.disk_usage(data).free
        room = size * 9 // 10
        (data / "filler").write_bytes(bytes(free - room))
        write_article(corpus, 2000, random.Random(0))
        outcome = run(corpus, data)
        assert outcome.code != 0
        assert "stories: 1 worked on" in outcome.output
        assert "FAILED, nothing was published" in outcome.output
        assert "space" in "\n".join(outcome.output.strip().splitlines()[-6:])
        assert tables(data) == before
        assert not list(data.glob(".khabar*"))
        (data / "filler").unlink()
        assert run(corpus, data).code == 0
        assert len(tables(data)["news.documents"]) == len(before["news.documents"]) + 1


def test_runs_that_die_while_they_publish_lose_nothing(corpus: Path, tmp_path: Path) -> None:
    """The file is built upon the last one; wherever that ends, readers have one whole file and the next run the right one."""
    data = tmp_path / "data"
    assert run(corpus, data).code == 0
    for number, moment in enumerate(DEATHS):
        before = tables(data)
        sorted(corpus.rglob("*.txt"))[3].unlink()
        write_article(corpus, 2000 + number, random.Random(number))
        assert die_at(moment, corpus, data), moment
        if moment != "replaced":
            assert tables(data) == before, moment
        outcome = run(corpus, data)
        assert outcome.code == 0, f"{moment}: {outcome.output}"
    assert run(corpus, tmp_path / "fresh").code == 0
    ours = tables(data)
    ours["news.files"] = [row for row in ours["news.files"] if "deleted" not in row]
    assert differences(ours, tables(tmp_path / "fresh")) == {}


@pytest.mark.skipif(FAKETIME is None, reason="libfaketime is not installed: apt-get install libfaketime")
def test_a_clock_set_back_a_day_changes_nothing(corpus: Path, tmp_path: Path) -> None:
    """Files written, read and published under a clock a day behind that of the run before."""
    data = tmp_path / "data"
    assert run(corpus, data).code == 0
    yesterday = time.time() - 24 * 3600
    changed = write_article(corpus, 5, random.Random(0))
    changed.write_text(changed.read_text().replace("1", "2"))
    for path in (changed, write_article(corpus, 2001, random.Random(0))):
        os.utime(path, (yesterday, yesterday))
    sorted(corpus.rglob("*.txt"))[7].unlink()
    outcome = run(corpus, data, back=24 * 3600)
    assert outcome.code == 0, outcome.output
    assert "2 files looked at" in outcome.output
    assert run(corpus, tmp_path / "fresh").code == 0
    ours = tables(data)
    ours["news.files"] = [row for row in ours["news.files"] if "deleted" not in row]
    assert differences(ours, tables(tmp_path / "fresh")) == {}
    with duckdb.connect(str(data / "khabar.duckdb"), read_only=True) as con:
        assert con.execute("SELECT count(*) FROM news.files WHERE last_seen_at < first_seen_at").fetchall() == [(0,)]
        ((published,),) = con.execute("SELECT epoch(published_at) FROM meta.contract").fetchall()
    assert published < time.time() - 23 * 3600, "the clock was not set back: this test tested nothing"


def test_a_folder_that_cannot_be_written_is_said(corpus: Path) -> None:
    outcome = run(corpus, Path("/proc/khabar"))
    assert outcome.code != 0
    assert "/proc/khabar" in outcome.output.strip().splitlines()[-1]


def test_of_two_runs_at_once_the_second_waits(corpus: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    first, second = start(corpus, data), start(corpus, data)
    said = [process.communicate(timeout=300)[0] for process in (first, second)]
    assert first.returncode == second.returncode == 0, said
    assert len(tables(data)["news.documents"]) == 30


def test_readers_never_see_half_a_file(corpus: Path, tmp_path: Path) -> None:
    """A reader in a loop, and one that stays, through three publications."""
    data = tmp_path / "data"
    assert run(corpus, data).code == 0
    stop = threading.Event()
    counts: list[int] = []
    errors: list[str] = []

    def read() -> None:
        while not stop.is_set():
            # A connection of its own instance each time, as separate readers have.
            try:
                copy = duckdb.connect(":memory:")
                copy.execute(f"ATTACH '{data / 'khabar.duckdb'}' AS k (READ_ONLY)")
                counts.append(copy.execute("SELECT count(*) FROM k.news.documents").fetchall()[0][0])
                copy.close()
            except duckdb.Error as error:
                errors.append(str(error))
            time.sleep(0.005)

    with duckdb.connect(str(data / "khabar.duckdb"), read_only=True) as staying:
        reader = threading.Thread(target=read)
        reader.start()
        try:
            for i in range(3):
                write_article(corpus, 2000 + i, random.Random(i))
                assert run(corpus, data).code == 0
        finally:
            stop.set()
            reader.join()
        assert staying.execute("SELECT count(*) FROM news.documents").fetchall() == [(30,)]
    assert errors == []
    assert set(counts) <= {30, 31, 32, 33}
    assert len(tables(data)["news.documents"]) == 33


def test_a_warehouse_cut_short_is_named_and_can_be_rebuilt(corpus: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    assert run(corpus, data).code == 0
    before = tables(data)
    path = data / "warehouse" / "warehouse.duckdb"
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size // 3)
    write_article(corpus, 3000, random.Random(0))
    outcome = run(corpus, data)
    assert outcome.code != 0
    assert str(path) in outcome.output
    assert tables(data) == before
    path.unlink()
    assert run(corpus, data).code == 0
    assert len(tables(data)["news.documents"]) == 31


@pytest.mark.parametrize("size", [40, 17 * 2**20])
def test_a_file_that_was_another_for_a_moment_is_read_again(
    corpus: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    """Its hash is of one moment and its articles of the next; afterwards it is as it was at first."""
    path = corpus / "momentary.txt"
    rest = "\n" + "و" * 39 * (size // 80)
    path.write_text("آغاز خبر همان است که بود." + rest)
    hashed = manifest.content_hash

    def and_then_another(asked: Path) -> str | None:
        found = hashed(asked)
        if asked == path:
            path.write_text("آغاز خبر چیز دیگری شد." + rest)
        return found

    monkeypatch.setattr(manifest, "content_hash", and_then_another)
    with Warehouse(tmp_path / "data", "run") as warehouse:
        status = path.stat()
        file = parsing._File(corpus, path.name, status.st_size, status.st_mtime_ns, status.st_ctime_ns, "1", None)
        reads = [parsing.read_files([file])] if size < parsing.STREAMED_BYTES else list(parsing.stream(file))
        intake = parsing.Intake(warehouse)
        for read in reads:
            intake.store(read)
        ((told,),) = warehouse.connection.execute("SELECT content_hash FROM parsing.inputs").fetchall()
    assert told is None, "what was read is not what was hashed"


def test_a_file_changed_a_moment_ago_is_looked_at_again(corpus: Path, tmp_path: Path) -> None:
    """Another change in the same tick of the clock of file times would leave the same time."""
    path = next(corpus.rglob("*.txt"))
    status = path.stat()
    assert manifest.settled(status, status, status.st_ctime_ns + 1_000_000) == -1
    assert manifest.settled(status, status, status.st_ctime_ns + 3_000_000_000) == status.st_ctime_ns
    path.write_text(path.read_text() + "دیگر")
    assert manifest.settled(status, path.stat(), status.st_ctime_ns + 3_000_000_000) is None


def test_files_that_change_while_they_are_read_are_read_right_in_the_end(corpus: Path, tmp_path: Path) -> None:
    data = tmp_path / "data"
    stop = threading.Event()

    def disturb() -> None:
        i = 0
        while not stop.is_set():
            path = write_article(corpus, i % 30, random.Random(i))
            if i % 3 == 0:
                path.unlink()
            elif i % 3 == 1:
                os.truncate(path, path.stat().st_size // 2)
            i += 1
            time.sleep(0.002)

    disturber = threading.Thread(target=disturb)
    disturber.start()
    try:
        assert run(corpus, data).code == 0
    finally:
        stop.set()
        disturber.join()
    write_corpus(corpus, 30)
    assert run(corpus, data).code == 0
    assert run(corpus, tmp_path / "fresh").code == 0
    ours = tables(data)
    ours["news.files"] = [row for row in ours["news.files"] if "deleted" not in row]
    assert differences(ours, tables(tmp_path / "fresh")) == {}
