"""A provider outside AWS."""

from provider.settings import provider_url

__all__ = ["provider_url"]
