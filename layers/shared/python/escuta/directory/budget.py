"""How much a packed object may become: nobody's memory or disk is to be filled by a small file."""

from escuta.directory.decoding import RefusedFileError

RATIO = 100
_HARMLESS = 1 << 20


def within_budget(packed: int, unpacked: int, limit: int) -> None:
    """Pass when this many bytes may come out of that many. RefusedFileError `expands_too_much` otherwise."""
    if unpacked > limit or (unpacked > _HARMLESS and unpacked > packed * RATIO):
        raise RefusedFileError("expands_too_much", limit=limit >> 20, ratio=RATIO)
