"""The WSGI entry point: `gunicorn wsgi:app`, `flask --app wsgi ...`."""

import sys

from marketplace.app import create_app

app = create_app(has_commands="gunicorn" not in sys.modules)
