"""The CLI's verbs, one file per thing they are about. `verbs()` puts them together; what starts the platform joins in cli.py."""

import typer

from quapsule.client.commands import (
    backends,
    calibrations,
    capsules,
    jobs,
    keys,
    live,
    opening,
    running,
    scripts,
    signing,
    teams,
    verifying,
)


def verbs() -> typer.Typer:
    """The verbs that need only a server's address."""
    app = typer.Typer(no_args_is_help=True, add_completion=True, pretty_exceptions_enable=False, rich_markup_mode=None)
    for module in (signing, opening, running, jobs, live, backends, verifying):
        module.add_to(app)
    app.add_typer(calibrations.app, name="calibrations")
    app.add_typer(capsules.app, name="capsule")
    app.add_typer(scripts.app, name="scripts")
    app.add_typer(keys.app, name="keys")
    app.add_typer(teams.app, name="team")
    return app
