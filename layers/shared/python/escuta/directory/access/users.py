"""People who may sign in: their row says what they may do; Cognito keeps their password.

Whatever takes rights away draws a new epoch in the same write, so that no session survives it, not even one that was
opened in that moment. Nobody gives or takes what they could not do themselves, and the last active administrator stays.
"""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any, NamedTuple

from escuta import clock, i18n, ids, table
from escuta.config import settings
from escuta.directory import lines
from escuta.directory.access import cognito, roles
from escuta.directory.access.seeing import may_see, require_scopes
from escuta.directory.model import Admins, Caller, Manager, Role, Segment, User, UserState
from escuta.errors import ConflictError, ForbiddenError, InvalidError, UnavailableError

_LONGEST_NAME = 200
_MOST_SEGMENTS = 40
_NOTED_EVERY = 60  # seconds, at least, between two notes of when somebody signed in
_SAME = timedelta(minutes=10)  # an invitation that says the same is the same one for so long: it is mailed once
_TRIES = 4  # to take somebody in, while others write the same rows


class Invitation(NamedTuple):
    """Whom to invite, and what they may do."""

    email: str
    name: str
    language: str
    role: str
    segments: tuple[str, ...] = ()


def identity(email: str) -> str:
    """Return the id of the user with this address, which stays for ever."""
    return ids.derive("user", email.casefold())


def get(user: str) -> User:
    """Return the user with this id; NotFoundError when there is none."""
    return table.load(User, User.at(user), consistent=True)


def find(user: str) -> User | None:
    """Return the user with this id, if there is one."""
    return table.find(User, User.at(user), consistent=True)


def listing(*, limit: int = 50, cursor: str | None = None) -> table.Page[User]:
    """Return users by name."""
    return table.query(User, "users", index="g1", limit=limit, cursor=cursor)


def places(user: User) -> tuple[str, ...]:
    """Return the roots of what somebody may see; () is the whole hierarchy. Of a manager those of their account.

    InvalidError `manager_without_segments` for a manager whose account is missing, retired or answers for nothing.
    """
    if user.role != Role.MANAGER:
        return user.segments
    manager = manager_of(user.email)
    if manager is None:
        raise InvalidError("manager_without_segments", field="role")
    return manager.segments


def manager_of(email: str) -> Manager | None:
    """Return the manager with this address, as far as they answer for anything."""
    from escuta.directory import managers  # noqa: PLC0415 - knows telephone numbers, which the gate need not load

    found = table.find(Manager, Manager.at(managers.identity(email)), consistent=True)
    return found if found and found.segments and found.retired_at is None else None


def invite(wanted: Invitation, by: Caller, told: dict[str, str]) -> User:
    """Make a user and let Cognito mail the first password; who is invited already is invited anew, as it says now.

    The same invitation, coming again within minutes since its answer was lost, goes on and is mailed once.

    ConflictError `user_exists` for somebody who has signed in before.
    """
    from escuta.directory import addresses  # noqa: PLC0415 - as above

    try:
        address = addresses.email(wanted.email.strip())
    except InvalidError as error:
        raise InvalidError(error.code, **{**error.details, "field": "email"}) from error
    known = find(identity(address))
    if known and not reaches(by, known):  # that there is somebody is told; neither who, nor whether they came
        raise ConflictError("user_exists_elsewhere")
    if known and known.state is not UserState.INVITED:
        raise ConflictError("user_exists", user=known.id)
    if known:
        require_reach(known, by)
    made = known or _new(address, by.name)
    said = wanted._asdict() | {"email": address}
    checked = _checked(made.changed(**said), None)
    if checked == known and known.invited_at and clock.now() - known.invited_at < _SAME:
        return known
    return _admitted(_saved(made, checked, by) if checked != known else known, told)


def _admitted(user: User, told: dict[str, str]) -> User:
    since = None if user.username else user.created_at  # one made since then was mailed, although nobody heard of it
    username = cognito.admit(user.email, user.name, user.language, told, since=since)
    return table.change(user, lambda found: found.changed(username=username, invited_at=clock.now()))


def invite_again(user: User, by: Caller, told: dict[str, str]) -> User:
    """Mail another first password; ConflictError `user_is_active` for who has one of their own."""
    require_reach(user, by)
    if user.state is not UserState.INVITED:
        raise ConflictError("user_is_active")
    return _admitted(user, told)


def change(stored: User, by: Caller, **fields: Any) -> User:
    """Change what is given of a user as it was read; ConflictError `stale` when somebody was faster.

    `state` lets in or nowhere: Cognito hears of a closing after us and of an opening before, so that neither lets
    anybody in too much. Who never signed in is let in as somebody invited: they have no password of their own yet.
    """
    require_reach(stored, by)
    wanted = _checked(stored.changed(**fields), stored)
    if wanted.state is UserState.ACTIVE and stored.state is not UserState.ACTIVE and stored.signed_in_at is None:
        wanted = wanted.changed(state=UserState.INVITED)
    if wanted.state is not UserState.DISABLED and stored.state is UserState.DISABLED and stored.username:
        cognito.switch(stored.username, enabled=True)
    saved = _saved(stored, wanted, by) if wanted != stored else stored
    if saved.state is UserState.DISABLED and saved.username:
        cognito.switch(saved.username, enabled=False)
    if saved.username and not fields.keys().isdisjoint({"name", "language"}):  # also when we had heard of it before
        cognito.rename(saved.username, saved.name, saved.language)
    return saved


