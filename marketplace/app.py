"""create_app(): settings, extensions, rooms; nothing else."""

from __future__ import annotations

from typing import Any

from apiflask import APIFlask

from marketplace.api.v1.resources import register_resources
from marketplace.edge.counters import MEMORY
from marketplace.edge.jinja import PageEnvironment
from marketplace.foundation.crypto import use_field_keys
from marketplace.foundation.db import db
from marketplace.foundation.logs import configure_logging
from marketplace.foundation.passwords import use_password_cost
from marketplace.foundation.settings import ROOT, Settings, read_settings
from marketplace.foundation.tables import load_all_events, load_all_tables
from marketplace.payouts.rails.payer import DEMO_PAYER, use_payer
from marketplace.payouts.rails.protocol import Payer
from marketplace.payouts.rails.stripe import StripeSettings, stripe_of, use_stripe
from marketplace.records.issuer import use_issuer
from marketplace.web.site import register_site

VERSION = "0.1.0"


def create_app(
    settings: Settings | None = None,
    config: dict[str, Any] | None = None,
    *,
    has_commands: bool = True,
) -> APIFlask:
    """Build the application from the environment, or from the settings a test gives.

    What only serves pages has no commands, among them those that migrate, and does without what
    they take: 15 MiB a process.
    """
    configure_logging()
    chosen = settings or read_settings()
    app = APIFlask(
        "marketplace",
        title="Training Voucher Marketplace",
        version=VERSION,
        spec_path="/api/v1/openapi.json",
        docs_path=None,
        json_errors=False,
        template_folder=str(ROOT / "templates"),
        static_folder=str(ROOT / "static"),
    )
    app.jinja_environment = PageEnvironment
    app.config.update(flask_config(chosen), **(config or {}))
    app.extensions["settings"] = chosen
    use_field_keys(chosen.field_keys)
    use_payer(payer_of(chosen))
    use_issuer_of(chosen)
    use_stripe(stripe_of(stripe_settings_of(chosen)))
    use_password_cost(chosen.password_memory_kib)
    load_all_tables()
    load_all_events()
    db.init_app(app)
    register_site(app)
    register_resources(app)
    if has_commands:
        register_commands(app)
    return app


def register_commands(app: APIFlask) -> None:
    """`flask db` and every group of ours, and what they need."""
    from flask_migrate import Migrate

    from marketplace.cli.groups import register_groups

    register_groups(app)
    Migrate(app, db, directory=str(ROOT / "migrations"), render_as_batch=True)


def use_issuer_of(chosen: Settings) -> None:
    """Whose name and keys certificates of this process carry."""
    use_issuer(
        chosen.issuer_keys,
        name=chosen.issuer_name,
        address=chosen.public_url or chosen.local_url,
    )


def payer_of(settings: Settings) -> Payer | None:
    """The paying agency; in demo mode one that belongs to nobody, else none until it is set."""
    if settings.payer_name and settings.payer_bank_account and settings.payer_bank_code:
        return Payer(settings.payer_name, settings.payer_bank_account, settings.payer_bank_code)
    return DEMO_PAYER if settings.demo else None


def stripe_settings_of(settings: Settings) -> StripeSettings:
    """How this deployment reaches Stripe; without a key it does not."""
    return StripeSettings(
        settings.stripe_api_base, settings.stripe_api_key, settings.stripe_webhook_secret
    )


def flask_config(settings: Settings) -> dict[str, Any]:
    """Settings in the words of Flask and its extensions."""
    return {
        "SECRET_KEY": settings.secret_key,
        "SQLALCHEMY_DATABASE_URI": settings.database_url,
        "SQLALCHEMY_ENGINE_OPTIONS": {"hide_parameters": True},
        "MAX_CONTENT_LENGTH": settings.upload_bytes_max,
        "MAX_FORM_MEMORY_SIZE": 2 * 1024 * 1024,
        "MAX_FORM_PARTS": 2_000,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_SECURE": settings.secure_cookies,
        "REMEMBER_COOKIE_HTTPONLY": True,
        "BOOTSTRAP_SERVE_LOCAL": True,
        "BABEL_DEFAULT_LOCALE": "en",
        "BABEL_DEFAULT_TIMEZONE": settings.timezone,
        "RATELIMIT_STORAGE_URI": settings.rate_limit_storage.replace("memory://", MEMORY),
        "RATELIMIT_HEADERS_ENABLED": True,
        "OPENAPI_VERSION": "3.1.0",
        "DEMO": settings.demo,
        "CURRENCY": settings.currency,
        "VERSION": VERSION,
    }
