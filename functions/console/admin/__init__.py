"""The pages of Admin: who and what there is, and how the house is kept."""
