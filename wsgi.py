"""The WSGI entry point: `gunicorn wsgi:app`, `flask --app wsgi ...`."""

import sys

from marketplace.app import create_app

app = create_app(migrates="gunicorn" not in sys.modules)
