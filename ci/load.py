"""Processes that compute, beside which something is tried."""

from __future__ import annotations

import subprocess
import sys
import threading
import time


class Load:
    """Processes that compute and do nothing else.

    Each ends with whoever started it, also when that one is killed, and by itself when its time is
    over.  A round must not outlive its load: between rounds they are replaced in good time.
    """

    BOUND_S = 2 * 3600
    BUSY = f"""import os, time
start, parent = time.monotonic(), os.getppid()
while os.getppid() == parent and time.monotonic() - start < {BOUND_S}: sum(range(100000))"""

    def __init__(self, count: int) -> None:
        self.count = count
        self.started = 0.0
        self.processes: list[subprocess.Popen[bytes]] = []
        self.lock = threading.Lock()

    def renew(self) -> None:
        with self.lock:
            if self.processes and time.monotonic() - self.started < self.BOUND_S / 2:
                return
            self.end()
            self.started = time.monotonic()
            words = [sys.executable, "-c", self.BUSY]
            self.processes = [
                subprocess.Popen(words, start_new_session=True) for _ in range(self.count)
            ]

    def end(self) -> None:
        for process in self.processes:
            process.kill()
            process.wait()
        self.processes = []
