"""The pages and answers that respondents see: invitations, store links, unsubscribing."""
