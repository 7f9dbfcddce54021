"""What somebody ordered to be written out."""
