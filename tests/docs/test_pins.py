import re
import tomllib

from docs.blocks import ROOT
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

PINS = (ROOT / ".ci" / "constraints.txt").read_text(encoding="utf-8").splitlines()
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def test_pins_are_names_with_exact_versions_and_nothing_else():
    for line in PINS:
        assert line.startswith("#") or re.fullmatch(r"[a-z0-9-]+==[0-9][0-9A-Za-z.+!]*", line), line


def test_every_requirement_is_pinned_to_a_version_that_it_allows():
    pinned = dict(line.split("==") for line in PINS if "==" in line)
    extras = PROJECT["optional-dependencies"].values()
    for text in [*PROJECT["dependencies"], *(item for extra in extras for item in extra)]:
        requirement = Requirement(text)
        if requirement.name == "csvflow":
            continue
        version = pinned.get(canonicalize_name(requirement.name))
        assert version, f"{requirement.name}: poe lock"
        assert requirement.specifier.contains(version), f"{requirement.name}: poe lock"
