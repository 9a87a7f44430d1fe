"""The engine: rows, typing, flow and the run algorithm."""
