"""One normaliser over many texts: `python normalize.py NAME < texts.json > out.json`.

Reads a JSON list of texts; writes `{"texts": [...], "seconds": ..., "load_seconds": ..., "megabytes": ...}`: CPU seconds of
normalising alone (the best of up to three passes), seconds to load, and what the process holds at its peak beyond what
it held before loading.

Belongs here: calling each peer the way its documentation says. Does not belong here: what is measured
(`benchmarks.normalization`).
"""

import json
import resource
import sys
import time


def peak() -> float:
    """Megabytes that this process has held at most."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000


def main() -> None:
    """Normalise what stands on standard input."""
    name = sys.argv[1]
    texts = json.load(sys.stdin)
    before = peak()
    started = time.process_time()
    if name == "hazm":
        from hazm import Normalizer
    elif name == "parsivar":
        from parsivar import Normalizer
    else:
        sys.exit(f"no peer is named {name}")
    normalizer = Normalizer()
    normalizer.normalize("سلام بر شما")
    loaded = time.process_time()
    seconds: list[float] = []
    while not seconds or (len(seconds) < 3 and sum(seconds) < 20):
        begun = time.process_time()
        out = [normalizer.normalize(text) for text in texts]
        seconds.append(time.process_time() - begun)
    json.dump(
        {"texts": out, "seconds": min(seconds), "load_seconds": loaded - started, "megabytes": peak() - before},
        sys.stdout,
    )


if __name__ == "__main__":
    main()
