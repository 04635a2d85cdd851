"""Where the development data lies: sets to train and measure on that never enter the repo.

The folder is named by `KHABAR_DEVELOPMENT_DATA`; by default it is `../shared/data` beside the checkout. Gates
that need it are skipped, with this said, where it is absent.
"""

import os
from pathlib import Path

import pytest

DEVELOPMENT_DATA = Path(
    os.environ.get("KHABAR_DEVELOPMENT_DATA", Path(__file__).resolve().parent.parent.parent / "shared" / "data")
)


def development_data(*parts: str) -> Path:
    """Return a path in the development data, or skip the test where it is absent."""
    path = DEVELOPMENT_DATA.joinpath(*parts)
    if not path.exists():
        pytest.skip(f"no development data at {path}: set KHABAR_DEVELOPMENT_DATA")
    return path
