"""Writes ``.ci/constraints.txt``: what this environment has of csvflow's requirements.

``poe lock`` runs it. Names and exact versions only: pip refuses an editable install when a
constraint carries a hash, and an address would tie the pins to one index.
"""

from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

TARGET = Path(__file__).parents[2] / ".ci" / "constraints.txt"


def closure(name, extras, found):
    """Add the installed requirements of a distribution to ``found``, and theirs."""
    for text in distribution(name).requires or []:
        requirement = Requirement(text)
        marker = requirement.marker
        if marker and not any(marker.evaluate({"extra": extra}) for extra in (extras or [""])):
            continue
        key = canonicalize_name(requirement.name)
        wanted = frozenset(requirement.extras)
        if wanted <= found.get(key, frozenset()) and key in found:
            continue
        try:
            distribution(requirement.name)
        except PackageNotFoundError:
            continue
        found[key] = found.get(key, frozenset()) | wanted
        closure(requirement.name, ["", *found[key]], found)
    return found


def pins():
    """Return ``name==version`` lines."""
    found = closure("csvflow", ["", "dev"], {})
    names = sorted(name for name in found if name != "csvflow")
    return [f"{name}=={distribution(name).version}" for name in names]


if __name__ == "__main__":
    TARGET.parent.mkdir(exist_ok=True)
    head = "# The development environment, pinned. Made by `poe lock`.\n"
    TARGET.write_text(head + "".join(f"{pin}\n" for pin in pins()))
