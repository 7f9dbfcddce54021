"""How Escuta is put up: the stack for AWS (cdk) and the same stack on a laptop (local)."""
