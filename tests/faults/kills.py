"""Runs killed at random moments in every stage, then run again: nothing may be lost.

Belongs here: the kill campaign, long or short. Does not belong here: other faults (`test_faults`).
"""

import random
import shutil
from dataclasses import dataclass, field
from pathlib import Path

from tests.faults.harness import DEATHS, STAGES, die_at, differences, kill_in, run, tables, write_article, write_corpus


@dataclass(slots=True)
class Account:
    """What a campaign came to."""

    injected: int = 0
    missed: int = 0
    recovered: int = 0
    rows_lost: int = 0
    by_stage: dict[str, int] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        """Return the counts as one line each."""
        stages = ", ".join(f"{stage} {count}" for stage, count in self.by_stage.items())
        return (
            f"faults injected {self.injected} (kills that came too late: {self.missed})\n"
            f"by stage        {stages}\nruns recovered  {self.recovered}\nrows lost       {self.rows_lost}"
        )


def campaign(folder: Path, kills: int, *, documents: int = 120, seed: int = 0) -> Account:
    """Kill `kills` runs, each while something is new, and compare what a rerun publishes with an undisturbed run."""
    chance = random.Random(seed)
    source, data = folder / "input", folder / "data"
    write_corpus(source, documents, seed)
    account = Account()
    attempt = 0
    while account.injected < kills and attempt < 3 * kills:
        stage = STAGES[attempt % len(STAGES)]
        attempt += 1
        # Something to do for every stage: every third time from nothing, else with files new, changed and gone.
        if attempt % 3 == 1:
            shutil.rmtree(data, ignore_errors=True)
        for _ in range(12):
            write_article(source, chance.randrange(documents + 40), chance)
        victims = sorted(source.rglob("*.txt"))
        chance.choice(victims).unlink()
        changed = chance.choice(victims[:-1])
        if changed.exists():
            changed.write_text(changed.read_text() + f"{chance.random()}\n")
        # A publication is short: half of its kills come at chosen moments, the others at any.
        if stage == "publishing" and data.exists() and chance.random() < 0.5:
            alive = die_at(chance.choice(DEATHS), source, data)
        else:
            alive, _ = kill_in(stage, chance.uniform(0, 0.5), source, data)
        if not alive:
            account.missed += 1
            continue
        account.injected += 1
        account.by_stage[stage] = account.by_stage.get(stage, 0) + 1
        outcome = run(source, data)
        if outcome.code:
            account.failures.append(f"the rerun after a kill in {stage} failed:\n{outcome.output[-2000:]}")
            continue
        fresh = folder / "fresh"
        shutil.rmtree(fresh, ignore_errors=True)
        undisturbed = run(source, fresh)
        if undisturbed.code:
            account.failures.append(f"the undisturbed run failed:\n{undisturbed.output[-2000:]}")
            continue
        ours, theirs = tables(data), tables(fresh)
        ours["news.files"] = [row for row in ours["news.files"] if "deleted" not in row]
        lost = differences(ours, theirs)
        if lost:
            account.rows_lost += sum(lost.values())
            account.failures.append(f"after a kill in {stage}: {lost}")
        else:
            account.recovered += 1
    return account
