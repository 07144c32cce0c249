"""Benchmarks: named shapes, pytest suites, and the comparison with other libraries."""
