"""Settings of a deployment, read once from the environment. Listed in the README."""

from __future__ import annotations

import base64
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Settings:
    """What a deployment chooses. No default is a secret."""

    database_url: str
    secret_key: str
    field_keys: str
    currency: str
    timezone: str
    demo: bool
    upload_bytes_max: int
    outbox_dir: Path
    rate_limit_storage: str
    secure_cookies: bool
    payer_name: str = ""
    payer_bank_account: str = ""
    payer_bank_code: str = ""
    """The paying agency's own bank account, written into every bank file."""
    issuer_keys: str = ""
    """Ed25519 keys that sign credentials; see `records/issuer.py`."""
    issuer_name: str = ""
    public_url: str = ""
    """Where everybody reaches this deployment; behind HTTPS it names the issuer (did:web)."""
    local_url: str = "http://127.0.0.1:8000"
    """Where this machine reaches it; stands in credentials while there is no public address."""
    stripe_api_base: str = "https://api.stripe.com"
    stripe_api_key: str = ""
    stripe_webhook_secret: str = ""
    password_memory_kib: int = 19_456
    withdraw_percent_max: int = 20
    """A complete list that withdraws a larger share of what is listed is confirmed by typing."""


def read_settings(environ: dict[str, str] | None = None) -> Settings:
    """Read the environment; a missing secret is made once and kept under `var/`."""
    env = dict(os.environ) if environ is None else environ
    var = Path(env.get("VAR_DIR", ROOT / "var")).absolute()
    return Settings(
        database_url=normal_database_url(
            env.get("DATABASE_URL") or f"sqlite:///{var / 'marketplace.sqlite3'}"
        ),
        secret_key=env.get("SECRET_KEY") or _kept_secret(var / "secret_key"),
        field_keys=env.get("FIELD_KEYS") or _kept_field_keys(var / "field_keys"),
        currency=env.get("CURRENCY", "CNY"),
        timezone=env.get("TIMEZONE", "Asia/Shanghai"),
        demo=env.get("DEMO", "") not in ("", "0", "false"),
        upload_bytes_max=int(env.get("UPLOAD_BYTES_MAX", 32 * 1024 * 1024)),
        outbox_dir=Path(env.get("OUTBOX_DIR", var / "outbox")),
        rate_limit_storage=env.get("RATE_LIMIT_STORAGE", "memory://"),
        secure_cookies=env.get("SECURE_COOKIES", "") not in ("", "0", "false"),
        payer_name=env.get("PAYER_NAME", ""),
        payer_bank_account=env.get("PAYER_ACCOUNT", ""),
        payer_bank_code=env.get("PAYER_BANK_CODE", ""),
        issuer_keys=env.get("ISSUER_KEYS") or _kept_issuer_keys(var / "issuer_keys"),
        issuer_name=env.get("ISSUER_NAME", "职业培训券平台"),
        public_url=env.get("PUBLIC_URL", "").rstrip("/"),
        local_url=f"http://127.0.0.1:{env.get('PORT', '8000')}",
        stripe_api_base=(env.get("STRIPE_API_BASE") or "https://api.stripe.com").rstrip("/"),
        stripe_api_key=env.get("STRIPE_API_KEY", ""),
        stripe_webhook_secret=env.get("STRIPE_WEBHOOK_SECRET", ""),
        password_memory_kib=int(env.get("PASSWORD_MEMORY_KIB", "19456")),
        withdraw_percent_max=int(env.get("WITHDRAW_PERCENT_MAX", "20")),
    )


def normal_database_url(url: str) -> str:
    """`postgresql://` still means psycopg2 to SQLAlchemy; we ship psycopg 3."""
    for prefix in ("postgres://", "postgresql://"):
        if url.startswith(prefix):
            return "postgresql+psycopg://" + url[len(prefix) :]
    return url


def _kept_secret(path: Path) -> str:
    return _kept(path, secrets.token_urlsafe(48))


def _kept_field_keys(path: Path) -> str:
    return _kept(path, f"index:{_fresh_key()},k1:{_fresh_key()}")


def _kept_issuer_keys(path: Path) -> str:
    return _kept(path, f"k1:{_fresh_key()}")


def _fresh_key() -> str:
    return base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()


def _kept(path: Path, fresh: str) -> str:
    """Read a secret from its file; make the file, readable by its owner only, if absent."""
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text(encoding="ascii").strip()
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(fresh)
    return fresh
