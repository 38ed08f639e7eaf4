"""LISTEN as a hint: what is heard saves a wait, what is missed is found by polling."""

import logging
import time
from collections.abc import Iterator, Sequence

import psycopg
from psycopg import sql

_log = logging.getLogger(__name__)

# A dead link is noticed within about three seconds; libpq's own defaults take minutes.
LINK = {
    "connect_timeout": 3,
    "keepalives": 1,
    "keepalives_idle": 2,
    "keepalives_interval": 1,
    "keepalives_count": 3,
    "tcp_user_timeout": 3000,
}


def listen(url: str, channels: Sequence[str], timeout: float = 5.0) -> Iterator[tuple[str, str] | None]:
    """Endless: (channel, payload) for each notification; None after `timeout` quiet seconds, after each (re)connection, and per
    failed attempt to connect: time to poll. Close the generator to stop.
    """
    wait = 0.1
    while True:
        try:
            with psycopg.connect(url, autocommit=True, application_name="quapsule listen", **LINK) as connection:  # type: ignore[arg-type]
                for channel in channels:
                    connection.execute(sql.SQL("listen {}").format(sql.Identifier(channel)))
                wait = 0.1
                yield None
                while True:
                    quiet = True
                    for heard in connection.notifies(timeout=timeout):
                        quiet = False
                        yield heard.channel, heard.payload
                    if quiet:
                        yield None
        except psycopg.OperationalError as error:
            _log.warning("listening was interrupted, trying again in %.1f s: %s", wait, error)
            yield None
            time.sleep(wait)
            wait = min(wait * 2, 5.0)
