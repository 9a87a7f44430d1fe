"""What the places of targets mean: where rejects go, and which path is exactly one file."""

from __future__ import annotations

import posixpath
import re

from csvflow.contract import ConfigError, Sink
from csvflow.core import registry
from csvflow.core.pipeline.model import Part
from csvflow.core.pipeline.nodes import Document, Entry, Fields, Node, Scalar, scalars

REJECTS = ".csvflow/rejects/{pipeline}/"
FOLDER_FORMAT = "csv"
"""What a folder of rejects is written as: people open it and mend it."""
_SEVERAL = re.compile(r"[*?\[{]")
_PLACEHOLDER = re.compile(r"\{[^{}]+\}")


def rejects_node(document: Document, to: Node | None) -> tuple[Scalar, Fields] | ConfigError:
    """Return the type and settings of the sink that ``rejects.to`` means.

    By the path's suffix, which is the name of the file sink; a folder gets CSV files.
    """
    path = to if isinstance(to, Scalar) and to.text else Scalar(REJECTS, REJECTS, style="'")
    name = posixpath.basename(path.text)
    known = registry.names("sink")
    endings = name.split(".")[1:]
    found = next((ending for ending in reversed(endings) if ending in known), None)
    if endings and found is None and "{" not in endings[-1]:
        return document.error(
            "config.value",
            f"rejects can't be written as `.{endings[-1]}`",
            path,
            hint="end the path in `.csv`, `.jsonl` or `.parquet`, or in `/` for a folder",
        )
    type_ = found or FOLDER_FORMAT
    key = Scalar("path", "path", path.mark, width=path.width)
    return Scalar(type_, type_, path.mark, width=path.width), Fields(
        {"path": Entry(key, path)}, path.mark
    )


def check_single_file(part: Part, source: Part) -> ConfigError | None:
    """Return the error of a sink that writes exactly one file, each input over the one before."""
    path = getattr(part.settings, "path", None)
    if not isinstance(path, str) or not issubclass(part.plugin_type, Sink):
        return None
    suffix = next((end for end in part.plugin_type.suffixes if path.endswith(end)), None)
    if suffix is None or _PLACEHOLDER.search(path) or not takes_several(source):
        return None
    folder = path.removesuffix(suffix)
    name = posixpath.basename(folder)
    at = next((node for key, node in scalars(part.origin.node) if key == "path"), part.origin.node)
    return part.origin.document.error(
        "config.single-file",
        f"sink `{part.type}` would write every input over the one before, into this one file",
        at,
        hint=f"write a folder, `{name}/`, or one file for each input, `{name}-{{stem}}{suffix}`",
    )


def takes_several(source: Part) -> bool:
    """Tell whether a source can match more than one object."""
    path = getattr(source.settings, "path", None)
    if isinstance(path, str):
        return path.endswith("/") or _SEVERAL.search(path) is not None
    return path is not None
