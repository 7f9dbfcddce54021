"""The rounds: a look by the clock at what lies and waits."""
