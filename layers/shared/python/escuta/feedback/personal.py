"""Which kinds of things hold something of a respondent, and under which name the document and the erasure have them.

A kind that is in neither list fails a test: whoever adds one decides.
"""

HOLDS = {
    "contact": "contacts",
    "transaction": "transactions",
    "privacy_request": "requests",
    "reply": "replies",  # to a call that named them, for a day
    "reply_part": "replies",
    "file": "files",  # its rows, its reports, and the object that was dropped
    "deployment": "deployments",  # to listed people
    "invitation": "invitations",
    "reminder": "reminders",
    "last_asked": "rests",
    "suppression": "suppressions",  # keyed hash of the address; kept, so that a no stays a no
    "suppression_lifted": "lifted",
    "answered": "edges",
    "response": "responses",
    "ticket": "tickets",
    "draft": "drafts",
    "provisional": "provisionals",
    "click": "clicks",
    "parked": "parked",
}

HOLDS_NOTHING = {
    "segment": "a place",
    "segment_move": "a place",
    "root": "a place",
    "manager": "staff",
    "assignment": "staff",
    "activity": "staff, and ids of tickets",
    "session": "staff",
    "api_key": "a program",
    "product": "a thing",
    "custom_field": "a definition",
    "folder": "a place, and who owns it: staff",
    "chunk_group": "numbers",
    "drop_place": "a place",
    "content": "a hash",
    "upload": "a place",
    "forgotten": "keyed hashes of who was erased: what keeps them out",
    "forgotten_head": "a number",
    "erasure": "emptied when it is done",
    "template": "words of ours",
    "planned_part": "numbers",
    "quota": "a number",
    "resend": "staff, and numbers",
    "dry_run": "ids alone, gone after a week",
    "dry_run_part": "numbers",
    "dry_run_page": "ids and beginnings of hashes alone, gone after a week",
    "due": "a link's hash, removed by the erasure with its message",
    "due_cursor": "a moment",
    "budget": "numbers",
    "brake_resumed": "staff, and numbers",
    "braked": "numbers",
    "sms_day": "numbers",
    "confirmation": "that a reply was answered, and with what; neither number nor words",
    "sent_message": "a provider's id and a link's hash, gone after 30 days",
    "sending_rules": "a decision",
    "ruleset": "a decision",
    "ruleset_version": "a decision",
    "survey": "words of ours",
    "survey_version": "words of ours",
    "retention": "a day",
    "contribution": "scores",
    "store_token": "a place",
    "seen": "a device of ours",
    "intercept": "a place",
    "alert": "staff; what it says is read from the ticket when it is sent",
    "export": "files of everything, which an erasure ends",
}
