"""Writes what is derived from the code: the reference and the pipeline's JSON Schema.

``poe reference`` runs it; a test compares.
"""

from pathlib import Path

from csvflow.services import reference

SCHEMA = Path(__file__).parents[2] / "pipelines" / "pipeline.schema.json"

if __name__ == "__main__":
    reference.write()
    SCHEMA.write_text(reference.schema_text(), encoding="utf-8")
