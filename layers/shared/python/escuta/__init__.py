"""Escuta: customer-experience management that a company runs in its own AWS account."""
