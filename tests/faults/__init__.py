"""Faults done for real: runs killed, disks filled, inputs that change under the reader.

python -m tests.faults --kills 50     # the whole suite, with its counts
"""
