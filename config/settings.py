"""Settings of one installation. Everything that differs between installations comes through `config.env`."""

from datetime import timedelta
from urllib.parse import urlsplit

import django_stubs_ext
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.db.models.lookups import Lookup

from config import broker, env
from config.limits import CAPS, MAIL_LIMITS, RATE_LIMITS, SOCKET_CAPS  # noqa: F401  settings
from config.log import logging_config
from config.schedule import schedule

# Makes ModelAdmin[User] and its like, which the type checker wants, valid at run time.
django_stubs_ext.monkeypatch(extra_classes=[Lookup])

variables = env.Variables.read()

BASE_DIR = env.BASE_DIR
DATA_DIR = env.data_dir()
DEBUG = variables.BAILIWICK_DEBUG
SECRET_KEY = env.secret_key(DATA_DIR)
SECRET_KEY_FALLBACKS = variables.SECRET_KEY_FALLBACKS

# Where people and clients reach the site; no trailing slash.
PUBLIC_URL = (variables.BAILIWICK_URL or f"http://127.0.0.1:{variables.PORT}").rstrip("/")
if urlsplit(PUBLIC_URL).scheme not in {"http", "https"}:
    raise ImproperlyConfigured("BAILIWICK_URL must begin with http:// or https://.")
HTTPS = PUBLIC_URL.startswith("https://")
ALLOWED_HOSTS = env.allowed_hosts(PUBLIC_URL)
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
BEHIND_PROXY = variables.BAILIWICK_BEHIND_PROXY
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_PROXY else None
SECURE_REFERRER_POLICY = "same-origin"
# Browsers that were here once come by https alone, from the first request on.
SECURE_HSTS_SECONDS = variables.BAILIWICK_HSTS_SECONDS if HTTPS else 0

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "config.static.ProjectStaticFilesConfig",
    "allauth",
    "allauth.account",
    "allauth.usersessions",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_htmx",
    "lucide",
    "csp",
    "guardian",
    "auditlog",
    "accounts",
    "rbac",
    "orgs",
    "workspaces",
    "workspaces.run_keys",
    "workspaces.events",
    "workspaces.flows",
    "workspaces.variables",
    "workspaces.saved_searches",
    "workspaces.concurrency",
    "workspaces.work_pools",
    "workspaces.deployments",
    "workspaces.runs",
    "workspaces.scheduling",
    "workspaces.dashboard",
    "workspaces.access",
    "workspaces.retention",
    "workspaces.trash",
    "workspaces.directory",
    "workspaces.audit_log",
    "transfers",
    "config",
]

MIDDLEWARE = [
    "auditlog.middleware.AuditedRequest",
    "config.middleware.ApiBypass",
    "config.middleware.BodyLimit",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "config.middleware.OperatorsReachAll",
    "config.middleware.ReaderTimeZone",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "config.middleware.PageErrors",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
APPEND_SLASH = False

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "config.context.site",
                "orgs.pages.account_context",
                "workspaces.pages.workspace_context",
            ],
        },
    },
]

DATABASES = {"default": env.database(DATA_DIR)}
# How long one query of a web process may take; `config.wsgi` sets it.
STATEMENT_SECONDS = variables.BAILIWICK_STATEMENT_SECONDS
PLAN_SECONDS = 5  # for which a process remembers the rate limits of an account's plan
# How many partitions of events, logs and audit entries exist ahead of time, on PostgreSQL.
PARTITIONS_AHEAD = 2
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = variables.REDIS_URL
if REDIS_URL:
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.redis.RedisCache",
            "LOCATION": REDIS_URL,
            "VERSION": 2,  # values of version 1 were pickled
            "OPTIONS": {"serializer": "core.cache.JsonSerializer"},
        }
    }
else:
    # Limits on tries are counted here. By default 300 entries push each other out, and so would the counts of guesses.
    CACHES = {
        "default": {
            "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
            "OPTIONS": {"MAX_ENTRIES": 100_000},
        }
    }

# How many days a deleted workspace or organization can be restored.
TRASH_DAYS = variables.BAILIWICK_TRASH_DAYS

# ------------------------------------------------------------------ people
AUTH_USER_MODEL = "accounts.User"
# Guardian's tables are read by rbac alone, for one tenant at a time; its backend and its methods on users would heed
# global permissions, too.
ANONYMOUS_USER_NAME = None
GUARDIAN_MONKEY_PATCH_USER = GUARDIAN_MONKEY_PATCH_GROUP = False
SILENCED_SYSTEM_CHECKS = ["guardian.W001"]
AUTHENTICATION_BACKENDS = ["accounts.backend.PersonBackend"]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
SESSION_COOKIE_AGE = int(timedelta(days=14).total_seconds())
SESSION_COOKIE_NAME = "bailiwick_session"
CSRF_COOKIE_NAME = "bailiwick_csrf"

