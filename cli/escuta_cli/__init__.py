"""The command line of Escuta, and a company's programme as files. Talks to the API alone."""
