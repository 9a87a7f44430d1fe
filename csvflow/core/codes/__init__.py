"""Every error code with its explanation: what ``csvflow help CODE`` prints.

One module a prefix, each with ``CODES``: code → Markdown of one or two short
paragraphs, what happened and what to do. A code that the package raises and
this folder doesn't explain is a failing test, and so is the reverse.
"""

from collections.abc import Mapping
from importlib import import_module
from pkgutil import iter_modules


def explanations() -> Mapping[str, str]:
    """Return every code with its explanation, sorted."""
    found: dict[str, str] = {}
    for module in iter_modules(__path__):
        found.update(import_module(f"{__name__}.{module.name}").CODES)
    return dict(sorted(found.items()))