OPEN_REGISTRATION = variables.BAILIWICK_OPEN_REGISTRATION
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_SIGNUP_FORM_CLASS = "accounts.forms.SignUpFields"
# Without a mail server nobody can confirm an address, so nothing asks for it.
SENDS_MAIL = bool(variables.SMTP_HOST)
ACCOUNT_EMAIL_VERIFICATION = variables.BAILIWICK_EMAIL_VERIFICATION or ("optional" if SENDS_MAIL else "none")
# allauth's own generator makes queries for people that it cannot make for unknown addresses.
ACCOUNT_PASSWORD_RESET_TOKEN_GENERATOR = "django.contrib.auth.tokens.PasswordResetTokenGenerator"  # noqa: S105
ACCOUNT_CONFIRM_EMAIL_ON_GET = False  # programs that look into mail open links; only people press buttons
ACCOUNT_LOGIN_ON_PASSWORD_RESET = True
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if HTTPS else "http"
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_EMAIL_NOTIFICATIONS = True

# Networks that are not public, but that requests to addresses which people typed may reach.
OUTGOING_NETWORKS = variables.BAILIWICK_OUTGOING_NETWORKS

# -------------------------------------------------------------------- mail
DEFAULT_FROM_EMAIL = variables.BAILIWICK_MAIL_FROM
MAIL_DIR = DATA_DIR / "mail"
if SENDS_MAIL:
    EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    EMAIL_HOST = variables.SMTP_HOST
    EMAIL_PORT = variables.SMTP_PORT
    EMAIL_HOST_USER = variables.SMTP_USER
    EMAIL_HOST_PASSWORD = variables.SMTP_PASSWORD
    EMAIL_USE_TLS = variables.SMTP_STARTTLS
    EMAIL_USE_SSL = variables.SMTP_TLS
    EMAIL_TIMEOUT = 20
else:
    EMAIL_BACKEND = "accounts.mail.FolderBackend"

# ---------------------------------------------------------------- work queue
CELERY_BROKER_URL = REDIS_URL or "files://localhost"
CELERY_BROKER_TRANSPORT_OPTIONS = broker.redis_options() if REDIS_URL else broker.file_options(DATA_DIR)
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_SERIALIZER = "json"
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_PUBLISH_RETRY = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE_FILENAME = str(DATA_DIR / "beat")
MAIL_SWEEP_SECONDS = variables.BAILIWICK_MAIL_SWEEP_SECONDS
AUDIT_CHAIN_SECONDS = variables.BAILIWICK_AUDIT_CHAIN_SECONDS
CELERY_BEAT_SCHEDULE = schedule(mail_sweep=MAIL_SWEEP_SECONDS, audit_chain=AUDIT_CHAIN_SECONDS)

# --------------------------------------------------------------------- API
REST_FRAMEWORK = {
    "DEFAULT_SCHEMA_CLASS": "core.rest.openapi.ShapeSchema",
    "DEFAULT_AUTHENTICATION_CLASSES": ["accounts.authentication.KeyAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["core.rest.permissions.Refused"],
    "UNAUTHENTICATED_USER": None,
    "URL_FORMAT_OVERRIDE": None,  # ?format=x would be a server error at /api/docs
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Bailiwick",
    "VERSION": "0.8.4",
    "DESCRIPTION": "Accounts, workspaces, and the workspace API that Prefect 3 clients speak; 0.8.4 is the version of"
    " that contract. Send an API key, made at [/my/api-keys](/my/api-keys), as `Authorization: Bearer KEY`. Beside what"
    " is listed here, each workspace has websockets: `events/in`, `events/out` and `logs/out`.",
    "OAS_VERSION": "3.1.1",
    "SCHEMA_PATH_PREFIX": r"/api",
    "APPEND_COMPONENTS": {"securitySchemes": {"apiKey": {"type": "http", "scheme": "bearer"}}},
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_SETTINGS": {"deepLinking": True, "docExpansion": "none", "filter": True},
    "PREPROCESSING_HOOKS": ["core.rest.routes.one_spelling_each"],
    "POSTPROCESSING_HOOKS": ["core.rest.openapi.write_shapes"],
}
# Bytes. A larger body is refused with 413 (docs/contract/cloud-api.md, "Status codes and bodies").
DATA_UPLOAD_MAX_MEMORY_SIZE = 5_242_880
# Every JSON answer is held against its declared shape. On in tests; costs too much for a busy site.
CHECK_ANSWERS = variables.BAILIWICK_CHECK_ANSWERS

# ------------------------------------------------------------------- pages
STATIC_URL = "static/"
STATIC_ROOT = (variables.BAILIWICK_STATIC_DIR or DATA_DIR / "static").resolve()
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "config.static.BundledStaticFilesStorage"
        if DEBUG or variables.BAILIWICK_PLAIN_STATIC
        else "config.static.BundledManifestStaticFilesStorage"
    },
}
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = ("jpg", "png", "gif", "webp", "woff", "woff2", "gz", "br", "map")
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "connect-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

USE_TZ = True
TIME_ZONE = "UTC"
FORMAT_MODULE_PATH, USE_I18N = ["config.formats"], False  # ISO dates in the admin
LANGUAGE_CODE = "en-gb"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

LOGGING = logging_config(variables.BAILIWICK_LOG_LEVEL)
