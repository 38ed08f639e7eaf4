"""Whoever signs gives the password again, in person: a session that was left open, or an API key, is not enough (21 CFR 11.200)."""

import logging
from uuid import UUID

from fastapi import Request

from quapsule.accounts import account
from quapsule.api.callers import Visitor
from quapsule.errors import Problem

_log = logging.getLogger(__name__)


def confirm(visiting: Visitor, request: Request, password: str | None) -> UUID:
    """The person who asks, once the password was found right. Five tries a minute. Raises Problem."""
    with visiting.signed_in() as session:
        caller, me = session.caller, account.find_me(session)
    assert caller is not None  # signed_in refuses nobody
    if caller.key_id is not None:
        raise Problem("permission_denied", "An API key does not sign.", "Sign in and sign in person.")
    if request.app.state.supabase is not None:
        raise Problem(
            "conflict", "Accounts are kept by Supabase here, which alone knows the password.", "Sign with a key of your own elsewhere."
        )
    if password is None:
        raise Problem("validation_error", "Signing asks for the password again.", "Send password beside meaning.")
    limits, bucket = request.app.state.limits, f"sign account {me.id}"
    limits.count(bucket, 5, 60)
    with visiting.database.as_login() as session:
        if not account.has_password(session, me.id, me.email):
            raise Problem(
                "password_wrong",
                "This account has no password that could be given again.",
                "Give it one with `quapsule password` (POST /api/auth/password), and sign with that.",
            )
    try:
        account.verify_sign_in(visiting.database, me.email, password)
    except Problem as problem:
        _log.warning("account %s: the password given again to sign was refused, from %s", me.id, request.client and request.client.host)
        raise Problem("password_wrong") from problem
    limits.forget(bucket, 60)
    return caller.user_id
