"""One's own account: another password, a second factor, and where one is signed in."""

from aws_lambda_powertools.event_handler import Response

from console import pages, sign_in
from console.visit import Visit
from escuta.directory.access import federation, sessions, signing_in, users
from escuta.directory.access.signing_in import Passed
from escuta.directory.model import Session, User
from escuta.errors import EscutaError, ForbiddenError

# The refusals that are told on this page; what is wrong with a password here is the one that is known already.
_TOLD = {
    "sign_in_refused": "account.password.wrong",
    "factor_is_there": "account.factor.there",
    **{code: f"sign_in.{code}" for code in ("password_weak", "passwords_differ", "too_many_attempts")},
    "sign_in_unavailable": "sign_in.sign_in_unavailable",
}
_BROWSERS = (("Edg", "Edge"), ("OPR/", "Opera"), ("Firefox/", "Firefox"), ("Chrome/", "Chrome"), ("Safari/", "Safari"))
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)


def show(visit: Visit) -> Response[str]:
    """Show the account of whoever is signed in."""
    if visit.session is None:
        return sign_in.door(visit)
    return _page(visit, _user(visit))


def change_password(visit: Visit) -> Response[str]:
    """Replace the password; all other sessions end, and this one goes on under another cookie."""
    form, user = visit.signed_form(), _user(visit)
    try:
        changed = signing_in.change_password(user, form.get("old", ""), sign_in.chosen(form))
    except EscutaError as error:
        return _refused(visit, user, error)
    return sign_in.opened(visit, Passed(changed, second_factor=bool(visit.session and visit.session.second_factor)))


def begin_factor(visit: Visit) -> Response[str]:
    """Begin to set up a second factor."""
    form, user = visit.signed_form(), _user(visit)
    try:
        step = signing_in.begin_factor(user, form.get("password", ""))
    except EscutaError as error:
        return _refused(visit, user, error)
    return sign_in.step_on(visit, step)


def sign_out_everywhere(visit: Visit) -> Response[str]:
    """End all sessions, this one too."""
    visit.signed_form()
    users.sign_out_everywhere(_user(visit))
    return pages.redirect(visit)


def device(session: Session) -> str:
    """Return a browser as a person names it; "" when nothing is known of it."""
    named = (next((name for sign, name in known if sign in session.agent), "") for known in (_BROWSERS, _SYSTEMS))
    return " · ".join(name for name in named if name)


def _user(visit: Visit) -> User:
    if visit.session is None:
        raise ForbiddenError("signed_out")
    return users.get(visit.session.user)


def _refused(visit: Visit, user: User, error: EscutaError) -> Response[str]:
    if error.code not in _TOLD:
        raise error
    visit.refusal = error.code
    return _page(visit, user, 400, _TOLD[error.code])


def _page(visit: Visit, user: User, status: int = 200, notice: str = "") -> Response[str]:
    found = [(each, device(each)) for each in sessions.listing(user)]
    return pages.framed(
        visit,
        "account",
        status,
        user=user,
        sessions=found,
        notice=notice,
        provider=federation.provider(),
    )
