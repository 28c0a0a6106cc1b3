"""Application servers side by side, behind the same web server: `bench/servers/run`."""
