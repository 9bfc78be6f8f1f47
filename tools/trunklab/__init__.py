"""Everything of Trunkline that never ships: command line, local platform, checks, demo."""
