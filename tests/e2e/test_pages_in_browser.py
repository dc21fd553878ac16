"""The public pages in a real browser: forms, confirmation, preferences, unsubscribing, a mail, the API reference.

All but the reference are used with scripts switched off.
"""

import json
import os
from datetime import timedelta

import pytest
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.wait import WebDriverWait

from functions.api.reference.routes_reference import DOCUMENT
from postrider import bootstrap
from postrider.contacts.model import Status
from postrider.mail_events.source import MailSource
from postrider.tracking.tokens import MailToken, TokenPurpose
from tests.testing.browser import browsing
from tests.testing.factories.accounts import make_owner
from tests.testing.factories.activity import make_sent_campaign
from tests.testing.factories.forms import mails_to, make_form
from tests.testing.factories.lists import make_list
from tests.testing.names import named
from tests.testing.serve import serving

SHOTS = os.environ.get("SCREENSHOTS")
"""A folder for pictures of what the tests saw; none are taken without it."""
NAMED = {"textbox", "button", "checkbox", "link", "combobox", "radio", "searchbox", "spinbutton"}


@pytest.fixture
def owner(base, platform):
    platform.clock.move(timedelta(days=1))  # limits of earlier tests are over
    return make_owner()


def says(browser, text):
    """The page says so, once it is there: pressing a key does not wait for the next page."""

    def it_does(browser):
        return text in browser.find_element(By.TAG_NAME, "main").text

    return WebDriverWait(browser, 10, ignored_exceptions=[WebDriverException]).until(it_does, f"no {text!r}")


def press(browser, label):
    browser.find_element(By.XPATH, f"//button[normalize-space()='{label}']").click()


def seen(browser, name):
    """Requirements of every page, checked in a browser."""
    if SHOTS:
        browser.save_screenshot(f"{SHOTS}/{name}.png")
    assert browser.title
    assert browser.find_element(By.TAG_NAME, "html").get_attribute("lang")
    for node in browser.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]:
        if not node["ignored"] and node["role"]["value"] in NAMED:
            assert node["name"]["value"].strip(), f"a {node['role']['value']} without a name on {name}"


def focused(browser):
    element = browser.switch_to.active_element
    return element.get_attribute("name") or element.tag_name


def link_mailed_to(platform, email):
    """Return the link of the newest mail, which refers to the server of these tests."""
    words = mails_to(platform, email)[0]["text"].split()
    return next(word for word in words if "/confirm/" in word)


def contact_of(owner, list_id, email):
    return bootstrap.contacts().find(owner.account_id, list_id, email)


def test_a_visitor_signs_up_and_confirms_with_the_keyboard_only(browser, base, owner, platform):
    list_id = make_list(owner, name="Gazette")
    form_id = make_form(owner, list_id=list_id, language="fr")
    email = f"ann.{form_id}@example.com"
    browser.get(owner.api.get(f"/forms/{form_id}").json["data"]["url"]["linked"])
    seen(browser, "form")
    body = browser.find_element(By.TAG_NAME, "body")
    body.send_keys(Keys.TAB)
    assert focused(browser) == "email"
    browser.switch_to.active_element.send_keys(email, Keys.TAB)
    assert focused(browser) == "button", "the trap is not in the way"
    browser.switch_to.active_element.send_keys(Keys.ENTER)
    assert says(browser, "Consultez votre boîte")
    seen(browser, "check-your-mailbox")
    browser.get(link_mailed_to(platform, email))
    assert says(browser, "Gazette")
    assert contact_of(owner, list_id, email).status == Status.PENDING
    seen(browser, "confirm")
    press(browser, "Confirmer mon abonnement")
    assert says(browser, "Vous êtes abonné")
    assert contact_of(owner, list_id, email).status == Status.ACTIVE


def test_the_trap_field_is_invisible(browser, owner):
    browser.get(f"{os.environ['PUBLIC_BASE_URL']}/subscribe/{make_form(owner)}")
    trap = browser.find_element(By.NAME, "your.website")
    assert trap.rect["x"] + trap.rect["width"] < 0
    names = [
        node["name"]["value"]
        for node in browser.execute_cdp_cmd("Accessibility.getFullAXTree", {})["nodes"]
        if not node["ignored"] and node["role"]["value"] == "textbox"
    ]
    assert names == ["Email address"], "nor hears of it"


