"""Why something cannot be mitigated."""

from quapsule.providers.engines.problems import EngineProblem


class MitigationProblem(EngineProblem):
    """The user's to solve, by another program or other options."""

    def __init__(self, message: str, code: str = "mitigation_unavailable") -> None:
        super().__init__(code, message)
