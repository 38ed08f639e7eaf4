"""The errand `analyse`: a script is looked at in a box, and nothing of it is run."""

from dataclasses import replace
from typing import Any

from quapsule.settings import Settings
from quapsule.worker.boxes import Boxes
from quapsule.worker.engines import Engines
from quapsule.worker.errands import as_claim
from quapsule.worker.line import Errand
from quapsule.worker.looking import look
from quapsule.worker.outcome import harmless
from quapsule.worker.provide import Means, provider_of
from quapsule.worker.scripterrors import read_error
from quapsule.worker.steps import Attempt

_SECONDS = 20.0  # who asked waits for the answer


class Analyse:
    def __init__(self, settings: Settings, boxes: Boxes) -> None:
        self._settings, self._boxes = replace(settings, job_seconds=min(_SECONDS, settings.job_seconds)), boxes

    def __call__(self, errand: Errand, engines: Engines) -> dict[str, Any]:
        """{"analysis": what the runner found}. Raises Failure."""
        attempt = Attempt(as_claim(errand), engines)
        provider = provider_of(attempt.claim.backend, {}, Means(engines.call_of), str(errand.errand_id))
        visit = look(self._settings, self._boxes, attempt, provider, "analyse", may_run=False)
        finish = visit.finish or {}
        if "error" in finish:
            raise read_error(finish["error"], visit.refusals)
        found = harmless(finish.get("analysis"))
        return {"analysis": found if isinstance(found, dict) else {}}
