"""All settings. The environment decides; `.env` beside manage.py fills in what it leaves open."""

import os
import tempfile
from pathlib import Path

from csp.constants import NONCE, NONE, SELF, UNSAFE_EVAL, UNSAFE_INLINE
from django.templatetags.static import static
from django.urls import reverse_lazy
from environ import Env

from coachbot import logs
from coachbot.db import options
from coachbot.environment import (
    address,
    boolean,
    chat_model,
    database,
    email,
    integer,
    integers,
    metrics_token,
    networks,
    rate,
    replica,
    secret,
    secret_key,
    secret_list,
    telegram,
    word,
)

BASE_DIR = Path(__file__).resolve().parent.parent

env = Env()
ENV_FILE = Path(env.str("ENV_FILE", default=str(BASE_DIR / ".env")))
if ENV_FILE.is_file():
    env.read_env(ENV_FILE)

DEBUG = boolean(env, "DEBUG", default=False)
SECRET_KEY = secret_key(env, debug=DEBUG)
SECRET_KEY_FALLBACKS = secret_list(env, "SECRET_KEY_FALLBACKS")
# What seals the log of staff. Kept apart from SECRET_KEY, that one can be changed without it.
AUDIT_KEYS = [key for key in (secret(env, "AUDIT_KEY"), SECRET_KEY, *SECRET_KEY_FALLBACKS) if key]
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]"])

INSTALLED_APPS = [
    "unfold.apps.BasicAppConfig",
    "coachbot.admin.apps.AdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "allauth",
    "allauth.account",
    "allauth.headless",
    "allauth.mfa",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "drf_standardized_errors",
    "django_tasks",
    "django_tasks_db",
    "coachbot",
    "audit",
    "coachbot.jobs",
    "coachbot.mail",
    "accounts",
    "scheduling",
    "feedback",
    "coachbot.chat",
    "coachbot.feeds",
    "coachbot.notifications",
    "coachbot.webhooks",
]

MIDDLEWARE = [
    "coachbot.access.AccessMiddleware",
    # Outside of all that may answer with a page.
    "coachbot.api.middleware.JSONErrorsMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "coachbot.security.ContentSecurityPolicyMiddleware",
    "coachbot.security.PermissionsPolicyMiddleware",
    "coachbot.api.middleware.PrivacyMiddleware",
    "coachbot.api.middleware.BodyLimitMiddleware",
    "coachbot.api.middleware.StrictSignInMiddleware",
    "audit.middleware.OriginMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "coachbot.security.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "accounts.middleware.RetryAfterMiddleware",
    "accounts.middleware.SessionEndedMiddleware",
    "accounts.middleware.SecondFactorMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

# Pages with hundreds of bookings or hours send a few fields for each.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 20_000

ROOT_URLCONF = "coachbot.urls"
WSGI_APPLICATION = "coachbot.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "coachbot" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "coachbot.admin.look.back_office",
            ]
        },
    }
]

# --- Database ---------------------------------------------------------------------------------
DATABASES = {"default": database(env)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["NAME"] = BASE_DIR / DATABASES["default"]["NAME"]
    # IMMEDIATE: a transaction that reads before it writes would otherwise fail with "database
    # is locked" instead of waiting. FULL: what was answered with 201 survives a power cut.
    DATABASES["default"]["OPTIONS"] = {
        "timeout": 20,
        "transaction_mode": "IMMEDIATE",
        "init_command": (
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;"
        ),
    }
    # Tests run on a file, not in memory: races open it from several processes.
    DATABASES["default"]["TEST"] = {
        "NAME": str(Path(tempfile.gettempdir()) / f"coachbot-test-{os.getpid()}.db")
    }
else:
    DATABASES["default"] |= options.postgresql(env, DATABASES["default"]["OPTIONS"])
# For the web server alone, which begins with it: see coachbot/db/serving.py.
DB_POOL = options.pool(env)
DB_STATEMENT_TIMEOUT = options.statement_timeout(env)
DB_ECHO = boolean(env, "DB_ECHO", default=boolean(env, "SQLALCHEMY_ECHO", default=False))
DB_SLOW_QUERY_MS = integer(env, "DB_SLOW_QUERY_MS", default=500)

# The development server answers each request in a thread of its own, which would keep its
# connection for nobody.
DATABASES["default"]["CONN_MAX_AGE"] = 0 if DEBUG else 60
if standby := replica(env):
    DATABASES["replica"] = {
        **DATABASES["default"],
        **standby,
        **options.postgresql(env, {"connect_timeout": 1, **standby["OPTIONS"]}),
        "TEST": {"MIRROR": "default"},
    }
    DATABASE_ROUTERS = ["coachbot.db.replicas.Router"]
DB_REPLICA_MAX_LAG = integer(env, "DB_REPLICA_MAX_LAG", default=5)

# Where backups go, and whom they are encrypted for; see docs/backups.md.
BACKUP_URL = env.str("BACKUP_URL", default="backups")
BACKUP_KEY = secret_list(env, "BACKUP_KEY")
BACKUP_VERIFY_DATABASE = options.verifying(env)

# Counts of sign-ups, resets and codes: all processes must see the same.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "coachbot_cache",
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    }
}

