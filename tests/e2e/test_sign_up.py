"""A sign-up over HTTP alone, through the deployed functions and queues: form, mail, confirmation, contact."""

import uuid

import pytest

from infra.local import demo


@pytest.fixture(scope="module")
def api(local_stack, deployment):
    api = demo.Api(deployment.url)
    api.log_in(deployment.email, deployment.password)
    return api


def test_a_visitor_signs_up_and_becomes_a_contact_by_the_link_in_the_mail(api, deployment):
    sender_id = demo.confirmed_sender(api, deployment.email)
    list_id = api.call("POST", "/lists", {"name": "Sign-ups", "default_sender": {"id": sender_id}})["id"]
    api.call("POST", f"/lists/{list_id}/accept-policy")
    form = {"name": "Website", "content": {}, "language": "en", "list_id": list_id}
    url = api.call("POST", "/forms", form)["data"]["url"]["linked"]
    assert api.visit(url).status_code == 200
    email = f"visitor-{uuid.uuid4().hex[:8]}@example.com"
    assert api.submit(url, {"email": email}).status_code == 200
    mail = demo.wait_for("the mail that confirms the subscription", lambda: api.inbox(to=email))[0]
    (link,) = {link for link in mail.links(api.base) if "/confirm/" in link}
    assert api.visit(link).status_code == 200
    assert contacts(api, list_id) == {email: "pending"}
    assert api.submit(link, {}).status_code == 200
    assert contacts(api, list_id) == {email: "active"}


def contacts(api, list_id):
    return {one["email"]: one["status"] for one in api.call("GET", f"/lists/{list_id}/contacts")["data"]}
