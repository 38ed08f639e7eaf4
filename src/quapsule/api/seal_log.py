"""/api/seal-log: the public log of seals. It holds ids of capsules, which are hashes, and nothing else of them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query

from quapsule.api.answers import Json, Listing
from quapsule.api.callers import Visiting
from quapsule.api.openapi import PUBLIC, refusals
from quapsule.api.signing_keys import SigningKey, shown
from quapsule.capsules import seal_log, signatures
from quapsule.errors import Problem
from quapsule.seal.trust.keys import encode_base64

router = APIRouter(prefix="/api/seal-log", tags=["seal log"])


@dataclass(frozen=True)
class Checkpoint:
    """A signed head. root: base64; checkpoint: the signed note (C2SP tlog-checkpoint)."""

    origin: str
    tree_size: int
    root: str
    checkpoint: str
    at: datetime


@dataclass(frozen=True)
class Inclusion:
    """inclusion: sibling hashes (base64), from the leaf up to the root that the checkpoint names; entry: base64."""

    capsule_id: str
    origin: str
    index: int
    tree_size: int
    entry: str
    inclusion: list[str]
    checkpoint: str


@dataclass(frozen=True)
class Consistency:
    """Hashes (base64) as RFC 6962 has them."""

    first: int
    second: int
    consistency: list[str]


@router.get("/checkpoint", response_model=Checkpoint, openapi_extra=PUBLIC, responses=refusals("unauthorized", "not_found"))
def show_checkpoint(visiting: Visiting) -> Json:
    """The last signed head. Public."""
    with visiting.anyone() as session:
        head = seal_log.find_head(session)
    if head is None:
        raise Problem("not_found", "The log is empty: nothing was sealed here yet.")
    return Json(Checkpoint(head.origin, head.tree_size, encode_base64(bytes(head.root)), head.note, head.at))


@router.get("/proof", response_model=Inclusion, openapi_extra=PUBLIC, responses=refusals("unauthorized", "not_found"))
def show_inclusion(visiting: Visiting, capsule_id: Annotated[str, Query(pattern="^mqc:1:[0-9a-f]{64}$")]) -> Json:
    """That the log holds a capsule's id (mqc:1:…), under its last head. Public."""
    with visiting.anyone() as session:
        place = seal_log.find_place(session, capsule_id)
    if place is None:
        raise Problem("not_found", "The log does not hold this id.")
    siblings = [encode_base64(sibling) for sibling in place.inclusion]
    entry = encode_base64(capsule_id.encode())
    return Json(Inclusion(capsule_id, place.origin, place.index, place.tree_size, entry, siblings, place.checkpoint))


@router.get("/consistency", response_model=Consistency, openapi_extra=PUBLIC, responses=refusals("unauthorized"))
def show_consistency(visiting: Visiting, first: Annotated[int, Query(ge=1)], second: Annotated[int, Query(ge=1)]) -> Json:
    """That the log of `second` entries begins with that of `first` ones. Public."""
    with visiting.anyone() as session:
        return Json(Consistency(first, second, seal_log.find_growth(session, first, second)))


@router.get("/keys", response_model=Listing[SigningKey], openapi_extra=PUBLIC, responses=refusals("unauthorized"))
def list_keys(visiting: Visiting) -> Json:
    """The platform's keys: compare their fingerprints with what its operator tells you elsewhere. Public."""
    with visiting.anyone() as session:
        return Json({"items": [shown(key) for key in signatures.list_platform_keys(session)], "next_cursor": None})
