"""Read names of resources and deployment settings from the environment.

Every name follows from the deployment ("postrider-prod"), the account and the region; the CDK app derives the same names.
Importing this module needs no environment: each lookup has a local default or is made at its first use.
"""

import os
from dataclasses import dataclass

LOCAL_DEPLOYMENT = "postrider"
"""The default deployment."""


@dataclass(frozen=True)
class Names:
    """The names of a deployment's resources."""

    deployment: str
    account_id: str
    region: str
    restored_tables: str = ""
    """The suffix of the names of restored tables, which are used instead of the original tables."""

    def of(self, name: str) -> str:
        """Return the name of a queue or function by its short name: "postrider-prod-send-chunks"."""
        return f"{self.deployment}-{name}"

    def table(self, name: str) -> str:
        """Return the name of the table in use: "postrider-prod-contacts"."""
        return f"{self.of(name)}-{self.restored_tables}" if self.restored_tables else self.of(name)

    @property
    def identity(self) -> str:
        """Return the globally unique identity of the tables in use."""
        return "/".join((self.account_id, self.region, self.deployment, self.restored_tables))

    @property
    def bucket(self) -> str:
        """Return the name of the bucket; names of buckets are globally unique."""
        return f"{self.deployment}-{self.account_id}-{self.region}"

    @property
    def secret(self) -> str:
        return self.of("root")

    @property
    def configuration_set(self) -> str:
        return self.deployment

    @property
    def schedule_group(self) -> str:
        return self.deployment

    @property
    def scheduler_role(self) -> str:
        """Return the name of the role; it is unique in the account, which may have the deployment in several regions."""
        return f"{self.deployment}-{self.region}-scheduler"

    @property
    def scheduler_role_arn(self) -> str:
        return f"arn:aws:iam::{self.account_id}:role/{self.scheduler_role}"

    @property
    def clock_machine(self) -> str:
        """Return the name of the state machine that wakes up the actions of workflows."""
        return self.of("clock")

    @property
    def clock_machine_arn(self) -> str:
        return self.arn("states", f"stateMachine:{self.clock_machine}")

    def clock_execution_arn(self, name: str) -> str:
        return self.arn("states", f"execution:{self.clock_machine}:{name}")

    def arn(self, service: str, resource: str) -> str:
        return f"arn:aws:{service}:{self.region}:{self.account_id}:{resource}"

    def queue_arn(self, name: str) -> str:
        return self.arn("sqs", self.of(name))


def names() -> Names:
    """Return the names of the deployment of this process."""
    return Names(
        os.environ.get("DEPLOYMENT", LOCAL_DEPLOYMENT),
        os.environ.get("ACCOUNT_ID", ""),
        os.environ.get("AWS_REGION", ""),
        os.environ.get("RESTORED_TABLES", ""),
    )


def table_name(name: str) -> str:
    return names().table(name)


def queue_url(name: str) -> str:
    """Return the URL of a queue by its short name: "send-chunks"."""
    return _queue_url(names().of(name))


def queue_url_of(arn: str) -> str:
    """Return the URL of a queue by its ARN."""
    return _queue_url(arn.rpartition(":")[2])


def _queue_url(queue: str) -> str:
    """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-queue-message-identifiers.html"""
    here = names()
    endpoint = os.environ.get("AWS_ENDPOINT_URL") or f"https://sqs.{here.region}.amazonaws.com"
    return f"{endpoint}/{here.account_id}/{queue}"


def setting(name: str, default: str | None = None) -> str:
    """Return a deployment setting. Raises KeyError if it is not set and has no default."""
    return os.environ[name] if default is None else os.environ.get(name, default)
