"""`python -m escuta.events docs/events` writes the JSON Schemas of all events into a folder."""

import sys
from pathlib import Path

from escuta.events import schemas

schemas.write(Path(sys.argv[1]))