def test_a_form_of_the_owners_own_design(browser, owner, platform):
    list_id = make_list(owner, name="Garden")
    owner.api.post(f"/lists/{list_id}/custom-attributes", json={"name": "city", "type": "text"})
    owner.api.post(f"/lists/{list_id}/custom-attributes", json={"name": "children", "type": "integer"})
    owner.api.post(f"/lists/{list_id}/interests", json={"name": "roses", "alias": "Roses"})
    html = """
        <h1 style="color: #14532d">The garden letter</h1><p>Every month, what to do now.</p>
        <form action="https://elsewhere.example/steal">
        <label for="mail">Your address</label><input id="mail" name="email">
        <label for="city">City</label><input id="city" name="city">
        <label for="children">Children</label><input id="children" name="children">
        <label class="tick"><input type="checkbox" name="interests" value="roses"> Roses</label>
        <button>Send me the letter</button></form><script>document.body.innerHTML = ""</script>"""
    form_id = make_form(owner, list_id=list_id, double_opt_in=False, content={"linked": html})
    url = f"{os.environ['PUBLIC_BASE_URL']}/subscribe/{form_id}"
    email = f"flo.{form_id}@example.com"

    def fill_in(address, city, children):
        browser.find_element(By.ID, "mail").send_keys(address)
        browser.find_element(By.ID, "city").send_keys(city)
        browser.find_element(By.ID, "children").send_keys(children)
        browser.find_element(By.NAME, "interests").click()

    browser.get(url)
    seen(browser, "own-design")
    fill_in("not an address", "Genève", "2")
    press(browser, "Send me the letter")
    assert says(browser, "Enter an email address")
    assert (
        browser.find_element(By.CSS_SELECTOR, "[role=alert]").text == "Enter an email address such as name@example.com."
    )
    assert browser.title.startswith("Error: ")
    seen(browser, "own-design-problem")
    fill_in(email, "Genève", "2")
    press(browser, "Send me the letter")
    assert says(browser, "Thank you")
    mails_to(platform, email)
    contact = contact_of(owner, list_id, email)
    contact = named(contact)
    assert (contact.attributes, contact.interests) == ({"city": "Genève", "children": 2}, {"roses"})
    assert contact.status == Status.ACTIVE


@pytest.mark.parametrize("how", ["included", "framed"])
def test_a_form_inside_another_site_leads_where_its_owner_wants(browser, base, owner, platform, how):
    """The browser applies the content policies: frames, form targets, redirects."""
    pages = {"/": "", "/thanks": "<!doctype html><title>Thanks</title><main>Welcome to the shop</main>"}
    with serving(pages) as shop:
        list_id = make_list(owner)
        form_id = make_form(owner, list_id=list_id, redirections={"after_opt_in": f"{shop}/thanks"})
        address = f"{base}/subscribe/{form_id}/embed"
        snippet = f'<iframe title="Subscribe" width="500" height="300" src="{address}"></iframe>'
        if how == "included":
            browser.get(address)
            snippet = browser.find_element(By.TAG_NAME, "form").get_property("outerHTML")
        pages["/"] = f'<!doctype html><html lang="en"><title>Shop</title><h1>Shop</h1>{snippet}</html>'
        email = f"{how}.{form_id}@example.com"
        browser.get(shop)
        seen(browser, f"site-{how}")
        if how == "framed":
            browser.switch_to.frame(0)
        browser.find_element(By.NAME, "email").send_keys(email)
        press(browser, "Subscribe")
        browser.switch_to.default_content()
        assert says(browser, "Welcome to the shop")
        assert browser.current_url == f"{shop}/thanks"
        assert len(mails_to(platform, email)) == 1
        assert contact_of(owner, list_id, email).status == Status.PENDING


def test_our_page_of_a_form_sends_people_on_as_well(browser, base, owner):
    with serving({"/thanks": "<!doctype html><title>Thanks</title><main>Welcome</main>"}) as shop:
        form_id = make_form(owner, redirections={"after_opt_in": f"{shop}/thanks"})
        browser.get(f"{base}/subscribe/{form_id}")
        browser.find_element(By.NAME, "email").send_keys(f"on.{form_id}@example.com", Keys.ENTER)
        assert says(browser, "Welcome")


