"""Parquet: one record a row.

Belongs here: handing out rows batch by batch. Does not belong here: what the columns' names mean
(`pipeline.parsing.fields`).
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from typing import Final

from pipeline.parsing.articles import Article, Reject, Rejected
from pipeline.parsing.fields import article_from_record
from pipeline.parsing.settings import ParsingSettings
from pipeline.parsing.sources import Source

_ROWS: Final = 256
_SPOOL: Final = 32 << 20


def read(source: Source, settings: ParsingSettings) -> Iterator[Article | Reject]:
    """Yield the file's articles, row by row.

    Raises:
        Rejected: If it is broken before its first row.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    number = 0
    # Parquet is read from its end: the content goes to a file of no name where it is large.
    with tempfile.SpooledTemporaryFile(max_size=_SPOOL) as spool:
        for chunk in source.chunks():
            spool.write(chunk)
        spool.seek(0)
        try:
            file = pq.ParquetFile(spool, pre_buffer=False)
            for batch in file.iter_batches(batch_size=_ROWS):
                for row in batch.to_pylist():
                    yield article_from_record(number, row, settings)
                    number += 1
        except (pa.ArrowException, OSError, ValueError, OverflowError) as error:
            reason = f"broken Parquet: {(str(error).splitlines() or ['no reason given'])[0][:200]}"
            if number == 0:
                raise Rejected(reason) from error
            yield Reject(number, reason)
