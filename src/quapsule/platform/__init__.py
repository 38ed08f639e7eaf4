"""The whole platform as one tree of processes, and what its operator does on this machine."""

from quapsule.platform.audit import audit
from quapsule.platform.demo import demo
from quapsule.platform.examine import Finding, examine
from quapsule.platform.operating import keep_calibration, open_sign_up, resume, suspend
from quapsule.platform.tree import Running, running, up
from quapsule.platform.upgrade import migrate

__all__ = [
    "Finding",
    "Running",
    "audit",
    "demo",
    "examine",
    "keep_calibration",
    "migrate",
    "open_sign_up",
    "resume",
    "running",
    "suspend",
    "up",
]
