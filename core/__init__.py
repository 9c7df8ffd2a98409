"""What every room builds on: errors, workspace files, landing store, warehouse, statistics. Imports no other room."""
