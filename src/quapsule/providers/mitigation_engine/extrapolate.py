"""From values at several scales of noise to the one without, by mitiq's factories."""

import math
import warnings
from collections.abc import Callable, Sequence

from mitiq.zne.inference import ExpFactory, LinearFactory, RichardsonFactory

from .problems import MitigationProblem
from .readout import Mean

_STEP = 1e-5


def extrapolate(method: str, scales: Sequence[float], means: Sequence[Mean]) -> Mean:
    """The error is that of the shots at each scale, carried through the fit; how far the model is from the truth, it does not tell.

    Raises MitigationProblem when the fit has no finite answer."""
    fit = _FITS[method]
    values = [mean.value for mean in means]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # mitiq warns of fits with as many points as unknowns, which Richardson's is by design
        value = _finite(fit, scales, values)
        variance = 0.0
        for place, mean in enumerate(means):
            up, down = list(values), list(values)
            up[place] += _STEP
            down[place] -= _STEP
            slope = (_finite(fit, scales, up) - _finite(fit, scales, down)) / (2 * _STEP)
            variance += (slope * mean.error) ** 2
    return Mean(value, math.sqrt(variance))


def _exponential(scales: Sequence[float], values: Sequence[float]) -> float:
    """A Pauli string of a fully depolarised state is 0: that is where the curve goes."""
    if len({value > 0 for value in values}) > 1 or 0.0 in values:
        raise MitigationProblem("The values change their sign between the scales, which no exponential does; use linear or richardson.")
    return float(ExpFactory.extrapolate(scales, values, asymptote=0.0))


_FITS: dict[str, Callable[[Sequence[float], Sequence[float]], float]] = {
    "linear": lambda scales, values: float(LinearFactory.extrapolate(scales, values)),
    "richardson": lambda scales, values: float(RichardsonFactory.extrapolate(scales, values)),
    "exponential": _exponential,
}


def _finite(fit: Callable[[Sequence[float], Sequence[float]], float], scales: Sequence[float], values: Sequence[float]) -> float:
    value = fit(scales, values)
    if not math.isfinite(value):
        raise MitigationProblem("The extrapolation has no finite value; use other scale factors or another extrapolation.")
    return value
