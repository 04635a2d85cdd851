"""Near-duplicate detection beside its peers, on edits as newsrooms make them.

Belongs here: the generator of edits with its gold pairs, and the runs over it. Does not belong here: the
peers' own calls (`benchmarks/peers/near_duplicates`).
"""
