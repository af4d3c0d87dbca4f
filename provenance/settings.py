"""Settings, by environment (the table is in the README). The embedded default needs no server and no variable.

Only `DATABASE_URL` and `REDIS_URL` switch to PostgreSQL and to a Redis of your own; nothing is guessed.
"""

from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

import environ
from celery.schedules import schedule
from django.core.exceptions import ImproperlyConfigured
from django.core.management.utils import get_random_secret_key
from kombu import Queue

from provenance import broker

env = environ.Env()

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = Path(env.str("DATA_DIR", default=str(BASE_DIR / "var"))).resolve()
EMBEDDED = "DATABASE_URL" not in env.ENVIRON
DEBUG = env.bool("DEBUG", default=False)


def _secret_key() -> str:
    """From the environment; else from the file that `./run` keeps; else one for this process alone."""
    if key := env.str("SECRET_KEY", default=""):
        return str(key)
    if not EMBEDDED:
        raise ImproperlyConfigured("SECRET_KEY must be set when DATABASE_URL is. Give 50 random characters.")
    kept = DATA_DIR / "secret_key"
    return kept.read_text().strip() if kept.exists() else get_random_secret_key()


SECRET_KEY = _secret_key()
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]"])
PUBLIC_URL = env.str("PUBLIC_URL", default="http://127.0.0.1:8000").rstrip("/")
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
_PUBLIC_HTTPS = PUBLIC_URL.startswith("https://")
SECURE_SSL_REDIRECT = _PUBLIC_HTTPS
SECURE_REDIRECT_EXEMPT = [r"^(healthz|readyz)$"]  # asked by load balancers from within, without TLS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if _PUBLIC_HTTPS else None
SECURE_HSTS_SECONDS = 31_536_000 if _PUBLIC_HTTPS else 0
# Subdomains and preload lists bind a whole domain: that is its owner's to decide, not ours.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _PUBLIC_HTTPS
X_FRAME_OPTIONS = "DENY"
CORS_ALLOWED_ORIGINS = env.list("CORS_ALLOWED_ORIGINS", default=[])
CORS_URLS_REGEX = r"^/(graphql|api)/"
CORS_ALLOW_HEADERS = ["accept", "authorization", "content-type", "idempotency-key", "if-none-match"]
CORS_EXPOSE_HEADERS = ["etag", "location", "idempotency-replayed"]

INSTALLED_APPS = [
    "unfold",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "corsheaders",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "strawberry_django",
    "sources",
    "claims",
    "provenance.partners",
    "provenance",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "provenance.admin_policy.admin_policy",
]

ROOT_URLCONF = "provenance.urls"
WSGI_APPLICATION = "provenance.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

# --- Database -------------------------------------------------------------------------------------------------------

DATABASES = {"default": env.db_url("DATABASE_URL", default=f"sqlite:///{DATA_DIR / 'db.sqlite3'}")}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["OPTIONS"] = {
        # A transaction that reads first and writes later fails at once when another wrote in between; taking the write
        # lock at BEGIN makes it wait its turn instead.
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        # FULL: what was answered with 201 is on the disk, also after a power cut.
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
    }
    # A file: in memory, other threads and processes of a test would not see it.
    DATABASES["default"]["TEST"] = {"NAME": str(DATA_DIR / "test.sqlite3")}
else:
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
if DATABASES["default"]["ENGINE"] == "django.db.backends.postgresql":
    DATABASES["default"]["ENGINE"] = "sources.postgresql"
    # Allows it: only what goes through `planned_cursor` (sources/prepared.py) is prepared.
    DATABASES["default"].setdefault("OPTIONS", {}).setdefault("prepare_threshold", 0)
DATABASES["default"]["CONN_MAX_AGE"] = 60  # a new one takes a worker as long as the writes of a page
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
ATOMIC_REQUESTS = False  # every atomic() takes SQLite's write lock: only writes open one

# --- Broker, cache, queue -------------------------------------------------------------------------------------------

