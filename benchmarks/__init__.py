"""Speed as ratios: our code against a bare baseline, in one run, on an endpoint that answers at once."""
