"""Files that only tests and benchmarks need: malicious, second-source, scanned, handmade."""