def unsettle(user: User) -> User:
    """Note that a password or a second factor is about to be replaced: should it stop there, no session outlives it.

    What ends all sessions takes the note away, and so does the next sign-in, which ends them.
    """
    return table.change(user, lambda found: found.changed(unsettled=True))


def sign_out_everywhere(user: User, by: str = "") -> User:
    """End all sessions of somebody."""
    return table.change(user, lambda found: _again(found, by))


def reset_password(user: User, by: Caller, told: dict[str, str]) -> User:
    """End all sessions of somebody, and take their password only with a code that is mailed to them."""
    require_reach(user, by)
    if user.state is not UserState.ACTIVE:
        raise ConflictError("user_not_active")
    sign_out_everywhere(user, by.name)
    cognito.demand_new_password(user.username, told)
    return sign_out_everywhere(user, by.name)  # who came in with the old one meanwhile, too


def drop_factor(user: User, by: Caller) -> User:
    """End all sessions of somebody who lost their telephone, and ask for no code until they set up another one."""
    require_reach(user, by)
    changed = table.change(user, lambda found: _again(found.changed(second_factor=False), by.name))
    if user.username:
        cognito.drop_factor(user.username)
    return changed


def remove(user: User, by: Caller) -> User:
    """Remove somebody: shut out first, so that whatever stops in the middle leaves nobody inside; again goes on."""
    require_reach(user, by)
    shut = user if user.state is UserState.DISABLED else _saved(user, user.changed(state=UserState.DISABLED), by)
    cognito.remove(user.username or user.email)  # an invitation that stopped half-way has an account, and no name yet
    table.delete(User, user.key())
    return shut


def adopt(person: cognito.Person, role: str = "") -> User:
    """Return the row of somebody whom Cognito let in; who had none gets one, and is active from now.

    Their role is then that of their group, or `role` for who comes through a provider. ForbiddenError
    `sign_in_refused` for an account that has the address of somebody else.
    """
    for _ in range(_TRIES):
        found = find(identity(person.email or person.username)) or _of_pool(person, role)
        if found.state is UserState.DISABLED or not _is_same(found, person):
            raise ForbiddenError("sign_in_refused")
        username = found.username if person.federated and found.username else person.username
        active = found.changed(state=UserState.ACTIVE, username=username)
        if found.rev and active == found:
            return sign_out_everywhere(found) if found.unsettled else found
        try:
            table.transact(_stored(active), *_roster(found, active))
        except ConflictError:  # at their desk and on their telephone in one moment, or two administrators at once
            continue
        return active.changed(rev=found.rev + 1)
    raise UnavailableError("sign_in_unavailable", retry_after=1)


def _is_same(user: User, person: cognito.Person) -> bool:
    """Tell whether an account is that of this user: an address alone can be changed by whoever has an account.

    An account that was made anew in place of one that is gone is theirs if the pool knows the address to be.
    """
    if not user.username or person.username in {user.username, user.subject}:
        return True
    if person.federated:
        return not user.subject  # from here on it is bound to this one
    return person.verified and not cognito.exists(user.username)


def signed_in(user: User, *, second_factor: bool | None) -> User:
    """Note that somebody signed in, and whether with a code (None: nobody asked); at most once a minute."""
    now = clock.now()
    second_factor = user.second_factor if second_factor is None else second_factor
    recent = user.signed_in_at and (now - user.signed_in_at).total_seconds() < _NOTED_EVERY
    if recent and user.second_factor == second_factor:
        return user
    return table.change(user, lambda found: found.changed(signed_in_at=now, second_factor=second_factor))


def bind(user: User, subject: str) -> User:
    """Remember who somebody is at the identity provider; ForbiddenError for another one with the same address."""
    if user.subject and user.subject != subject:
        raise ForbiddenError("federation_other_person")
    return user if user.subject else table.change(user, lambda found: found.changed(subject=subject))


def _new(address: str, by: str) -> User:
    now = clock.now()
    return User(
        id=identity(address),
        email=address,
        name=address,
        language=settings().language,
        role=Role.ANALYST,
        epoch=ids.new(),
        created_at=now,
        created_by=by,
        updated_at=now,
    )


def _of_pool(person: cognito.Person, role: str) -> User:
    """Return who is in the pool and not with us yet; ForbiddenError `role_missing` when nothing says what they may.

    The pool is asked once more: who was removed a moment ago is neither with us nor there any more.
    """
    if not person.federated:
        role = cognito.person(person.username).role or ""
    try:
        roles.rights(role)
    except InvalidError as error:
        raise ForbiddenError("role_missing") from error
    made = _new(person.email or person.username, "")
    name = lines.one(person.name)[:_LONGEST_NAME] or made.email
    return made.changed(name=name, language=person.language, role=role, username=person.username)


