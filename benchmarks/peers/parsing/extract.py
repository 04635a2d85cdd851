"""trafilatura and htmldate on pages: JSON list of pages on stdin, JSON of answers and CPU seconds on stdout."""

import json
import sys
import time

import htmldate
import trafilatura


def main() -> None:
    """Extract text and metadata of every page, `repeats` times for the clock."""
    asked = json.load(sys.stdin)
    pages = asked["pages"]
    trafilatura.bare_extraction(pages[0], with_metadata=True)
    started = time.process_time()
    for _ in range(asked["repeats"]):
        found = [trafilatura.bare_extraction(page, with_metadata=True) for page in pages]
    seconds = time.process_time() - started
    answers = [
        {"text": (one.text or "") if one else "", "trafilatura_date": one.date if one else None} for one in found
    ]
    for page, answer in zip(pages, answers, strict=True):
        try:
            answer["htmldate"] = htmldate.find_date(page, original_date=True)
        except (ValueError, TypeError, AttributeError) as error:
            answer["htmldate"] = f"error: {error}"
    json.dump({"answers": answers, "seconds": seconds}, sys.stdout)


if __name__ == "__main__":
    main()
