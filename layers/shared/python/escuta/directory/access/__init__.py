"""Who asks, and what they may do and see: API keys of machines, sessions of people."""

from escuta.directory.access.access_tokens import TOKEN_PREFIX, caller_of_token
from escuta.directory.access.keys import KEY_PREFIX, caller_of_key, issue, revoke
from escuta.directory.access.roles import SCOPES
from escuta.directory.access.seeing import may_see, require
from escuta.directory.access.sessions import (
    SESSION_HOURS,
    SESSION_PREFIX,
    caller_of_session,
    end_sessions,
    seen,
    session,
    sign_in,
    sign_out,
)

__all__ = [
    "KEY_PREFIX",
    "SCOPES",
    "SESSION_HOURS",
    "SESSION_PREFIX",
    "TOKEN_PREFIX",
    "caller_of_key",
    "caller_of_session",
    "caller_of_token",
    "end_sessions",
    "issue",
    "may_see",
    "require",
    "revoke",
    "seen",
    "session",
    "sign_in",
    "sign_out",
]
