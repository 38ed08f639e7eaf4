"""A script in a box without a job: for errands that want to know something of it."""

from quapsule.providers import Provider
from quapsule.settings import Settings
from quapsule.worker.boxes import Boxes, script_limits
from quapsule.worker.deadline import Deadline
from quapsule.worker.door import Bounds, Keeper
from quapsule.worker.requirements import packages_for
from quapsule.worker.steps import Attempt, Stopped, how_it_died, start_frame
from quapsule.worker.visit import Visit

_OUTPUT_BYTES = 1 << 16
_MOST_SHOTS = 100_000


def look(settings: Settings, boxes: Boxes, attempt: Attempt, provider: Provider, task: str, *, may_run: bool) -> Visit:
    """What the script did until its last word, in the settings' time. Raises Failure when it never gave one, Stopped, and whatever the
    provider raises beside ProviderProblem."""
    claim, framework = attempt.claim, str(attempt.claim.framework)
    deadline = Deadline(settings.job_seconds, attempt.began_at)
    attempt.engines.begin(deadline, lambda: attempt.stopped is not None)
    packages = packages_for(settings, str(claim.code)) if claim.format == "python" else None
    box = boxes.take_script(framework, script_limits(settings), packages.folder if packages else None)
    try:
        output = attempt.entered(box, _OUTPUT_BYTES)
        start = start_frame(claim, framework, task)
        bounds = Bounds(deadline, claim.backend.get("max_shots") or _MOST_SHOTS, _OUTPUT_BYTES, may_run)
        visit = Keeper(box, provider, bounds, start["seed"], output).serve(start)
        if attempt.stopped:
            raise Stopped
        if visit.finish is None:
            raise how_it_died(box, output, settings)
        return visit
    finally:
        attempt.clean_up()
