"""Why a finding of cdk-nag is accepted. The reason stands in the template, beside the resource."""

from aws_cdk import CfnResource
from constructs import Construct, IConstruct


def excuse(construct: IConstruct, rule: str, reason: str) -> None:
    """Accept a finding on the one resource behind this construct. `rule` may name the finding: `IAM5[Resource::*]`.

    Written as the metadata that cdk-nag reads, so that a synthesis does not have to load cdk-nag.
    """
    resource = construct if isinstance(construct, CfnResource) else construct.node.default_child
    if not isinstance(resource, CfnResource):
        raise TypeError(f"no single resource behind {construct.node.path}")
    known = (resource.get_metadata("cdk_nag") or {}).get("rules_to_suppress", [])
    accepted = {"id": f"AwsSolutions-{rule}", "reason": reason}
    resource.add_metadata("cdk_nag", {"rules_to_suppress": [*known, accepted]})


def excuse_policy(role: Construct, rule: str, reason: str) -> None:
    """Accept a finding on the inline policy that grants made for a role."""
    policy = role.node.find_child("DefaultPolicy")
    excuse(policy, rule, reason)
