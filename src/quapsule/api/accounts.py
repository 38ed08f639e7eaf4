"""Sign-up, sign-in, sessions, passwords. Browsers ask for a cookie, everybody else gets a bearer token; both are the same session."""

import hashlib
import logging
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Request
from pydantic import AfterValidator, BaseModel, Field, StrictBool
from starlette.responses import Response

from quapsule.accounts import account
from quapsule.accounts.api_key import Level
from quapsule.accounts.invitation_code import PATTERN
from quapsule.accounts.session import Opened, end_session, open_session, refresh_session
from quapsule.api.answers import Json
from quapsule.api.callers import COOKIE, Visiting, hash_token, refuse_foreign_origin
from quapsule.api.limits import Limits
from quapsule.api.openapi import PUBLIC, refusals
from quapsule.database.session import Database
from quapsule.errors import Problem
from quapsule.settings import Settings

router = APIRouter(prefix="/api/auth", tags=["accounts"])

_log = logging.getLogger(__name__)
_COOKIE_SECONDS = 7 * 24 * 3600
Email = Annotated[str, Field(max_length=254, pattern=r"^[^@\s\x00-\x1f]{1,64}@[^@\s\x00-\x1f]{1,189}$"), AfterValidator(str.lower)]
Name = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[^\x00-\x1f]*[^\x00-\x1f\s][^\x00-\x1f]*$"), AfterValidator(str.strip)]


class SignIn(BaseModel):
    email: Email
    password: Annotated[str, Field(max_length=1000)]
    cookie: StrictBool = Field(default=False, description="true: the session comes as a cookie instead of a token in the body (browsers).")


class SignUp(SignIn):
    invitation_code: Annotated[str, Field(pattern=PATTERN)] | None = None
    name: Name | None = None
    team_name: Name | None = None


class Refresh(BaseModel):
    cookie: StrictBool = False


class NewPassword(BaseModel):
    new_password: Annotated[str, Field(max_length=1000)]
    current_password: Annotated[str | None, Field(max_length=1000, description="Left out when the account has none yet.")] = None


class PasswordChanged(BaseModel):
    sessions_ended: int = Field(description="Other sessions of the account, which were open until now.")


class SignedIn(BaseModel):
    token: str | None = Field(default=None, description="Absent when the session came as a cookie.")
    expires_at: datetime
    user: account.Account


class KeyBounds(BaseModel):
    id: UUID
    team_id: UUID
    level: Level


class Me(BaseModel):
    user: account.Account
    teams: list[account.OwnTeam]
    key: KeyBounds | None


@router.post(
    "/sign-up",
    status_code=201,
    response_model=SignedIn,
    openapi_extra=PUBLIC,
    responses=refusals("permission_denied", "already_exists", "conflict", "rate_limited"),
)
def sign_up(request: Request, body: SignUp) -> Response:
    """Makes an account with a team of its own, and signs it in."""
    database, settings = _embedded(request, body)
    if settings.sign_up == "closed":
        raise Problem("permission_denied", "Sign-up is closed here.", hint="Ask the operator.")
    if settings.sign_up == "code" and body.invitation_code is None:
        raise Problem("permission_denied", "Sign-up needs an invitation code.", hint="Ask the operator for one.")
    limits_of(request).count(f"sign-up address {address_of(request)}", 20, 60)
    metadata = {key: value for key, value in (("name", body.name), ("team_name", body.team_name)) if value}
    code = body.invitation_code if settings.sign_up == "code" else None
    user_id = account.sign_up(database, body.email, body.password, code, metadata)
    return sign_in_as(request, open_session(database, user_id, *_origin(request)), body.cookie, 201)


@router.post(
    "/sign-in",
    response_model=SignedIn,
    openapi_extra=PUBLIC,
    responses=refusals("unauthorized", "permission_denied", "conflict", "rate_limited"),
)
def sign_in(request: Request, body: SignIn) -> Response:
    """{token, expires_at, user}; with cookie: true the token is in the cookie alone. 5 tries a minute and account, 20 and address."""
    database, _ = _embedded(request, body)
    limits, bucket = limits_of(request), f"sign-in account {hashlib.sha256(body.email.encode()).hexdigest()}"
    limits.count(f"sign-in address {address_of(request)}", 20, 60)
    limits.count(bucket, 5, 60)
    try:
        user_id = account.verify_sign_in(database, body.email, body.password)
    except Problem:
        _log.warning("a sign-in was refused, from %s, %s", address_of(request), bucket)  # the address that was typed may be a password
        raise
    limits.forget(bucket, 60)
    return sign_in_as(request, open_session(database, user_id, *_origin(request)), body.cookie, 200)


