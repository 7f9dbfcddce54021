"""Who may ask what of what is asked, where, whom and when: every operation up to the sending of messages."""

from tests.functions.nouns import EXPORT, LETTER, SCHEDULE, like
from tests.functions.rights import (
    ALL,
    LONG,
    NO_SEGMENT,
    NOT_ORDERED,
    NOT_SCHEDULED,
    NOVA,
    TOO_LONG,
    UPDATED,
    B,
    P,
    Rule,
    S,
    W,
)

RIGHTS: dict[str, Rule | tuple[Rule, ...]] = {
    "list_surveys": Rule(S),
    "get_survey_overview": Rule(P, query={"segment": "<segment>"}, otherwise=LONG),
    "create_survey": Rule(W, body={"name": "Nova"}),
    "get_survey": Rule(S),
    "change_survey": Rule(W, body={"name": "Visita"}),
    "delete_survey": Rule(W, {"survey": "blank"}),
    "import_survey": Rule(W),
    "copy_survey": Rule(W, body={"name": "Cópia"}),
    "get_survey_definition": Rule(S),
    "get_survey_definition_yaml": Rule(S),
    "list_survey_versions": Rule(S),
    "publish_survey_version": Rule(W),
    "get_survey_version": Rule(S, missing="survey_version_not_found"),
    "get_survey_uses": Rule(W),
    "get_survey_draft": Rule(S),
    "replace_survey_draft": Rule(W),
    "delete_survey_draft": Rule(W),
    "get_survey_difference": Rule(S),
    "preview_survey": Rule(W),
    "create_test_link": Rule(W),
    "list_test_answers": Rule(W),
    "delete_test_answers": Rule(W),
    "list_recounts": Rule(W),
    "create_recount": Rule(W),
    "list_templates": Rule(S),
    "preview_template": (
        Rule(S),
        Rule(P, {"survey": "survey:own"}, body=like("preview_template", contact="<contact>"), otherwise=LONG),
        Rule(
            P,
            {"survey": "survey:own"},
            body=like("preview_template", contact="<contact:own>", transaction="<visit>"),
            otherwise=LONG,
        ),
    ),
    "test_template": Rule(W),
    "get_template": Rule(
        S, otherwise={("*", each): (422, "value_not_allowed") for each in ("last absent", "last malformed")}
    ),
    "replace_template": Rule(
        W,
        body=like("replace_template"),
        otherwise={
            (who, each): (422, "value_not_allowed")
            for who in ("key", "admin")
            for each in ("last absent", "last malformed")
        },
    ),
    "delete_template": Rule(
        W,
        query={},
        missing="template_not_found",
        otherwise={
            (who, each): (422, "value_not_allowed")
            for who in ("key", "admin")
            for each in ("last absent", "last malformed")
        },
    ),
    "list_merge_fields": Rule(S),
    "list_intercepts": (Rule(P, query={"segment": "<segment>"}), Rule(S, query={})),
    "create_intercept": Rule(P, body=like("create_intercept", segment="<segment>", hidden=None)),
    "get_intercept": Rule(P),
    "change_intercept": Rule(P),
    "delete_intercept": Rule(P),
    "list_segments": (Rule(P, query={"under": "<segment>"}), Rule(S, query={})),
    "create_segment": Rule(P, body={"code": "nova", "name": "Nova", "parent": "<segment>"}),
    "create_segments": Rule(B, body={"items": [{"code": "nova", "name": "Nova", "parent": "<segment>"}]}),
    "get_segment": Rule(P),
    "change_segment": (
        Rule(P, body={"city": "Porto Alegre"}),
        Rule(P, {"segment": "leaf:child"}, body={"parent": "<segment>"}),
    ),
    "list_segment_moves": Rule(P),
    "delete_segment": Rule(P, {"segment": "leaf"}),
    "get_review_links": Rule(P),
    "replace_review_links": Rule(P),
    "get_segment_tree": (Rule(P, query={"under": "<segment>"}), Rule(S, query={})),
    "list_service_hours": Rule(S),
    "get_service_hours": Rule(P),
    "replace_service_hours": Rule(P),
    "delete_service_hours": Rule(P),
    "list_managers": Rule(S, query={}),
    "create_manager": (
        Rule(P, body=like("create_manager", segments=["<segment>"]), otherwise=NO_SEGMENT),
        Rule(W, body=like("create_manager", segments=[])),
    ),
    "create_managers": Rule(
        B,
        body={"items": [{"name": "Diego", "email": "diego@example.com", "segments": ["<segment>"]}]},
        otherwise=NO_SEGMENT,
    ),
    "get_manager": Rule(P),
    "change_manager": (
        Rule(P, body={"alerts": "urgent"}),
        Rule(P, {"manager": "manager:own"}, body={"segments": ["<segment>"]}, otherwise=NO_SEGMENT),
    ),
    "delete_manager": Rule(P),
    "list_manager_activity": Rule(P),
    "list_manager_digests": Rule(P),
    "preview_manager_digest": Rule(P),
    "get_coaching": Rule(
        P, query={"survey": "visit", "count": 30}, otherwise={("manager", "*"): (404, "manager_not_found")}
    ),
    "list_products": Rule(S, query={}),
    "create_product": Rule(W, body={"code": "fogao-5", "name": "Fogão 5 bocas"}),
    "create_products": Rule(S, body={"items": [{"code": "serra", "name": "Serra"}]}),
    "get_product": Rule(S),
    "change_product": Rule(W),
    "list_product_groups": Rule(S),
    "change_product_group": Rule(W),
    "list_tokens": (Rule(P, query={"segment": "<segment>"}), Rule(S, query={})),
    "create_token": Rule(P, body=like("create_token", segment="<segment>")),
    "create_tokens": Rule(B, body={"items": [{"survey": "visit", "segment": "<segment>", "label": "Caixa 9"}]}),
    "get_token": Rule(P),
    "change_token": Rule(P),
    "delete_token": Rule(P),
    "rotate_token": Rule(P),
    "get_token_svg": Rule(P),
    "get_token_png": Rule(P),
    "get_token_poster": Rule(P),
    "create_prefill": Rule(
        P, body={"link": "<link>", "answers": {"nps": 9}}, otherwise={("*", "absent"): (404, "link_cut")}
    ),
    "list_contacts": (
        Rule(P, query={"segment": "<segment>"}),
        Rule(S, query={"external_id": "<external>"}, otherwise=LONG | ALL),
        Rule(S, query={"q": "<external>"}, otherwise=LONG | ALL),
    ),
    "create_contact": (
        Rule(
            P,
            body={"name": "Nova", "email": "nova@example.com", "segment": "<segment>"},
            otherwise={**NO_SEGMENT, **TOO_LONG},
        ),
        Rule(
            P,
            body={"name": "Nova", "external_id": "<external>", "segment": "sul"},
            otherwise=LONG | {("*", "absent"): (201, ""), ("*", "malformed"): (201, "")} | UPDATED,
        ),
    ),
    "create_contacts": (
        Rule(
            B,
            body={"items": [{"name": "Nova", "email": "nova@example.com", "segment": "<segment>"}]},
            otherwise={**NO_SEGMENT, **TOO_LONG},
        ),
        Rule(
            B,
            body={"items": [{"name": "Nova", "external_id": "<external>", "segment": "sul"}]},
            otherwise=LONG | {("*", "absent"): (200, ""), ("*", "malformed"): (200, "")},
        ),
    ),
    "get_contact": Rule(P),
    "get_contact_journey": Rule(P),
    "change_contact": (
        Rule(P, body={"name": "Ana Lima"}),
        Rule(P, {"contact": "contact:own"}, body={"segment": "<segment>"}, otherwise={**NO_SEGMENT, **TOO_LONG}),
    ),
    "get_eligibility": Rule(P),
    "list_contact_transactions": Rule(P),
    "list_contact_invitations": Rule(P),
    "create_transactions": (
        Rule(
            B,
            body={"items": [{"contact": NOVA, "segment": "<segment>", "reference": "NF-9"}]},
            otherwise={**NO_SEGMENT, **TOO_LONG},
        ),
        Rule(  # whoever was elsewhere until now may come to a place of the caller's: of them only who it is
            S,
            body={
                "items": [
                    {"contact": {"external_id": "<external>", "name": "Outra"}, "segment": "sul", "reference": "NF-9"}
                ]
            },
            otherwise=ALL,
            tells="contact",
        ),
        Rule(
            B,
            body={"items": [{"contact": {"external_id": "C-own"}, "segment": "sul", "reference": "<receipt>"}]},
            otherwise={("*", "absent"): (200, ""), ("*", "malformed"): (200, ""), **LONG},
        ),
    ),
    "list_custom_fields": Rule(S),
    "create_custom_field": Rule(W, body=like("create_custom_field", name="nivel")),
    "get_custom_field": Rule(S),
    "change_custom_field": Rule(W, body={"choices": ["ouro", "prata"]}),
    "delete_custom_field": Rule(W),
    "list_suppressions": Rule(W),
    "create_suppression": Rule(W, body={"address": "carla@example.com"}),
    "create_suppressions": Rule(W),
    "lift_suppression": Rule(W),
    "list_folders": Rule(W),
    "get_folder": Rule(W),
    "replace_folder": Rule(
        W,
        otherwise={("key", "own"): (200, ""), ("admin", "own"): (200, "")}
        | {(who, "absent"): (201, "") for who in ("key", "admin")}
        | {(who, each): (422, "folder_name") for who in ("key", "admin") for each in ("malformed", "long")},
    ),
    "delete_folder": Rule(W),
    "preview_mapping": Rule(
        W,
        otherwise={(who, "absent"): (200, "") for who in ("key", "admin", "analyst")}  # as for a folder without rules
        | {(who, each): (422, "folder_name") for who in ("key", "admin", "analyst") for each in ("malformed", "long")},
    ),
    "list_files": Rule(W),
    "create_upload": Rule(W),
    "get_upload": Rule(W),
    "get_file": Rule(W),
    "change_file": Rule(W, {"file": "held"}),
    "get_file_report": Rule(W, query={}),
    "preview_file": Rule(
        W, query={}, otherwise={(who, "own"): (409, "file_unread") for who in ("key", "admin", "analyst")}
    ),
    "list_file_rows": Rule(W),
    "list_exports": Rule(S, query={"limit": 100}),
    "create_export": (Rule(P, body={**EXPORT, "segment": "<segment>"}, otherwise=LONG), Rule(S, body=EXPORT)),
    "get_export": Rule(P, otherwise=NOT_ORDERED),
    "list_export_schedules": Rule(S),
    "create_export_schedule": (
        Rule(P, body={**SCHEDULE, "name": "diario", "segment": "<segment>"}, otherwise=LONG),
        Rule(S, body={**SCHEDULE, "name": "diario"}),
    ),
    "get_export_schedule": Rule(P, otherwise=NOT_SCHEDULED),
    "change_export_schedule": (
        Rule(P, otherwise=NOT_SCHEDULED),
        Rule(P, {"schedule": "schedule:own"}, body={"segment": "<segment>"}, otherwise=LONG),
    ),
    "delete_export_schedule": Rule(P, otherwise=NOT_SCHEDULED),
    "list_events": Rule(S, query={"limit": 100}),
    "replay_events": Rule(W),
    "get_event_replay": Rule(W),
    "list_deployments": Rule(S, query={"limit": 100}),
    "create_deployment": (
        Rule(P, body={**LETTER, "name": "Abril", "segments": ["<segment>"]}),
        Rule(
            S,
            body={**LETTER, "name": "Abril", "audience": "contacts", "contacts": ["<contact>"]},
            otherwise={("bound", "*"): (403, "audience_outside"), ("*", "*"): (201, "")},
        ),
        Rule(
            S,
            body={**LETTER, "name": "Abril", "audience": "all"},
            otherwise={("bound", "own"): (403, "audience_outside")},
        ),
    ),
    "list_dry_runs": Rule(S),
    "create_dry_run": Rule(P, body={**LETTER, "name": "Abril", "segments": ["<segment>"]}),
    "get_dry_run": Rule(P),
    "list_dry_run_samples": Rule(P),
    "get_deployment": Rule(P),
    "change_deployment": Rule(P),
    "resend_deployment": Rule(P),
    "list_resends": Rule(P),
    "get_resend": Rule(P),
    "list_invitations": Rule(P),
    "get_invitation": Rule(P),
    "get_deployment_funnel": Rule(P),
    "get_sending_rules": Rule(W),
    "replace_sending_rules": Rule(W),
    "replace_sms_prices": Rule(W, raw="country;price;currency\nBR;0,021;USD\n", headers={"Content-Type": "text/csv"}),
    "get_sending": Rule(W),
    "change_sending": Rule(W),
    "list_rules": Rule(W),
    "create_rules": Rule(W, body=like("create_rules", id="outras")),
    "get_rules": Rule(W),
    "change_rules": Rule(W),
    "delete_rules": Rule(W),
    "list_rules_versions": Rule(W),
    "publish_rules": Rule(W),
    "get_rules_version": Rule(W, missing="ruleset_version_not_found"),
    "preview_rules": Rule(W),
}
