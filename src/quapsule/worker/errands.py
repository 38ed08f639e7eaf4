"""Work without a job row: looking at a script, and the playground. Each kind has threads of its own, so that a look never waits behind a
run, nor either behind a job."""

import logging
import queue
import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Protocol
from uuid import UUID

import psycopg

from quapsule.worker.direct import Desk
from quapsule.worker.engines import Engines
from quapsule.worker.line import Claim, Errand, Line
from quapsule.worker.outcome import Failure, harmless

_log = logging.getLogger(__name__)


class Deed(Protocol):
    """How one kind of errand is done."""

    def __call__(self, errand: Errand, engines: Engines) -> dict[str, Any]:
        """The answer, without {"error"}. Raises Failure."""
        ...


class Errands(threading.Thread):
    """Does errands of the kinds in `deeds`, one after another, with engines of its own."""

    def __init__(
        self, asked: queue.SimpleQueue[Errand | None], deeds: Mapping[str, Deed], engines: Engines, desk: Desk, line: Line
    ) -> None:
        super().__init__(name="errands", daemon=True)
        self._asked, self._deeds, self._engines, self._desk, self._line = asked, deeds, engines, desk, line

    def run(self) -> None:
        while (errand := self._asked.get()) is not None:
            try:
                self._line.finish_errand(errand, self._do(errand))
            except psycopg.Error as error:  # who asked times out and may ask again
                _log.warning("errand %s could not be answered: %s", errand.errand_id, str(error).strip())
            finally:
                self._engines.forget()
                self._desk.free_errand_slot(errand)
        self._engines.close()

    def _do(self, errand: Errand) -> dict[str, Any]:
        """What its deed gives, or {"error": {category, code, message, …}}."""
        try:
            if errand.kind not in self._deeds:
                raise Failure("system", "errand_unknown", f"This worker knows no errand {errand.kind!r}.")
            return self._deeds[errand.kind](errand, self._engines)
        except Failure as failure:
            told = {"category": failure.category, "code": failure.code, "message": failure.message, "hint": failure.hint, **failure.details}
            return {"error": harmless(told)}
        except Exception as problem:  # noqa: BLE001  # the errand answers, whatever happened
            _log.exception("errand %s failed on our side", errand.errand_id)
            told = {"category": "system", "code": "internal_error", "message": f"It failed on our side ({type(problem).__name__})."}
            return {"error": told}


def as_claim(errand: Errand) -> Claim:
    """The text as a job would run it, on this machine's own engines. Raises Failure when there is none."""
    given: Mapping[str, Any] = errand.input
    code, backend = given.get("code"), given.get("backend")
    if not isinstance(code, str):
        raise Failure("user", "validation_error", "There is no code to look at.")
    format = given.get("format") or "python"
    facts = backend if isinstance(backend, dict) else {"slug": str(backend or "local")}
    return Claim(
        job_id=errand.errand_id,
        fence=0,
        attempt=1,
        team_id=errand.user_id or UUID(int=0),
        user_id=errand.user_id,
        script_id=None,
        code=code,
        format=format,
        framework=given.get("framework") or ("openqasm" if format.startswith("qasm") else "qiskit"),
        backend={**facts, "target": "local"},
        parameters=given.get("params") or {},
        created_at=datetime.now(UTC),
    )
