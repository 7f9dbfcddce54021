"""`python -m infra.operate.recount 30`: the product's own recount of these last days, on the tables of the environment.

Nothing is changed. It runs in a process of its own, since the product reads its settings once.
"""

import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from escuta import clock
from escuta.config import settings
from escuta.feedback import metrics, surveys
from escuta.feedback.model import Survey, SurveyStatus


def found(days: int, *, until: int = 0) -> dict[str, object]:
    """Return how many days of surveys and answers were recounted, and each drift; `until` is an epoch second, or now.

    The day under way is left out: at any moment of it the stream may be on its way to count.
    """
    recounted, answers, total, drifts = 0, 0, 0, []
    last = datetime.fromtimestamp(until, UTC) if until else clock.now()
    for survey in _asked():
        for back in range(1, days + 1):
            day = clock.local_day(last - timedelta(days=back), settings().timezone)
            drift = metrics.reconcile(survey.id, day)
            recounted += 1
            answers += drift.responses
            total += drift.total
            if drift.total:
                drifts.append(drift.model_dump())
    return {"days": recounted, "answers": answers, "drift": total, "of": drifts}


def _asked() -> Iterator[Survey]:
    cursor: str | None = None
    while True:
        page = surveys.listing(cursor=cursor)
        yield from (survey for survey in page.items if survey.status is not SurveyStatus.DRAFT)
        if page.next is None:
            return
        cursor = page.next


if __name__ == "__main__":
    json.dump(found(int(sys.argv[1]), until=int(sys.argv[2])), sys.stdout)
