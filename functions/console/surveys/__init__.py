"""The pages of the menu Surveys."""
