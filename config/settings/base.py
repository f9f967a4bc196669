"""What every way of running shares."""

from __future__ import annotations

import os
import secrets
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from django.templatetags.static import static

from config.env import ROOT, cache, database, environment, mail

if TYPE_CHECKING:
    from pathlib import Path

ENV = environment()
BASE_DIR = ROOT
DATA_DIR: Path = ENV.data_dir
SPOOL_DIR = DATA_DIR / "spool"
INDEX_DIR = DATA_DIR / "index"
IMAGE_DIR = DATA_DIR / "images"


def _secret_key() -> str:
    """The key from the environment, else the one made on the first run and kept in DATA_DIR."""
    if ENV.secret_key:
        return ENV.secret_key
    DATA_DIR.mkdir(parents=True, exist_ok=True)
    path = DATA_DIR / "secret_key"
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text().strip()
    with os.fdopen(handle, "w") as file:
        file.write(secrets.token_urlsafe(50))
    return path.read_text().strip()


SECRET_KEY = _secret_key()
DEBUG = False
SITE_URL = ENV.site_url
SITE_NAME = ENV.site_name
ALLOWED_HOSTS = [*ENV.allowed_hosts, urlsplit(SITE_URL).hostname or ""]
CSRF_TRUSTED_ORIGINS = [SITE_URL]

INSTALLED_APPS = [
    "kb",
    "web",
    "unfold",
    "unfold.contrib.filters",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django_htmx",
    "allauth",
    "allauth.account",
    "allauth.mfa",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "web.middleware.SecurityHeaders",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "web.middleware.ReadersLanguage",
    "web.page_cache.PageCache",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "django.middleware.http.ConditionalGetMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "web.middleware.OwnSite",
]
ROOT_URLCONF = "web.urls"
WSGI_APPLICATION = "web.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "web.context.site",
            ],
        },
    }
]

DATABASES = {"default": database(ENV)}
AUTH_USER_MODEL = "kb.User"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("MinimumLengthValidator", "CommonPasswordValidator", "NumericPasswordValidator")
]
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
LOGIN_URL = "/me/sign-in/"
LOGIN_REDIRECT_URL = "/me/"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

LANGUAGE_CODE = "en"
# a new one needs a file as well: docs/site.md, "Languages"
LANGUAGES = [("en", "English"), ("de", "Deutsch")]
LOCALE_PATHS = [DATA_DIR / "locale"]
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = DATA_DIR / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
CACHES = cache(ENV)
# how old a page may be for readers who are not signed in; 0 makes each anew
PAGE_SECONDS = 10

X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "no-referrer"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
DATA_UPLOAD_MAX_MEMORY_SIZE = 15 * 1024 * 1024

# accounts: an e-mail address and a password or passkey; the administrator that `up` makes has a name only
SIGNUP = ENV.signup
globals().update(mail(ENV))
DEFAULT_FROM_EMAIL = ENV.email_from or f"{SITE_NAME} <hub@{urlsplit(SITE_URL).hostname}>"
MAILS = bool(ENV.email_url)
ACCOUNT_ADAPTER = "web.accounts.Accounts"
ACCOUNT_FORMS = {"signup": "web.accounts.SignUpForm"}
ACCOUNT_LOGIN_METHODS = {"email", "username"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = ENV.email_verification or ("mandatory" if MAILS else "none")
ACCOUNT_EMAIL_NOTIFICATIONS = MAILS
ACCOUNT_EMAIL_SUBJECT_PREFIX = f"{SITE_NAME}: "
ACCOUNT_DEFAULT_HTTP_PROTOCOL = urlsplit(SITE_URL).scheme
ACCOUNT_MAX_EMAIL_ADDRESSES = 3
ACCOUNT_LOGOUT_REDIRECT_URL = "/"
ACCOUNT_PREVENT_ENUMERATION = MAILS
ALLAUTH_TRUSTED_PROXY_COUNT = ENV.trusted_proxies
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_ALLOW_UNVERIFIED_EMAIL = ACCOUNT_EMAIL_VERIFICATION != "mandatory"
MFA_TOTP_ISSUER = SITE_NAME
# browsers allow passkeys on localhost without https, so the server does
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = SITE_URL.startswith("http://localhost")

# the embedded broker writes its address here, so that commands beside `up` find it
BROKER_FILE = DATA_DIR / "broker-url"
BROKER_URL = ENV.broker_url

EMBEDDING_MODEL = ENV.embedding_model
EMBEDDING_DEVICE = ENV.embedding_device
RERANK_MODEL = ENV.rerank_model
RERANK_DEVICE = ENV.rerank_device

RELEVANCE_PUBLISH = ENV.relevance_publish
RELEVANCE_QUEUE = ENV.relevance_queue

CRAWLER_USER_AGENT = ENV.crawler_user_agent or f"Earshot/0.1 (+{SITE_URL}/about/)"
CRAWLER_ALLOWED_NETWORKS = ENV.crawler_allowed_networks
CRAWLER_DELAY = ENV.crawler_delay
CRAWLER_TIMEOUT = ENV.crawler_timeout
CRAWLER_PROXIES = {"http_proxy": ENV.http_proxy, "https_proxy": ENV.https_proxy}
WEB_THREADS = ENV.web_threads
IMAGES = ENV.images

UNFOLD = {
    "SITE_TITLE": SITE_NAME,
    "SITE_HEADER": SITE_NAME,
    "SITE_URL": "/",
    "SITE_ICON": lambda _: static("web/mark.svg"),
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": lambda _: static("web/mark.svg")}
    ],
    "DASHBOARD_CALLBACK": "web.admin.dashboard.callback",
    "SIDEBAR": {"show_search": True, "show_all_applications": True},
    # the greens of the site's tokens
    "COLORS": {
        "primary": {
            "50": "#eefaf4", "100": "#def0e7", "200": "#b5e3cd", "300": "#7fd3ad", "400": "#5fd4a5",
            "500": "#1f9d72", "600": "#006a4c", "700": "#00563e", "800": "#00462f", "900": "#063526",
            "950": "#06251a",
        }
    },
}  # fmt: skip

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"()": "config.logs.LineFormatter"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": ENV.log_level},
    "loggers": {
        "django": {"handlers": [], "propagate": True},
        "sentence_transformers": {"level": "WARNING"},
        "faiss": {"level": "WARNING"},
    },
}
