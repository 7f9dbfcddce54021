"""Surveys as their list shows them."""

from datetime import date, datetime

from pydantic import Field

from escuta.feedback.model import Change, Figure, Survey, SurveyStatus
from manage import survey_overview, survey_uses
from manage.asking import Asked
from manage.described.operation import Operation, Operations, Page, Shown, also, shape
from manage.described.survey_drafts import TextGaps


class DraftState(Shown):
    """What is being edited and not published."""

    rev: int
    based_on: int = Field(description="The newest version when the editing began.")
    updated_at: datetime
    updated_by: str
    texts: list[TextGaps]


OverviewItem = shape(
    Survey,
    "SurveyOverview",
    more={
        "languages": list[str],
        "title": dict[str, str],
        "questions": int,
        "draft": DraftState | None,
        "score": Figure | None,
        "question": str | None,
        "responses": int | None,
        "last_day": date | None,
        "change": Change | None,
    },
)
OverviewPage = also(
    Page[OverviewItem],  # type: ignore[valid-type] # made at run time
    "SurveyOverviewPage",
    "A page of surveys, with the place and the days that their figures are of.",
    more={"segment": str, "days": int},
)


class SurveyUses(Shown):
    """What hangs on a survey and still works."""

    survey: str
    status: SurveyStatus
    deployments: int = Field(description="Sendings that are not over.")
    tokens: int
    intercepts: int
    rules: int = Field(description="Sets of rules whose newest version asks by it.")
    dashboards: int
    complete: bool = Field(description="False: there are more things than were looked through.")


OPERATIONS: Operations = {
    survey_uses.get: Operation(name="get_survey_uses", query=Asked, answer=SurveyUses),
    survey_overview.listing: Operation(
        name="get_survey_overview", query=survey_overview.OverviewListing, answer=OverviewPage
    ),
}
