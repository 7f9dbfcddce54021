"""Surveys, their versions, and what was counted again."""

from escuta.feedback.model import Recount, Survey, SurveyDraft, SurveyVersion
from manage import recounts, surveys
from manage.asking import Asked, Listing
from manage.described.operation import Operation, Operations, page, shape

SurveyShown = shape(Survey)
VersionShown = shape(SurveyVersion)
RecountShown = shape(Recount, without={"rev"})

OPERATIONS: Operations = {
    surveys.listing: Operation(name="list_surveys", query=surveys.SurveyListing, answer=page(SurveyShown)),
    surveys.create: Operation(name="create_survey", body=surveys.NewSurvey, answer=SurveyShown, statuses=(201,)),
    surveys.get: Operation(name="get_survey", query=Asked, answer=SurveyShown),
    surveys.change: Operation(name="change_survey", body=surveys.SurveyPatch, answer=SurveyShown, matched=True),
    surveys.publish: Operation(name="publish_survey_version", body=SurveyDraft, answer=VersionShown, statuses=(201,)),
    surveys.version: Operation(name="get_survey_version", query=Asked, answer=VersionShown),
    recounts.listing: Operation(name="list_recounts", query=Listing, answer=page(RecountShown)),
    recounts.create: Operation(name="create_recount", body=recounts.NewRecount, answer=RecountShown, statuses=(201,)),
}
