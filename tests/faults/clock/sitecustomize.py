"""Read by Python as it starts, before anything else: what libfaketime needs of a process whose clock it sets back.

From Python 3.11 on `time.sleep` waits for a moment of the monotonic clock, which libfaketime refuses as an invalid
argument; waiting for an event that never comes does the same by another call.

Belongs here: what makes another clock bearable. Does not belong here: the clock itself (`tests.faults.harness`).
"""

import threading
import time


def _sleep(seconds: float) -> None:
    threading.Event().wait(seconds)


time.sleep = _sleep
