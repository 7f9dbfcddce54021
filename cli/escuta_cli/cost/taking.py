"""How many units something takes: parts as they were measured, as often as they happen."""

from collections.abc import Mapping
from typing import Literal

from escuta_cli.cost.tables import Figures

Channel = Literal["link", "email", "sms"]
Pace = Literal["alone", "steady", "together"]
_GB = 1e9
_MB_OF_GB = 1024
_SECONDS = 3600
_DAYS = 730 / 24
_SELDOM = 4  # runs an hour, of what finds no warm environment each time
_KEPT = {  # bytes -> the units that they are billed in, a month of them
    "dynamodb.bytes": ("dynamodb.gb_months", "dynamodb.backup_gb_months"),
    "s3.bytes": ("s3.gb_months",),
    "events.bytes": ("events.archived_gb",),
}


class Taken(dict[str, float]):
    """How many of each unit."""

    def add(self, unit: str, count: float) -> None:
        """Add some of a unit."""
        self[unit] = self.get(unit, 0.0) + count

    def join(self, more: Mapping[str, float]) -> None:
        """Add what something else takes."""
        for unit, count in more.items():
            self.add(unit, count)

    def often(self, times: float) -> "Taken":
        """Return as much so often."""
        return Taken({unit: count * times for unit, count in self.items()})


