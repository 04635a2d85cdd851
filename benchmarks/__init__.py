"""Figures of Khabar beside its peers, each measured in one run on the same text.

Belongs here: measuring. Does not belong here: pinning quality (the gates in `tests/`), training (`training`).
Peers live in environments of their own under `peers/`, for some need libraries that cannot stand beside Khabar's.
"""
