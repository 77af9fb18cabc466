"""gunicorn's settings; every value can be overridden on its command line."""

import os

bind = f"127.0.0.1:{os.environ.get('PORT', '8000')}"
workers = int(os.environ.get("WEB_WORKERS", "2"))
worker_class = "gthread"
threads = int(os.environ.get("WEB_THREADS", "4"))
preload_app = True
timeout = 60
graceful_timeout = 20
max_requests = 20_000
max_requests_jitter = 2_000
worker_tmp_dir = "/dev/shm" if os.path.isdir("/dev/shm") else None
no_control_socket = True
accesslog = None  # the application writes one line per request, without query strings
errorlog = "-"
loglevel = "warning"


def when_ready(server):  # type: ignore[no-untyped-def]
    """The processes to come begin with the catalog in memory."""
    from marketplace.web.ready import make_ready_to_serve

    if server.cfg.preload_app:
        make_ready_to_serve(server.app.wsgi())
