"""Which values the audit may keep: of these kinds these fields, in which nothing personal can stand.

Of everything else an entry says which fields changed, and of what is in `SILENT` nothing: it only follows from the
rest. Whoever adds a field here answers for it that no customer's name, address or words, and no secret, gets there.
"""


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


_DAYS = "starts_at ends_at revoked_at"
_EXPORTED = "what format segments deployment survey first last states personal"

SHOWN = {
    "api_key": _names("name scopes segment addresses expires_at rate revoked_at"),
    "custom_field": _names("name type labels choices"),
    "dashboard": _names("name survey shared widgets follows deleted_at"),
    "deployment": _names(
        "name survey strategy audience segments products groups file most expires_after_days send calendar canary "
        "remind state spread reason rules restless finished_at"
    ),
    "erasure": _names("state"),
    "event_replay": _names("first before types webhook"),
    "export": _names(f"{_EXPORTED} schedule"),
    "export_schedule": _names(f"{_EXPORTED} name reach every weekday day hour timezone enabled"),
    "file": _names("folder file_kind dry_run state"),
    "folder": _names("folder file_kind mapping unknown date_format decimal timezone segment hold_below_percent marker"),
    "halt": _names("channel"),
    "intercept": _names(f"name survey segment origins hidden language place trigger {_DAYS}"),
    "manager": _names("language languages channels alerts digest segments external_reference retired_at"),
    "organisation": _names("labels session_hours idle_minutes admins_need_second_factor audit_days"),
    "privacy_request": _names("wants due_at done_at"),
    "product": _names("code name group edited merged_into"),
    "resend": _names("deployment states"),
    "rereading": _names("survey first last version"),
    "response": _names("standing survey segment"),
    "role": _names("name scopes like"),
    "ruleset": _names("name version retired_at"),
    "ruleset_version": _names("exclude assign default ruleset version"),
    "segment": _names(
        "code name parent timezone address city state country postal_code external_reference share path share_hosts "
        "retired_at"
    ),
    "sending_rules": _names("rest calendar sms"),
    "service_hours": _names("week days segment"),
    "sftp_user": _names("name folders paused"),
    "store_token": _names(f"turn survey segment label type asks quota language kiosk {_DAYS} replaced"),
    "suppression": _names("channel scope"),
    "suppression_lifted": _names("reason scope"),
    "survey": _names("name status version retention_days closed_at deleted_at"),
    "survey_version": _names(
        "languages title intro thanks questions detractor_max passive_max color layout branding hidden dimensions "
        "share call limits survey version"
    ),
    "template": _names("survey channel language name subject html text"),
    "ticket": _names(
        "rule survey segment origin_segment owner watchers state priority root_causes gesture linked merged_into "
        "merged closed_at resolved_at reopened promise due_at follow_up"
    ),
    "ticket_causes": _names("causes"),
    "ticket_rules": _names("rules version"),
    "ticket_settings": _names(
        "promises remind_before escalate_after repeat_days repeat_promise key_promise demands moves follow_up "
        "link_days quiet_from quiet_to"
    ),
    "ticket_view": _names("name shared sort"),
    "topics": _names("topics version"),
    "upload": _names("folder content_type dry_run"),
    "user": _names("role segments state language second_factor"),
    "webhook": _names("name types segment state reason"),
}

HIDDEN = _names("value words exit_salt exit_hash")  # parts of them that somebody compared with, or that open something

IDENTIFIED = dict.fromkeys(
    _names(
        "api_key contact dashboard deployment dry_run erasure event_replay export file intercept manager "
        "privacy_request resend rereading response role ruleset store_token survey ticket ticket_view user webhook"
    ),
    "id",
) | {
    "custom_field": "name",
    "export_schedule": "name",
    "folder": "folder",
    "product": "code",
    "ruleset_version": "ruleset",
    "segment": "code",
    "service_hours": "segment",
    "sftp_user": "name",
    "survey_draft": "survey",
    "survey_version": "survey",
    "template": "survey",
}

NOISE = _names("rev marks created_at created_by updated_at updated_by")  # said by the entry, or by the rest

SILENT = _names(
    "activity admins allowance answered assignment attempts audit budget chunk_group click contact_word content "
    "contribution drop_place due due_cursor event fold folded forgotten forgotten_head last_asked part_group quota "
    "reminder reply reply_part root seen session spread survey_preview test_answer ticket_activity ticket_edge "
    "ticket_hold ticket_link ticket_rule_progress ticket_timer"
)
