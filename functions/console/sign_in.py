"""The way in: password, first password, code, second factor, forgotten password."""

from collections.abc import Callable

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.shared.cookies import Cookie

from console import flash, pages
from console.flash import Flash
from console.visit import (
    BACK_COOKIE,
    SESSION_COOKIE,
    STEP_COOKIE,
    TRIP_COOKIE,
    Visit,
    back_cookie,
    back_of,
    session_cookie,
    step_cookie,
    trip_cookie,
)
from escuta.config import settings
from escuta.directory import access
from escuta.directory.access import federation, sessions, signing_in
from escuta.directory.access.signing_in import Passed, Stage, Step
from escuta.errors import EscutaError, ForbiddenError, InvalidError

_PAGES = {Stage.PASSWORD: "first_password", Stage.CODE: "code", Stage.FACTOR: "factor"}
# After these another try makes sense on the same page; after all others one begins anew.
_AGAIN = frozenset({"code_wrong", "password_weak", "passwords_differ", "too_many_attempts", "sign_in_unavailable"})
ROOT = "sign-in"


def door(visit: Visit, status: int = 200) -> Response[str]:
    """Show the sign-in page to somebody who is signed out; who is on the way in stays on it.

    Who had been signed in gets back to where they were, also from a form that was sent after the session had ended.
    """
    if step := _step(visit):
        return _shown(visit, step)
    return pages.door(visit, status, notice="sign_in.over" if visit.cookies.get(SESSION_COOKIE) else "")


def show(visit: Visit) -> Response[str]:
    """Show the step that somebody is at, or the sign-in page."""
    if visit.session is not None and not visit.cookies.get(STEP_COOKIE):
        return go(visit)
    found = _step(visit)
    return _shown(visit, found) if found else go(visit)


def start(visit: Visit) -> Response[str]:
    """Take a name and a password."""
    form = visit.form()
    visit.typed = form.get("username", "").strip()
    visit.tell(thing=visit.typed)
    return _on(visit, signing_in.begin(visit.typed, form.get("password", "")))


def first_password(visit: Visit) -> Response[str]:
    """Take the first password of one's own."""
    return _again(visit, Stage.PASSWORD, lambda step, form: signing_in.give_password(step, chosen(form)))


def code(visit: Visit) -> Response[str]:
    """Take the code of the telephone."""
    return _again(visit, Stage.CODE, lambda step, form: signing_in.give_code(step, form.get("code", "")))


def factor(visit: Visit) -> Response[str]:
    """Take the first code of a second factor."""
    return _again(visit, Stage.FACTOR, lambda step, form: signing_in.set_up(step, form.get("code", "")))


def show_forgotten(visit: Visit) -> Response[str]:
    """Ask for the address of somebody who forgot their password."""
    return pages.page(visit, "forgotten", notice="")


def forgotten(visit: Visit) -> Response[str]:
    """Mail a code, if there is such a person, and ask for it either way."""
    form = visit.form()
    visit.typed = form.get("username", "").strip()
    if not visit.typed:
        return pages.page(visit, "forgotten", 400, notice="")
    signing_in.send_code(visit.typed, told())
    return pages.page(visit, "replace", notice="", known=visit.typed)


def show_replace(visit: Visit) -> Response[str]:
    """Ask who has a code out of a mail already for it, for their address, and for another password."""
    return pages.page(visit, "replace", notice="", known="")


def anew(visit: Visit) -> Response[str]:
    """Forget how far somebody was on the way in."""
    return go(visit, "", step_cookie(""))


def replace(visit: Visit) -> Response[str]:
    """Take the code out of the mail, and another password."""
    form = visit.form()
    visit.typed = form.get("username", "").strip()
    if not visit.typed:
        return pages.page(visit, "replace", 400, notice="", known="")
    try:
        signing_in.replace_password(visit.typed, form.get("code", ""), chosen(form))
    except EscutaError as error:
        if error.code not in _AGAIN:
            raise
        visit.refusal = error.code
        return pages.page(visit, "replace", 400, notice=notice(error), known=visit.typed)
    return pages.door(visit, notice="sign_in.replaced")


def to_provider() -> Response[str]:
    """Send the browser to the identity provider; what it must bring back stays in a cookie."""
    address, trip = federation.begin()
    return Response(303, "text/html; charset=utf-8", "", {"Location": address}, [trip_cookie(trip.text())])


