"""``--to URL[::TABLE]``: a target without a pipeline."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from difflib import get_close_matches
from pathlib import Path

from csvflow.contract import ConfigError, Plugin, Sink
from csvflow.core import registry
from csvflow.core.pipeline.load import build
from csvflow.core.pipeline.model import Pipeline

FOLDER_FORMAT = "csv"
"""What ``--to out/`` writes: what came, checked."""


def adhoc(to: str, *, source: str, csv: Mapping[str, str], project: Path) -> Pipeline:
    """Return the pipeline that ``--to`` stands for: every column as text, one sink."""
    name, settings = sink_for(to)
    document: dict[str, object] = {"source": source, "sinks": [{name: dict(settings)}]}
    if csv:
        document["csv"] = dict(csv)
    digest = hashlib.blake2b(to.encode(), digest_size=4).hexdigest()
    return build(document, project=project, name=f"adhoc-{digest}")


def sink_for(to: str) -> tuple[str, Mapping[str, object]]:
    """Return the type and the settings of the sink that a ``--to`` value means."""
    url, _, table = to.partition("::")
    scheme = url.partition("://")[0] if "://" in url else ""
    classes = {name: _sink(registry.load("sink", name)) for name in registry.names("sink")}
    for name, sink in classes.items():
        if scheme and scheme.split("+")[0] in sink.schemes:
            return name, sink.settings_for(url, table or None)
    for name, sink in classes.items():
        if any(url.lower().endswith(suffix) for suffix in sink.suffixes):
            return name, sink.settings_for(url, table or None)
    if url.endswith("/"):
        return FOLDER_FORMAT, classes[FOLDER_FORMAT].settings_for(url, None)
    known = sorted({suffix for sink in classes.values() for suffix in sink.suffixes})
    schemes = sorted({scheme for sink in classes.values() for scheme in sink.schemes})
    plain = [suffix for suffix in known if suffix.count(".") == 1]
    near = get_close_matches(Path(url).suffix, known, n=1) or get_close_matches(
        scheme, schemes, n=1
    )
    hint = (
        f"did you mean `{near[0]}`?"
        if near
        else (f"a file ({' '.join(plain)}), a folder/ or `{schemes[0]}://…::table`")
    )
    raise ConfigError("config.target", f"`--to {to}` names no kind of target", hint=hint)


def writes_files(pipeline: Pipeline) -> bool:
    """Tell whether all sinks write files, which are written anew each time."""
    return all(bool(_sink(part.plugin_type).suffixes) for part in pipeline.sinks)


def _sink(plugin: type[Plugin[object]]) -> type[Sink[object]]:  # type: ignore[type-var]
    if not issubclass(plugin, Sink):
        raise TypeError(f"{plugin.__name__} is no sink")
    return plugin
