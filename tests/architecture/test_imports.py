"""Light paths stay light: what a process must not have imported."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
HEAVY = ("torch", "faiss", "sentence_transformers", "transformers")


def imported_by(code: str) -> set[str]:
    ask = f"{code}\nimport sys\nprint('\\n'.join(m for m in {HEAVY!r} if m in sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", ask], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return set(done.stdout.split()) & set(HEAVY)


@pytest.mark.parametrize(
    "code",
    [
        (
            "import os; os.environ['DJANGO_SETTINGS_MODULE'] = 'config.settings.test'\n"
            "import django; django.setup()\n"
            "from django.core.management import call_command; call_command('check')"
        ),
        "import crawler.__main__, crawler.settings",
        (
            "import os; os.environ['DJANGO_SETTINGS_MODULE'] = 'config.settings.test'\n"
            "import tasks.app; tasks.app.app.loader.import_default_modules()"
        ),
        (
            "import os; os.environ['DJANGO_SETTINGS_MODULE'] = 'config.settings.test'\n"
            "import web.wsgi, django.urls; django.urls.get_resolver().url_patterns"
        ),
    ],
    ids=["check", "crawler", "celery parent", "web before the first search"],
)
def test_light_paths_import_no_torch_or_faiss(code):
    assert imported_by(code) == set()


def test_the_crawler_knows_no_django_or_celery():
    code = "import crawler.__main__, sys; assert not {'django', 'celery'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)