# What is done beside the requests: rows of the database, in the transaction of their cause.
TASKS = {
    "default": {
        "BACKEND": "django_tasks_db.DatabaseBackend",
        "OPTIONS": {"id_function": "coachbot.ids.uuid7"},
    }
}

# --- People -----------------------------------------------------------------------------------
SITE_NAME = "CoachBot"
AUTH_USER_MODEL = "accounts.User"
SESSION_ENGINE = "accounts.sessions"
SESSION_COOKIE_AGE = integer(env, "SESSION_DAYS", default=14, least=1) * 24 * 60 * 60
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.BCryptSHA256PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email", "username"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "username", "password1*"]
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = f"[{SITE_NAME}] "
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_RESEND = True
ACCOUNT_PASSWORD_RESET_BY_CODE_ENABLED = True
ACCOUNT_PRESERVE_USERNAME_CASING = False
# A stolen token alone changes no address: with another one, it would reset the password.
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_FORMS = {
    "confirm_email_verification_code": "accounts.forms.ConfirmEmailVerificationCodeForm",
    "confirm_password_reset_code": "accounts.forms.ConfirmPasswordResetCodeForm",
}
# Signing in is counted by accounts.attempts; allauth's own count of all sign-ins of an address
# would lock a whole office out, and its refusal of codes does not say when to come back.
ACCOUNT_RATE_LIMITS = {"login": None, "login_failed": None}
LOGIN_FAILURES_PER_ACCOUNT = rate(env, "LOGIN_FAILURES_PER_ACCOUNT", default="5/5m")
LOGIN_FAILURES_PER_NETWORK = rate(env, "LOGIN_FAILURES_PER_NETWORK", default="100/15m")
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "admin:index"
LOGOUT_REDIRECT_URL = "account_login"
STAFF_SECOND_FACTOR = boolean(env, "STAFF_SECOND_FACTOR", default=not DEBUG)
MFA_ADAPTER = "accounts.mfa.MFAAdapter"
MFA_FORMS = {
    "authenticate": "accounts.forms.AuthenticateForm",
    "reauthenticate": "accounts.forms.ReauthenticateForm",
    "add_webauthn": "accounts.forms.AddWebAuthnForm",
    "authenticate_webauthn": "accounts.forms.AuthenticateWebAuthnForm",
    "login_webauthn": "accounts.forms.LoginWebAuthnForm",
    "reauthenticate_webauthn": "accounts.forms.ReauthenticateWebAuthnForm",
}
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_ISSUER = SITE_NAME
HEADLESS_TOKEN_STRATEGY = "accounts.tokens.Strategy"  # noqa: S105 -- where it is
HEADLESS_CLIENTS = ("app",)
HEADLESS_SERVE_SPECIFICATION = True
HEADLESS_SPECIFICATION_TEMPLATE_NAME = None

# --- Mail: EMAIL_BACKEND, EMAIL_HOST and what else EMAIL_URL says ------------------------------
vars().update(email(env, base=BASE_DIR))
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="CoachBot <coachbot@localhost>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
# Under which address people find the site: mails link to it.
SITE_URL = address(env, "SITE_URL", default="http://127.0.0.1:8000" if DEBUG else "")
REMINDER_HOURS = integers(env, "REMINDER_HOURS", default="24", most=30 * 24)

