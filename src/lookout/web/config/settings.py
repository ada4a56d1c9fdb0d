"""Django settings, made from the one typed settings object of the installation."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from csp.constants import NONE, SELF

from lookout.config import load_settings

LOOKOUT = load_settings()
LOOKOUT_HOME = Path(LOOKOUT.home)
LOOKOUT_DEMO = LOOKOUT.demo
WEB = Path(__file__).resolve().parent.parent

SECRET_KEY = LOOKOUT.secret_key
DEBUG = LOOKOUT.debug
ALLOWED_HOSTS = list(LOOKOUT.allowed_hosts)


def _database(address: str) -> dict[str, Any]:
    """Read a PostgreSQL url or the path of a SQLite file."""
    if "://" not in address:
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": address,
            # Writers queue instead of failing; readers are never blocked.
            "OPTIONS": {
                "timeout": 20,
                "transaction_mode": "IMMEDIATE",
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
            },
        }
    url = urlsplit(address)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(url.path.lstrip("/")),
        "USER": unquote(url.username or ""),
        "PASSWORD": unquote(url.password or ""),
        "HOST": url.hostname or "",
        "PORT": str(url.port or ""),
        "CONN_MAX_AGE": 60,
        # A server that was restarted is noticed before the first question of a page, not by its failure.
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"connect_timeout": 5},
    }


DATABASES = {"default": _database(LOOKOUT.database)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "axes",
    "csp",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "django_otp.plugins.otp_static",
    "lookout.web.audit",
    "lookout.web.accounts",
    "lookout.web.notices",
    "lookout.web.attachments",
    "lookout.web.evidence",
    "lookout.web.clues",
    "lookout.web.dispatch",
    "lookout.web.cases",
    "lookout.web.deposits",
    "lookout.web.complaints",
    "lookout.web.jobs",
    "lookout.web.administration",
    "lookout.web.companies",
    "lookout.web.dashboards",
    "lookout.web.situation",
    "lookout.web.data",
    "lookout.web.stewards",
    "lookout.web.runs",
    "lookout.web.intake",
    "lookout.web.api",
    "lookout.web.reports",
    "lookout.web.objections",
    "lookout.web.catalogues",
]

MIDDLEWARE = [
    "lookout.web.attachments.middleware.UploadLimitMiddleware",
    "lookout.web.config.middleware.SecureCookiesMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "lookout.web.config.middleware.ChosenLanguageMiddleware",
    "lookout.web.api.middleware.MachineAnswersMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "lookout.web.accounts.middleware.SignedInRulesMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "lookout.web.config.middleware.PrivatePagesMiddleware",
    "lookout.web.config.middleware.ReadFailureMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "lookout.web.config.urls"
WSGI_APPLICATION = "lookout.web.config.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [WEB / "ui" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "lookout.web.config.context.desk",
            ],
            "builtins": [
                "django.templatetags.i18n",
                "lookout.web.ui.tags",
                "lookout.web.audit.tags",
                "lookout.web.dispatch.tags",
                "lookout.web.cases.tags",
                "lookout.web.evidence.tags",
                "lookout.web.companies.tags",
            ],
        },
    },
]

# ---- people -------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "accounts:login"
LOGIN_REDIRECT_URL = "dashboards:today"
LOGOUT_REDIRECT_URL = "accounts:login"
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
# Name and address together: a stranger elsewhere cannot lock an officer out of the desk.
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_LOCKOUT_TEMPLATE = "accounts/locked.html"
AXES_RESET_ON_SUCCESS = True
AXES_VERBOSE = False

# A password alone is enough only in the demonstration; anybody may bind an authenticator there too.
SECOND_FACTOR_REQUIRED = LOOKOUT.second_factor == "required" and not LOOKOUT.demo
OTP_TOTP_ISSUER = "瞭望"
OTP_LOGIN_URL = "accounts:code"
SESSION_IDLE_MINUTES = LOOKOUT.session_idle_minutes

# ---- browser ------------------------------------------------------------------------------------
SESSION_COOKIE_AGE = 12 * 60 * 60
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_HTTPONLY = True
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "object-src": [NONE],
    },
}

# ---- mail ---------------------------------------------------------------------------------------
MAIL_IS_SET_UP = LOOKOUT.mail is not None
DESK_ADDRESS = LOOKOUT.desk_address
DEFAULT_FROM_EMAIL = LOOKOUT.mail_from
if LOOKOUT.mail is not None:
    _mail = urlsplit(LOOKOUT.mail.get_secret_value())
    EMAIL_HOST, EMAIL_PORT = _mail.hostname, _mail.port or 25
    EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = unquote(_mail.username or ""), unquote(_mail.password or "")
    EMAIL_USE_TLS, EMAIL_USE_SSL = _mail.scheme == "smtp+tls", _mail.scheme == "smtps"
    EMAIL_TIMEOUT = 10

# ---- captures of pages --------------------------------------------------------------------------
CAPTURE_NETWORKS = LOOKOUT.capture_networks
HOOK_NETWORKS = LOOKOUT.hook_networks

# ---- language and time --------------------------------------------------------------------------
LANGUAGE_CODE = LOOKOUT.language
LANGUAGES = [("zh-hans", "中文"), ("en", "English")]
LOCALE_PATHS = [WEB / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"

# ---- files --------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATICFILES_DIRS = [WEB / "static"]
WHITENOISE_USE_FINDERS = True
WHITENOISE_MAX_AGE = 24 * 60 * 60  # addresses carry the file's digest, so a new version is a new address

LOGGING_CONFIG = "lookout.web.config.logs.configure"
LOGGING = {"log_format": LOOKOUT.log_format, "level": LOOKOUT.log_level}
