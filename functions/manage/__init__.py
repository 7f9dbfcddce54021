"""The management API `/v1`: every noun of the product for programs."""