# --- Booking rules of the whole site; a service may have its own -------------------------------
BOOKING_MIN_NOTICE_MINUTES = integer(env, "BOOKING_MIN_NOTICE_MINUTES", default=0)
BOOKING_MAX_ADVANCE_DAYS = integer(env, "BOOKING_MAX_ADVANCE_DAYS", default=365, least=1)
BOOKING_CANCELLATION_NOTICE_MINUTES = integer(
    env, "BOOKING_CANCELLATION_NOTICE_MINUTES", default=24 * 60
)
BOOKING_MAX_ACTIVE_PER_CLIENT = integer(env, "BOOKING_MAX_ACTIVE_PER_CLIENT", default=20, least=1)
# How long an offer of the waiting list stands at most, and how many one may let pass.
WAITING_LIST_HOLD_MINUTES = integer(env, "WAITING_LIST_HOLD_MINUTES", default=120, least=1)
WAITING_LIST_MAX_OFFERS = integer(env, "WAITING_LIST_MAX_OFFERS", default=3, least=1)
WAITING_LIST_MAX_PER_CLIENT = integer(env, "WAITING_LIST_MAX_PER_CLIENT", default=5, least=1)
# How long the author of feedback may change it.
FEEDBACK_EDIT_DAYS = integer(env, "FEEDBACK_EDIT_DAYS", default=14)

# --- What the chat may reach: nothing, unless set ------------------------------------------------
CHAT_MODEL = chat_model(env)
TELEGRAM = telegram(env)

# --- Whom staff may have told of events: nobody inside our own network, but for local work --------
WEBHOOKS_ALLOW_PRIVATE = boolean(env, "WEBHOOKS_ALLOW_PRIVATE", default=DEBUG)

# --- REST -------------------------------------------------------------------------------------
API_MAX_BODY_BYTES = 256 * 1024
# How often one caller may ask: a user, else a network. Local work is not held up unless it says so.
THROTTLE_RATES = {
    scope: rate(env, f"THROTTLE_{scope.upper()}", default="" if DEBUG else default)
    for scope, default in {
        "anonymous_booking": "30/h",
        "chat": "30/m",
        "search": "240/m",
        "calendar_feed": "120/h",
        "default": "600/m",
    }.items()
}
IDEMPOTENCY_KEY_HOURS = integer(env, "IDEMPOTENCY_KEY_HOURS", default=24, least=1)
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["accounts.authentication.SessionTokenAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["coachbot.api.parsers.StrictJSONParser"],
    "DEFAULT_THROTTLE_CLASSES": ["coachbot.api.throttles.ScopeThrottle"],
    "DEFAULT_FILTER_BACKENDS": ["coachbot.api.filters.StrictFilterBackend"],
    "DEFAULT_PAGINATION_CLASS": "coachbot.api.pagination.Pages",
    "DEFAULT_SCHEMA_CLASS": "coachbot.api.schema.AutoSchema",
    "EXCEPTION_HANDLER": "drf_standardized_errors.handler.exception_handler",
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "coachbot.api.negotiation.AlwaysJSON",
    "URL_FORMAT_OVERRIDE": None,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
DRF_STANDARDIZED_ERRORS = {
    "EXCEPTION_HANDLER_CLASS": "coachbot.api.errors.Handler",
    "EXCEPTION_FORMATTER_CLASS": "coachbot.api.errors.Formatter",
    "ENABLE_IN_DEBUG_FOR_UNHANDLED_EXCEPTIONS": True,
    "ALLOWED_ERROR_STATUS_CODES": [
        *("400", "401", "403", "404", "405", "409", "412", "413", "415", "422", "429", "503")
    ],
    "ERROR_SCHEMAS": {
        "400": "coachbot.api.schema.WRONG",
        "409": "coachbot.api.schema.CONFLICT",
        "412": "coachbot.api.schema.STALE",
        "413": "coachbot.api.schema.TOO_LARGE",
        "422": "coachbot.api.schema.KEY_REUSED",
        "503": "coachbot.api.schema.UNAVAILABLE",
    },
}
SPECTACULAR_SETTINGS = {
    "TITLE": "CoachBot",
    "DESCRIPTION": "Find free time with a specialist and book it. Instants are RFC 3339 in UTC.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.AllowAny"],
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "APPEND_COMPONENTS": {
        "securitySchemes": {
            "manageToken": {
                "type": "apiKey",
                "in": "header",
                "name": "X-Manage-Token",
                "description": "The secret that a guest got with their booking.",
            }
        }
    },
    "POSTPROCESSING_HOOKS": [
        "drf_standardized_errors.openapi_hooks.postprocess_schema_enums",
        "coachbot.api.schema.close_bodies",
        "coachbot.api.schema.add_sign_in",
    ],
    "ENUM_NAME_OVERRIDES": {
        "StatusEnum": "scheduling.models.BookingStatus",
        "WaitingStatusEnum": "scheduling.models.WaitingStatus",
    }
    | {
        name: f"drf_standardized_errors.openapi_serializers.{name}.choices"
        for name in (
            "ValidationErrorEnum",
            "ClientErrorEnum",
            "ServerErrorEnum",
            *(f"ErrorCode{code}Enum" for code in (401, 403, 404, 405, 406, 415, 429, 500)),
        )
    },
}

