"""For the tests: small, quiet, and never the real data folder."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile

# before the environment is read: a test never touches the data of a hub that runs here
if "DATA_DIR" not in os.environ:
    os.environ["DATA_DIR"] = tempfile.mkdtemp(prefix="earshot-test-")
    atexit.register(shutil.rmtree, os.environ["DATA_DIR"], ignore_errors=True)
os.environ.setdefault("SECRET_KEY", "only-for-tests-" + "0123456789abcdefghij" * 2)
os.environ.setdefault("EMBEDDING_MODEL", "hashed")

from config.settings.base import *

STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
ALLOWED_HOSTS = ["*"]
# one memory, emptied before each test
CACHES["default"] = CACHES["process"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
# a test asks for what it has just changed, inside a transaction
PAGE_SECONDS = 0

# a file, since threads and processes share it as they do a real one
DATABASES["default"]["TEST"] = {} if ENV.database_url else {"NAME": DATA_DIR / "test.sqlite3"}
