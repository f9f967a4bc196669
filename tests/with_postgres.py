"""Run a command with DATABASE_URL pointing at a PostgreSQL of its own: `python tests/with_postgres.py pytest …`."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import warnings

warnings.filterwarnings("ignore", message="XDG_RUNTIME_DIR is not set")

import pgserver  # noqa: E402 - the warning is about a folder that we do not use


def main() -> int:
    """Start the server, run the command, stop the server; the status is the command's."""
    with tempfile.TemporaryDirectory(
        prefix="earshot-postgres-", ignore_cleanup_errors=True
    ) as folder:
        os.chmod(folder, 0o755)  # noqa: PTH101 - the server runs as another user where we are root
        server = pgserver.get_server(folder, cleanup_mode="delete")
        try:
            env = os.environ | {"DATABASE_URL": server.get_uri()}
            return subprocess.run(sys.argv[1:], env=env, check=False).returncode
        finally:
            server.cleanup()


if __name__ == "__main__":
    sys.exit(main())
