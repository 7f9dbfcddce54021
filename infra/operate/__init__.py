"""What an operator types: deploy a stage, see that all is well, redrive what failed, prove that backups restore."""
