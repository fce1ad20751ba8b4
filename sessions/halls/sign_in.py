"""Signing in 登录 of the staff: slowed when it fails often; Django rotates the session's key."""

from __future__ import annotations

import unicodedata

from django.contrib.auth import logout
from django.contrib.auth.views import LoginView
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.decorators import method_decorator
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from .forms import SignInForm
from .throttle import Throttle, address, wait_words

BY_NAME = Throttle("sign-in", limit=5, window_seconds=15 * 60)  # one name from one address
BY_ADDRESS = Throttle("sign-in-address", limit=40, window_seconds=15 * 60)  # many names from one address


def _keys(request: HttpRequest) -> tuple[str, str]:
    name = unicodedata.normalize("NFKC", request.POST.get("username", "")).strip().casefold()
    return f"{name}\n{address(request)}", address(request)


@method_decorator(never_cache, name="dispatch")
class SignIn(LoginView):
    """The sign-in page. Only failed tries count; after too many, no password is looked at for a while."""

    template_name = "office/sign_in.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True

    def post(self, request: HttpRequest, *args: object, **kwargs: object) -> HttpResponse:
        by_name, by_address = _keys(request)
        # Counted before the password is looked at, so that tries sent all at once do not slip through together.
        counted = BY_NAME.allow(by_name), BY_ADDRESS.allow(by_address)
        if not all(counted):
            return self._slow(max(BY_NAME.retry_after(by_name), BY_ADDRESS.retry_after(by_address), 1))
        response = super().post(request, *args, **kwargs)
        if request.user.is_authenticated:
            BY_NAME.clear(by_name)
            BY_ADDRESS.give_back(by_address)
        return response

    def _slow(self, seconds: int) -> HttpResponse:
        form = SignInForm(self.request, initial={"username": self.request.POST.get("username", "")[:150]})
        response = self.render_to_response(self.get_context_data(form=form, slow=wait_words(seconds)), status=429)
        response["Retry-After"] = str(seconds)
        return response


@require_http_methods(["POST"])
def sign_out(request: HttpRequest) -> HttpResponse:
    """Sign out and go back to the sign-in page; a POST, so that no link can do it."""
    logout(request)
    return redirect("office:sign_in")
