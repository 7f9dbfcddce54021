"""Domain events on their way out: onto the bus, and to webhooks."""
