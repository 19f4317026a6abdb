"""The account API of an account's domains, limits and picture (cloud-api.md 2.2)."""

from uuid import UUID

from django.http import HttpResponse
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request

from accounts.api import uploaded_image
from accounts.models import AccountImage
from accounts.rest.answers import Answer, NoContent
from accounts.rest.errors import ApiError
from accounts.rest.views import describe
from accounts.schemas import ImageUpload
from accounts.services.people import remove_account_image, set_account_image
from orgs import plans
from orgs.rest import AccountView
from orgs.schemas import accounts as schemas
from orgs.services.domains import domains_of, set_domains


class DomainsView(AccountView):
    required_permissions = {"GET": "administrate:sso", "PATCH": "administrate:sso"}

    @describe("read_account_domains", answers={200: list[schemas.Domain]})
    def get(self, request: Request, account_id: UUID) -> HttpResponse:
        """In the order in which they were given."""
        fields = ("id", "created", "updated", "account_id", "name")
        return Answer([{field: getattr(one, field) for field in fields} for one in domains_of(self.account)])

    @describe("update_account_domains", body=schemas.DomainsUpdate, answers={204: None})
    def patch(self, request: Request, account_id: UUID) -> HttpResponse:
        """Replace the list."""
        set_domains(self.account, self.body(schemas.DomainsUpdate).domain_names, actor=self.actor)
        return NoContent()


class UsageLimitsView(AccountView):
    required_permissions = {"GET": "read:account"}

    @describe("read_account_usage_limits", answers={200: schemas.UsageLimits})
    def get(self, request: Request, account_id: UUID) -> HttpResponse:
        """There are no plans: null is no limit, and so are the numbers of users and workspaces, which nobody reaches.

        Managed execution is not there, so nothing of it may be used: 0.
        """
        limits: dict[str, int | None] = dict.fromkeys(schemas.UsageLimits.model_fields)
        limits |= {"user_limit": plans.NO_LIMIT, "workspace_limit": plans.NO_LIMIT}
        return Answer(limits | {"mex_work_pool_limit": 0, "mex_compute_limit": 0, "mex_concurrency_limit": 0})


class ImageView(AccountView):
    required_permissions = {"GET": "read:account", "PUT": "update:account", "DELETE": "update:account"}
    parser_classes = [MultiPartParser]

    @describe("get_account_image", answers={200: None})
    def get(self, request: Request, account_id: UUID) -> HttpResponse:
        """The picture itself; 404 while there is none."""
        image = AccountImage.objects.filter(account=self.account).first()
        if image is None:
            raise ApiError(404, "This account has no image.")
        headers = {"X-Content-Type-Options": "nosniff"}
        return HttpResponse(bytes(image.content), content_type=image.content_type, headers=headers)

    @describe("upload_account_image", body=ImageUpload, media="multipart/form-data", answers={204: None})
    def put(self, request: Request, account_id: UUID) -> HttpResponse:
        """Replace the picture; it is cropped to a square and loses all metadata."""
        set_account_image(self.account, uploaded_image(request), actor=self.actor)
        return NoContent()

    @describe("delete_account_image", answers={204: None})
    def delete(self, request: Request, account_id: UUID) -> HttpResponse:
        remove_account_image(self.account, actor=self.actor)
        return NoContent()
