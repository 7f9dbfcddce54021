"""The supply chain: which packages are deployed, what is said against them, and under which licences they stand."""
