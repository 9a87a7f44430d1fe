"""Python functions named in a pipeline: found only where the machine's owner put code."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable, Sequence
from functools import wraps
from importlib import import_module
from importlib.metadata import entry_points
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

from csvflow.contract import ConfigError, CsvflowError, RunError

Function = Callable[[Any], Any]
GROUP = "csvflow.functions"
"""The entry point group of functions that installed packages offer."""


def load_function(name: str, folder: Path | None, allowed: Sequence[str]) -> Function:
    """Return the function `module:function`, or that of an entry point, if it may run.

    ``folder`` is the project's ``pipelines``; ``allowed`` are modules that the command line
    named. Modules of the folder are loaded by their path: nothing becomes importable.

    Raises ``ConfigError``.
    """
    for point in entry_points(group=GROUP):
        if name in {point.name, point.value}:
            return _guarded(name, point.load())
    module_name, _, function_name = name.partition(":")
    path = _path_of(module_name, folder)
    if not function_name:
        raise _wrong("config.python", f"`{name}` names no function", "write `module:function`")
    if path is not None:
        module = _load(module_name, path, name)
    elif module_name in allowed or name in allowed:
        try:
            module = import_module(module_name)
        except ImportError as error:
            raise _wrong("config.python", f"`{module_name}` can't be imported: {error}") from error
    else:
        raise _wrong(
            "config.python-not-allowed",
            f"`{module_name}` isn't a module of the project's `pipelines` folder",
            f"put `{module_name.replace('.', '/')}.py` beside the pipeline, or allow an "
            f"installed module with `--allow-python {module_name}`",
        )
    function = getattr(module, function_name, None)
    if not callable(function):
        raise _wrong("config.python", f"`{module_name}` has no function `{function_name}`")
    return _guarded(name, function)


def _path_of(module: str, folder: Path | None) -> Path | None:
    if folder is None:
        return None
    path = folder.joinpath(*module.split(".")).with_suffix(".py")
    # A link that leads out of the folder is somebody else's code.
    inside = path.is_file() and path.resolve().is_relative_to(folder.resolve())
    return path if inside else None


def _load(module_name: str, path: Path, name: str) -> ModuleType:
    spec = spec_from_file_location(f"_csvflow_pipelines.{module_name}", path)
    if spec is None or spec.loader is None:
        raise _wrong("config.python", f"`{path}` can't be loaded")
    module = module_from_spec(spec)
    sys.modules[spec.name] = module
    try:
        spec.loader.exec_module(module)
    except Exception as error:
        del sys.modules[spec.name]
        raise _wrong("config.python", f"loading `{name}` failed: {_last_words(error)}") from error
    return module


def _guarded(name: str, function: Function) -> Function:
    @wraps(function)
    def call(argument: Any) -> Any:
        try:
            return function(argument)
        except CsvflowError:
            raise
        except Exception as error:
            raise RunError(
                "run.step",
                f"`{name}` failed: {_last_words(error)}",
                hint="`--debug` shows the whole traceback",
            ) from error

    return call


def _last_words(error: BaseException) -> str:
    """Return ``file:line: Error: message``."""
    frames = traceback.extract_tb(error.__traceback__)
    said = traceback.format_exception_only(error)[-1].strip()
    where = f"{frames[-1].filename}:{frames[-1].lineno}: " if len(frames) > 1 else ""
    return f"{where}{said}"


def _wrong(code: str, message: str, hint: str | None = None) -> ConfigError:
    return ConfigError(code, message, hint=hint)
