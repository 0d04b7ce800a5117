"""What the project claims of its speed, measured: one module for each figure.

`python -m benchmarks.figures` (or `make bench`) measures all of them in one run.
"""
