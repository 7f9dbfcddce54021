"""The gate of the management API: who asks, told by an API key or a session."""
