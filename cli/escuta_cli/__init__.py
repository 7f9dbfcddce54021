"""The command line of Escuta: talks to the management API, and to nothing else."""
