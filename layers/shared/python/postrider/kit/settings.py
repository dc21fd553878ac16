"""Names of resources and deployment settings, derived once from the environment.

Importing needs no environment: every lookup falls back to a local name or is made when it is first used.
"""

import os


def env_name(kind: str, name: str) -> str:
    """The environment variable that carries a resource: env_name("table", "contacts") == "CONTACTS_TABLE"."""
    return f"{name}_{kind}".upper().replace("-", "_")


def table_name(name: str) -> str:
    return os.environ.get(env_name("table", name), f"postrider-{name}")


def queue_url(name: str) -> str:
    """URL of a queue by its short name, e.g. "send-email" from SEND_EMAIL_QUEUE_URL. Raises KeyError when not granted."""
    return os.environ[env_name("queue_url", name)]


def queue_url_of(arn: str) -> str:
    """URL of a queue by its ARN. Raises KeyError when it is none of the deployment's."""
    ending = "/" + arn.rpartition(":")[2]
    for name, value in os.environ.items():
        if name.endswith(env_name("queue_url", "")) and value.endswith(ending):
            return value
    raise KeyError(arn)


def setting(name: str, default: str | None = None) -> str:
    """A deployment setting. Raises KeyError when it has no default and the deployment did not set it."""
    return os.environ[name] if default is None else os.environ.get(name, default)
