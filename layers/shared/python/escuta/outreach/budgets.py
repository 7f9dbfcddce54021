"""Taking one's share of what an account may send: one row for each channel, which all workers take from.

A taker costs one strong read and one guarded write, whatever the size of its group. Whoever loses the race for the row
tries again a few times and then waits. A reply that is lost may take twice: messages wait, none too many leave.
"""

import random
from collections.abc import Callable

from escuta import clock, deadline, table
from escuta.errors import ConflictError, UnavailableError
from escuta.observe import logger
from escuta.outreach import messages
from escuta.outreach.model import Budget, Channel, Grant

_TRIES = 6
_PAUSE = 0.02  # seconds, doubled with each try
_CONTENDED = 3  # seconds to wait at most when others were always faster


def of(channel: Channel) -> Budget:
    """Return the bucket of a channel as it is now; a full one of the smallest account when nobody took from it yet."""
    found = table.find(Budget, Budget.place(channel), consistent=True)
    return found or Budget.fresh(channel, clock.now())


def take(channel: Channel, wanted: int) -> Grant:
    """Return how many of so many messages may leave now; the others ask again after `wait` seconds.

    `reason`: `rate`, `contended`, `quota`, `sending_paused`, `brake_bounces`, `brake_complaints`; "" when all may.
    """
    for attempt in range(_TRIES):
        found = of(channel)
        if not found.rev and channel is Channel.EMAIL:
            refresh()  # the first message of all does not wait for the clock
            found = of(channel)
        left, grant = found.taken(wanted, clock.now())
        if left == found:
            return grant  # nothing goes out for now: nothing to note
        try:
            _store(left)
        except ConflictError:
            deadline.pause(random.uniform(0, _PAUSE * 2**attempt))  # noqa: S311 - jitter, not a secret
        else:
            return grant
    return Grant(0, random.randint(1, _CONTENDED), "contended")  # noqa: S311 - as above


def throttled(channel: Channel) -> None:
    """Halve the rate, after the provider asked to slow down: once for all who were told so within seconds."""
    slowed = change(channel, lambda found: found.throttled(clock.now()))
    logger().warning("sending slowed down", extra={"channel": channel, "share": slowed.share})


def used_up(channel: Channel) -> None:
    """Send nothing for a while, after the provider said that the daily quota is used up."""
    changed = change(channel, lambda found: found.model_copy(update={"used_up_at": clock.now()}))
    frees = changed.frees_at(clock.now())
    logger().error("daily quota used up", extra={"channel": channel, "frees_at": frees and frees.isoformat()})


def refresh() -> None:
    """Ask the mail service what the account may send. When it does not answer, what is known stays."""
    try:
        account = messages.account()
    except (messages.Refused, messages.Lost) as problem:
        logger().warning("account unknown", extra={"problem": repr(problem)})
        return
    change(
        Channel.EMAIL,
        lambda found: found.told(
            account.rate, account.per_day, account.sent_last_day, clock.now(), enabled=account.sending_enabled
        ),
    )


def change(
    channel: Channel,
    changed: Callable[[Budget], Budget],
    beside: Callable[[Budget, Budget], tuple[table.Action, ...]] = lambda _before, _after: (),
) -> Budget:
    """Store what becomes of a bucket, again when others were faster; UnavailableError when they always are.

    `beside` adds to the same transaction what follows from the change.
    """
    for attempt in range(_TRIES):
        found = of(channel)
        wanted = changed(found)
        if wanted == found:
            return found
        try:
            return _store(wanted, *beside(found, wanted))
        except ConflictError:
            deadline.pause(random.uniform(0, _PAUSE * 2**attempt))  # noqa: S311 - jitter, not a secret
    raise UnavailableError("budget_contended", retry_after=2)


def _store(budget: Budget, *beside: table.Action) -> Budget:
    if beside:
        table.transact(table.Save(budget) if budget.rev else table.Create(budget), *beside)
        return budget.changed(rev=budget.rev + 1)
    return table.save(budget) if budget.rev else table.create(budget)
