"""Serve the pages of forms, confirmation links and preferences, without authentication and cookies.

Answers are the same for known and unknown addresses. A page repeats only the address of the submitted values.
"""

from typing import Annotated

from functions.pages.requests import (
    EMBEDDED_POLICY,
    FORM_POLICY,
    fields_of,
    page,
    redirect,
    tracking_request_of,
    visitor_of,
)
from postrider import bootstrap
from postrider.consent.preferences import PreferenceService, SubscriptionState
from postrider.consent.service import ConfirmationService
from postrider.forms import pages, rules
from postrider.forms.service import FormService
from postrider.forms.signup import SignUpProcessing
from postrider.http import Depends, Operations, Request, Response
from postrider.http.main.dialect import MAIN
from postrider.kit.errors import Invalid, RateLimited
from postrider.tracking.service import is_web_address

operations = Operations("Public page", MAIN)
Forms = Annotated[FormService, Depends(bootstrap.forms)]
SignUps = Annotated[SignUpProcessing, Depends(bootstrap.sign_up_processing)]
OptIns = Annotated[ConfirmationService, Depends(bootstrap.confirmations)]
PreferencesOf = Annotated[PreferenceService, Depends(bootstrap.preferences)]


@operations.page("/subscribe/{form_id}", "Look at a form")
def show_form(forms: Forms, form_id: str) -> Response[str]:
    form, contact_list = forms.get_public(form_id)
    return page(pages.render_form(form, contact_list.name), policy=FORM_POLICY, account_id=form.account_id)


@operations.page("/subscribe/{form_id}/embed", "Get a form to embed into a site")
def show_embedded_form(forms: Forms, form_id: str) -> Response[str]:
    """Return the form as HTML, which any site can fetch, include, or show in a frame."""
    form, _ = forms.get_public(form_id)
    answer = page(
        pages.render_embedded_form(form, f"{bootstrap.public_base_url()}/subscribe/{form.id}"), policy=EMBEDDED_POLICY
    )
    answer.headers["Access-Control-Allow-Origin"] = "*"
    return answer


@operations.post("/subscribe/{form_id}", "Sign up with a form", public=True, errors=())
def sign_up(forms: Forms, sign_ups: SignUps, request: Request, form_id: str) -> Response[str]:
    form, contact_list = forms.get_public(form_id)
    fields = fields_of(request)
    try:
        sign_ups.submit(form, fields, list_name=contact_list.name, visitor=visitor_of(request))
    except RateLimited as exc:
        answer = page(pages.render_too_many_sign_ups(form.language), status=429, account_id=form.account_id)
        answer.headers["Retry-After"] = str(exc.details["retry_after_s"])
        return answer
    except Invalid as exc:
        field = str(exc.field[0]) if exc.field else rules.EMAIL
        html = pages.render_form(
            form,
            contact_list.name,
            problem=pages.problem_text(form, field),
            email=" ".join(fields.get(rules.EMAIL, ())),
            email_invalid=field == rules.EMAIL,
        )
        return page(html, status=400, policy=FORM_POLICY, account_id=form.account_id)
    onward = form.redirections.get("after_opt_in") or contact_list.redirections.get("after_opt_in")
    return _onward(onward, pages.render_signed_up(form), form.account_id)


@operations.page("/confirm/{token}", "Ask before confirming a subscription")
def ask_confirmation(confirmations: OptIns, token: str) -> Response[str]:
    """Return the question without changing anything, since scanners open every link of a mail."""
    confirmation = confirmations.read(token)
    return page(pages.render_confirmation(confirmation), account_id=confirmation.account_id)


@operations.post("/confirm/{token}", "Confirm a subscription", public=True, errors=())
def confirm_subscription(confirmations: OptIns, request: Request, token: str) -> Response[str]:
    confirmed = confirmations.confirm(token, visitor_of(request))
    return _onward(confirmed.onward, pages.render_confirmed(confirmed), confirmed.account_id)


@operations.page("/p/{token}", "Show preferences")
def show_preferences(preferences: PreferencesOf, token: str) -> Response[str]:
    shown = preferences.get(token)
    return page(pages.render_preferences(shown), account_id=shown.account_id)


@operations.post("/p/{token}", "Change preferences", public=True, errors=())
def change_preferences(preferences: PreferencesOf, forms: Forms, request: Request, token: str) -> Response[str]:
    fields = fields_of(request)
    shown = preferences.get(token)
    match fields.get("action"):
        case ["save"]:
            preferences.choose_interests(token, fields.get(rules.INTERESTS, ()))
            return page(pages.render_preferences(preferences.get(token), saved=True), account_id=shown.account_id)
        case ["leave" | "leave_all" as action]:
            everything = action == "leave_all" or shown.state == SubscriptionState.LIST_DELETED
            bootstrap.link_unsubscription().unsubscribe_by_preferences(
                token, tracking_request_of(request), everything=everything
            )
            onward = forms.opt_out_url(shown.account_id, shown.list_id)
            return _onward(onward, pages.render_unsubscribed(shown, everything=everything), shown.account_id)
        case ["come_back"]:
            preferences.request_resubscription(token)
            return page(pages.render_resubscription_requested(shown.language), account_id=shown.account_id)
    return page(pages.render_preferences(shown), status=400, account_id=shown.account_id)


def _onward(target: str | None, html: str, account_id: str) -> Response[str]:
    """Redirect to the URL that the owner has set, or show the page."""
    return redirect(target, status=303) if target and is_web_address(target) else page(html, account_id=account_id)
