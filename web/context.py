from __future__ import annotations
def site(request): return {}
