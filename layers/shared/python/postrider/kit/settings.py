"""Read names of resources and deployment settings from the environment.

Importing this module needs no environment: each lookup has a local default or is made at its first use.
"""

import os


def env_name(kind: str, name: str) -> str:
    """Return the environment variable of a resource: env_name("table", "contacts") == "CONTACTS_TABLE"."""
    return f"{name}_{kind}".upper().replace("-", "_")


def table_name(name: str) -> str:
    return os.environ.get(env_name("table", name), f"postrider-{name}")


def queue_url(name: str) -> str:
    """Return the URL of a queue by its short name ("send-email": SEND_EMAIL_QUEUE_URL). Raises KeyError without access."""
    return os.environ[env_name("queue_url", name)]


def queue_url_of(arn: str) -> str:
    """Return the URL of a queue by its ARN. Raises KeyError for a queue of another deployment."""
    ending = "/" + arn.rpartition(":")[2]
    for name, value in os.environ.items():
        if name.endswith(env_name("queue_url", "")) and value.endswith(ending):
            return value
    raise KeyError(arn)


def setting(name: str, default: str | None = None) -> str:
    """Return a deployment setting. Raises KeyError when it is not set and has no default."""
    return os.environ[name] if default is None else os.environ.get(name, default)
