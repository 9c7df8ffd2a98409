"""The top: Prefect flows, the dbt runner and the command line."""