REDIS_URL = env.str("REDIS_URL", default="") or broker.embedded_url(DATA_DIR)
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        # Fetches wait for what is remembered of a site: one that hangs must not take their time.
        "OPTIONS": {"socket_timeout": 2, "socket_connect_timeout": 2},
    },
}
KEPT_ANSWER_SECONDS = env.int("KEPT_ANSWER_SECONDS", default=600)
# Part of every tag of an answer: another version may say the same otherwise.
ANSWERS_ARE_MADE_BY = [
    BASE_DIR / name for name in ("claims", "provenance", "sources", "requirements.txt", "schema.graphql")
]


def _celery_url(url: str) -> str:
    """Kombu's spelling of a Redis URL on a unix socket."""
    parts = urlsplit(url)
    return f"redis+socket://{parts.path}" if parts.scheme == "unix" else url


CELERY_BROKER_URL = _celery_url(REDIS_URL)
CELERY_TASK_IGNORE_RESULT = True  # results are rows
# A task that a killed worker held comes back; every task re-checks its row first, so a second run is harmless.
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
# deadline 30 < soft 38 < hard 42 < lease 45 (see sources.capturing): a worker that hangs is dead before its lease is.
CELERY_TASK_SOFT_TIME_LIMIT = 38
CELERY_TASK_TIME_LIMIT = 42
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 300,
    "unacked_restore_interval": 5,
    "unacked_restore_throttle": 1,
    # A request that nudges a dead broker must not hang with it: once, and without the pauses between retries.
    "max_retries": 0,
    "socket_connect_timeout": 2,
    "socket_timeout": 10,
}
CELERY_TASK_PUBLISH_RETRY = False  # the sweep nudges again
# A worker takes from both unless it is told to leave rounds alone (see sources.tasks).
CELERY_TASK_QUEUES = [Queue("celery"), Queue("rounds")]
SWEEP_SECONDS = 5
RECAPTURE_SWEEP_SECONDS = 60
STORE_SWEEP_SECONDS = 15  # one folder of 256 each time: every one about once an hour
CELERY_BEAT_SCHEDULE = {
    name: {
        "task": task,
        "schedule": schedule(seconds),
        # A sweep that waited past the next one has nothing to add to it.
        "options": {"expires": seconds},
    }
    for name, task, seconds in (
        ("captures that are due", "sources.tasks.sweep", SWEEP_SECONDS),
        ("sources to look at again", "provenance.tasks.recapture", RECAPTURE_SWEEP_SECONDS),
        ("quotes that are due", "claims.tasks.sweep", SWEEP_SECONDS),
        ("files that no row names", "provenance.tasks.sweep_store", STORE_SWEEP_SECONDS),
    )
}

# --- Capture --------------------------------------------------------------------------------------------------------


def _ports() -> frozenset[int]:
    """CAPTURE_PORTS as numbers."""
    words = env.list("CAPTURE_PORTS", default=["80", "443"])
    if all(word.isdecimal() and 0 < int(word) < 65536 for word in words):
        return frozenset(map(int, words))
    raise ImproperlyConfigured("CAPTURE_PORTS must be port numbers from 1 to 65535, such as 80,443,8080.")


def _one_of(name: str, *words: str) -> str:
    """A setting that is one of these words, the first by default."""
    if (word := env.str(name, default=words[0])) in words:
        return str(word)
    raise ImproperlyConfigured(f"{name} must be {' or '.join(words)}, and is {word!r}.")


def _hours(name: str, *, default: float) -> float:
    """A setting in hours, up to ten years."""
    text = env.str(name, default=str(default))  # `env.float` passes over what is no digit
    with suppress(ValueError):
        if 0 <= float(text) <= 10 * 365 * 24:
            return float(text)
    raise ImproperlyConfigured(f"{name} must be hours from 0 to {10 * 365 * 24}, and is {text!r}.")


