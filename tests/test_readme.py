"""The README's promises: its queries run on the sample articles and answer something; its links lead somewhere."""

import re
from pathlib import Path

import pytest

from tests.conftest import Chain

ROOT = Path(__file__).resolve().parent.parent
README = (ROOT / "README.md").read_text()
QUERIES = re.findall(r"```sql\n(.*?)```", README, re.DOTALL)


def test_there_are_five_queries() -> None:
    assert len(QUERIES) >= 5


@pytest.mark.parametrize("query", QUERIES, ids=range(len(QUERIES)))
def test_every_query_answers_on_the_sample_articles(samples: Chain, query: str) -> None:
    assert samples.rows(query)


@pytest.mark.parametrize(
    "page",
    sorted({ROOT / "README.md", *(ROOT / "docs").glob("*.md"), ROOT / "seeds" / "README.md"}),
    ids=lambda p: p.name,
)
def test_every_link_leads_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#]+)", page.read_text())
    missing = [t for t in targets if "://" not in t and not (page.parent / t).exists()]
    assert missing == []
