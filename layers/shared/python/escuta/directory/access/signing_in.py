"""The way in, step by step: a password, a first password of one's own, a code, a second factor to set up.

Between two steps nothing is stored: what is known so far travels in a sealed text, for ten minutes, in the browser.
"""

import hmac
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from enum import StrEnum
from typing import NamedTuple

from pydantic import ValidationError

from escuta import clock, ids
from escuta.directory.access import attempts, cognito, roles, users
from escuta.directory.access.cognito import Proof
from escuta.directory.model import Role, User
from escuta.entity import Value
from escuta.errors import ForbiddenError, InvalidError
from escuta.secrets import link_secret

STEP_SECONDS = 600
_PURPOSE = "sign-in step:"
_PASSWORD = re.compile(r"(?=.*[a-z])(?=.*[A-Z])(?=.*[0-9])(?=.*[^A-Za-z0-9])\S.{10,254}\S", re.DOTALL)
_CODE = re.compile(r"[0-9]{6}")


class Stage(StrEnum):
    """What somebody is asked for next."""

    PASSWORD = "password"  # noqa: S105 - one of their own
    CODE = "code"
    FACTOR = "factor"  # the first code of a second factor that is being set up


class Step(Value):
    """Where somebody stands on the way in."""

    stage: Stage
    username: str
    token: str = ""
    state: str = ""
    secret: str = ""  # of the second factor that is being set up
    email: str = ""
    epoch: str = ""  # of the user: a change of rights on the way ends the way
    until: int = 0


class Passed(NamedTuple):
    """Somebody whose identity is proved."""

    user: User
    second_factor: bool
    federated: bool = False


def begin(username: str, password: str) -> Step | Passed:
    """Check a password. Whatever is wrong with it or with the name is ForbiddenError `sign_in_refused`."""
    return _next(cognito.authenticate(username, password), has_code=False)


def give_password(step: Step, password: str) -> Step | Passed:
    """Take a first password of one's own; InvalidError `password_weak`."""
    _check_password(password)
    return _next(cognito.give_password(_proof(step), password), has_code=False)


def give_code(step: Step, code: str) -> Step | Passed:
    """Take a code; ForbiddenError `code_wrong`, after which another may be given."""
    given = _digits(code)
    attempts.spend("code", step.username)
    return _next(cognito.give_code(_proof(step), given), has_code=True)


def set_up(step: Step, code: str) -> Passed:
    """Take the first code of a new second factor; all sessions that were opened without it end."""
    user = users.find(users.identity(step.email))
    if user is None or user.epoch != step.epoch:
        raise ForbiddenError("sign_in_expired")
    given = _digits(code)
    user = users.unsettle(user)
    cognito.enrol(step.username, step.token, given)
    return Passed(users.sign_out_everywhere(user), second_factor=True)


def begin_factor(user: User, password: str) -> Step:
    """Begin to set up a second factor for somebody who is signed in and knows their password."""
    proof = cognito.authenticate(user.email, password)
    if not proof.token:
        raise ForbiddenError("factor_is_there")
    return _factor(user, proof)


def change_password(user: User, old: str, new: str) -> User:
    """Replace a password by another one; all sessions end. ForbiddenError `sign_in_refused` for a wrong old one.

    When the last time stopped in the middle, the old one may be the new one already: then all sessions end, too.
    """
    _check_password(new)
    try:
        cognito.authenticate(user.email, old)
    except ForbiddenError:
        if user.unsettled:
            users.sign_out_everywhere(user)
            raise ForbiddenError("sign_in_expired") from None
        raise
    user = users.unsettle(user)
    cognito.set_password(user.username, new)
    return users.sign_out_everywhere(user)


def replace_password(email: str, code: str, password: str) -> None:
    """Replace a forgotten password with a code out of a mail; all sessions end."""
    _check_password(password)
    given = _digits(code)
    attempts.spend("replace", email)
    user = users.find(users.identity(email))
    if user:
        user = users.unsettle(user)
    cognito.replace_password(email, given, password)
    if user:
        users.sign_out_everywhere(user)


def send_code(email: str, told: dict[str, str]) -> None:
    """Mail a code to who forgot their password. Nobody learns whether there is such a person, nor fills their box."""
    attempts.spend("forgotten", email, attempts.MAILS)
    cognito.send_code(email, told)


def seal(step: Step) -> str:
    """Return a step as a text that nobody can make or change but us."""
    whole = step.changed(until=clock.epoch() + STEP_SECONDS)
    body = urlsafe_b64encode(whole.model_dump_json(exclude_defaults=True).encode()).decode()
    return f"{body}.{ids.keyed_hash(link_secret(), _PURPOSE + body)}"


def unseal(text: str) -> Step | None:
    """Return the step in a text; None when it is not ours, or too old."""
    body, _, mac = text.partition(".")
    if not mac or not hmac.compare_digest(mac.encode(), ids.keyed_hash(link_secret(), _PURPOSE + body).encode()):
        return None
    try:
        step = Step.model_validate_json(urlsafe_b64decode(body))
    except (ValidationError, ValueError):
        return None
    return step if step.until >= clock.epoch() else None


def _next(proof: Proof, *, has_code: bool) -> Step | Passed:
    if proof.asks:
        stage = Stage.PASSWORD if proof.asks == "new_password" else Stage.CODE
        return Step(stage=stage, username=proof.username, state=proof.state)
    person = cognito.person(proof.username)
    user = users.adopt(person)
    if not has_code and not person.second_factor and _needs_factor(user):
        return _factor(user, proof)
    return Passed(user, second_factor=has_code)


def _factor(user: User, proof: Proof) -> Step:
    return Step(
        stage=Stage.FACTOR,
        username=user.username,
        token=proof.token,
        secret=cognito.new_secret(proof.token),
        email=user.email,
        epoch=user.epoch,
    )


def _needs_factor(user: User) -> bool:
    """Tell whether somebody counts as an administrator where these need a second factor."""
    from escuta.directory import organisation  # noqa: PLC0415 - the gate, which signs nobody in, need not load it

    try:
        like = roles.rights(user.role).like
    except InvalidError:
        return False
    return like is Role.ADMIN and organisation.current().admins_need_second_factor


def _proof(step: Step) -> Proof:
    return Proof(step.username, token=step.token, state=step.state)


def _check_password(password: str) -> None:
    """Hold a password against the rules of the pool, which says "wrong parameter" of some that do not follow them."""
    if not _PASSWORD.fullmatch(password):
        raise InvalidError("password_weak", field="password")


def _digits(code: str) -> str:
    """Return the six digits of a code; whatever else was typed is a wrong one, and no reason to begin anew."""
    given = "".join(code.split()).replace("-", "")
    if not _CODE.fullmatch(given):
        raise ForbiddenError("code_wrong")
    return given
