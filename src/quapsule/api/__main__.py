"""`python -m quapsule.api` serves; `python -m quapsule.api openapi` prints the OpenAPI document."""

import json
import logging
import sys

from quapsule.api.app import openapi
from quapsule.api.server import serve
from quapsule.database.logins import read_urls
from quapsule.errors import Problem
from quapsule.settings import read_settings


def main(arguments: list[str]) -> int:
    """Exit status: 0 after a clean stop, 1 for a refusal, 2 for unknown arguments."""
    if arguments == ["openapi"]:
        sys.stdout.write(json.dumps(openapi(), indent=2, sort_keys=True, ensure_ascii=False) + "\n")
        return 0
    if arguments:
        sys.stderr.write("usage: python -m quapsule.api [openapi]\n")
        return 2
    try:
        settings = read_settings()
        logging.basicConfig(level=settings.log_level.upper(), format="%(asctime)s %(levelname)s %(name)s: %(message)s")
        serve(settings, settings.api_database_url or read_urls(settings).api)
    except Problem as problem:
        sys.stderr.write(f"{problem.message}\n" + (f"{problem.hint}\n" if problem.hint else ""))
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
