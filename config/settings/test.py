"""For the tests: small, quiet, and never the real data folder."""

from __future__ import annotations

import os
import tempfile

# before the environment is read: a test never touches the data of a hub that runs here
os.environ.setdefault("DATA_DIR", tempfile.mkdtemp(prefix="earshot-test-"))
os.environ.setdefault("SECRET_KEY", "only-for-tests-" + "0123456789abcdefghij" * 2)
os.environ.setdefault("EMBEDDING_MODEL", "hashed")

from config.settings.base import *

STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
ALLOWED_HOSTS = ["*"]
