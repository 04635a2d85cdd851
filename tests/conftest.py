"""What tests of the whole chain share: an input folder, a run over it, and the published file."""

from pathlib import Path
from typing import Any

import dagster as dg
import duckdb
import pytest
from hypothesis import settings

from assets.automation import JOB_NAME
from assets.definitions import build_definitions

# The same examples every time: a suite that fails by chance is not believed. `--hypothesis-profile=explore`
# looks for new ones.
settings.register_profile("same", derandomize=True, deadline=None)
settings.register_profile("explore", deadline=None, max_examples=2000)
settings.load_profile("same")


class Chain:
    """An input folder and a data folder, and runs of the whole pipeline over them."""

    def __init__(self, input_folder: Path, data: Path) -> None:
        self.input = input_folder
        self.data = data

    def write(self, path: str, content: str | bytes) -> Path:
        """Put a file into the input folder."""
        file = self.input / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(content.encode() if isinstance(content, str) else content)
        return file

    def run(self, *, workers: int = 1, **config: Any) -> dg.ExecuteInProcessResult:
        """Run the job once, in this process."""
        definitions = build_definitions(
            input=str(self.input), data=str(self.data), workers=workers, lock_wait_seconds=0
        )
        job = definitions.resolve_job_def(JOB_NAME)
        return job.execute_in_process(
            run_config={
                "ops": {"parse": {"config": config}},
                "loggers": {"console": {"config": {"log_level": "ERROR"}}},
            },
            raise_on_error=False,
        )

    def rows(self, sql: str, *parameters: object) -> list[tuple[Any, ...]]:
        """Ask the published file."""
        with duckdb.connect(str(self.data / "khabar.duckdb"), read_only=True) as con:
            return con.execute(sql, list(parameters)).fetchall()

    def value(self, sql: str, *parameters: object) -> Any:
        """Return the one value of a query on the published file."""
        ((value,),) = self.rows(sql, *parameters)
        return value


@pytest.fixture
def chain(tmp_path: Path) -> Chain:
    """An empty input folder and an empty data folder."""
    (tmp_path / "input").mkdir()
    return Chain(tmp_path / "input", tmp_path / "data")


@pytest.fixture(scope="session")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Chain:
    """The sample articles, run through once."""
    chain = Chain(Path(__file__).resolve().parent.parent / "seeds" / "articles", tmp_path_factory.mktemp("samples"))
    result = chain.run()
    assert result.success
    return chain
