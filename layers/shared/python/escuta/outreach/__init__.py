"""Asking: templates, eligibility, deployments, invitations, messages and suppression."""
