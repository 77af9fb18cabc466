"""What the environment says, and what it means."""

from __future__ import annotations

from marketplace.foundation.settings import read_settings


def test_a_folder_named_from_here_is_the_same_folder_wherever_a_command_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    settings = read_settings({"VAR_DIR": "data"})
    assert settings.database_url == f"sqlite:///{tmp_path / 'data' / 'marketplace.sqlite3'}"
    assert (tmp_path / "data" / "field_keys").exists()


def test_a_plain_postgresql_address_means_the_driver_we_ship(tmp_path):
    settings = read_settings(
        {"VAR_DIR": str(tmp_path), "DATABASE_URL": "postgresql://user@host/books"}
    )
    assert settings.database_url == "postgresql+psycopg://user@host/books"
