import pytest

from escuta import i18n
from escuta.outreach import messages

# What an invitation, a deployment or a channel may say in `reason`, beside the refusals of the provider.
OURS = {
    "no_address",
    "no_consent",
    "resting",
    "unsubscribe",
    "unsubscribe_survey",
    "bounce",
    "complaint",
    "stop",
    "manual",
    "field_blank",
    "sms_too_long",
    "deployment_cancelled",
    "survey_closed",
    "expired",
    "lease_over",
    "answer_lost",
    "permanent_bounce",
    "transient_bounce",
    "undetermined_bounce",
    "content_refused",
    "phone_unreachable",
    "carrier_blocked",
    "carrier_spam",
    "country_not_allowed",
    "number_premium",
    "sms_hourly",
    "sms_daily",
    "sms_daily_of_country",
    "rate",
    "contended",
    "bounces",
    "complaints",
    "brake_bounces",
    "brake_complaints",
    "brake_spend_limit",
    "address_invalid",
    "message_rejected",
    "unreachable",
    "not_sent",
    "erased",
    "answered",
    "first_unknown",
    "first_bounced",
    "invitation_cancelled",
}
PROVIDERS = {code for _, code, _ in messages._REASONS}  # noqa: SLF001 - the list itself is what must have words


@pytest.mark.parametrize("language", i18n.LANGUAGES)
@pytest.mark.parametrize("code", sorted({*OURS, *PROVIDERS}))
def test_every_reason_has_words(code: str, language: str) -> None:
    assert i18n.say("escuta.outreach", language, f"reason.{code}").endswith(".")
