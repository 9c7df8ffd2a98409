"""Pure, vectorised functions for the formulas F1-F40 of docs/numbers.md."""
