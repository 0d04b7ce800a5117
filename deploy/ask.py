"""Ask this container's server: 0 for a 200. `python deploy/ask.py /health/ready`."""

import sys
from http.client import HTTPConnection

connection = HTTPConnection("127.0.0.1", 8000, timeout=8)
try:
    connection.request("GET", sys.argv[1])
    answer = connection.getresponse()
except OSError as failure:
    sys.exit(f"No answer: {failure}")
if answer.status != 200:
    sys.exit(f"{answer.status} {answer.read(500).decode(errors='replace')}")
