"""The brake: counts what bounced and was complained of, and stops sending before the mail service does.

Counted by additions inside the very transactions that move the messages, so that the counts are exact however often an
event comes. A counter row is an hour of a channel, or of a deployment, in one of several shards, so that no row is hot;
in it each five minutes have their numbers. A bounce counts when it is told of, as SES counts it.
"""

import random
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from escuta import clock, events, table
from escuta.entity import Key, Table
from escuta.errors import ConflictError
from escuta.events import EventType, SendingData
from escuta.observe import logger
from escuta.outreach import budgets, deployments
from escuta.outreach.model import Brake, Braked, BrakeResumed, BrakeStopped, Budget, Channel, Counts, Halt
from escuta.outreach.model.brake import judged

SHARDS = 8
BY_HAND = "hand"  # the reason of a channel that a person stopped
_SLOT = 5  # minutes
_WINDOWS = (timedelta(hours=1), timedelta(hours=24))
_KEPT = timedelta(days=3)


def counted(
    channel: Channel,
    *,
    sent: int = 0,
    bounced: int = 0,
    complained: int = 0,
    deployment: str = "",
    sent_at: datetime | None = None,
) -> tuple[table.Action, ...]:
    """Return what a transaction that moves messages of one deployment adds to the counts of the brake.

    `sent_at` of a message that bounced or was complained of: one from before somebody let sending go on is not counted,
    since it has been judged already. Nothing at all may be added without a guard beside it.
    """
    actions: list[table.Action] = []
    for subject, since in _subjects(channel, deployment, read=bool(bounced or complained)):
        old = sent_at is not None and since is not None and sent_at < since
        numbers = {"s": sent} if old else {"s": sent, "b": bounced, "c": complained}
        actions.extend(_added(subject, numbers))
    return tuple(actions)


def departed(channel: Channel, deployments_sent: Mapping[str, int]) -> tuple[table.Action, ...]:
    """Return what the transaction of a group that was sent adds: so many messages of each of these deployments."""
    counted_for = {str(channel): sum(deployments_sent.values())}
    counted_for |= {_of(channel, deployment): sent for deployment, sent in deployments_sent.items() if deployment}
    return tuple(action for subject, sent in counted_for.items() for action in _added(subject, {"s": sent}))


def check(channel: Channel, deployment: str = "") -> Brake:
    """Judge a channel anew, and a deployment; return the state of the channel.

    A stopped one stays stopped. A deployment over the limits by its own messages is paused, so that the others go on.
    """
    if deployment:
        _check_deployment(channel, deployment)
    found, now = budgets.of(channel), clock.now()
    brake, reason = judged(*windows(channel, found.counts_from))

    def changed(budget: Budget) -> Budget:
        return budget if budget.brake is Brake.STOPPED else budget.braked(brake, reason, now)

    if changed(found) == found:
        return found.brake
    after = budgets.change(channel, changed, _told)
    if after.brake is brake is not Brake.RUNNING:
        level = logger().error if brake is Brake.STOPPED else logger().warning
        level("sending %s", brake, extra={"channel": channel, "reason": reason})
    return after.brake


def stop(channel: Channel, reason: str, told_at: datetime) -> None:
    """Stop a channel for what the provider said at a moment, such as that a spend limit was reached.

    Said again, or before somebody let the channel go on, it changes nothing.
    """
    now = clock.now()

    def changed(budget: Budget) -> Budget:
        is_old = budget.counts_from is not None and told_at < budget.counts_from
        return budget if is_old or budget.brake is Brake.STOPPED else budget.braked(Brake.STOPPED, reason, now)

    if budgets.change(channel, changed, _told).braked_at == now:
        logger().error("sending stopped", extra={"channel": channel, "reason": reason})


def halt(channel: Channel, *, who: str, why: str) -> Budget:
    """Stop a channel by hand, for every claim after this, and keep who did it and why.

    ConflictError `sending_stopped_already` when it is stopped, for whatever reason.
    """
    found, now = budgets.of(channel), clock.now()

    def change(budget: Budget) -> Budget:
        if budget.brake is Brake.STOPPED:
            raise ConflictError("sending_stopped_already")
        return budget.braked(Brake.STOPPED, BY_HAND, now)

    stopped = BrakeStopped(channel=channel, at_time=now, by=who, why=why)
    beside = (table.Create(stopped), table.Create(Halt(channel=channel)))
    after = table.change(found, change, beside=lambda before, after: (*beside, *_told(before, after)))
    logger().warning("sending stopped by hand", extra={"channel": channel, "by": who})
    return after


def _told(before: Budget, after: Budget) -> tuple[table.Action, ...]:
    """Return the event that a channel which went on until now is stopped."""
    if after.brake is not Brake.STOPPED or before.brake is Brake.STOPPED:
        return ()
    return (_event(EventType.SENDING_STOPPED, after, after.reason),)


def _event(kind: EventType, after: Budget, reason: str) -> table.Action:
    data = SendingData.model_validate({"channel": after.channel, "reason": reason})
    number, subject = after.rev + 1, f"sending/{after.channel}"
    return events.action(events.made(kind, data, after.channel, number, subject=subject, revision=number))


