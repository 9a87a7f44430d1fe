"""What every plugin is: a settings model, a class and its examples."""

from __future__ import annotations

import typing
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, ClassVar, Generic, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationInfo


def absolute_place(value: str, project: Path) -> str:
    """Return a path or URL made absolute: relative paths belong to the project.

    ``sqlite:///x.db``-like database URLs and every other ``scheme://`` stay as they are.
    """
    if "://" in value:
        return value
    path = Path(value).expanduser()
    text = str(path if path.is_absolute() else project / path)
    # A final slash says "folder", which Path would drop.
    return text + "/" if value.endswith("/") else text


def _resolve(value: str, info: ValidationInfo) -> str:
    project = (info.context or {}).get("project")
    return absolute_place(value, Path(project)) if project is not None else value


Place = Annotated[str, AfterValidator(_resolve)]
"""A path or fsspec URL. Relative paths are taken from the project (design: *Places*)."""

Examples = Mapping[str, Mapping[str, Any]]
"""Title → settings, as a user would write them in YAML."""


class Settings(BaseModel):
    """What a user may write for one plugin.

    A string literal under a field is its description: the reference, the JSON
    Schema and ``csvflow check`` all read it. ``Place`` fields, their defaults too, are
    made absolute when validated with ``context={"project": …}``.
    """

    model_config = ConfigDict(
        extra="forbid", frozen=True, use_attribute_docstrings=True, validate_default=True
    )


S = TypeVar("S", bound=Settings)


class Plugin(Generic[S]):
    """Base of all kinds. One instance serves one pipeline and, in a run, one thread.

    The class docstring is the plugin's page in the reference. Making an
    instance does no I/O and imports no heavy library.
    """

    kind: ClassVar[str]
    settings_type: ClassVar[type[Settings]]
    """Filled in from ``Sink[ParquetSettings]``."""
    examples: ClassVar[Examples] = {}
    """At least one, each valid: shown in the reference, checked by the contract tests."""
    shorthand: ClassVar[str | None] = None
    """The field that a bare value fills: ``- filter: amount > 0`` is ``{condition: …}``."""
    bare: ClassVar[bool] = False
    """True: the whole YAML value fills the ``shorthand`` field, also where it is a mapping.

    For steps such as ``derive: {email: lower(email)}``, whose keys are the author's own names.
    ``examples`` stay settings, ``{"columns": {"email": "lower(email)"}}``; the reference
    shows their ``shorthand`` field alone.
    """
    extra: ClassVar[str | None] = None
    """The extra that installs what this plugin imports: ``pip install 'csvflow[extra]'``."""
    packages: ClassVar[tuple[str, ...]] = ()
    """Modules it imports that an extra installs: ``csvflow check`` looks whether they are there."""

    def __init__(self, settings: S) -> None:
        self.settings = settings

    def probe(self) -> Sequence[str]:
        """Try what a run would need, and leave nothing behind: ``csvflow check --connect``.

        Returns what was tried, for people; raises what a run would. The default tries nothing.
        """
        return ()

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        for base in getattr(cls, "__orig_bases__", ()):
            for argument in typing.get_args(base):
                if isinstance(argument, type) and issubclass(argument, Settings):
                    cls.settings_type = argument
