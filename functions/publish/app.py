"""The queue `event`: what happened goes out, onto the bus and to the webhooks that want it."""

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from escuta import events, queues
from escuta.events import DomainEvent, bus, replays
from escuta.observe import entry, logger
from escuta.outreach import webhooks

Body = dict[str, str]


@entry
def handler(event: dict[str, Any], _context: Any) -> dict[str, Any]:
    """Publish what the messages name; those whose events were not taken come again, alone."""
    return queues.together(event, _publish)


def _publish(bodies: Sequence[Body]) -> list[Body]:
    """Return the messages that were not done. A message without an event goes on with the replay that it names."""
    groups: dict[tuple[str, str], list[str]] = defaultdict(list)
    for body in bodies:
        if "event" in body:
            groups[body.get("replay", ""), body.get("webhook", "")].append(body["event"])
    failed = {(group, name) for group, names in groups.items() for name in _published(*group, names)}
    for name in {body["replay"] for body in bodies if "event" not in body}:
        replays.go_on(name)
    return [body for body in bodies if _named(body) in failed]


def _named(body: Body) -> tuple[tuple[str, str], str]:
    return (body.get("replay", ""), body.get("webhook", "")), body.get("event", "")


def _published(replay: str, webhook: str, names: Sequence[str]) -> frozenset[str]:
    """Tell webhooks first: a bus that takes nothing keeps nobody waiting. Return the ids that the bus did not take.

    What is no longer kept is not told any more.
    """
    found = events.of(names)
    logger().info("events", extra={"events": [_said(event) for event in found], "replay": replay})
    if webhook or not replay:
        webhooks.fan_out(found, only=webhook, again=replay)
    return frozenset() if webhook else bus.put(found, replay=replay)


def _said(event: DomainEvent) -> dict[str, str]:
    """Return what the log says of an event: what it is about, and the answer that it came of."""
    return {"event": event.id, "subject": event.subject, "response": event.data.get("response", "")}
