"""Places in the drop bucket: of several objects at one key, which is the newest. S3 tells of them in any order."""

from escuta import table
from escuta.directory.model import DropFile, DropPlace
from escuta.errors import ConflictError, UnavailableError

_TRIES = 5


def is_older(sequencer: str, than: str) -> bool:
    """Tell whether one notice of a key is older than another: hexadecimal, compared as if both were equally long."""
    width = max(len(sequencer), len(than))
    return sequencer.upper().ljust(width, "0") < than.upper().ljust(width, "0")


def is_newest(file: DropFile) -> bool:
    """Tell whether no newer object came to a file's place, and note that it came, whatever the order of the notices."""
    for _ in range(_TRIES):
        known = table.find(DropPlace, DropPlace.at(file.bucket, file.object_key), consistent=True)
        if known and known.file != file.id and is_older(file.sequencer, known.sequencer):
            return False
        if known and known.file == file.id and not is_older(known.sequencer, file.sequencer):
            return True
        here = DropPlace(bucket=file.bucket, object_key=file.object_key, sequencer=file.sequencer, file=file.id)
        try:
            if known is None:
                table.create(here)
            else:
                table.save(here.changed(rev=known.rev))
        except ConflictError:
            continue
        return True
    raise UnavailableError("store_unavailable", retry_after=2)


def newest(bucket: str, key: str) -> DropFile | None:
    """Return the newest file of a key, None when none is known."""
    known = table.find(DropPlace, DropPlace.at(bucket, key), consistent=True)
    return table.find(DropFile, DropFile.at(known.file), consistent=True) if known else None