def test_a_reader_chooses_leaves_and_comes_back(browser, base, owner, platform):
    list_id = make_list(owner, name="Gazette")
    for name, alias in (("jazz", "Jazz & Blues"), ("rock", "Rock <3")):
        owner.api.post(f"/lists/{list_id}/interests", json={"name": name, "alias": alias})
    email = f"reader.{list_id}@example.com"
    contact = bootstrap.contacts().upserts.create(owner.account_id, list_id, email=email)
    token = MailToken(account_id=owner.account_id, list_id=list_id, contact_id=contact.id)
    url = f"{base}/p/{bootstrap.mail_tokens().make(TokenPurpose.PREFERENCES, token)}"
    browser.get(url)
    seen(browser, "preferences")
    browser.find_element(By.XPATH, "//label[contains(., 'Rock <3')]").click()
    press(browser, "Save")
    assert says(browser, "Your preferences have been saved.")
    seen(browser, "preferences-saved")
    assert named(contact_of(owner, list_id, email)).interests == {"rock"}
    press(browser, "Unsubscribe from “Gazette”")
    assert says(browser, "You will no longer receive emails from “Gazette”.")
    assert contact_of(owner, list_id, email).status == Status.UNSUBSCRIBED
    browser.get(url)
    seen(browser, "preferences-away")
    press(browser, "Subscribe again")
    assert says(browser, "We have sent you an email")
    browser.get(link_mailed_to(platform, email))
    press(browser, "Confirm my subscription")
    assert says(browser, "You are subscribed.")
    assert contact_of(owner, list_id, email).status == Status.ACTIVE


@pytest.fixture(scope="module")
def sent(base):
    html = (
        "<html><body><h1>For [email]</h1><script>document.title = 'ran'</script>"
        '<p><a href="https://example.com/offer">Offer</a> <a href="[UNSUBSCRIBE]">Leave</a></p></body></html>'
    )
    return make_sent_campaign(make_owner(), contacts=2, content={"subject": "News for [email]", "html": html})


def token_of(sent, purpose, place=0):
    token = MailToken(
        account_id=sent.owner.account_id,
        source=MailSource.campaign(sent.id),
        list_id=sent.list_id,
        contact_id=sent.contact_ids[place],
    )
    return bootstrap.mail_tokens().make(purpose, token)


def test_unsubscribing_takes_one_button(browser, base, sent):
    browser.get(f"{base}/u/{token_of(sent, TokenPurpose.UNSUBSCRIBE)}")
    seen(browser, "unsubscribe")
    contacts = bootstrap.contacts()
    key = (sent.owner.account_id, sent.list_id, sent.contact_ids[0])
    assert contacts.get(*key).status == Status.ACTIVE
    press(browser, "Unsubscribe")
    assert says(browser, "You have been unsubscribed.")
    seen(browser, "unsubscribed")
    assert contacts.get(*key).status == Status.UNSUBSCRIBED


def test_a_mail_is_read_in_the_browser_and_left_from_there(base, sent):
    """With scripts on: it is the page's policy that keeps those of the mail from running."""
    with browsing(scripts=True) as browser:
        browser.get(f"{base}/v/{token_of(sent, TokenPurpose.VIEW, place=1)}")
        email = bootstrap.contacts().get(sent.owner.account_id, sent.list_id, sent.contact_ids[1]).email
        assert browser.find_element(By.TAG_NAME, "h1").text == f"For {email}"
        assert browser.title != "ran"
        browser.find_element(By.LINK_TEXT, "Leave").click()
        browser.switch_to.window(browser.window_handles[-1])
        assert says(browser, "Unsubscribe")


def test_the_reference_shows_the_documents_operations(base):
    paths = json.loads(DOCUMENT.read_text())["paths"]
    operations = [operation for methods in paths.values() for operation in methods.values()]
    with browsing(scripts=True) as browser:
        browser.get(f"{base}/reference")
        first = operations[0]
        browser.find_element(By.ID, f"operations-tag-{first['tags'][0]}").click()
        browser.find_element(By.ID, f"operations-{first['tags'][0]}-{first['operationId']}").click()
        assert browser.find_element(By.CSS_SELECTOR, ".opblock.is-open .opblock-body").is_displayed()
        shown = browser.find_elements(By.CSS_SELECTOR, "[id^=operations-tag-]")
        assert len(shown) == len({operation["tags"][0] for operation in operations})
        if SHOTS:
            browser.save_screenshot(f"{SHOTS}/reference.png")
        problems = [entry["message"] for entry in browser.get_log("browser") if entry["level"] == "SEVERE"]
        assert [problem for problem in problems if "favicon" not in problem] == []
