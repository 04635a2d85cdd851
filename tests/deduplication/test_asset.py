"""The stage as the job runs it: other thresholds make other clusters of the stored pairs, and read no text."""

from typing import Any

import dagster as dg
import duckdb
import pytest

from assets.automation import JOB_NAME
from assets.definitions import build_definitions
from pipeline.deduplication import folding
from pipeline.warehouse import FILE_NAME, FOLDER
from tests.conftest import Chain
from tests.deduplication.memory import article, changed

STRICT = {"near_words": 0.99, "near_letters": 0.99, "contained_words": 1.0, "contained_letters": 1.0}


def copies(chain: Chain, thresholds: dict[str, float]) -> list[tuple[str]]:
    """Run the stage and what it needs, and return the kinds of the copies."""
    definitions = build_definitions(input=str(chain.input), data=str(chain.data), workers=1, lock_wait_seconds=0)
    config: dict[str, Any] = {
        "ops": {"deduplicate": {"config": thresholds}},
        "loggers": {"console": {"config": {"log_level": "ERROR"}}},
    }
    selection = dg.AssetSelection.assets("deduplication/duplicates").upstream().required_multi_asset_neighbors()
    wanted = selection.resolve(definitions.resolve_asset_graph())
    job = definitions.resolve_job_def(JOB_NAME)
    assert job.execute_in_process(run_config=config, raise_on_error=False, asset_selection=[*wanted]).success
    with duckdb.connect(str(chain.data / FOLDER / FILE_NAME), read_only=True) as con:
        return con.execute("SELECT kind FROM deduplication.duplicates").fetchall()


def test_other_thresholds_re_cluster_without_hashing(chain: Chain, monkeypatch: pytest.MonkeyPatch) -> None:
    text = article(41, 200)
    chain.write("a.txt", f"خبر نخست\n\n{text}\n")
    chain.write("b.txt", f"خبر دیگر\n\n{changed(text, 3, 5)}\n")
    assert copies(chain, {}) == [("near",)]

    def refuse(*_: object) -> None:
        raise AssertionError("a text was folded again")

    for way in ("fold", "sign"):
        monkeypatch.setattr(folding, way, refuse)
    assert copies(chain, STRICT) == []
    assert copies(chain, {}) == [("near",)]
