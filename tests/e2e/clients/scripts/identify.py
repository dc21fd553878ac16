"""Make a person with an id and an address, over the Track API."""

import json
import os
import sys

from customerio import CustomerIO

given = json.loads(sys.argv[1])
client = CustomerIO(
    os.environ["TRACK_SITE"],
    os.environ["TRACK_KEY"],
    host=os.environ["TRACK_HOST"],
    port=int(os.environ["TRACK_PORT"]),
)
client.identify(id=given["id"], email=given["email"])
sys.stdout.write(json.dumps({"ids": [given["id"]]}))
