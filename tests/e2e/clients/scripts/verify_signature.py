"""Verify the call of a webhook, as it came and with another body."""

import json
import sys

from async_customerio.request_validator import validate_signature

given = json.loads(sys.argv[1])
results = [
    validate_signature(given["key"], given["timestamp"], body.encode(), given["signature"])
    for body in (given["body"], f"{given['body']} ")
]
sys.stdout.write(json.dumps(results))
