"""Write the document to the file that is named: `python -m manage.described docs/openapi.json`."""

import json
import sys
from pathlib import Path

from manage.described.document import document

if __name__ == "__main__":  # whoever reads all modules of this package imports this one, too
    Path(sys.argv[1]).write_text(json.dumps(document(), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
