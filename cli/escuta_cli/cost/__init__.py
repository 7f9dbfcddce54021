"""What a company of Escuta costs on AWS: measured units times a table of prices. No network, and nobody is asked."""
