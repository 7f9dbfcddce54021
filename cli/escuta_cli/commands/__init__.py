"""What `escuta` does, one module per noun."""
