"""Surveys as a whole: what was published, copies, and files of them."""

from datetime import datetime

from escuta.feedback.copying import Definition
from escuta.feedback.model import Survey
from escuta.feedback.model.survey import Texts
from manage import definitions, surveys
from manage.asking import Asked, Listing
from manage.described.operation import Operation, Operations, Shown, page, shape

SurveyShown = shape(Survey)
DefinitionShown = shape(Definition, "SurveyDefinition")


class VersionListed(Shown):
    """A published version without its questions: `questions` is how many it asks; the newest one is `current`."""

    version: int
    published_at: datetime
    languages: tuple[str, ...]
    title: Texts
    questions: int
    current: bool


OPERATIONS: Operations = {
    surveys.delete: Operation(name="delete_survey", query=Asked, answer=SurveyShown, matched=True),
    surveys.versions: Operation(name="list_survey_versions", query=Listing, answer=page(VersionListed)),
    definitions.copy: Operation(name="copy_survey", body=definitions.NewCopy, answer=SurveyShown, statuses=(201,)),
    definitions.get: Operation(name="get_survey_definition", query=definitions.WhichVersion, answer=DefinitionShown),
    definitions.get_yaml: Operation(
        name="get_survey_definition_yaml", query=definitions.WhichVersion, kinds=(definitions.YAML,)
    ),
    definitions.create: Operation(
        name="import_survey", body=Definition, sent=(definitions.YAML,), answer=SurveyShown, statuses=(201,)
    ),
}
