"""Settings of the organisation."""

from escuta.directory.model import Label, Noun, Organisation, OrganisationDraft
from manage import settings
from manage.asking import Asked
from manage.described.operation import Operation, Operations, Shown, shape


class EffectiveSettings(Shown):
    """What holds, with nothing left open."""

    name: str
    language: str
    country: str
    timezone: str
    labels: dict[Noun, dict[str, Label]]


SettingsShown = shape(Organisation, "Settings", more={"effective": EffectiveSettings})

OPERATIONS: Operations = {
    settings.get: Operation(name="get_settings", query=Asked, answer=SettingsShown),
    settings.put: Operation(name="replace_settings", body=OrganisationDraft, answer=SettingsShown, matched=True),
}
