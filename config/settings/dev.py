"""For working on Earshot itself: tracebacks in the browser."""

from __future__ import annotations

from config.settings.base import *

DEBUG = True
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