def halts(channel: Channel, limit: int = 10) -> tuple[BrakeStopped, ...]:
    """Return who stopped a channel by hand, the last one first."""
    pk = Budget.place(channel).pk
    return table.query(BrakeStopped, pk, prefix="stopped#", limit=limit, newest_first=True, consistent=True).items


def windows(channel: Channel, since: datetime | None = None) -> tuple[Counts, Counts]:
    """Return the counts of the last hour and of the last 24 hours, as far as they began at `since` or later."""
    return _windows(str(channel), since)


def resume(channel: Channel, *, who: str, why: str) -> Budget:
    """Let a stopped channel go on, and keep who did it and why. ConflictError `sending_not_stopped` otherwise.

    Counting starts anew with the next five minutes: what is older was judged by whoever lets it go on. Not so where a
    person had stopped it: nothing was judged.
    """
    found, now = budgets.of(channel), clock.now()
    if found.brake is not Brake.STOPPED:
        raise ConflictError("sending_not_stopped")
    hour, day = windows(channel, found.counts_from)
    resumed = BrakeResumed(channel=channel, at_time=now, by=who, why=why, reason=found.reason, hour=hour, day=day)

    def change(budget: Budget) -> Budget:
        if budget.brake is not Brake.STOPPED:
            return budget
        since = budget.counts_from if budget.reason == BY_HAND else _next_slot(now)
        return budget.braked(Brake.RUNNING, "", now).model_copy(update={"counts_from": since})

    def beside(before: Budget, after: Budget) -> Iterator[table.Action]:
        yield table.Create(resumed.changed(reason=before.reason))
        yield _event(EventType.SENDING_RESUMED, after, before.reason)
        if before.reason == BY_HAND:
            yield table.Remove(Halt, Halt.at(channel), 1)

    return table.change(found, change, beside=beside)


def resumptions(channel: Channel, limit: int = 10) -> tuple[BrakeResumed, ...]:
    """Return who let a channel go on, the last one first."""
    pk = Budget.place(channel).pk
    return table.query(BrakeResumed, pk, prefix="resumed#", limit=limit, newest_first=True, consistent=True).items


def _check_deployment(channel: Channel, deployment: str) -> None:
    mark = table.find(Braked, Braked.place(deployment, channel), consistent=True)
    hour, day = _windows(_of(channel, deployment), _after(mark))
    brake, reason = judged(hour, day)
    if brake is not Brake.STOPPED:
        return
    deployments.pause(deployment, reason)  # first: a mark without a pause would let it go on
    logger().error("deployment paused", extra={"deployment": deployment, "reason": reason})
    made = Braked(deployment=deployment, channel=channel, at_time=clock.now(), reason=reason, counts=day)
    table.put(made.changed(rev=mark.rev if mark else 0))


def _subjects(channel: Channel, deployment: str, *, read: bool) -> Iterator[tuple[str, datetime | None]]:
    """Return who is counted, and since when; only a bounce or a complaint needs to know that, and reads it."""
    yield str(channel), budgets.of(channel).counts_from if read else None
    if deployment:
        yield _of(channel, deployment), _after(table.find(Braked, Braked.place(deployment, channel))) if read else None


def _after(mark: Braked | None) -> datetime | None:
    return _next_slot(mark.at_time) if mark else None


def _of(channel: Channel, deployment: str) -> str:
    return f"{channel}#{deployment}"


def _added(subject: str, numbers: Mapping[str, int]) -> Iterator[table.Add]:
    now = clock.now()
    some = {f"{name}{now.minute // _SLOT}": number for name, number in numbers.items() if number}
    if some:
        shard = random.randrange(SHARDS)  # noqa: S311 - spreading, not a secret
        key = Key(f"sent#{subject}", f"{_hour(now)}#{shard}")
        yield table.Add(Table.OUTREACH, key, some, expires_at=int((now + _KEPT).timestamp()))


def _windows(subject: str, since: datetime | None) -> tuple[Counts, Counts]:
    now = clock.now()
    starts = [max(now - window, since) if since else now - window for window in _WINDOWS]
    first = min(*starts, now)  # counting may begin only in some minutes, after somebody let it go on
    rows = table.numbers(Table.OUTREACH, f"sent#{subject}", between=(_hour(first), f"{_hour(now)}~"))
    hour, day = Counts(), Counts()
    for sk, numbers in rows:
        begun = datetime.fromisoformat(sk.partition("#")[0])
        for slot in range(60 // _SLOT):
            moment = begun + timedelta(minutes=slot * _SLOT)
            counts = Counts(
                sent=numbers.get(f"s{slot}", 0),
                bounced=numbers.get(f"b{slot}", 0),
                complained=numbers.get(f"c{slot}", 0),
            )
            ended = moment + timedelta(minutes=_SLOT)
            hour = hour + counts if ended > starts[0] and moment >= (since or moment) else hour
            day = day + counts if ended > starts[1] and moment >= (since or moment) else day
    return hour, day


def _hour(moment: datetime) -> str:
    return moment.replace(minute=0, second=0, microsecond=0).isoformat()


def _next_slot(moment: datetime) -> datetime:
    start = moment.replace(minute=moment.minute // _SLOT * _SLOT, second=0, microsecond=0)
    return start if start == moment else start + timedelta(minutes=_SLOT)
