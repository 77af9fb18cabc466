"""`make run`: bring the database up to date, make the demo world once, serve until stopped.

Starts two processes: gunicorn, and the runner of background jobs. When one of them ends, both do.
"""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import time
import urllib.request
from pathlib import Path
from types import FrameType

ROOT = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent
PORT = os.environ.get("PORT", "8000")


def prepare() -> None:
    """Migrate; in demo mode load the small world into an empty database."""
    from flask_migrate import upgrade

    from marketplace.app import create_app

    logging.getLogger("alembic").setLevel(logging.WARNING)
    app = create_app()
    with app.app_context():
        upgrade()
        if app.config["DEMO"]:
            from marketplace.demo.world import load_demo_world_once, logins_text

            load_demo_world_once(progress=lambda text: print(f"  {text}", flush=True))
            print(logins_text())


def wait_until_ready(server: subprocess.Popen[bytes], *, seconds: float) -> bool:
    """Ask /health until it answers, the server ends, or patience does."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{PORT}/health", timeout=2) as answer:
                if answer.status == 200:
                    return True
        except OSError:
            time.sleep(0.1)
    return False


def serve() -> int:
    """Run web server and job runner side by side."""
    flask = [str(BIN / "flask"), "--app", "wsgi"]
    server = subprocess.Popen([str(BIN / "gunicorn"), "wsgi:app"], cwd=ROOT)
    runner = subprocess.Popen([*flask, "jobs", "run"], cwd=ROOT)
    children = [server, runner]

    def stop(_number: int, _frame: FrameType | None) -> None:
        for child in children:
            if child.poll() is None:
                child.terminate()

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    if wait_until_ready(server, seconds=60):
        print(f"\nReady: http://127.0.0.1:{PORT}/   (stop with Ctrl+C)\n", flush=True)
    elif server.poll() is not None:
        print(f"The server could not start. Is port {PORT} free?", file=sys.stderr)
    while all(child.poll() is None for child in children):
        time.sleep(0.3)
    stop(0, None)
    codes = [child.wait(timeout=30) for child in children]
    return max(0, *codes)


def main() -> int:
    os.chdir(ROOT)
    sys.path.insert(0, str(ROOT))
    os.environ.setdefault("DEMO", "1")
    prepare()
    return serve()


if __name__ == "__main__":
    sys.exit(main())
