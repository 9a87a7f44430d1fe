"""An event becomes a readable local file and batches of text."""
