"""An event becomes a readable local file and batches of text."""

from csvflow.core.intake.batches import Damaged, TextBatch
from csvflow.core.intake.dialect import Dialect
from csvflow.core.intake.intake import Intake, take
from csvflow.core.intake.options import CsvOptions
from csvflow.core.intake.stored import content_hash

__all__ = ["CsvOptions", "Damaged", "Dialect", "Intake", "TextBatch", "content_hash", "take"]
