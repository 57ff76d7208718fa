"""Files for tests and benchmarks that the package does not need: malicious, second-source, scanned, handmade."""
