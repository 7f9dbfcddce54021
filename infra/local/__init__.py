"""The same stack on this machine, on the embedded AWS: for trying and testing, never for a shared machine."""
