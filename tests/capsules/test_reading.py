"""A capsule is read in several looks, and may be sealed between any two of them."""

from collections.abc import Callable
from typing import Any

import pytest
from tests.capsules.sealed import make_capsule, sealing
from tests.conftest import Clone
from tests.factories import make_user, team_of

from quapsule.capsules.capsule import find_detail


class Interrupted:
    """A session in which something happens just before the look of that number, from 1."""

    def __init__(self, session: Any, number: int, happens: Callable[[], None]) -> None:
        self._session, self._number, self._happens = session, number, happens

    def __getattr__(self, name: str) -> Any:
        def look(*given: Any) -> Any:
            self._number -= 1
            if self._number == 0:
                self._happens()
            return getattr(self._session, name)(*given)

        return look


@pytest.mark.parametrize("number", range(1, 7))
def test_what_is_told_to_be_done_is_seen_to_be_done(database: Clone, number: int) -> None:
    mia = make_user(database.owner, name="Mia")
    capsule = make_capsule(database.owner, team_of(database.owner, mia), mia)
    database.owner.execute("insert into public.seal_requests (capsule_id, kind, requested_by) values (%s, 'seal', %s)", (capsule, mia))
    with sealing(database) as sealer, database.as_user(mia) as session:
        found = find_detail(Interrupted(session, number, sealer.do_next), capsule)  # type: ignore[arg-type]
    [request] = found.requests
    assert found.state == "sealed" or request.done_at is None
    assert database.value("select lifecycle_state from public.capsules") == "sealed"
