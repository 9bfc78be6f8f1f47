"""Tools of Trunkline, which never ship: command line, local platform, checks."""
