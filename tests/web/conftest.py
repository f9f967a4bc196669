from __future__ import annotations

import pytest
from django.conf import settings
from django.core.cache import cache

from tests.web import factories

# whitenoise warns where nothing was collected, and a warning fails a test
settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)


@pytest.fixture(autouse=True)
def _fresh_cache():
    cache.clear()


@pytest.fixture
def at(monkeypatch):
    """The site's clock stands at the factories' NOW."""
    monkeypatch.setattr("django.utils.timezone.now", lambda: factories.NOW)
    return factories.NOW


@pytest.fixture
def panel(client, db):
    client.force_login(factories.superuser())
    return client