class Company:
    """What a deployment does, as its units were measured."""

    def __init__(self, units: Figures) -> None:
        """Begin from a table of units."""
        self._units, self._parts, self._standing = units, units["parts"], units["standing"]

    def assumed(self, name: str, *below: str) -> float:
        """Return an assumption."""
        return self._assumption(name, *below).number

    def _assumption(self, name: str, *below: str) -> Figures:
        found = self._units["assumptions"][name]["value"]
        for each in below:
            found = found[each]
        return found

    def answers(self, number: float, channel: Channel, pace: Pace) -> Taken:
        """Return what it takes to show a survey, to take an answer, and to follow it up, so many times in a month."""
        kind = "link" if channel == "link" else "invited"
        pages, saved = self.assumed("pages"), max(0.0, self.assumed("drafts") - 1)
        each = Taken()
        for part, times in (
            (f"page.{kind}", pages),
            (f"began.{kind}", min(1.0, self.assumed("drafts"))),
            (f"draft.{kind}", saved),
            (f"answer.{kind}", 1.0),
            *((f"{follows}.{kind}.{pace}", 1.0) for follows in ("count", "follow", "publish", "alert")),
            *([] if kind == "link" else [(f"funnel.{pace}", 1.0)]),
        ):
            each.join(self.part(part, times))
        each.pop("ses.messages", None)  # the alerts: messages, which are told apart
        found = each.often(number)
        found.join(self._lake(number, pace))
        return found

    def asking(self, number: float, channel: Channel, pace: Pace) -> Taken:
        """Return what it takes to import, invite and hear of so many that this many answer; without the messages."""
        asked = self.asked(number, channel)
        each = Taken()
        for part in ("import", "plan", "deliver", *((f"receipts.{pace}",) if channel == "email" else ())):
            each.join(self.part(part, 1.0))
        each.pop("ses.messages", None)
        return each.often(asked)

    def asked(self, number: float, channel: Channel) -> float:
        """Return how many are asked for so many answers."""
        return 0.0 if channel == "link" else number / self._assumption("response_rate", channel).divisor

    def messages(self, number: float, channel: Channel, pace: Pace) -> Taken:
        """Return the messages that leave: invitations by the channel, alerts by e-mail."""
        asked, alerts = self.asked(number, channel), self._parts[f"alert.invited.{pace}"]["units"]
        mails = number * (alerts["ses.messages"].number if "ses.messages" in alerts else 0.0)
        return Taken(
            {
                "ses.messages": mails + (asked if channel == "email" else 0.0),
                "sms.messages": asked * self.assumed("parts_of_sms") if channel == "sms" else 0.0,
            }
        )

    def month(self, *, in_use: bool) -> Taken:
        """Return what a month takes in which nobody answers; `in_use`, what it takes more because somebody does."""
        found = Taken()
        for name in self._standing["runs"].names:
            found.join(self.part(f"clock.{name}", self._standing["runs"][name].number, cold=False))
        seconds = self.assumed("hours") * _SECONDS
        bounded = self._standing["bounded_queues"].number
        polled = bounded * self.assumed("pollers")
        polled += (self._standing["queues"].number - bounded) * self.assumed("unbounded_pollers")
        found.add("sqs.requests", polled * seconds / self._assumption("poll_seconds").divisor)
        for name in self._standing["functions"].names:
            found.join(self._held(name, seconds))
        for name in ("alarms", "composite_alarms", "dashboards", "secrets", "keys", "web_acls"):
            found.add(name, self._standing[name].number)
        found.add("sftp.hours", self._standing["sftp_servers"].number * self.assumed("hours"))
        found.add("metrics", self._metrics(in_use=in_use))
        return found

    def _metrics(self, *, in_use: bool) -> float:
        """Return how many metrics are paid for: our own, and those of the methods of the API while they are called."""
        parts = [name for name in self._parts.names if in_use or name.startswith("clock.")]
        own = {metric for name in parts for metric in self._parts[name]["metrics"].names}
        if not in_use or not self._standing["detailed_metrics"].is_true:
            return len(own)
        return len(own) + self.assumed("methods") * self.assumed("metrics_of_a_method")

    def part(self, name: str, times: float, *, cold: bool = True, busy: float | None = None) -> Taken:
        """Return what a part takes that happens so often.

        `cold`: some of its runs begin in a new environment. `busy`: how often its own work is done, if not as often.
        """
        found, part = Taken(), self._parts[name]
        for unit in part["units"].names:
            count = part["units"][unit].number * times
            if unit == "logs.bytes":
                found.join(_logged(count))
            elif unit in _KEPT:
                found.join(dict.fromkeys(_KEPT[unit], count / _GB))
                if unit == "dynamodb.bytes":
                    found.add("backups.gb_months", count / _GB * self._copies())
            else:
                found.add(unit, count)
        if requests := found.pop("door.requests", 0.0):
            found.add("http_api.requests" if self._standing["http_api"].is_true else "api.requests", requests)
        requests = found.get("api.requests", 0.0) + found.get("http_api.requests", 0.0)
        found.join(_logged(requests * self.assumed("access_log_bytes")))
        for function in part["functions"].names:
            found.join(self._run(part["functions"][function], function, times, times if busy is None else busy))
            if cold:
                runs = part["functions"][function]["runs"].number * times
                found.join(self._started(function, runs * self.assumed("cold_share")))
        return found

    def _copies(self) -> float:
        """Return how many copies in the vault there are, on average of the first month: each is a whole one."""
        return min(self._standing["backup_days"].number, _DAYS / 2) / self._standing["backup_every_days"].divisor

    def _run(self, ran: Figures, function: str, times: float, busy: float) -> Taken:
        """Return what the runs of a function take: they are billed by the time they need, with the memory they have."""
        memory, runs = self._memory(function), ran["runs"].number * times
        waits = {kind: ran["waits"][kind].number * times for kind in ran["waits"].names}
        worked = ran["cpu_ms"].number * busy + sum(waits.values()) * self.assumed("call_cpu_ms")
        worked *= self.assumed("cpu_factor") * max(1.0, self.assumed("whole_processor_mb") / memory)
        waited = sum(count * self.assumed("wait_ms", kind) for kind, count in waits.items())
        found = _logged(runs * self.assumed("platform_log_bytes"))
        found.join({"lambda.requests": runs, "lambda.gb_seconds": (worked + waited) / 1000 * memory / _MB_OF_GB})
        return found

    def _memory(self, function: str) -> float:
        return self._standing["functions"][function]["memory"].divisor

    def _started(self, function: str, times: float) -> Taken:
        """Return what it takes that a function begins in a new environment: restored, or started."""
        size = self._memory(function) / _MB_OF_GB
        if self._standing["functions"][function]["snapshot"].is_true:
            return Taken({"lambda.snapshot_restored_gb": times * size})
        return Taken({"lambda.gb_seconds": times * self.assumed("start_ms") / 1000 * size})

    def _held(self, function: str, seconds: float) -> Taken:
        """Return what it takes a month to have a function at all: its snapshot, and new environments for the clock."""
        found, own = Taken(), self._standing["functions"][function]
        if own["snapshot"].is_true:
            found.add("lambda.snapshot_gb_seconds", own["memory"].number / _MB_OF_GB * seconds)
        if function in self._standing["runs"]:
            runs = self._standing["runs"][function].number
            seldom = runs <= _SELDOM * self.assumed("hours")
            found.join(self._started(function, runs if seldom else self.assumed("restores_a_day") * _DAYS))
        return found

    def _lake(self, number: float, pace: Pace) -> Taken:
        """Return what the lake takes for so many answers of one survey in a month.

        It was measured on one writing of one part. A part is written whole, over and over while answers come: on
        average half of what it will hold.
        """
        name = f"lake.{pace}"
        once = self._parts[name]["functions"]["export-lake"]["runs"].divisor  # of an answer, all written at once
        writings = min(number, self.assumed("hours") * 60 / self._assumption("lake_minutes").divisor)
        rows = writings * max(1.0, number / (_DAYS * self._assumption("lake_parts").divisor) / 2)
        found = self.part(name, writings / once, busy=rows)
        found["dynamodb.reads"] = self._parts[name]["units"]["dynamodb.reads"].number * rows
        by_answer = self.part(name, number)
        return Taken({**found, **{unit: by_answer[unit] for unit in ("sqs.requests", "s3.gb_months")}})


def _logged(size: float) -> Taken:
    """Return what lines of so many bytes take: they come in, and are kept for a month."""
    return Taken({"logs.gb": size / _GB, "logs.gb_months": size / _GB})
