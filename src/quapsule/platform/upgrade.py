"""Bringing the database in use to this version, with its logins and the first account."""

import psycopg

from quapsule.accounts.account import first_account
from quapsule.database.embedded import serving
from quapsule.database.logins import Urls, owner_url, prepare_logins
from quapsule.database.migrate import Report
from quapsule.database.migrate import migrate as migrate_database
from quapsule.settings import Settings


def migrate(settings: Settings) -> Report:
    """Migrates the database of the settings; the embedded one is started for it when it does not run."""
    if settings.database_url:
        return prepare(settings)[0]
    with serving(settings):
        return prepare(settings)[0]


def prepare(settings: Settings) -> tuple[Report, Urls]:
    """Migrations, rules, seeds, logins and, in single mode, the first account. The database must be running."""
    report = migrate_database(owner_url(settings))
    urls = prepare_logins(settings)
    if settings.mode == "single" and not (settings.supabase_jwt_secret or settings.supabase_jwks_url):
        # Without a password: it is entered through the Unix socket of this machine alone.
        with psycopg.connect(urls.owner, autocommit=True, connect_timeout=10) as owner:
            first_account(owner)
    return report, urls
