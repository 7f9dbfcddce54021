"""What people may ask of their data, done: erasing, and keeping no longer than was promised."""
