"""What stands in an account when nothing happens, read from the templates of a stage that says only what it must."""

import json
from collections import Counter
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from infra import wheels
from tests.infra.staging import synthesised

HOURS = 730  # of a month, as AWS reckons
_STAGE = """
account = "111122223333"
region = "us-east-1"
organisation = "Lojas Aurora"
sender = "pesquisa@aurora.example"
"""
_RUNS = {
    "minute": HOURS * 60,
    "minutes": HOURS * 60,
    "hour": HOURS,
    "hours": HOURS,
    "day": HOURS / 24,
    "days": HOURS / 24,
}
_COUNTED = {
    "AWS::CloudWatch::CompositeAlarm": "composite_alarms",
    "AWS::CloudWatch::Dashboard": "dashboards",
    "AWS::SecretsManager::Secret": "secrets",
    "AWS::KMS::Key": "keys",
    "AWS::WAFv2::WebACL": "web_acls",
    "AWS::Transfer::Server": "sftp_servers",
    "AWS::DynamoDB::Table": "tables",
}


def standing() -> dict[str, Any]:
    """Return functions with their memory, what calls them by the clock, queues that are polled, and what is counted."""
    wheels.arm64()
    wheels.arm64(wheels.PARQUET)
    with TemporaryDirectory() as folder:
        here = Path(folder)
        (here / "plain.toml").write_text(_STAGE, encoding="utf-8")
        synthesised(here / "made", here, "plain")
        return of(here / "made")


def of(folder: Path) -> dict[str, Any]:
    """Return the same of the templates in a folder."""
    resources: dict[str, dict[str, Any]] = {}
    for path in sorted(folder.glob("*.template.json")):
        resources |= json.loads(path.read_text(encoding="utf-8")).get("Resources", {})
    found = partial(_of, resources)
    functions = {_named(each["Handler"]): each for each in found("AWS::Lambda::Function").values() if "Handler" in each}
    names = {place: _named(each["Handler"]) for place, each in found("AWS::Lambda::Function").items()}
    return {
        "functions": {
            name: {
                "memory": each.get("MemorySize", 128),
                "snapshot": each.get("SnapStart", {}).get("ApplyOn") == "PublishedVersions",
            }
            for name, each in sorted(functions.items())
        },
        "runs": dict(sorted(_runs(resources, names).items())),
        "queues": len(
            {str(each["EventSourceArn"]) for each in found(_MAPPING).values() if "StartingPosition" not in each}
        ),
        "bounded_queues": sum("ScalingConfig" in each for each in found(_MAPPING).values()),
        "detailed_metrics": any(
            setting.get("MetricsEnabled")
            for each in found("AWS::ApiGateway::Stage").values()
            for setting in each.get("MethodSettings", ())
        ),
        "http_api": bool(found("AWS::ApiGatewayV2::Api")),  # respondents come by it
        "alarms": sum(map(_watched, found("AWS::CloudWatch::Alarm").values())),
        "backup_days": max((_kept(each) for each in found("AWS::Backup::BackupPlan").values()), default=0),
        "backup_every_days": min((_every(each) for each in found("AWS::Backup::BackupPlan").values()), default=1),
        **{name: len(found(kind)) for kind, name in _COUNTED.items()},
    }


_MAPPING = "AWS::Lambda::EventSourceMapping"


def _of(resources: dict[str, dict[str, Any]], kind: str) -> dict[str, dict[str, Any]]:
    return {name: each.get("Properties", {}) for name, each in resources.items() if each["Type"] == kind}


def _watched(alarm: dict[str, Any]) -> int:
    """Return how many metrics an alarm looks at: it is paid for by each."""
    return max(1, sum("MetricStat" in each for each in alarm.get("Metrics", ())))


def _kept(plan: dict[str, Any]) -> int:
    """Return for how many days copies are kept."""
    return max(int(rule["Lifecycle"]["DeleteAfterDays"]) for rule in plan["BackupPlan"]["BackupPlanRule"])


def _every(plan: dict[str, Any]) -> int:
    """Return how many days lie between two copies: a week where the schedule names a day of it."""
    return min(
        7 if rule["ScheduleExpression"].split()[4] != "*" else 1 for rule in plan["BackupPlan"]["BackupPlanRule"]
    )


def _named(handler: str) -> str:
    """Return what a function is called: by its package, and by its module where that is not the only one."""
    package, module, *_ = handler.split(".")
    return package if module == "app" else f"{package}-{module}"


def _runs(resources: dict[str, dict[str, Any]], names: dict[str, str]) -> Counter[str]:
    """Return how often a month the clock calls each function; a rule names its alias."""
    runs: Counter[str] = Counter()
    for rule in _of(resources, "AWS::Events::Rule").values():
        if "ScheduleExpression" not in rule:
            continue
        for target in rule["Targets"]:
            if name := names.get(_function(resources, target["Arn"])):
                runs[name] += round(_a_month(rule["ScheduleExpression"]))
    return runs


def _function(resources: dict[str, dict[str, Any]], target: Any) -> str:
    place = str(target.get("Ref") or target.get("Fn::GetAtt", [""])[0]) if isinstance(target, dict) else ""
    alias = resources.get(place, {})
    if alias.get("Type") == "AWS::Lambda::Alias":
        return _function(resources, alias["Properties"]["FunctionName"])
    return place


def _a_month(expression: str) -> float:
    kind, _, rest = expression.rstrip(")").partition("(")
    if kind == "rate":
        number, unit = rest.split()
        return _RUNS[unit] / int(number)
    minute, hour, *_ = rest.split()
    return (1 if minute.isdigit() else 60) * (1 if hour.isdigit() else 24) * HOURS / 24
