"""The mails that the user pool sends, in the language of whom they are for: invitations, and codes.

Cognito asks before each of them, and puts the code in place of its mark. Without an environment and without a store:
all that is said comes with the question.
"""

from html import escape
from typing import Any

from escuta import i18n, observe

_MAILS = {
    "CustomMessage_AdminCreateUser": "invitation",
    "CustomMessage_ForgotPassword": "code",
    "CustomMessage_ResendCode": "code",
}
_LONGEST_NAME = 90  # of the organisation in a subject, which Cognito wants shorter than 140 characters


@observe.entry
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:  # noqa: ARG001 - the signature of Lambda
    """Answer what the mail says; of mails that we do not know, nothing, and Cognito sends its own words."""
    mail = _MAILS.get(event["triggerSource"])
    if mail:
        event["response"] |= _written(mail, event["request"])
    return event


def _written(mail: str, asked: dict[str, Any]) -> dict[str, str]:
    told = asked.get("clientMetadata") or {}
    attributes = asked.get("userAttributes") or {}
    language = i18n.match(str(attributes.get("locale", ""))) or i18n.LANGUAGES[0]
    organisation = str(told.get("organisation") or "Escuta")
    marks = {
        "password": asked.get("codeParameter") or "{####}",  # or the code: Cognito has one mark for both
        "username": asked.get("usernameParameter") or "{username}",
    }
    values = {
        "name": str(attributes.get("name") or ""),
        "email": str(attributes.get("email") or ""),
        "organisation": organisation,
        "url": str(told.get("url") or ""),
    }
    escaped = {name: escape(value, quote=True) for name, value in values.items()}
    subject = i18n.say("console", language, f"mail.{mail}.subject", organisation=organisation[:_LONGEST_NAME])
    text = i18n.say("console", language, f"mail.{mail}.text", **escaped, **marks)
    return {"emailSubject": subject, "emailMessage": text}
