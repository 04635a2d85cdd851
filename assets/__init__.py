"""The Dagster code location: how Dagster runs the engine. Nothing here knows text."""
