"""Settings of one installation. Everything that differs between installations comes through `config.env`."""

from datetime import timedelta
from urllib.parse import urlsplit

import django_stubs_ext
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.db.models.lookups import Lookup

from config import env

# Makes ModelAdmin[User] and its like, which the type checker wants, valid at run time.
django_stubs_ext.monkeypatch(extra_classes=[Lookup])

BASE_DIR = env.BASE_DIR
DATA_DIR = env.data_dir()
DEBUG = env.flag("BAILIWICK_DEBUG", False)
SECRET_KEY = env.secret_key(DATA_DIR)
SECRET_KEY_FALLBACKS = env.words("SECRET_KEY_FALLBACKS")

# Where people and clients reach the site; no trailing slash.
PUBLIC_URL = env.text("BAILIWICK_URL", f"http://127.0.0.1:{env.number('PORT', 8000, least=1)}").rstrip("/")
if urlsplit(PUBLIC_URL).scheme not in {"http", "https"}:
    raise ImproperlyConfigured("BAILIWICK_URL must begin with http:// or https://.")
HTTPS = PUBLIC_URL.startswith("https://")
ALLOWED_HOSTS = [
    *env.words("BAILIWICK_ALLOWED_HOSTS", "127.0.0.1,localhost,[::1]"),
    urlsplit(PUBLIC_URL).hostname or "localhost",
]
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
BEHIND_PROXY = env.flag("BAILIWICK_BEHIND_PROXY", False)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if BEHIND_PROXY else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
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
    "workspaces.events",
    "workspaces.flows",
    "workspaces.concurrency",
    "workspaces.runs",
    "workspaces.dashboard",
    "transfers",
    "config",
]

MIDDLEWARE = [
    "config.middleware.ApiBypass",
    "config.middleware.BodyLimit",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
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
                "orgs.pages.account_frame",
                "workspaces.pages.frame",
            ],
        },
    },
]

DATABASES = {"default": env.database(DATA_DIR)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env.text("REDIS_URL")
if REDIS_URL:
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}}
else:
    CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}

# ------------------------------------------------------------------ people
AUTH_USER_MODEL = "accounts.User"
# Guardian's tables are read by rbac alone, for one tenant at a time; its backend and its methods on users would heed
# global permissions, too.
ANONYMOUS_USER_NAME = None
GUARDIAN_MONKEY_PATCH_USER = GUARDIAN_MONKEY_PATCH_GROUP = False
SILENCED_SYSTEM_CHECKS = ["guardian.W001"]
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
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

OPEN_REGISTRATION = env.flag("BAILIWICK_OPEN_REGISTRATION", True)
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_SIGNUP_FORM_CLASS = "accounts.forms.SignUpFields"
ACCOUNT_EMAIL_VERIFICATION = env.choice("BAILIWICK_EMAIL_VERIFICATION", "optional", ("none", "optional", "mandatory"))
ACCOUNT_CONFIRM_EMAIL_ON_GET = False  # programs that look into mail open links; only people press buttons
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_DEFAULT_HTTP_PROTOCOL = "https" if HTTPS else "http"
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_EMAIL_NOTIFICATIONS = True

# -------------------------------------------------------------------- mail
DEFAULT_FROM_EMAIL = env.text("BAILIWICK_MAIL_FROM", "Bailiwick <bailiwick@localhost>")
MAIL_DIR = DATA_DIR / "mail"
if env.text("SMTP_HOST"):
    EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    EMAIL_HOST = env.text("SMTP_HOST")
    EMAIL_PORT = env.number("SMTP_PORT", 25, least=1)
    EMAIL_HOST_USER = env.text("SMTP_USER")
    EMAIL_HOST_PASSWORD = env.text("SMTP_PASSWORD")
    EMAIL_USE_TLS = env.flag("SMTP_STARTTLS", False)
    EMAIL_USE_SSL = env.flag("SMTP_TLS", False)
    EMAIL_TIMEOUT = 20
else:
    EMAIL_BACKEND = "accounts.mail.FolderBackend"

# ---------------------------------------------------------------- work queue
if REDIS_URL:
    CELERY_BROKER_URL = REDIS_URL
    CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, object] = {
        "socket_timeout": 5,
        "socket_connect_timeout": 2,
        "visibility_timeout": 3600,
    }
else:
    CELERY_BROKER_URL = "filesystem://localhost"
    _queue = DATA_DIR / "queue"
    (_queue / "control").mkdir(parents=True, exist_ok=True)
    (_queue / "messages").mkdir(parents=True, exist_ok=True)
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(_queue / "messages"),
        "data_folder_out": str(_queue / "messages"),
        "control_folder": str(_queue / "control"),
    }
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_PUBLISH_RETRY = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE_FILENAME = str(DATA_DIR / "beat")
CELERY_BEAT_SCHEDULE = {
    "send waiting mail": {"task": "accounts.tasks.send_waiting_mail", "schedule": 60, "options": {"expires": 55}},
    "drop expired keys and sessions": {
        "task": "accounts.tasks.drop_expired",
        "schedule": timedelta(hours=1),
        "options": {"expires": 3000},
    },
}

# --------------------------------------------------------------------- API
REST_FRAMEWORK = {
    "DEFAULT_SCHEMA_CLASS": "accounts.rest.openapi.ShapeSchema",
    "DEFAULT_AUTHENTICATION_CLASSES": ["accounts.rest.authentication.KeyAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["accounts.rest.permissions.Refused"],
    "UNAUTHENTICATED_USER": None,
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
    "PREPROCESSING_HOOKS": ["accounts.rest.routes.one_spelling_each"],
    "POSTPROCESSING_HOOKS": ["accounts.rest.openapi.write_shapes"],
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 5_242_880  # bytes; a larger body is refused with 413 (cloud-api.md 1.7)
# Every JSON answer is held against its declared shape. On in tests; costs too much for a busy site.
CHECK_ANSWERS = env.flag("BAILIWICK_CHECK_ANSWERS", False)

# ------------------------------------------------------------------- pages
STATIC_URL = "static/"
STATIC_ROOT = env.folder("BAILIWICK_STATIC_DIR", DATA_DIR / "static")
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG or env.flag("BAILIWICK_PLAIN_STATIC", False)
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
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
USE_I18N = False
LANGUAGE_CODE = "en-gb"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.text("BAILIWICK_LOG_LEVEL", "WARNING")},
    # Refusals (4xx) are the caller's affair; failures are logged.
    "loggers": {"bailiwick": {"level": "INFO"}, "django.request": {"level": "ERROR"}},
}
