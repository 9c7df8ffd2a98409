"""Data out: editions, charts, drift pages. Reads releases only."""
