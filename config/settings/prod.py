"""For a hub that people use: the default. Safe on loopback, strict behind https."""

from __future__ import annotations

from config.env import WrongSetting
from config.settings.base import *

MIN_KEY_LENGTH = 40
MIN_KEY_VARIETY = 10

if len(SECRET_KEY) < MIN_KEY_LENGTH or len(set(SECRET_KEY)) < MIN_KEY_VARIETY:
    raise WrongSetting(
        "SECRET_KEY is weak: give at least 40 mixed characters, or none and one is made for you"
    )

SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
if SITE_URL.startswith("https://"):
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
    SECURE_SSL_REDIRECT = True
    SECURE_HSTS_SECONDS = 31_536_000
