"""Endpoints of an account's domains, limits and picture (docs/contract/cloud-api.md, "Accounts")."""

from uuid import UUID

from django.http import HttpResponse
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request

from accounts.api import uploaded_image
from accounts.models import Account, AccountImage
from accounts.schemas import ImageUpload
from accounts.services.people import remove_account_image, set_account_image
from core.errors import NotFound
from core.rest.descriptions import describe
from core.rest.responses import Answer, NoContent
from orgs import plans
from orgs.rest import AccountView
from orgs.schemas import accounts as schemas
from orgs.services.domains import domains_of, set_domains
from rbac import permissions


class DomainsView(AccountView):
    required_permissions = {"GET": permissions.ADMINISTRATE_SSO, "PATCH": permissions.ADMINISTRATE_SSO}

    @describe("read_account_domains", answers={200: list[schemas.Domain]})
    def get(self, request: Request, account_id: UUID) -> HttpResponse:
        """Return the domains in the order in which they were set."""
        fields = ("id", "created", "updated", "account_id", "name")
        return Answer([{field: getattr(domain, field) for field in fields} for domain in domains_of(self.account)])

    @describe("update_account_domains", body=schemas.DomainsUpdate, answers={204: None})
    def patch(self, request: Request, account_id: UUID) -> HttpResponse:
        """Replace the list of domains."""
        set_domains(self.account, self.body(schemas.DomainsUpdate).domain_names, actor=self.actor)
        return NoContent()


class UsageLimitsView(AccountView):
    required_permissions = {"GET": permissions.READ_ACCOUNT}

    @describe("read_account_usage_limits", answers={200: schemas.UsageLimits})
    def get(self, request: Request, account_id: UUID) -> HttpResponse:
        """Return the limits by the account's plan and this installation, the lower of both.

        Null means no limit, and so does a number of users or workspaces that nobody reaches. Managed execution is not
        available, so its limits are 0.
        """
        limits: dict[str, int | None] = dict.fromkeys(schemas.UsageLimits.model_fields)
        rates, terms = plans.limits_of(self.account), plans.terms_of(self.account)
        users = "members" if self.account.kind == Account.ORGANIZATION else "collaborators"
        limits |= {
            "audit_log_retention_days": terms.retention.audit,
            "run_retention_days": terms.retention.runs,
            "automations_limit": terms.number("max_automations"),
            "work_pool_limit": terms.number("max_work_pools"),
            "non_mex_work_pool_limit": terms.number("max_work_pools"),
            "orchestration_rate_limit": rates.requests or None,
            "log_rate_limit": rates.lines or None,
            "user_limit": _number(terms.limit(users)),
            "workspace_limit": _number(terms.limit("workspaces")),
        }
        return Answer(limits | {"mex_work_pool_limit": 0, "mex_compute_limit": 0, "mex_concurrency_limit": 0})


class ImageView(AccountView):
    required_permissions = {
        "GET": permissions.READ_ACCOUNT,
        "PUT": permissions.UPDATE_ACCOUNT,
        "DELETE": permissions.UPDATE_ACCOUNT,
    }
    parser_classes = [MultiPartParser]

    @describe("get_account_image", answers={200: None})
    def get(self, request: Request, account_id: UUID) -> HttpResponse:
        """Return the picture, or 404 if there is none."""
        image = AccountImage.objects.filter(account=self.account).first()
        if image is None:
            raise NotFound("This account has no image.")
        headers = {"X-Content-Type-Options": "nosniff"}
        return HttpResponse(bytes(image.content), content_type=image.content_type, headers=headers)

    @describe("upload_account_image", body=ImageUpload, media="multipart/form-data", answers={204: None})
    def put(self, request: Request, account_id: UUID) -> HttpResponse:
        """Replace the picture. It is cropped to a square, and its metadata is removed."""
        set_account_image(self.account, uploaded_image(request), actor=self.actor)
        return NoContent()

    @describe("delete_account_image", answers={204: None})
    def delete(self, request: Request, account_id: UUID) -> HttpResponse:
        remove_account_image(self.account, actor=self.actor)
        return NoContent()


def _number(limit: int | None) -> int:
    return plans.NO_LIMIT if limit is None else limit
