"""Commands that learn the shipped models and build the shipped tables: `python -m training.<name>`.

Belongs here: reading corpora, fitting, writing into `seeds/`. Does not belong here: anything a run of the
pipeline needs.
"""
