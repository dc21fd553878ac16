"""A user gives a program access in a real browser, with scripts switched off."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from postrider import bootstrap
from tests.e2e.test_pages_in_browser import press, says, seen
from tests.testing.factories.accounts import PASSWORD, make_owner
from tests.testing.factories.oauth import make_program, pkce
from tests.testing.harness import Api
from tests.testing.serve import serving

BACK = "<!doctype html><html lang='en'><title>Shop</title><main>Welcome back to the shop</main>"


@pytest.fixture
def owner(platform):
    platform.clock.move(timedelta(days=1))  # limits of earlier tests are over
    return make_owner()


def log_in(browser, user, password=PASSWORD):
    browser.find_element(By.NAME, "email").clear()
    browser.find_element(By.NAME, "email").send_keys(user.email)
    browser.find_element(By.NAME, "password").send_keys(password, Keys.ENTER)


def test_a_user_gives_a_program_access(browser, base, owner):
    bootstrap.accounts().change(owner.account_id, {"name": "Bakery Blum"})
    maker = make_owner()
    bootstrap.accounts().change(maker.account_id, {"name": "Acme Software"})
    verifier, challenge = pkce()
    with serving({"/back": BACK}) as shop:
        scopes = ["contacts:read", "contacts:write", "lists:read", "campaigns:write", "reports:read"]
        program = make_program(maker, redirect_uris=[f"{shop}/back"], scopes=scopes)
        browser.get(f"{base}/oauth2/authorize?{program.query(**challenge)}")
        seen(browser, "oauth-log-in")
        log_in(browser, owner, "not the password")
        assert says(browser, "The email or the password is wrong.")
        seen(browser, "oauth-wrong-password")
        log_in(browser, owner)
        assert says(browser, "Give Shop Sync access?")
        assert says(browser, "with the account “Bakery Blum”")
        seen(browser, "oauth-consent")
        press(browser, "Give access")
        assert says(browser, "Welcome back to the shop")
        back = parse_qs(urlsplit(browser.current_url).query)
        answer = program.exchange(back["code"][0], code_verifier=verifier)
        assert Api(answer.json["access_token"]).get("/lists").status == 200
        browser.get(f"{base}/oauth2/authorize?{program.query()}")
        log_in(browser, owner)
        press(browser, "Refuse")
        assert says(browser, "Welcome back to the shop")
        assert parse_qs(urlsplit(browser.current_url).query)["error"] == ["access_denied"]


def test_the_page_is_in_no_frame_and_no_form_of_another_site_counts(browser, base, owner):
    maker = make_owner()
    pages = {"/back": BACK, "/frame": "", "/form": ""}
    with serving(pages) as shop:
        program = make_program(maker, redirect_uris=[f"{shop}/back"])
        address = f"{base}/oauth2/authorize?{program.query()}".replace("&", "&amp;")
        start = '<!doctype html><html lang="en"><title>Shop</title><main>Shop'
        pages["/frame"] = f'{start}<iframe title="x" width="500" height="300" src="{address}"></iframe></main>'
        pages["/form"] = (
            f'{start}<form method="post" action="{address}"><input type="hidden" name="action" value="log_in">'
            f'<input type="hidden" name="email" value="{owner.email}">'
            f'<input type="hidden" name="password" value="{PASSWORD}"><button>Win</button></form></main>'
        )
        browser.get(f"{shop}/frame")
        browser.switch_to.frame(0)
        browser.implicitly_wait(0)
        assert not browser.find_elements(By.NAME, "password")
        browser.implicitly_wait(5)
        browser.switch_to.default_content()
        browser.get(f"{shop}/form")
        press(browser, "Win")
        assert says(browser, "Please go back to the program that sent you here")
        seen(browser, "oauth-foreign-form")


def test_a_mistake_of_a_program_is_shown_with_a_way_back(browser, base):
    with serving({"/back": BACK}) as shop:
        program = make_program(make_owner(), redirect_uris=[f"{shop}/back"])
        browser.get(f"{base}/oauth2/authorize?{program.query(scope='users:write')}")
        assert says(browser, "invalid_scope")
        seen(browser, "oauth-mistake")
        browser.find_element(By.PARTIAL_LINK_TEXT, "Back to").click()
        assert says(browser, "Welcome back to the shop")
        assert "error=invalid_scope" in browser.current_url
