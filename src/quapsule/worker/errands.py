"""Work without a job row: a script is looked at, not run. One at a time per worker, so that it never waits behind a long job."""

import logging
import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import psycopg

from quapsule.settings import Settings
from quapsule.worker.boxes import Boxes, script_limits
from quapsule.worker.deadline import Deadline
from quapsule.worker.direct import Desk
from quapsule.worker.door import Bounds, Keeper
from quapsule.worker.engines import Engines
from quapsule.worker.line import Claim, Errand, Line
from quapsule.worker.outcome import Failure, harmless
from quapsule.worker.output import Output
from quapsule.worker.provide import Means, provider_of
from quapsule.worker.requirements import packages_for
from quapsule.worker.scripterrors import read_error
from quapsule.worker.steps import how_it_died, start_frame

_log = logging.getLogger(__name__)
_SECONDS = 20.0  # who asked waits for the answer


class Errands(threading.Thread):
    def __init__(self, settings: Settings, boxes: Boxes, desk: Desk, line: Line) -> None:
        super().__init__(name="errands", daemon=True)
        self._settings, self._boxes, self._desk, self._line = settings, boxes, desk, line
        self._engines = Engines(boxes, settings.engine_memory_mb << 20)

    def run(self) -> None:
        while (errand := self._desk.errands.get()) is not None:
            try:
                self._line.finish_errand(errand, self._do(errand))
            except psycopg.Error as error:  # who asked times out and may ask again
                _log.warning("errand %s could not be answered: %s", errand.errand_id, str(error).strip())
            finally:
                self._engines.forget()
                self._desk.free_errand_slot()
        self._engines.close()

    def _do(self, errand: Errand) -> dict[str, Any]:
        """{"analysis": …} or {"error": {category, code, message, …}}."""
        try:
            if errand.kind != "analyse":
                raise Failure("system", "errand_unknown", f"This worker knows no errand {errand.kind!r}.")
            return {"analysis": self._analyse(errand)}
        except Failure as failure:
            told = {"category": failure.category, "code": failure.code, "message": failure.message, "hint": failure.hint, **failure.details}
            return {"error": harmless(told)}
        except Exception as problem:  # noqa: BLE001  # the errand answers, whatever happened
            _log.exception("errand %s failed on our side", errand.errand_id)
            told = {"category": "system", "code": "internal_error", "message": f"The analysis failed ({type(problem).__name__})."}
            return {"error": told}

    def _analyse(self, errand: Errand) -> dict[str, Any]:
        claim = _as_claim(errand)
        framework = claim.framework or ("openqasm" if (claim.format or "").startswith("qasm") else "qiskit")
        deadline = Deadline(min(_SECONDS, self._settings.job_seconds))
        self._engines.begin(deadline)
        provider = provider_of({**claim.backend, "target": "local"}, {}, Means(self._engines.call_of), str(claim.job_id))
        packages = packages_for(self._settings, str(claim.code)) if claim.format == "python" else None
        with self._boxes.take_script(framework, script_limits(self._settings), packages.folder if packages else None) as box:
            output = Output(box.output, 1 << 16)
            bounds = Bounds(deadline, claim.backend.get("max_shots") or 100_000, 1 << 16, may_run=False)
            start = start_frame(claim, framework, task="analyse")
            visit = Keeper(box, provider, bounds, start["seed"], output).serve(start)
            if visit.finish is None:
                raise how_it_died(box, output, self._settings)
        if "error" in visit.finish:
            raise read_error(visit.finish["error"], visit.refusals)
        found = harmless(visit.finish.get("analysis"))
        return found if isinstance(found, dict) else {}


def _as_claim(errand: Errand) -> Claim:
    """An analysis looks at a script as a job would run it."""
    given: Mapping[str, Any] = errand.input
    code, backend = given.get("code"), given.get("backend")
    if not isinstance(code, str):
        raise Failure("user", "validation_error", "There is no code to analyse.")
    nobody = errand.user_id or UUID(int=0)
    return Claim(
        job_id=errand.errand_id,
        fence=0,
        attempt=1,
        team_id=nobody,
        user_id=errand.user_id,
        script_id=None,
        code=code,
        format=given.get("format") or "python",
        framework=given.get("framework"),
        backend=backend if isinstance(backend, dict) else {"slug": str(backend or "local"), "target": "local"},
        parameters=given.get("params") or {},
        created_at=datetime.now(UTC),
    )
