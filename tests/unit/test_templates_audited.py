"""What is made of the findings in the templates."""

from typing import Any

import pytest

from infra.supply import locks, templates

FOUND = templates.Finding("CKV_AWS_26", "AWS::SNS::Topic.Alarms04B5A0BF", "encrypted topics")


def reported(*failed: tuple[str, str]) -> dict[str, Any]:
    checks = [{"check_id": check, "resource": resource, "check_name": "encrypted topics"} for check, resource in failed]
    return {"check_type": "cloudformation", "results": {"failed_checks": checks}}


@pytest.mark.parametrize("many", [False, True])
def test_a_report_is_read_whether_it_is_of_one_kind_or_of_several(many: bool) -> None:  # noqa: FBT001 - a parameter of a test
    one = reported((FOUND.check, FOUND.resource))
    assert templates.findings([one, reported()] if many else one) == (FOUND,)


def test_a_finding_fails_with_its_resource_and_what_it_is_about() -> None:
    assert templates.judged([FOUND], {}) == ["AWS::SNS::Topic.Alarms04B5A0BF: CKV_AWS_26 (encrypted topics)"]


def test_what_is_accepted_passes() -> None:
    assert templates.judged([FOUND], {FOUND.check: templates.Accepted("why")}) == []


def test_what_is_accepted_of_some_resources_is_not_of_others() -> None:
    accepted = {FOUND.check: templates.Accepted("why", r"AWS::SNS::Topic\.Alarms\w+")}
    other = FOUND._replace(resource="AWS::SNS::Topic.Mail")
    assert templates.judged([FOUND, other], accepted) == ["AWS::SNS::Topic.Mail: CKV_AWS_26 (encrypted topics)"]


def test_what_is_accepted_and_not_found_fails() -> None:
    assert templates.judged([], {FOUND.check: templates.Accepted("why")}) == ["CKV_AWS_26 is accepted and not found"]


@pytest.mark.parametrize("check", templates.ACCEPTED)
def test_every_acceptance_has_a_reason(check: str) -> None:
    assert len(templates.ACCEPTED[check].reason) > 20


def test_the_tool_is_locked_with_its_hashes_and_names_no_index() -> None:
    assert "checkov" in {package.name for package in locks.packages(templates.LOCK)}
    assert "://" not in templates.LOCK.read_text()
