"""The audit: who did what, when, from where, and what it was before and after. Changed by nobody."""

from escuta.directory.audit.finding import Sought, get, page
from escuta.directory.audit.masking import masked
from escuta.directory.audit.noting import Asked, Entry, noted, told

__all__ = ["Asked", "Entry", "Sought", "get", "masked", "noted", "page", "told"]