@router.post("/refresh", response_model=SignedIn)
def refresh(request: Request, visiting: Visiting, body: Refresh | None = None) -> Response:
    """A new token for the same session; the old one is dead at once. A session that came as a cookie stays one."""
    if visiting.token is None:
        raise Problem("unauthorized")
    opened = refresh_session(visiting.database, visiting.token)
    by_cookie = "authorization" not in request.headers
    return sign_in_as(request, opened, by_cookie or (body is not None and body.cookie), 200)


@router.post("/sign-out", status_code=204, responses=refusals("conflict"))
def sign_out(visiting: Visiting) -> Response:
    """Ends the session on the server."""
    with visiting.signed_in():
        pass
    if visiting.token is None or not end_session(visiting.database, visiting.token):
        raise Problem("conflict", "This is no session: an API key is revoked, a token of Supabase ended there.")
    answer = Response(status_code=204)
    answer.delete_cookie(COOKIE, path="/", secure=True, httponly=True, samesite="lax")
    return answer


@router.post(
    "/password",
    response_model=PasswordChanged,
    responses=refusals("permission_denied", "password_wrong", "conflict", "rate_limited"),
)
def change_password(request: Request, visiting: Visiting, body: NewPassword) -> Json:
    """Sets or changes the caller's own password and ends their other sessions; this one and API keys stay. 5 tries a minute.

    An account without a password, which was entered through the machine's socket, needs no current one.
    """
    with visiting.signed_in() as session:
        caller, mine = session.caller, account.find_me(session)
    assert caller is not None and visiting.token is not None  # signed_in refuses nobody
    if caller.key_id is not None:
        raise Problem("permission_denied", "An API key does not change a password.", hint="Sign in and ask in person.")
    if request.app.state.supabase is not None:
        raise Problem("conflict", "Accounts are kept by Supabase here.", hint="Change the password there.")
    limits, bucket = limits_of(request), f"password account {mine.id}"
    limits.count(bucket, 5, 60)
    stored = account.verify_current_password(visiting.database, mine, body.current_password)
    limits.forget(bucket, 60)
    ended = account.change_password(visiting.database, mine, hash_token(visiting.token), stored, body.new_password)
    # A warning, so that it stands in the log at its default level: whoever did not ask for it should be able to find it.
    _log.warning("account %s: password %s, %d other sessions ended", mine.id, "changed" if stored else "set", ended)
    return Json({"sessions_ended": ended})


@router.get("/me", response_model=Me)
def me(visiting: Visiting) -> Json:
    """{user, teams, key}: who asks, their teams with their role, and the API key's bounds when one asks."""
    with visiting.signed_in() as session:
        caller = session.caller
        assert caller is not None  # signed_in refuses nobody
        key = {"id": caller.key_id, "team_id": caller.team_id, "level": caller.level} if caller.key_id else None
        return Json({"user": account.find_me(session), "teams": account.list_my_teams(session), "key": key})


def sign_in_as(request: Request, opened: Opened, as_cookie: bool, status: int) -> Response:
    """{expires_at, user} of a session that was just opened, and its token: in the body, or as the browser's cookie."""
    with request.app.state.database.as_token(hashlib.sha256(opened.token.encode()).digest()) as session:
        said: dict[str, Any] = {"expires_at": opened.expires_at, "user": account.find_me(session)}
    if not as_cookie:
        return Json({"token": opened.token, **said}, status)
    answer = Json(said, status)
    # Secure holds on plain loopback too: browsers count it as trustworthy.
    answer.set_cookie(COOKIE, opened.token, max_age=_COOKIE_SECONDS, path="/", secure=True, httponly=True, samesite="lax")
    return answer


def _embedded(request: Request, body: SignIn) -> tuple[Database, Settings]:
    if body.cookie:
        # A page of another site must not sign its visitor in as somebody else.
        refuse_foreign_origin(request)
    if request.app.state.supabase is not None:
        raise Problem("conflict", "Accounts are kept by Supabase here.", hint="Sign in there, and send its access token.")
    return request.app.state.database, request.app.state.settings


def limits_of(request: Request) -> Limits:
    limits: Limits = request.app.state.limits
    return limits


def _origin(request: Request) -> tuple[str | None, str]:
    return request.headers.get("user-agent"), address_of(request)


def address_of(request: Request) -> str:
    """The peer, not a header that it may write: a proxy in front is counted as one, unless the server is told to trust it."""
    return request.client.host if request.client else "local"
