"""What of a stage is deployed: its stacks, their outputs and their resources."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from botocore.exceptions import ClientError

from infra.operate.account import Account, StoppedError

_PREFIX = "Out"  # begins the ids of outputs that are for people and not for another stack


class Resource(NamedTuple):
    """A resource of one of the stacks."""

    stack: str
    logical: str  # id in the template
    kind: str  # such as `AWS::SQS::Queue`
    physical: str  # name, ARN or address, as the kind has it


def names(account: Account) -> tuple[str, ...]:
    """Return the names of the stacks of a stage, each on top of the one before."""
    stack = account.stage.stack
    return (f"{stack}-data", stack, f"{stack}-watch")


def outputs(account: Account) -> dict[str, str]:
    """Return what the deployed stacks put out, by its name without the prefix."""
    told = (each for name in names(account) if (stack := find(account, name)) for each in stack.get("Outputs", ()))
    return {
        each["OutputKey"].removeprefix(_PREFIX): each["OutputValue"]
        for each in told
        if each["OutputKey"].startswith(_PREFIX)
    }


def resources(account: Account, kind: str) -> Iterator[Resource]:
    """Return the resources of a kind in the deployed stacks. StoppedError when nothing is deployed."""
    found = [name for name in names(account) if find(account, name)]
    if not found:
        raise StoppedError(f"{names(account)[0]} is not deployed in {account.region}")
    for stack in found:
        for page in account.aws("cloudformation").get_paginator("list_stack_resources").paginate(StackName=stack):
            for each in page["StackResourceSummaries"]:
                if each["ResourceType"] == kind and each.get("PhysicalResourceId"):
                    yield Resource(stack, each["LogicalResourceId"], kind, each["PhysicalResourceId"])


def find(account: Account, name: str) -> dict[str, Any] | None:
    """Return what CloudFormation says of a stack, or None when there is none."""
    try:
        (found,) = account.aws("cloudformation").describe_stacks(StackName=name)["Stacks"]
    except ClientError as error:
        if "does not exist" in error.response["Error"].get("Message", ""):
            return None
        raise
    return dict(found) if found["StackStatus"] not in {"REVIEW_IN_PROGRESS", "DELETE_COMPLETE"} else None
