"""Find dates with dateparser: JSON of (language, day of publication, text) in, the days of each and seconds out."""

import json
import sys
import time
from datetime import datetime
from importlib.metadata import version

from dateparser.search import search_dates

cases = json.load(sys.stdin)
search_dates("۱۵ بهمن", languages=["fa"])
started = time.perf_counter()
days = []
for language, published, text in cases:
    settings = {"RELATIVE_BASE": datetime.fromisoformat(published)} if published else {}
    try:
        found = search_dates(text, languages=[language], settings=settings) or []
    except Exception:  # a peer that fails on a text finds nothing in it
        found = []
    days.append([moment.date().isoformat() for _, moment in found])
json.dump({"version": version("dateparser"), "days": days, "seconds": time.perf_counter() - started}, sys.stdout)