# --- The way here ------------------------------------------------------------------------------
HTTPS = boolean(env, "HTTPS", default=not DEBUG)
SECURE_SSL_REDIRECT = HTTPS
# Whoever looks after the process asks it directly.
WATCHED_PATHS = ("/health/", "/metrics")
SECURE_REDIRECT_EXEMPT = [f"^{path.removeprefix('/')}" for path in WATCHED_PATHS]
SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
# To be in the browsers' own list is for the owner of a domain to ask for: it takes months to undo.
SILENCED_SYSTEM_CHECKS = ["security.W021"]
# How many proxies of ours stand in front, each of which appends to X-Forwarded-For. The outermost
# has to overwrite X-Forwarded-Proto.
TRUSTED_PROXIES = integer(env, "TRUSTED_PROXIES", default=0)
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXIES
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None

# --- What browsers may do ----------------------------------------------------------------------
# A cookie named like this cannot be set by a neighbour's subdomain, nor over plain HTTP.
COOKIE_PREFIX = "__Host-" if HTTPS else ""
SESSION_COOKIE_NAME = f"{COOKIE_PREFIX}sessionid"
SESSION_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_NAME = f"{COOKIE_PREFIX}csrftoken"
CSRF_COOKIE_SECURE = HTTPS
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "object-src": [NONE],
    }
}
# The pages of others, and what they do not work without: Unfold computes expressions that stand
# in attributes, Redoc makes its styles as it goes. No page needs an inline script.
STAFF_PAGES = {"script-src": [SELF, UNSAFE_EVAL], "style-src": [SELF, UNSAFE_INLINE]}
CONTENT_SECURITY_EXCEPTIONS = {
    "/admin/": STAFF_PAGES,
    # The picture from which a phone reads the key of a second factor.
    "/accounts/": {**STAFF_PAGES, "img-src": [SELF, "data:"]},
    "/api/v1/docs/": {"style-src": [SELF, NONCE], "img-src": [SELF, "data:"]},
    "/api/v1/redoc/": {
        "style-src": [SELF, UNSAFE_INLINE],
        "img-src": [SELF, "data:"],
        "worker-src": ["blob:"],
    },
}
PERMISSIONS_POLICY = ", ".join(
    f"{power}=()"
    for power in ("camera", "display-capture", "geolocation", "microphone", "payment", "usb")
)

# --- What happens, line by line -----------------------------------------------------------------
LOGGING = logs.configuration(
    form=word(env, "LOG_FORMAT", of=logs.FORMATS, default="console" if DEBUG else "json"),
    level=word(env, "LOG_LEVEL", of=logs.LEVELS, default="INFO"),
    echo=DB_ECHO,
)

# Who may read what is counted: who asks from here, or with the token.
METRICS_ALLOWED_NETWORKS = networks(env, "METRICS_ALLOWED_NETWORKS", default="127.0.0.0/8,::1")
METRICS_TOKEN = metrics_token(env)

# --- Everything else --------------------------------------------------------------------------
LANGUAGE_CODE = "en"
# Of mails to people and of the pages that these lead to; all else is in English.
LANGUAGES = [("en", "English"), ("de", "Deutsch")]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"
STATIC_URL = "/static/"
# Found in the packages when the process starts: nothing to collect before.
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = DEBUG
WHITENOISE_MAX_AGE = 60 * 60
UNFOLD = {
    "SITE_TITLE": SITE_NAME,
    "SITE_HEADER": SITE_NAME,
    "SITE_SYMBOL": "calendar_month",
    "SITE_FAVICONS": [
        {
            "rel": "icon",
            "type": "image/svg+xml",
            "href": lambda request: static("coachbot/favicon.svg"),
        }
    ],
    # The history of every row is in the log, which not all staff may read.
    "SHOW_HISTORY": lambda request: request.user.has_perm("audit.view_adminlog"),
    "DASHBOARD_CALLBACK": "scheduling.admin.start_page.start_page",
    "ACCOUNT": {
        "navigation": [
            {"title": "Change password", "link": reverse_lazy("account_change_password")},
            {"title": "Second factor", "link": reverse_lazy("mfa_index")},
        ]
    },
}