CAPTURE_ALLOW_HOSTS = frozenset(env.list("CAPTURE_ALLOW_HOSTS", default=[]))
CAPTURE_PORTS = _ports()
CAPTURE_ROBOTS = _one_of("CAPTURE_ROBOTS", "obey", "ignore")
CAPTURE_HOST_DELAY = env.float("CAPTURE_HOST_DELAY", default=1.0)
CAPTURE_HOST_CONCURRENCY = env.int("CAPTURE_HOST_CONCURRENCY", default=2)
CAPTURE_RECAPTURE_MIN = _hours("CAPTURE_RECAPTURE_MIN", default=24)
CAPTURE_RECAPTURE_MAX = _hours("CAPTURE_RECAPTURE_MAX", default=24 * 30)
# A timestamp authority (RFC 3161) for receipts, and the root certificates (PEM) that its word is checked against.
TIMESTAMP_URL = env.str("TIMESTAMP_URL", default="")
TIMESTAMP_CA_FILE = env.str("TIMESTAMP_CA_FILE", default="")
SNAPSHOT_STORAGE_URL = env.str("SNAPSHOT_STORAGE_URL", default=str(DATA_DIR / "snapshots"))

# --- REST, GraphQL, pages -------------------------------------------------------------------------------------------

GRAPHQL_EXECUTION = _one_of("GRAPHQL_EXECUTION", "columns", "compiled", "stock")  # docs/execution.md

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["provenance.partners.authentication.ApiKeyAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticatedOrReadOnly"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["sources.rest.parsing.StrictJSONParser"],
    "DEFAULT_PAGINATION_CLASS": "sources.rest.pagination.CursorPagination",
    "DEFAULT_SCHEMA_CLASS": "provenance.openapi.Schema",
    "DEFAULT_METADATA_CLASS": None,  # the description is at /api/schema/
    "EXCEPTION_HANDLER": "sources.rest.problems.problem_handler",
    "UNAUTHENTICATED_USER": None,
    "URL_FORMAT_OVERRIDE": None,  # ?format= would be a parameter that no view names
    "LIST_SERIALIZER_ERRORS_AS_DICT": True,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Claims provenance",
    "DESCRIPTION": "Where a claim came from, how many independent origins it has, and the evidence for every step.",
    "VERSION": "v1",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "SCHEMA_PATH_PREFIX": r"/api/v1",
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "provenance.openapi.describe_problems",
    ],
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "ENUM_NAME_OVERRIDES": {
        "AgentKind": "sources.vocabulary.AgentKind",
        "CaptureState": "sources.vocabulary.CaptureState",
        "CaptureOutcome": "sources.vocabulary.CaptureOutcome",
        "CaptureReason": "sources.fetchers.base.Reason",
        "PageChange": "sources.vocabulary.PageChange",
        "SegmentKind": "sources.text_diff.SegmentKind",
        "Stance": "claims.vocabulary.Stance",
        "Certainty": "claims.vocabulary.Certainty",
        "ClaimStatus": "claims.vocabulary.ClaimStatus",
        "DerivationKind": "claims.vocabulary.DerivationKind",
        "DerivationState": "claims.vocabulary.DerivationState",
        "Basis": "claims.vocabulary.Basis",
        "ChainEnd": "claims.vocabulary.ChainEnd",
        "EvidenceState": "claims.vocabulary.EvidenceState",
        "FindingKind": "claims.vocabulary.FindingKind",
        "UnresolvedReason": "claims.vocabulary.UnresolvedReason",
    },
}
UNFOLD = {
    "SITE_TITLE": "Claims provenance",
    "SITE_HEADER": "Claims provenance",
    "SITE_URL": "/",
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": "/static/provenance/icon.svg"}],
    "SCRIPTS": ["/static/provenance/admin-list.js"],
    "SIDEBAR": {"navigation": "provenance.navigation.navigation"},
}

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LANGUAGE_CODE = "en-gb"
TIME_ZONE = "UTC"
USE_I18N = False
USE_TZ = True
STATIC_URL = "/static/"
WHITENOISE_USE_FINDERS = True  # files are served from where they lie: no collectstatic, no folder for it
# One body limit for all: the REST parser answers 413 to more than this by itself.
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": env.str("LOG_LEVEL", default="INFO")},
}
