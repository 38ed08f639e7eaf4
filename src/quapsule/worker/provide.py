"""Which provider runs a job: chosen by its backend and the parameters that are the platform's own. Submitting has checked both."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from quapsule.providers import Provider, ProviderProblem
from quapsule.providers.braket_session import Connection, read_braket
from quapsule.providers.local import LocalProvider
from quapsule.providers.vendor import Job, Tasks
from quapsule.settings import Settings
from quapsule.worker.engines import Call
from quapsule.worker.outcome import Failure

# Run by an equivalent engine of this installation where the job asks to be emulated: they are simulators themselves.
TWINS = ("sv1", "dm1", "tn1")
BRAKET_ARNS = "arn:aws:braket"


@dataclass(frozen=True)
class Connections:
    """What a worker reaches beyond its own machine."""

    braket: Connection | None = None

    @property
    def providers(self) -> tuple[str, ...]:
        """Names of the vendors, as private.workers keeps them."""
        return ("braket",) if self.braket else ()


def read_connections(settings: Settings) -> Connections:
    given = read_braket(settings)
    return Connections(Connection(given) if given else None)


@dataclass(frozen=True)
class Means:
    """What a provider may need. `call_of` gives the call to an engine box by its kind. `tasks`: where a job notes what it submits at a
    vendor; None where nothing may be submitted."""

    call_of: Callable[[str], Call]
    connections: Connections = Connections()
    tasks: Tasks | None = None


def provider_of(backend: Mapping[str, Any], parameters: Mapping[str, Any], means: Means, job_id: str) -> Provider:
    """Raises Failure when this worker has no way to the backend, or when a parameter is none that it can be run with."""
    try:
        provider = _provider(backend, parameters, means, job_id)
        if parameters.get("mitigation"):
            provider = _mitigated(provider, parameters["mitigation"], means, backend)
    except ProviderProblem as problem:
        raise Failure(problem.category, problem.code, problem.message) from problem
    except ValueError as problem:  # a parameter of a job that was submitted before it was checked there
        raise Failure("user", "validation_error", str(problem)) from problem
    return provider


def is_here(backend: Mapping[str, Any], parameters: Mapping[str, Any]) -> bool:
    """Whether this installation's own engines run it."""
    return backend.get("target") == "local" or bool(parameters.get("emulate"))


def _provider(backend: Mapping[str, Any], parameters: Mapping[str, Any], means: Means, job_id: str) -> Provider:
    if not is_here(backend, parameters):
        return _remote(backend, means, job_id)
    if parameters.get("emulate") and "analog" in (backend.get("tags") or ()):
        from quapsule.providers.analog import AnalogProvider

        return AnalogProvider(means.call_of("analog"), backend)
    if parameters.get("emulate") and backend.get("device_type") == "qpu":
        from quapsule.providers.emulated import EmulatedProvider

        return EmulatedProvider(means.call_of("engine"), backend)
    noise, statevector = parameters.get("noise_model") or None, parameters.get("statevector") is True
    return LocalProvider(means.call_of("engine"), backend, noise=noise, statevector=statevector)


def _remote(backend: Mapping[str, Any], means: Means, job_id: str) -> Provider:
    if means.connections.braket and means.tasks and str(backend.get("device_arn", "")).startswith(BRAKET_ARNS):
        from quapsule.providers.braket import BraketProvider

        return BraketProvider(means.call_of("engine"), backend, means.connections.braket, means.tasks, Job(job_id))
    says = f"This worker has no way to the backend {backend.get('slug')!r}."
    raise Failure("system", "backend_unavailable", says, "Choose `local`, or let it be emulated.")


def _mitigated(inner: Provider, given: Any, means: Means, backend: Mapping[str, Any]) -> Provider:
    from quapsule.providers.mitigated import MitigatedProvider
    from quapsule.providers.mitigation import read_mitigation

    return MitigatedProvider(inner, read_mitigation(given), means.call_of("mitigation"), backend)
