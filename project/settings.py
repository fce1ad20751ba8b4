"""All settings, read from ``HALL_*`` environment variables (README: "Settings").

Nothing else in the project reads the environment.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path
from urllib.parse import unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

from project.launch.folder import default_path, read_config

BASE_DIR = Path(__file__).resolve().parent.parent


def _flag(name: str, default: bool = False) -> bool:
    return os.environ.get(name, "1" if default else "0").strip().lower() in {"1", "true", "yes", "on"}


def _words(name: str) -> list[str]:
    return [word for word in os.environ.get(name, "").replace(",", " ").split() if word]


def _number(name: str, default: int) -> int:
    text = os.environ.get(name, "").strip() or str(default)
    if not text.isascii() or not text.isdigit():
        raise ImproperlyConfigured(f"{name} must be a whole number")
    return int(text)


def _choice(name: str, *allowed: str) -> str:
    """One of ``allowed``; the first when nothing is set."""
    value = os.environ.get(name, "").strip() or allowed[0]
    if value not in allowed:
        raise ImproperlyConfigured(f"{name} must be one of: {', '.join(allowed)}")
    return value


# --- the data folder -------------------------------------------------------------------------------------
DATA = Path(os.environ.get("HALL_DATA") or default_path()).expanduser()
KEYS = Path(os.environ.get("HALL_KEYS") or DATA / "keys").expanduser()
DEMO = (DATA / "demo.json").exists()  # only a demo data folder has a hall clock that can be set
_config = read_config(DATA)  # answers of the first start; a variable always goes before them

# Only the test suite sets it: quick password hashes, static files straight from the source. The launcher's ``serve``
# and ``demo`` take it out of the environment.
TESTING = _flag("HALL_TESTING")


def _secrets() -> list[str]:
    """The secret key first, older ones after it: printed slips survive a rotation of the key."""
    if given := os.environ.get("HALL_SECRET_KEY"):
        return [given, *_words("HALL_SECRET_KEY_FALLBACKS")]
    path = DATA / "secret_key"
    if path.exists():
        return [line.strip() for line in path.read_text("ascii").splitlines() if line.strip()]
    # Commands that need no hall (verify a file, count a case) run without a data folder; the key lasts as long as they.
    return [secrets.token_urlsafe(49)]


SECRET_KEY, *SECRET_KEY_FALLBACKS = _secrets()
DEBUG = _flag("HALL_DEBUG")
PUBLIC_URL = os.environ.get("HALL_PUBLIC_URL", str(_config.get("public_url", ""))).rstrip("/")
if PUBLIC_URL and (urlsplit(PUBLIC_URL).scheme not in {"http", "https"} or not urlsplit(PUBLIC_URL).hostname):
    raise ImproperlyConfigured("HALL_PUBLIC_URL must be like https://hall.example.cn")
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]", *_words("HALL_HOSTS")]
if PUBLIC_URL:
    ALLOWED_HOSTS.append(urlsplit(PUBLIC_URL).hostname or "")
if any("*" in host for host in ALLOWED_HOSTS):
    raise ImproperlyConfigured("HALL_HOSTS names each host: * would let any page speak to the hall")
HTTPS = PUBLIC_URL.startswith("https://")

INSTALLED_APPS = [
    "daphne",
    "project",
    "sessions.record",
    "sessions.halls",
    "sessions.meetings",
    "voting",
    "sessions.live",
    "sessions.documents",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "channels",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "project.csp.SocketCSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "project.language.LanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "project.urls"
ASGI_APPLICATION = "project.asgi.application"
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
                "project.language.page",
            ],
        },
    }
]


# --- database: SQLite by default, PostgreSQL by HALL_DATABASE ---------------------------------------------
def _database(url: str) -> dict[str, object]:
    if not url:
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": DATA / "hall.sqlite3",
            "TEST": {"NAME": DATA / "test.sqlite3"},  # a file: threads and server processes share it
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA recursive_triggers=ON;",
            },
        }
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise ImproperlyConfigured("HALL_DATABASE must be postgresql://user:password@host:port/name")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "CONN_HEALTH_CHECKS": True,  # after a restart of the database no reader meets a dead line
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": str(parts.port or ""),
        "OPTIONS": {"pool": {"min_size": 1, "max_size": _number("HALL_DATABASE_POOL", 16), "timeout": 20}},
    }


DATABASES = {"default": _database(os.environ.get("HALL_DATABASE", ""))}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS = os.environ.get("HALL_REDIS", "")
CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {"hosts": [REDIS], "prefix": os.environ.get("HALL_REDIS_PREFIX", "yishiting")},
    }
    if REDIS
    else {"BACKEND": "channels.layers.InMemoryChannelLayer"}
}
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS}
    if REDIS
    else {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "OPTIONS": {"MAX_ENTRIES": 100_000},  # throttle counters must not be pushed out by an attack
    }
}

# --- the scribe (sessions.record.scribe) ------------------------------------------------------------------
SCRIBE = _choice("HALL_SCRIBE", "thread", "inline")  # "thread" in a server, "inline" in tests and commands
SCRIBE_QUEUE = _number("HALL_SCRIBE_QUEUE", 5000)

# --- people ----------------------------------------------------------------------------------------------
SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = HTTPS
SESSION_COOKIE_AGE = 12 * 3600
CSRF_COOKIE_SECURE = HTTPS
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL] if PUBLIC_URL else []
CSRF_FAILURE_VIEW = "project.oops.failed_check"
LOGIN_URL = "office:sign_in"
LOGIN_REDIRECT_URL = "office:home"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]

# --- words and time --------------------------------------------------------------------------------------
LANGUAGE_CODE = "zh-hans"
LANGUAGE_COOKIE_NAME = "hall_language"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
LOCALE_PATHS = [BASE_DIR / "project/locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"

# --- files -----------------------------------------------------------------------------------------------
STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = Path(os.environ.get("HALL_STATIC") or DATA / "static").expanduser()
MEDIA_ROOT = DATA / "files"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
if TESTING:
    STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    WHITENOISE_USE_FINDERS = True
    WHITENOISE_AUTOREFRESH = True
    PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024

# --- doors -----------------------------------------------------------------------------------------------
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"  # pages whose address holds a token say no-referrer themselves
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {  # connect-src gets the socket's address per request, see project.csp
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "connect-src": ["'self'"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }
}
PROXY = _flag("HALL_PROXY")  # a proxy in front says in its headers who asks, for which host, and by http or https
if PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_SSL_REDIRECT = HTTPS
    SECURE_REDIRECT_EXEMPT = [r"^healthz$"]  # asked from inside, by plain http
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if HTTPS else 0
# security.W005 and W021 ask to bind every name under the community's domain, which is not the hall's to bind.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
if not HTTPS:
    # A hall with a laptop and a Wi-Fi router has no certificate: plain http on a LAN is a supported way to meet.
    SILENCED_SYSTEM_CHECKS += ["security.W004", "security.W008", "security.W012", "security.W016"]
elif not PROXY:
    SILENCED_SYSTEM_CHECKS += ["security.W008"]  # nothing here speaks https that a visitor could be sent to

# --- documents --------------------------------------------------------------------------------------------
AUTHORITY_PASSPHRASE = os.environ.get("HALL_AUTHORITY_PASSPHRASE", "")  # else the one in <data>/authority is used

# --- the log (project.logs): rotating, without personal data -----------------------------------------------
LOG = _choice("HALL_LOG", "file", "console")  # "console" where several processes share a data folder
LOG_LEVEL = _choice("HALL_LOG_LEVEL", "INFO", "WARNING", "ERROR", "DEBUG")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "private": {"()": "project.logs.PrivateFormatter", "format": "%(asctime)s %(levelname)s %(name)s %(message)s"}
    },
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": "private",
            "level": "WARNING" if LOG == "file" else LOG_LEVEL,
        },
        "file": {
            "()": "project.logs.PrivateFileHandler",
            "filename": str(DATA / "log/hall.log"),
            "maxBytes": 5 * 1024 * 1024,
            "backupCount": 5,
            "encoding": "utf-8",
            "delay": True,
            "formatter": "private",
        },
    },
    "root": {"handlers": ["console", "file"] if LOG == "file" and not TESTING else ["console"], "level": LOG_LEVEL},
    "loggers": {
        # Django's own handlers would write a second, unmasked line and mail to administrators.
        "django": {"handlers": [], "level": LOG_LEVEL, "propagate": True},
        "django.server": {"handlers": [], "level": "WARNING", "propagate": True},
        # These write a line per request or socket, with addresses and paths.
        "daphne": {"level": "WARNING"},
        "twisted": {"level": "WARNING"},
        # Subsetting a font for a document is told at length.
        "fontTools": {"level": "WARNING"},
        "weasyprint": {"level": "ERROR"},
    },
}
