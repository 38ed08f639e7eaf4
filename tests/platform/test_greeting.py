"""What `quapsule up` says once it serves."""

from pathlib import Path

import pytest

from quapsule.platform.tree import Running, _greet
from quapsule.sandbox.layers import inspect_layers

URL = "http://127.0.0.1:8400"


@pytest.mark.parametrize(
    ("app", "says", "not_"),
    [
        (f"{URL}/enter#c0de", f"app       {URL}/enter#c0de\n            (good once, for an hour; `quapsule open` gives another)", "built"),
        (f"{URL}/", f"app       {URL}/\n", "good once"),
        (None, "app       not built; `bin/setup --runtimes` builds it", "good once"),
    ],
)
def test_the_greeting_shows_the_apps_address_or_how_to_build_it(
    app: str | None, says: str, not_: str, capsys: pytest.CaptureFixture[str]
) -> None:
    _greet(Running(URL, app, inspect_layers(), "a database", Path("/home"), dict, lambda: None))
    said = capsys.readouterr().out
    assert says in said and not_ not in said
    assert f"address   {URL}\n" in said
