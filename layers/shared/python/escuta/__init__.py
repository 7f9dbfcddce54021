"""Escuta: customer-experience management that a company runs in its own AWS account."""

import gc

# A start makes some hundred thousand things that live on: looking through them after every 700 is a tenth of its time.
gc.set_threshold(10_000)
