"""The page of preferences, and the switch between the person's time zone and UTC."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render

from accounts.pages import PersonRequest, next_url, signed_in
from accounts.preferences_form import LOCAL, UTC, PreferencesForm
from accounts.reader_zone import browser_time_zone
from accounts.services.preferences import update_preferences


@signed_in
def preferences(request: PersonRequest) -> HttpResponse:
    user = request.user
    form = PreferencesForm(request.POST or None, user=user, browser=browser_time_zone(request))
    if request.method == "POST" and form.is_valid():
        time_zone, times = form.cleaned_data["time_zone"], form.cleaned_data["times"]
        update_preferences(user, actor=user.as_actor(), time_zone=time_zone, shows_utc=times == UTC)
        messages.success(request, "Your preferences are saved.")
        return redirect("preferences")
    return render(request, "accounts/preferences.html", {"form": form}, status=422 if form.errors else 200)


@signed_in
def switch_times(request: PersonRequest) -> HttpResponse:
    """Show times in UTC or in the person's time zone from now on, and return to the page."""
    if request.method != "POST":
        return redirect("preferences")
    times = request.POST.get("times")
    if times in (LOCAL, UTC):
        update_preferences(request.user, actor=request.user.as_actor(), shows_utc=times == UTC)
    return redirect(next_url(request))
