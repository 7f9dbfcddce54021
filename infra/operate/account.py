"""The AWS account that a stage names, as whoever operates it may use it. Nothing is asked of any other account."""

from dataclasses import dataclass, field
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError, NoRegionError

from infra.cdk.stages import LAPTOP, Stage
from infra.local import place, stack

_CREDENTIALS = (
    "Sign in first: `aws sso login` and AWS_PROFILE=<profile>, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY "
    "(with AWS_SESSION_TOKEN) in the environment."
)
_QUICK = Config(connect_timeout=5, read_timeout=30, retries={"total_max_attempts": 5, "mode": "standard"})


class StoppedError(RuntimeError):
    """Something stands in the way; the message says what it is, and the remedy."""


@dataclass(frozen=True, kw_only=True)
class Account:
    """A stage and a session in its account; `endpoint` is that of the embedded AWS."""

    stage: Stage
    session: boto3.Session
    endpoint: str | None = None
    _clients: dict[tuple[str, str | None, Config | None], Any] = field(default_factory=dict, compare=False, repr=False)

    def aws(self, service: str, *, region: str | None = None, config: Config | None = None) -> Any:
        """Return a client in the region of the stage, or in another one. `config` adds to bounded waits and tries."""
        known = (service, region, config)
        if known not in self._clients:
            self._clients[known] = self.session.client(
                service,  # type: ignore[call-overload] # any service by name
                region_name=region,
                endpoint_url=self.endpoint,
                config=_QUICK.merge(config) if config else _QUICK,
            )
        return self._clients[known]

    @property
    def region(self) -> str:
        """Return the region of the stage."""
        return str(self.session.region_name)


def opened(stage: Stage) -> Account:
    """Return the account of a stage with a name. StoppedError when there are no credentials, or those of another."""
    try:
        account = Account(stage=stage, session=boto3.Session(region_name=stage.region))
        told = account.aws("sts").get_caller_identity()
    except ClientError as error:
        said = error.response["Error"]
        raise StoppedError(f"AWS does not know these credentials ({said['Code']}). {_CREDENTIALS}") from None
    except (HTTPClientError, NoRegionError) as error:
        raise StoppedError(f"AWS in {stage.region} does not answer: {error}") from None
    except BotoCoreError as error:  # missing, incomplete or expired, each in a class of its own
        raise StoppedError(f"There are no credentials of AWS: {error}. {_CREDENTIALS}") from None
    if told["Account"] != stage.account:
        raise StoppedError(
            f"These credentials are of the account {told['Account']}, and the stage {stage.name} is for "
            f"{stage.account} (stages/{stage.name}.toml). Nothing was done. {_CREDENTIALS}"
        )
    return account


def laptop() -> Account:
    """Return the instance that runs on this machine. StoppedError when none does."""
    here = place.Place.from_environment()
    if not stack.is_up(here):
        raise StoppedError("Nothing runs on this machine: start it with `make up`, or name a stage: STAGE=prod")
    return Account(
        stage=LAPTOP,
        session=boto3.Session(
            aws_access_key_id=here.keys["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=here.keys["AWS_SECRET_ACCESS_KEY"],
            region_name=place.REGION,
        ),
        endpoint=here.endpoint,
    )
