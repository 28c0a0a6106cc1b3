"""The benchmark: every gateway of the catalogue under the same load (bench/load/README.md: how)."""
