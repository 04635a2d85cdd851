"""The engine: it knows text and tables, and has never heard of Dagster.

Belongs here: everything that turns bytes into rows, and the declaration of those rows.
Does not belong here: anything that imports `dagster` (see `assets`), training of the shipped
models (see `training`), measurements against other systems (see `benchmarks`).
"""

from pipeline.compiled import forget_stale

forget_stale()
