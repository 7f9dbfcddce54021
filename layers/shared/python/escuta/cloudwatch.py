"""CloudWatch: reading what AWS measured. The only module that asks it; what we count ourselves is written as lines.

Each metric that is asked for costs, so whoever asks does so seldom.
"""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from typing import Any

from escuta import bounded, sdk
from escuta.watched import Limit, Point


@cache
def _client() -> Any:
    return bounded.client("cloudwatch", bounded.config())


def points(limits: Sequence[Limit], since: datetime, until: datetime) -> list[list[Point]]:
    """Return what was measured of each, where anything was. UnavailableError `metrics_unavailable`."""
    if not limits:
        return []
    queries = [_query(f"m{number}", limit) for number, limit in enumerate(limits)]
    found: dict[str, list[Point]] = {query["Id"]: [] for query in queries}
    with sdk.answering("metrics_unavailable"):
        answer = _client().get_metric_data(MetricDataQueries=queries, StartTime=since, EndTime=until)
    for told in answer["MetricDataResults"]:
        found[told["Id"]] += zip(told["Timestamps"], told["Values"], strict=True)
    return list(found.values())


def _query(name: str, limit: Limit) -> dict[str, Any]:
    dimensions = [{"Name": each, "Value": value} for each, value in limit.dimensions.items()]
    metric = {"Namespace": limit.namespace, "MetricName": limit.metric, "Dimensions": dimensions}
    return {"Id": name, "MetricStat": {"Metric": metric, "Period": limit.seconds, "Stat": limit.statistic}}
