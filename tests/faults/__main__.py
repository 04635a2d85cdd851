"""The kill campaign as a command, with its counts."""

import argparse
import sys
import tempfile
from pathlib import Path

from tests.faults.kills import campaign


def main() -> int:
    """Run the campaign and return 0 where nothing was lost."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--documents", type=int, default=120)
    parser.add_argument("--seed", type=int, default=0)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        account = campaign(Path(folder), given.kills, documents=given.documents, seed=given.seed)
    print(account)
    for failure in account.failures:
        print(failure)
    return 1 if account.failures or account.injected < given.kills else 0


if __name__ == "__main__":
    sys.exit(main())
