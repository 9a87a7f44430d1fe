"""``csvflow schema``: the JSON Schema of a pipeline."""

from __future__ import annotations

from csvflow.cli.options import Common, command


@command
def schema(common: Common) -> None:
    """Print the JSON Schema of a pipeline.

    It has the plugins of this installation. Editors complete and check a YAML that begins with
    `# yaml-language-server: $schema=./pipeline.schema.json`.

    For example:

      csvflow schema > pipelines/pipeline.schema.json
    """
    from csvflow.cli import screen  # noqa: PLC0415
    from csvflow.services.reference import pipeline_schema  # noqa: PLC0415

    del common
    screen.document(pipeline_schema())
