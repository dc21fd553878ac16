"""Make people over the Track API, put some of them into a segment, and send mails by the name of a template."""

import asyncio
import json
import os
import sys
import time
from typing import Any

from async_customerio import AsyncAPIClient, AsyncCustomerIO
from customerio import APIClient, CustomerIO, CustomerIOException, SendEmailRequest

given = json.loads(sys.argv[1])
mark, template = given["mark"], given["template"]
ada = f"{mark}.ada@example.com"
ids = [f"{mark}-{name}" for name in ("ada", "ben", "cy")]
site = {"host": os.environ["TRACK_HOST"], "port": int(os.environ["TRACK_PORT"])}
pair = os.environ["TRACK_SITE"], os.environ["TRACK_KEY"]


def identify() -> None:
    track = CustomerIO(*pair, **site)
    track.identify(id=ids[0], email=ada, plan="pro", city="London")
    track.identify(id=ids[1], email=f"{mark}.ben@example.com", plan="free")
    track.identify(id=ids[2], plan="pro")
    track.identify(id=f"{mark}-dan", email=f"{mark}.dan@example.com", plan="pro")
    track.identify(id=f"{mark}.Eve@example.com", plan="free")


async def make_segment() -> dict[str, Any]:
    """Make a segment of four of the people, and read what a page of it shows."""
    async with AsyncAPIClient(os.environ["APP_KEY"], url=os.environ["APP_URL"]) as app:
        segment = (await app.segments.create(f"Segment {mark}", description="Four people"))["segment"]
        async with AsyncCustomerIO(*pair, **site) as track:
            await track.add_to_segment(segment["id"], ids)
            await track.add_to_segment(segment["id"], [f"{mark}.eve@example.com"], id_type="email")
        membership = await app.segments.get_membership(segment["id"])
        shown = (await app.segments.get(segment["id"]))["segment"]
    return {"segment": shown, "people": membership["identifiers"]}


def mail(**values: Any) -> SendEmailRequest:
    values = {"to": ada, "identifiers": {"id": ids[0]}, "message_data": {"number": 17}, **values}
    return SendEmailRequest(transactional_message_id=template, **values)


def send() -> dict[str, Any]:
    """Send a mail that overrides parts of its template, one later, a draft, and two that are refused."""
    app = APIClient(os.environ["APP_KEY"], url=os.environ["APP_URL"])
    overriding = mail(to=f'"Lovelace, Ada" <{ada}>', subject="Bill {{ trigger.number }}", headers={"X-Order": "17"})
    overriding.attach("bill.txt", "17 pounds")
    unreadable = mail()
    unreadable.attach("bill.txt", "***", encode=False)
    crowded = mail(cc=",".join(f"{mark}.{number}@example.com" for number in range(15)))
    return {
        "sent": app.send_email(overriding)["delivery_id"],
        "later": app.send_email(mail(send_at=int(time.time()) + 3600))["delivery_id"],
        "draft": app.send_email(mail(queue_draft=True))["delivery_id"],
        "refusals": [refusal(app, unreadable), refusal(app, crowded)],
    }


def refusal(app: APIClient, request: SendEmailRequest) -> str:
    try:
        app.send_email(request)
    except CustomerIOException as error:
        return str(error)
    return ""


identify()
sys.stdout.write(json.dumps({"ids": ids, **asyncio.run(make_segment()), **send()}))
