"""A Python client of the HTTP API. `quapsule.client.api.Client` is the whole of it; nothing here knows the server's code."""

from quapsule.client.refusals import Refused as Refused
from quapsule.client.refusals import Unreachable as Unreachable
