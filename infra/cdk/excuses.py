"""Why a finding of cdk-nag is accepted. The reason stands in the template, beside the resource."""

from aws_cdk import CfnResource
from constructs import IConstruct


def excuse(construct: IConstruct, rule: str, reason: str, *findings: str) -> None:
    """Accept a rule's finding on the one resource behind this construct; `findings` accept these of it and no other.

    A rule is named with its pack (`Serverless-LambdaDLQ`), or is one of AwsSolutions (`L1`).

    Written as the metadata that cdk-nag reads, so that a synthesis does not have to load cdk-nag.
    """
    resource = construct if isinstance(construct, CfnResource) else construct.node.default_child
    if not isinstance(resource, CfnResource):
        raise TypeError(f"no single resource behind {construct.node.path}")
    known = (resource.get_metadata("cdk_nag") or {}).get("rules_to_suppress", [])
    accepted: dict[str, object] = {"id": rule if "-" in rule else f"AwsSolutions-{rule}", "reason": reason}
    if findings:
        accepted["applies_to"] = list(findings)
    resource.add_metadata("cdk_nag", {"rules_to_suppress": [*known, accepted]})
