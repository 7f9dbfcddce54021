"""Settings of the organisation."""

from typing import Annotated

from pydantic import Field

from escuta.directory.model import Label, Noun, Organisation, OrganisationDraft
from manage import settings
from manage.asking import Asked
from manage.described.operation import Operation, Operations, Shown, shape


class EffectiveSettings(Shown):
    """What holds, with nothing left open."""

    labels: dict[Noun, dict[str, Label]]


SettingsShown = shape(
    Organisation,
    "Settings",
    more={
        "name": Annotated[str, Field(description="Of the deployment: in mails, on pages, in the authenticator app.")],
        "language": Annotated[str, Field(description="Of the deployment, BCP 47: where nothing says what one reads.")],
        "country": Annotated[str, Field(description="Of the deployment, ISO 3166: of telephones without a country.")],
        "timezone": Annotated[str, Field(description="Of the deployment, IANA: of what belongs to no place.")],
        "effective": EffectiveSettings,
    },
)

OPERATIONS: Operations = {
    settings.get: Operation(name="get_settings", query=Asked, answer=SettingsShown),
    settings.put: Operation(name="replace_settings", body=OrganisationDraft, answer=SettingsShown, matched=True),
}
