"""Pages of the menu Action: tickets, where they stand, what opens them, why they happen, and when they are due."""
