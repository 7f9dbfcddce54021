"""Sending: who is asked, the messages, and what the mail service says afterwards."""
