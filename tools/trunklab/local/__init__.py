"""The platform on a laptop: the same templates, deployed by one command, without Docker."""
