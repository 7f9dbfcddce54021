"""The web console: HTML over the same nouns as the API."""
