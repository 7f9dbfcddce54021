"""A programme as a folder of YAML files: reading it, comparing it with what stands, and making it so."""
