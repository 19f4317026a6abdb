"""Every page shows times in the reader's time zone and names it; no template or module formats times of its own."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.apps import apps
from django.conf import settings
from django.db.models import DateTimeField
from django.utils import timezone

from accounts.models import ApiKey, OutgoingMail, User
from accounts.reader_zone import COOKIE
from accounts.services.preferences import update_preferences
from auditlog.models import Entry
from core.errors import Invalid
from orgs.models import Invitation
from orgs.services.invitations import invite
from tests.cast import Organization, Person
from tests.visits import root, text, visitor
from tests.workspaces.runs import stage

SAFE = {"iso", "with_zone", "ago"}
FORMATS = {"date", "time", "timesince", "timeuntil"}
# Formatting happens in `core/pages/times.py`. These write for programs.
FORMATTERS = {
    "core/pages/times.py", "orgs/api/networks.py", "core/log_format.py",
    # No pages: names of tables, values that are stored in JSON, and lines of iCalendar.
    "core/db/partitions.py", "workspaces/scheduling/expired_pauses.py",
    "workspaces/deployments/schedule_dates/rrules.py",
}  # fmt: skip


def _choose(user: User, time_zone: str, *, shows_utc: bool = False) -> None:
    update_preferences(user, actor=user.as_actor(), time_zone=time_zone, shows_utc=shows_utc)


def _mistakes(source: str) -> list[str]:
    """Return the tags and expressions of a template that print a time without the kit."""
    fields = {
        field.name
        for model in apps.get_models()
        for field in model._meta.get_fields()
        if isinstance(field, DateTimeField)
    }
    time = re.compile(rf"(^|[.\s])({'|'.join(sorted(fields))})$")
    mistakes = re.findall(r"<time\b|\{% now\b[^%]*%\}", source)
    for expression in re.findall(r"\{\{(.+?)\}\}", source):
        value, *filters = (part.strip().split(":")[0] for part in expression.split("|"))
        if set(filters) & FORMATS or (time.search(value) and not set(filters) & SAFE):
            mistakes.append(expression)
    return mistakes


def test_no_template_prints_a_time_without_the_tags_of_the_kit() -> None:
    templates = [path for path in (settings.BASE_DIR / "templates").rglob("*.*") if path.suffix in (".html", ".txt")]
    assert len(templates) > 100
    assert {str(path): found for path in templates if (found := _mistakes(path.read_text()))} == {}


@pytest.mark.parametrize(
    ("source", "mistakes"),
    [
        ("{{ run.start_time }}", 1),
        ("{{ created|default:'-' }}", 1),
        ("{{ anything|date:'c' }} {{ anything|time }}", 2),
        ("{% now 'Y' %} <time>1</time>", 2),
        ("{% moment run.start_time %} {{ run.start_time|iso }} {{ run.created_by }} {{ timestamp_of }}", 0),
    ],
)
def test_templates_that_print_times_are_found(source: str, mistakes: int) -> None:
    assert len(_mistakes(source)) == mistakes


def test_no_module_formats_times_of_its_own() -> None:
    mistakes = []
    for folder in ("accounts", "auditlog", "config", "core", "orgs", "rbac", "transfers", "workspaces"):
        for path in sorted((settings.BASE_DIR / folder).rglob("*.py")):
            place = str(path.relative_to(settings.BASE_DIR))
            found = re.findall(r"\.strftime\(|\{[^{}\"']*:%[-A-Za-z]", path.read_text())
            if found and place not in FORMATTERS and "/formats/" not in place:
                mistakes.append(f"{place}: {found}")
    assert mistakes == []


def test_times_follow_the_choice_the_browser_and_the_switch_in_this_order(owner: Person) -> None:
    User.objects.filter(id=owner.user.id).update(created=datetime(2026, 7, 1, 23, 30, tzinfo=UTC))
    client = visitor(owner.user)

    def shown() -> str:
        page = client.get("/my/profile")
        found = re.search(
            r'<time datetime="2026-07-01T23:30:00.000Z" title="([^"]+)">([^<]+)</time>', page.content.decode()
        )
        assert found
        assert found[1] == "2026-07-01 23:30:00 UTC"
        return found[2]

    assert shown() == "2026-07-01 23:30:00"
    assert "Times in UTC" in text(client.get("/my/profile"))
    client.cookies[COOKIE] = "America/New_York"
    assert shown() == "2026-07-01 19:30:00"
    assert "Times in America/New_York" in text(client.get("/my/profile"))
    answer = client.post("/my/preferences", {"time_zone": "Asia/Kolkata", "times": "local"})
    assert answer.status_code == 302
    assert shown() == "2026-07-02 05:00:00"
    assert 'value="Asia/Kolkata" selected' in client.get("/my/preferences").content.decode()
    answer = client.post("/my/preferences/times", {"times": "utc", "next": "/my/profile"})
    assert answer["Location"] == "/my/profile"
    assert shown() == "2026-07-01 23:30:00"
    assert visitor(owner.user).get("/my/profile").context["time_zones"].utc
    for elsewhere in ("//evil.example", "no-address"):
        answer = client.post("/my/preferences/times", {"times": "local", "next": elsewhere})
        assert (answer.status_code, answer["Location"]) == (302, "/")
    assert shown() == "2026-07-02 05:00:00"
    client.post("/my/preferences", {"time_zone": "browser", "times": "local"})
    assert shown() == "2026-07-01 19:30:00"
    changes = [entry.detail["changes"] for entry in Entry.objects.filter(action="user.updated").order_by("occurred")]
    assert [set(change) for change in changes] == [{"time_zone"}, {"shows_utc"}, {"shows_utc"}, {"time_zone"}]


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "Mars/Olympus", "<script>", "localtime", "\u00e9" * 9, "x" * 4000]
)
def test_an_unknown_time_zone_of_a_browser_is_ignored(owner: Person, name: str) -> None:
    client = visitor(owner.user)
    client.cookies[COOKIE] = name
    page = client.get("/my/profile", headers={"X-Time-Zone": name})
    assert page.status_code == 200
    assert page.context["time_zones"].shown == "UTC"


def test_an_unknown_choice_changes_nothing_and_says_so(owner: Person) -> None:
    client = visitor(owner.user)
    _choose(owner.user, "Asia/Kolkata")
    for data in ({"time_zone": "Mars/Olympus", "times": "utc"}, {"time_zone": "UTC", "times": "both"}, {"times": ""}):
        answer = client.post("/my/preferences", data)
        assert answer.status_code == 422
        assert "Nothing was saved yet" in text(answer)
    assert client.post("/my/preferences/times", {"times": "both"}).status_code == 302
    assert client.get("/my/preferences/times").status_code == 302
    with pytest.raises(Invalid):
        update_preferences(owner.user, actor=owner.user.as_actor(), time_zone="../UTC")
    user = User.objects.get(id=owner.user.id)
    assert (user.time_zone, user.shows_utc) == ("Asia/Kolkata", False)
    User.objects.filter(id=user.id).update(time_zone="Gone/Zone")  # a name that the next tz database has no more
    assert client.get("/my/preferences").context["time_zones"].shown == "UTC"


def test_a_part_of_a_page_stays_in_the_time_zone_of_the_page(owner: Person) -> None:
    run = stage.flow_run(stage.flow(owner.workspace), state="RUNNING", ago=timedelta(minutes=1))
    stage.log(run, "hello", at=datetime(2026, 7, 1, 23, 30, tzinfo=UTC))
    _choose(owner.user, "Asia/Kolkata")
    client, path = visitor(owner.user), f"{root(owner.workspace)}/runs/flow-run/{run.id}"
    assert ">05:00:00</time>" in client.get(f"{path}?tab=logs").content.decode()
    for zone, shown in (("UTC", "23:30:00"), ("Europe/Berlin", "01:30:00"), ("nonsense", "05:00:00")):
        part = client.get(f"{path}/logs/since", headers={"X-Poll": "1", "X-Time-Zone": zone})
        assert f">{shown}</time>" in part.content.decode()


def test_the_time_zone_of_a_request_does_not_leak_into_the_next(owner: Person, stranger: Person) -> None:
    _choose(owner.user, "Asia/Kolkata")
    visitor(owner.user).get("/my/profile")
    assert str(timezone.get_current_timezone()) == "UTC"
    assert visitor(stranger.user).get("/my/profile").context["time_zones"].shown == "UTC"


def test_a_key_expires_as_the_chosen_day_begins_for_the_reader(owner: Person) -> None:
    _choose(owner.user, "Asia/Kolkata")
    client = visitor(owner.user)
    assert "as this day begins in Asia/Kolkata" in text(client.get("/my/api-keys/create"))
    client.post("/my/api-keys/create", {"name": "dated", "expiry": "date", "date": "2099-07-02"})
    assert ApiKey.objects.get(name="dated").expires_at == datetime(2099, 7, 1, 18, 30, tzinfo=UTC)


def test_times_at_the_ends_of_the_calendar_break_no_page(owner: Person, operator: User) -> None:
    ApiKey.objects.filter(user=owner.user).update(expires_at=datetime.max.replace(tzinfo=UTC))
    run = stage.flow_run(stage.flow(owner.workspace))
    stage.log(run, "hello", at=datetime.min.replace(tzinfo=UTC))
    stage.log(run, "bye", at=datetime.max.replace(tzinfo=UTC))
    for zone in ("Pacific/Kiritimati", "Pacific/Pago_Pago"):
        _choose(owner.user, zone)
        _choose(operator, zone)
        client = visitor(owner.user)
        assert client.get("/my/api-keys").status_code == 200
        runs = f"{root(owner.workspace)}/runs"
        assert client.get(f"{runs}/flow-run/{run.id}?tab=logs").status_code == 200
        assert client.get(f"{runs}?from=0001-01-01T00:00:00Z&to=9999-12-31T23:59:59Z").status_code == 200
        for path in ("/admin/accounts/apikey/", f"/admin/accounts/apikey/{owner.key.id}/change/"):
            assert visitor(operator).get(path).status_code == 200


def test_the_admin_shows_iso_times_in_the_time_zone_of_the_operator_and_names_it(owner: Person, operator: User) -> None:
    ApiKey.objects.filter(user=owner.user).update(expires_at=datetime(2099, 7, 1, 23, 30, 5, tzinfo=UTC))
    _choose(operator, "Asia/Kolkata")
    page = text(visitor(operator).get("/admin/accounts/apikey/"))
    assert "2099-07-02 05:00:05" in page
    assert visitor(operator).get("/admin/auditlog/entry/").status_code == 200  # its days are computed in the database
    assert "Times in Asia/Kolkata." in page


def _invite(organization: Organization, email: str) -> Invitation:
    owner = organization.owner.user
    return invite(organization.account, [email], role="Member", invited_by=owner, actor=owner.as_actor())[0]


def test_mail_names_the_time_zone_that_the_recipient_chose(organization: Organization, stranger: Person) -> None:
    _choose(organization.owner.user, "Asia/Kolkata")
    _choose(stranger.user, "Europe/Berlin")
    for email, zone in ((stranger.user.email, "Europe/Berlin"), ("nobody@example.com", "UTC")):
        invitation = _invite(organization, email)
        mail = OutgoingMail.objects.get(recipient=email)
        with timezone.override(zone):
            until = f"until {timezone.localtime(invitation.expires_at):%Y-%m-%d %H:%M} {zone}."
        assert until in mail.text
        assert until in mail.html


def test_typed_times_of_the_runs_list_become_exact_addresses(owner: Person) -> None:
    _choose(owner.user, "Asia/Kolkata")
    client, path = visitor(owner.user), f"{root(owner.workspace)}/runs"
    answer = client.get(path, {"state": "failed", "from-local": "2026-07-02T05:00", "to-local": ""})
    assert answer["Location"] == f"{path}?state=failed&from=2026-07-01T23%3A30%3A00Z"
    page = client.get(answer["Location"])
    assert "Between: 2026-07-02 05:00 and now" in text(page)
    assert 'name="from" value="2026-07-01T23:30:00Z"' in page.content.decode()
    answer = client.get(path, {"from": "2026-07-01T23:30:00Z", "from-local": "yesterday"})
    assert answer["Location"] == f"{path}?from=2026-07-01T23%3A30%3A00Z"


def test_empty_fields_for_dates_set_no_bound(owner: Person) -> None:
    """The form sends them with every other change, so they must neither redirect nor lose the bounds in the address."""
    client, path = visitor(owner.user), f"{root(owner.workspace)}/runs"
    kept = "q=fox&from=2026-07-01T23%3A30%3A00Z"
    page = client.get(f"{path}?{kept}&from-local=&to-local=")
    assert (page.status_code, page.context["address"]) == (200, f"{path}?{kept}")
    assert page.context["filter"].since is not None
    assert page.context["filter"].until is None