def back(visit: Visit) -> Response[str]:
    """Take what the browser brings back from there."""
    asked = visit.event.query_string_parameters or {}
    kept = visit.cookies.get(TRIP_COOKIE, "")
    return opened(visit, federation.finish(kept, asked.get("state") or "", asked.get("code") or ""))


def opened(visit: Visit, passed: Passed) -> Response[str]:
    """Open a session, and go to the page that was asked for, else home."""
    agent = visit.event.headers.get("User-Agent") or ""
    source = (visit.event.raw_event["requestContext"].get("identity") or {}).get("sourceIp") or ""
    place = sessions.Place(agent, source)
    cookie, made = sessions.opened(passed.user, place, second_factor=passed.second_factor, federated=passed.federated)
    if before := visit.cookies.get(SESSION_COOKIE):  # nobody has its cookie any more
        access.sign_out(before)
    visit.tell(actor=f"user:{made.user}", actor_name=made.name, role=made.role)
    kept, to = [back_cookie("")] if BACK_COOKIE in visit.cookies else [], back_of(visit)
    if before and to:  # who was interrupted gets back what they had typed there
        kept.append(flash.cookie(made, Flash(returned=True)))
    return go(visit, to, session_cookie(cookie), *kept, *_over(visit))


def chosen(form: dict[str, str]) -> str:
    """Return a password that was typed twice; InvalidError `passwords_differ`."""
    if form.get("password", "") != form.get("again", ""):
        raise InvalidError("passwords_differ", field="again")
    return form.get("password", "")


def go(visit: Visit, to: str = "", *cookies: Cookie) -> Response[str]:
    """Send the browser to a page of the console, and to nowhere else."""
    return Response(303, pages.HTML, "", {"Location": visit.link(to)}, list(cookies))


def notice(error: EscutaError) -> str:
    """Return under which name the words of a refusal stand."""
    return f"sign_in.{error.code}"


def told() -> dict[str, str]:
    """Return what the mails of the user pool say besides their code."""
    return {"organisation": settings().organisation, "url": f"{settings().house}/console"}


def _on(visit: Visit, reached: Step | Passed) -> Response[str]:
    if isinstance(reached, Passed):
        return opened(visit, reached)
    return go(visit, ROOT, step_cookie(signing_in.seal(reached)))


def step_on(visit: Visit, step: Step) -> Response[str]:
    """Show a step, and remember it."""
    return _on(visit, step)


def _again(visit: Visit, stage: Stage, taken: Callable[[Step, dict[str, str]], Step | Passed]) -> Response[str]:
    form, found = visit.form(), _step(visit)
    if found is None or found.stage is not stage:
        if visit.session is not None:  # by the back button, to a step that is done
            return go(visit)
        raise ForbiddenError("sign_in_expired")
    try:
        return _on(visit, taken(found, form))
    except EscutaError as error:
        if error.code not in _AGAIN:
            raise
        visit.refusal = error.code
        return _shown(visit, found, error)


def _step(visit: Visit) -> Step | None:
    return signing_in.unseal(visit.cookies.get(STEP_COOKIE, ""))


def _shown(visit: Visit, step: Step, error: EscutaError | None = None) -> Response[str]:
    status = 200 if error is None else 503 if error.code == "sign_in_unavailable" else 400
    picture = pages.qr(_address(step)) if step.stage is Stage.FACTOR else ""
    return pages.page(
        visit,
        _PAGES[step.stage],
        status,
        notice=notice(error) if error else "",
        secret=" ".join(step.secret[at : at + 4] for at in range(0, len(step.secret), 4)),
        qr=picture,
    )


def _address(step: Step) -> str:
    """Return what an authenticator app reads out of the picture."""
    from urllib.parse import quote  # noqa: PLC0415 - here alone

    issuer = quote(f"Escuta {settings().organisation}")
    return f"otpauth://totp/{issuer}:{quote(step.email)}?secret={step.secret}&issuer={issuer}"


def _over(visit: Visit) -> tuple[Cookie, ...]:
    made = {STEP_COOKIE: step_cookie, TRIP_COOKIE: trip_cookie}
    return tuple(gone("") for name, gone in made.items() if visit.cookies.get(name))
