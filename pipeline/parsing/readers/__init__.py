"""One reader per format, all with one face: `read(source, settings) -> Iterator[Article | Reject]`.

Belongs here: how articles are cut out of the bytes of each format. Does not belong here: which names hold
which field (`pipeline.parsing.field_names`), what lines are (`pipeline.parsing.segmentation`), compression and
archives (`pipeline.parsing.containers`).
"""