def _again(user: User, by: str) -> User:
    return user.changed(epoch=ids.new(), unsettled=False, updated_at=clock.now(), updated_by=by)


def _saved(stored: User, wanted: User, by: Caller) -> User:
    """Store a change that its maker may make; rights that change end all sessions, and an administrator stays."""
    require_reach(wanted, by)
    if (wanted.role, wanted.segments, wanted.state) != (stored.role, stored.segments, stored.state):
        wanted = wanted.changed(epoch=ids.new())
    wanted = wanted.changed(updated_at=clock.now(), updated_by=by.name)
    table.transact(_stored(wanted), *_roster(stored, wanted))
    return wanted.changed(rev=stored.rev + 1)


def _stored(user: User) -> table.Action:
    return table.Save(user) if user.rev else table.Create(user)


def _roster(before: User, after: User) -> Iterator[table.Action]:
    """Yield the change of who the administrators are; ConflictError `last_admin` when none would be left."""
    was, is_one = (user.role == Role.ADMIN and user.state is UserState.ACTIVE for user in (before, after))
    if was == is_one:
        return
    known = table.find(Admins, Admins.at(), consistent=True) or Admins()
    others = tuple(each for each in known.users if each != after.id)
    if not is_one and not others:
        raise ConflictError("last_admin")
    changed = known.changed(users=(*others, after.id) if is_one else others)
    yield table.Save(changed) if known.rev else table.Create(changed)


def _checked(user: User, stored: User | None) -> User:
    """Return a user as they are kept; InvalidError names the field that cannot be."""
    name = lines.one(user.name)
    if not name:
        raise InvalidError("required", field="name")
    if len(name) > _LONGEST_NAME:
        raise InvalidError("too_long", field="name", most=_LONGEST_NAME)
    if user.language not in i18n.LANGUAGES:
        raise InvalidError(
            "language_unknown", field="language", value=user.language[:64], allowed=", ".join(i18n.LANGUAGES)
        )
    moved = stored is None or (stored.role, stored.segments) != (user.role, user.segments)
    return user.changed(name=name, segments=_placed(user) if moved else user.segments)


def _placed(user: User) -> tuple[str, ...]:
    roles.rights(user.role)
    if user.role == Role.MANAGER:
        if user.segments:
            raise InvalidError("segments_of_manager", field="segments")
        places(user)
        return ()
    wanted = tuple(dict.fromkeys(user.segments))
    if user.role == Role.ADMIN and wanted:
        raise InvalidError("admin_everywhere", field="segments")
    if len(wanted) > _MOST_SEGMENTS:
        raise InvalidError("too_many", field="segments", most=_MOST_SEGMENTS)
    found = table.find_many(Segment, (Segment.at(code) for code in wanted), consistent=True)
    missing = next((code for code in wanted if Segment.at(code) not in found), None)
    if missing:
        raise InvalidError("segment_unknown", field="segments", value=missing)
    return wanted


def require_reach(user: User, by: Caller) -> None:
    """Refuse to let somebody touch a user who may do more, or look further, than they do themselves."""
    try:
        scopes, like, _ = roles.rights(user.role)
    except InvalidError:  # a role that is gone: it gives nothing
        return
    require_scopes(by, scopes)
    if like is Role.ADMIN and by.role not in {None, Role.ADMIN}:
        raise ForbiddenError("role_beyond_yours")
    if not reaches(by, user):
        raise ForbiddenError("segments_beyond_yours")


def reaches(caller: Caller, user: User) -> bool:
    """Tell whether all that somebody may see lies where the caller may look."""
    return bool(within_reach(caller, (user,)))


def within_reach(caller: Caller, found: Sequence[User]) -> tuple[User, ...]:
    """Return those who see nothing but what lies where the caller may look; read together, however many they are."""
    if not caller.segments:
        return tuple(found)
    codes = {user.id: user.segments for user in found if user.role != Role.MANAGER} | _places_of_managers(found)
    keys = [Segment.at(code) for each in codes.values() for code in each]
    there = table.find_many(Segment, keys)
    seen = {code.pk for code, each in there.items() if may_see(caller, each.path)}
    return tuple(user for user in found if codes[user.id] and all(Segment.at(c).pk in seen for c in codes[user.id]))


def _places_of_managers(found: Sequence[User]) -> dict[str, tuple[str, ...]]:
    """Return where those who are managers answer; () for who answers for nothing."""
    bosses = [user for user in found if user.role == Role.MANAGER]
    if not bosses:
        return {}
    from escuta.directory import managers  # noqa: PLC0415 - as above

    keys = {user.id: Manager.at(managers.identity(user.email)) for user in bosses}
    known = table.find_many(Manager, keys.values(), consistent=True)
    lasting = {key: each.segments for key, each in known.items() if each.retired_at is None}
    return {user: lasting.get(key, ()) for user, key in keys.items()}
